"""Whatever is asked, taken, given back, closed, ended or moved, in any order: one item waits for each thing, none gets
lost, and what is closed stays closed."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from services.plans.domain.commands import CloseWorkItem, EndPlan, ReleaseWorkItem, TakeWorkItem
from services.plans.domain.model import EndReason, PatientState, Person, Plan
from services.plans.domain.terms import Terms, Track
from services.plans.domain.transfer import Transfer
from services.plans.folding.work import ask
from services.plans.transitions import TRANSITIONS
from shared.contracts.plans import WorkItemClosedV1, WorkItemOpenedV1
from shared.contracts.progression import ReviewRequestedV1
from shared.contracts.safety import AutomationResumedV1, RedflagRaisedV1
from shared.runtime.messages import Actor, Message, Refused, To, Transition

NOW = datetime(2025, 3, 31, 12, tzinfo=UTC)
WALK = Track("walk", "walking", "duration_s", "min", 3)
START = PatientState(person=Person("UTC", "en"), plan=Plan("plan", 1, Terms((WALK,)), NOW))
REASONS = ("ceiling", "pain_9", "flare_without_end", "no_named_contact", "new_site")
SITES = ("main", "north", "south")
PEOPLE = ("u-1", "u-2")

requested = st.builds(
    ReviewRequestedV1,
    review_id=st.just("r"),
    track_id=st.sampled_from(("walk", None)),
    reason=st.sampled_from(REASONS),
)
flagged = st.builds(
    lambda suspension: RedflagRaisedV1(
        flag_id="f", suspension_id=suspension, signs=("infection",), level="urgent", context="check_in",
        answered_at=NOW,
    ),
    st.sampled_from(("s-1", "s-2")),
)  # fmt: skip
resumed = st.builds(AutomationResumedV1, suspension_id=st.sampled_from(("s-1", "s-2")), resumed_at=st.just(NOW))
own = st.tuples(st.sampled_from(("review", "call")), st.sampled_from(REASONS), st.sampled_from(("walk", None)))
by_hand = st.tuples(st.sampled_from((TakeWorkItem, ReleaseWorkItem, CloseWorkItem)), st.integers(0, 8))
ends = st.sampled_from(get_args(EndReason)).map(lambda reason: EndPlan("plan", reason))
moves = st.sampled_from(SITES).map(lambda site: Transfer(f"to-{site}", site, "s1.note"))
steps = st.lists(
    st.tuples(
        st.one_of(requested, flagged, own, by_hand, by_hand, resumed, moves, st.one_of(ends, moves)),
        st.sampled_from(PEOPLE),
    ),
    max_size=30,
)


class Desk:
    """One person's items as anybody could follow them, by what was told and by what can be read."""

    def __init__(self) -> None:
        self.state = START
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.records: dict[str, Any] = {}
        self.now = NOW

    def act(self, step: Any, by: str, number: int) -> None:
        self.now += timedelta(minutes=1)
        try:
            done = self._done(step, by, number)
        except Refused:
            return
        if isinstance(step, EndPlan):
            assert all(one.kind == "red_flag" or one.reason == "pain_9" for one in done.state.work)
        if isinstance(step, Transfer):
            assert not [one for one in done.state.work if one.taken_by]
        self.state = done.state
        for emit in done.events:
            if isinstance(emit.data, WorkItemOpenedV1):
                self.opened.append(emit.data.item_id)
            elif isinstance(emit.data, WorkItemClosedV1):
                self.closed.append(emit.data.item_id)
        for record in done.records:
            if record.collection == "work_items":
                before = self.records.get(record.id)
                assert before is None or before["waits"], "what was closed is written no more"
                self.records[record.id] = record.data

    def _done(self, step: Any, by: str, number: int) -> Transition[PatientState]:
        if isinstance(step, tuple) and isinstance(step[0], str):
            kind, reason, track = step
            return ask(self.state, "p", f"cause-{number}", kind, reason, self.now, track_id=track)
        if isinstance(step, tuple):
            command, place = step
            everyone = [*self.opened, "nothing"]
            item_id = everyone[place % len(everyone)]
            step = command(item_id, "s1.note") if command is CloseWorkItem else command(item_id)
        handler = TRANSITIONS[type(step)]
        assert not isinstance(handler, To)
        message = Message(step, "p", "t", f"m-{number}", self.now, self.now, Actor("clinician", by), "clinician")
        return handler(self.state, message, self.now)

    def check(self) -> None:
        waiting = {one.item_id: one for one in self.state.work}
        assert len(self.opened) == len(set(self.opened))
        assert len(self.closed) == len(set(self.closed))
        assert set(self.closed) <= set(self.opened)
        assert waiting.keys() == set(self.opened) - set(self.closed) == {
            id for id, one in self.records.items() if one["waits"]
        }  # fmt: skip
        assert self.records.keys() == set(self.opened)
        things = {(one.kind, one.track_id, one.reason, one.suspension_id) for one in waiting.values()}
        assert len(things) == len(waiting)
        for id, one in waiting.items():
            known = self.records[id]
            assert (known["site"], known["taken_by"]) == (self.state.circle.site, one.taken_by)
            assert known["status"] == ("taken" if one.taken_by else "open")


@settings(max_examples=200, deadline=None)
@given(steps)
def test_one_item_waits_for_each_thing_at_the_persons_site_and_what_is_closed_stays_closed(story: list[Any]) -> None:
    desk = Desk()
    for number, (step, by) in enumerate(story):
        desk.act(step, by, number)
        desk.check()
