"""Whatever comes in any order: an offer is answered once while it is open, and one item waits for each thing to do."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.plans.domain.commands import AnswerProposal, CloseWorkItem, EndPlan, TakeWorkItem
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.domain.parameters import ALLOWED, Day, Order, Switch, Whole, Words
from services.plans.domain.rules import AMOUNT_MAX, breaches, locks
from services.plans.domain.terms import Terms, Track
from services.plans.transitions import TRANSITIONS
from shared.contracts.plans import ProposalAnsweredV1, TrackV1, WorkItemClosedV1, WorkItemOpenedV1
from shared.contracts.progression import (
    DoseOptionV1,
    ProgressionProposedV1,
    ProposalWithdrawnV1,
    ReviewRequestedV1,
    TwoBoutsV1,
)
from shared.contracts.safety import AutomationResumedV1, RedflagRaisedV1
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
        in_two_bouts=TwoBoutsV1(first=360, second=300),
        marker="duration_s",
        unit="min",
        expires_at=NOW + timedelta(hours=48),
    )


def _withdrawn(id: str) -> ProposalWithdrawnV1:
    return ProposalWithdrawnV1(proposal_id=id, track_id="walk", reason="R8a")


events = st.one_of(
    ids.map(_offer),
    ids.map(_withdrawn),
    st.builds(AnswerProposal, ids, st.sampled_from(("accept", "two_bouts", "more_often", "stay", "less"))),
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
            answered[event.proposal_id] = "two_bouts" if event.bouts else event.answer
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


REASONS = ("ceiling", "pain_9", "flare_without_end", "red_flag")
LEVELS = {"chest": "emergency", "trauma": "urgent", "cancer": "review", "crash": "lock"}


def _flag(suspension: str, sign: str, minute: int) -> RedflagRaisedV1:
    return RedflagRaisedV1.model_validate(
        {
            "flag_id": f"f-{minute}",
            "suspension_id": suspension,
            "signs": (sign,),
            "level": LEVELS[sign],
            "context": "check_in",
            "answered_at": NOW + timedelta(minutes=minute),
        }
    )


suspensions = st.sampled_from(("s-1", "s-2"))
asks = st.one_of(
    st.builds(
        ReviewRequestedV1,
        review_id=st.just("r"),
        track_id=st.sampled_from(("walk", None)),
        reason=st.sampled_from(REASONS),
    ),
    st.builds(_flag, suspensions, st.sampled_from(sorted(LEVELS)), st.integers(0, 90)),
    st.builds(AutomationResumedV1, suspension_id=suspensions, resumed_at=st.just(NOW + timedelta(hours=2))),
)


class Work:
    """One person's items as anybody could follow them: what was opened and closed, and what the records say."""

    def __init__(self) -> None:
        self.state = START
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.records: dict[str, Any] = {}

    def hear(self, data: Any, id: str, actor: str = "clinician") -> None:
        handler = TRANSITIONS[type(data)]
        assert not isinstance(handler, To)
        message = Message(data, "p", "t", id, NOW, NOW, Actor(actor, "u-1"), "clinician")
        try:
            done = handler(self.state, message, NOW)
        except Refused:
            return
        self.state = done.state
        for emit in done.events:
            match emit.data:
                case WorkItemOpenedV1(item_id=item_id):
                    assert item_id not in self.opened
                    self.opened.append(item_id)
                case WorkItemClosedV1(item_id=item_id):
                    assert item_id in self.opened
                    assert item_id not in self.closed
                    self.closed.append(item_id)
        self.records |= {record.id: record.data for record in done.records if record.collection == "work_items"}
        waiting = {item.item_id for item in self.state.work}
        assert waiting == set(self.opened) - set(self.closed)
        assert waiting == {id for id, record in self.records.items() if record["waits"]}
        assert len({(one.kind, one.track_id, one.reason, one.suspension_id) for one in self.state.work}) == len(waiting)


@QUICK
@given(st.lists(st.one_of(asks, st.sampled_from(("take", "close", "end"))), max_size=25), st.data())
def test_one_item_waits_for_each_thing_and_no_red_flag_is_closed_but_by_a_clinician(
    story: list[Any], data: st.DataObject
) -> None:
    work, heard = Work(), list[tuple[Any, str]]()
    for number, one in enumerate(story):
        if isinstance(one, str):
            item_id = work.state.work[-1].item_id if work.state.work else "nothing"
            commands = {"take": TakeWorkItem(item_id), "close": CloseWorkItem(item_id, "s1.note")}
            work.hear(commands.get(one, EndPlan("plan", "moved")), f"c-{number}")
            continue
        heard.append((one, f"e-{number}"))
        work.hear(*heard[-1])
        again = data.draw(st.sampled_from(heard))
        before = work.state
        work.hear(*again)
        assert work.state == before
    flags = [record for record in work.records.values() if record["kind"] == "red_flag" and not record["waits"]]
    assert all(record["closed_because"] in ("resumed", "done") for record in flags)


@QUICK
@given(st.lists(asks, max_size=12), st.randoms(use_true_random=False))
def test_whatever_comes_first_the_same_things_wait_in_the_end(story: list[Any], draw: random.Random) -> None:
    """Also where a hole in one service's history is filled late."""

    def waiting(order: list[tuple[int, Any]]) -> list[tuple[Any, ...]]:
        work = Work()
        for number, one in order:
            work.hear(one, f"e-{number}")
        return sorted(
            (one.kind, one.track_id or "", one.reason, one.suspension_id or "", one.urgency, one.due_at, one.signs)
            for one in work.state.work
        )

    in_order = list(enumerate(story))
    shuffled = draw.sample(in_order, len(in_order))
    assert waiting(in_order) == waiting(shuffled)


def _values(name: str) -> st.SearchStrategy[Any]:
    match ALLOWED[name]:
        case Whole(low, high):
            return st.integers(low - 2, (high or 100_000) + 2)
        case Words(allowed):
            return st.sampled_from((*allowed, "other"))
        case Switch():
            return st.booleans()
        case Order(among):
            return st.lists(st.sampled_from((*among, "other")), min_size=1, max_size=4).map("-".join)
        case Day():
            return st.dates().map(str) | st.just("tomorrow")


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
