"""Offers of progression: heard of, answered once by the person, withdrawn; and the cadence that was agreed to."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.plans.domain import proposals
from services.plans.domain.commands import AnswerProposal
from services.plans.domain.model import AnswerKind, Option, PatientState, Plan, Proposal
from services.plans.domain.overrides import stands
from services.plans.domain.rules import locks
from services.plans.folding.around import own_words, person_of, placed
from services.plans.folding.versions import by_the_person, next_version
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import FrequencyAgreedV1, ProgressionProposedV1, ProposalWithdrawnV1
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]

TOLD: Final[dict[AnswerKind, dict[str, Any]]] = {
    "two_bouts": {"answer": "accept", "bouts": 2},
    "more_often": {"answer": "accept", "dimension": "frequency"},
    "other_activity": {"answer": "accept", "dimension": "activity"},
}
"""How an answer travels: these are a yes, with what was chosen beside it."""

_DETAILS: Final = {
    "answered": "This proposal was answered differently before.",
    "expired": "This proposal ran out; nothing changed.",
}


def answer_proposal(state: PatientState, message: Message[AnswerProposal], now: datetime) -> Result:
    """Note the person's own answer, once (W3, W10); the same answer again is told the same, another one 409."""
    person, command = person_of(state), message.data
    own_words(message)
    proposal = proposals.find(state, command.proposal_id)
    if proposal is None:
        raise Refused(404, "unknown_proposal", "There is no such proposal.")
    closed = proposals.closed_because(state, proposal, now)
    if closed is not None and closed != ("answered", command.answer):
        status, reason = closed
        detail = _DETAILS.get(status, f"This proposal was withdrawn: {reason}.")
        raise Refused(409, f"proposal_{status}", detail)
    option = proposals.chosen(proposal, command.answer)
    if option is None:
        raise Refused(422, "not_offered", "This proposal does not offer that answer.", "/answer")
    body = {
        "proposal_id": proposal.proposal_id,
        "track_id": proposal.track_id,
        "answer": command.answer,
        "dose": option.dose,
        "halves": None if option.halves is None else list(option.halves),
        "freq": option.freq,
        "marker": proposal.marker,
        "unit": proposal.unit,
    }
    if closed is not None:
        return Transition(state, answer=Answer(200, body))
    told = TOLD.get(command.answer, {"answer": command.answer})
    if command.answer in ("smaller", "less"):
        told = {**told, "dose": option.dose}
    event = ProposalAnsweredV1(proposal_id=proposal.proposal_id, track_id=proposal.track_id, **told)
    answered = replace(proposal, status="answered", answer=command.answer, answered_at=now)
    return Transition(proposals.keep(state, answered), events=(placed(event, person, now),), answer=Answer(200, body))


def on_progression_proposed(state: PatientState, message: Message[ProgressionProposedV1], now: datetime) -> Result:
    """An offer is open, unless its withdrawal was heard of first."""
    data = message.data
    known = proposals.find(state, data.proposal_id)
    offer = Proposal(
        proposal_id=data.proposal_id,
        track_id=data.track_id,
        dose_now=data.dose_now,
        options=_options(data),
        marker=data.marker,
        unit=data.unit,
        expires_at=data.expires_at,
        kind="step" if data.next_dimension is None else "next_dimension",
    )
    if known is not None:
        offer = replace(
            offer, status=known.status, answer=known.answer, answered_at=known.answered_at, reason=known.reason
        )
    return Transition(proposals.keep(state, offer))


def _options(data: ProgressionProposedV1) -> tuple[Option, ...]:
    """What may be chosen, the ways up first: beside a smaller step the same amount in two bouts (W10); after a reached
    goal more often, or another kind of activity (2.4)."""
    doses = [Option(kind=one.kind, dose=one.dose) for one in data.options]
    ways: list[Option] = []
    if data.in_two_bouts is not None:
        first, second = data.in_two_bouts.first, data.in_two_bouts.second
        ways = [Option("two_bouts", first + second, halves=(first, second))]
    if data.next_dimension is not None:
        ways = [Option("other_activity", data.dose_now)]
        if data.next_dimension.freq is not None:
            ways = [Option("more_often", data.dose_now, freq=data.next_dimension.freq), *ways]
    up = [one for one in doses if one.kind in ("step", "smaller")]
    return (*up, *ways, *(one for one in doses if one not in up))


def on_proposal_withdrawn(state: PatientState, message: Message[ProposalWithdrawnV1], now: datetime) -> Result:
    """An offer is gone, with its reason; what the person answered before stays known."""
    data = message.data
    known = proposals.find(state, data.proposal_id) or Proposal(proposal_id=data.proposal_id, track_id=data.track_id)
    status = known.status if known.status == "answered" else "withdrawn"
    return Transition(proposals.keep(state, replace(known, status=status, reason=data.reason)))


def on_frequency_agreed(state: PatientState, message: Message[FrequencyAgreedV1], now: datetime) -> Result:
    """The person's yes to more sessions a week, which the rules allow: the plan's next version tells why (2.4).

    Nothing comes of it where a lock, an override or a red flag has come in between (safety 9.3 no. 3).
    """
    data, plan = message.data, state.plan
    if plan is None or plan.ended or plan.plan_id != data.plan_id or state.person is None:
        return Transition(state)
    terms = proposals.more_often(plan, data.track_id, data.freq_before, data.freq)
    if terms is None or _held(state, plan, data.track_id, now):
        return Transition(state)
    after = by_the_person(plan, terms, proposals.MORE_OFTEN, message, now)
    done = next_version(state, after, state.person, message.actor, message.key, now)
    return replace(done, answer=None)


def _held(state: PatientState, plan: Plan, track_id: str, now: datetime) -> bool:
    """Whether nothing of a track may rise now, by the plan itself, by what a clinician set, or by a red flag."""
    if any(item.kind == "red_flag" for item in state.work):
        return True
    if any(
        one.name == "allow_increase" and one.value is False and one.track_id in (None, track_id) and stands(one, now)
        for one in state.overrides
    ):
        return True
    return any(track.track_id == track_id and locks(plan.terms, track).locks for track in plan.terms.tracks)
