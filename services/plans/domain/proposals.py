"""What becomes of an offered step: open, answered once by the person, withdrawn, or run out (progression 2.11 W10)."""

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from services.plans.domain.model import AnswerKind, Option, OptionKind, PatientState, Plan, Proposal
from services.plans.domain.terms import Terms

KEPT_CLOSED: Final = 8
"""So many closed offers stay known, so that a late answer is told what became of it."""

MORE_OFTEN: Final[Literal["more_often"]] = "more_often"
"""Why a plan version came: the person said yes to more sessions a week, and the rules allowed it."""


def answer_of(kind: OptionKind) -> AnswerKind:
    """The answer that takes an option."""
    return "accept" if kind == "step" else kind


def find(state: PatientState, proposal_id: str) -> Proposal | None:
    """The offer of this id, while it is open or among the last closed ones."""
    return next((one for one in state.proposals if one.proposal_id == proposal_id), None)


def keep(state: PatientState, proposal: Proposal) -> PatientState:
    """The state with this offer as it is now; the oldest closed ones are forgotten."""
    if find(state, proposal.proposal_id):
        kept = tuple(proposal if one.proposal_id == proposal.proposal_id else one for one in state.proposals)
    else:
        kept = (*state.proposals, proposal)
    closed = [one.proposal_id for one in kept if one.status != "open"]
    forgotten = set(closed[: max(0, len(closed) - KEPT_CLOSED)])
    return replace(state, proposals=tuple(one for one in kept if one.proposal_id not in forgotten))


def none_open(state: PatientState) -> PatientState:
    """The state in which no offer is open, because the plan has ended."""
    for proposal in state.proposals:
        if proposal.status == "open":
            state = keep(state, replace(proposal, status="withdrawn", reason="no_active_plan"))
    return state


def closed_because(state: PatientState, proposal: Proposal, now: datetime) -> tuple[str, str] | None:
    """Why an offer cannot be answered any more, as (status, reason), or None while it can."""
    if proposal.status == "answered":
        return "answered", proposal.answer or "answered"
    if proposal.status == "withdrawn":
        return "withdrawn", proposal.reason or "withdrawn"
    if state.plan is None or state.plan.ended:
        return "withdrawn", "no_active_plan"
    if proposal.expires_at is not None and now >= proposal.expires_at:
        return "expired", "no_answer_in_time"
    return None


def chosen(proposal: Proposal, answer: AnswerKind) -> Option | None:
    """The option that an answer takes, None where it was not offered."""
    return next((option for option in proposal.options if answer_of(option.kind) == answer), None)


def more_often(plan: Plan, track_id: str, before: int, freq: int) -> Terms | None:
    """The plan's terms with so many sessions a week of a track; None where it is not in the plan, or its cadence is no
    longer the one that the offer was made from: then what a clinician changed since holds."""
    if not any(track.track_id == track_id and track.freq == before for track in plan.terms.tracks):
        return None
    tracks = (replace(track, freq=freq) if track.track_id == track_id else track for track in plan.terms.tracks)
    return replace(plan.terms, tracks=tuple(tracks))
