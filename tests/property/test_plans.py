"""Whatever is offered, withdrawn and answered in any order: an offer is answered once, and only while it is open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.plans.domain.commands import AnswerProposal
from services.plans.domain.model import PatientState, Person, Plan, Terms, Track
from services.plans.domain.parameters import ALLOWED, Switch, Whole, Words
from services.plans.domain.rules import AMOUNT_MAX, breaches, locks
from services.plans.transitions import TRANSITIONS
from shared.contracts.plans import ProposalAnsweredV1, TrackV1
from shared.contracts.progression import DoseOptionV1, ProgressionProposedV1, ProposalWithdrawnV1
from shared.runtime.aggregate import encode
from shared.runtime.messages import Actor, Message, Refused, To

NOW = datetime(2025, 3, 31, 12, tzinfo=UTC)
QUICK = settings(max_examples=150, deadline=None)
WALK = Track("walk", "walking", "duration_s", "min", 3)
START = PatientState(person=Person("UTC", "en"), plan=Plan("plan", 1, Terms((WALK,)), NOW))
ids = st.sampled_from(("o-1", "o-2"))


def _offer(id: str) -> ProgressionProposedV1:
    return ProgressionProposedV1(
        proposal_id=id,
        decision_id="d",
        track_id="walk",
        dose_now=600,
        options=(DoseOptionV1(kind="step", dose=660), DoseOptionV1(kind="stay", dose=600)),
        marker="duration_s",
        unit="min",
        expires_at=NOW + timedelta(hours=48),
    )


def _withdrawn(id: str) -> ProposalWithdrawnV1:
    return ProposalWithdrawnV1(proposal_id=id, track_id="walk", reason="R8a")


events = st.one_of(
    ids.map(_offer),
    ids.map(_withdrawn),
    st.builds(AnswerProposal, ids, st.sampled_from(("accept", "stay", "less"))),
    st.integers(1, 40).map(lambda hours: timedelta(hours=hours)),
)


@QUICK
@given(st.lists(events, max_size=20))
def test_an_offer_is_answered_once_and_only_while_it_is_open(story: list[Any]) -> None:
    state, now = START, NOW
    answered: dict[str, str] = {}
    offered: set[str] = set()
    withdrawn: set[str] = set()
    for data in story:
        if isinstance(data, timedelta):
            now += data
            continue
        handler = TRANSITIONS[type(data)]
        assert not isinstance(handler, To)
        message = Message(data, "p", "t", "m", now, now, Actor("patient", "p"), "app")
        try:
            done = handler(state, message, now)
        except Refused:
            continue
        state = done.state
        if isinstance(data, ProgressionProposedV1):
            offered.add(data.proposal_id)
        if isinstance(data, ProposalWithdrawnV1):
            withdrawn.add(data.proposal_id)
        for emit in done.events:
            event = emit.data
            assert isinstance(event, ProposalAnsweredV1)
            assert event.proposal_id in offered - withdrawn - answered.keys()
            assert now < NOW + timedelta(hours=48)
            answered[event.proposal_id] = event.answer
        if isinstance(data, AnswerProposal):
            assert answered[data.proposal_id] == data.answer


@QUICK
@given(ids, st.booleans())
def test_offer_and_withdrawal_lead_to_the_same_file_in_either_order(id: str, offer_first: bool) -> None:
    def folded(order: list[Any]) -> bytes:
        state = START
        for data in order:
            handler = TRANSITIONS[type(data)]
            assert not isinstance(handler, To)
            state = handler(state, Message(data, "p", "t", "m", NOW, NOW), NOW).state
        return encode(state)

    both = [_offer(id), _withdrawn(id)]
    assert folded(both if offer_first else both[::-1]) == folded(both)


def _values(name: str) -> st.SearchStrategy[Any]:
    match ALLOWED[name]:
        case Whole(low, high):
            return st.integers(low - 2, (high or 100_000) + 2)
        case Words(allowed):
            return st.sampled_from((*allowed, "other"))
        case Switch():
            return st.booleans()


parameters = st.fixed_dictionaries({}, optional={name: _values(name) for name in ALLOWED})
amounts = st.one_of(st.none(), st.integers(0, 90_000))


@QUICK
@given(parameters, amounts, amounts, amounts, amounts, st.integers(0, 8), st.sampled_from(("s", "min", "km")))
def test_a_plan_that_passes_fits_its_event_and_its_ranges(
    chosen: dict[str, Any], goal: int | None, top: int | None, low: int | None, step: int | None, freq: int, unit: Any
) -> None:
    track = replace(
        WALK, parameters=chosen, goal_dose=goal, dose_max=top, dose_min=low, step=step, freq=freq, unit=unit
    )
    if any(breaches(Terms((track,)))):
        return
    assert all(amount is None or 1 <= amount <= AMOUNT_MAX["duration_s"] for amount in (goal, top, low, step))
    assert top is None or all(amount is None or amount <= top for amount in (goal, low))
    assert unit in ("s", "min")
    sent = TrackV1(**{name: getattr(track, name) for name in TrackV1.model_fields})
    assert TrackV1.model_validate_json(sent.model_dump_json()).parameters == chosen
    assert ("no_goal_or_ceiling" in locks(Terms((track,)), track).locks) == (goal is None and top is None)
