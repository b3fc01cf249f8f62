"""Whether goals are still right is asked once every 28 days of the person, early when life shifts, and never lost."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.plans.domain.aims import Aims, EndGoal, GoalContent, SetGoal
from services.plans.domain.goal_checks import ConfirmGoals, NoteLifeEvent, latest_due
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.folding import goal_checks, prompts
from services.plans.folding.aims import end_goal, set_goal
from services.plans.folding.timing import due, on_tick
from shared.clock import local_date
from shared.runtime.messages import Actor, Message, Refused, Tick, Transition
from tests.unit.services.plans.clinic import CAREGIVER, NOW, SELF, STAFF, TERMS

GOAL: Final = SetGoal("g-1", "patient", GoalContent("family", "s1.words", "s1.why"))
TIMERS: Final = ((prompts.next_end, prompts.on_time), (goal_checks.next_due, goal_checks.on_time))
HANDLERS: Final[dict[type, Any]] = {
    SetGoal: set_goal,
    EndGoal: end_goal,
    ConfirmGoals: goal_checks.confirm_goals,
    NoteLifeEvent: goal_checks.note_life_event,
}


class Life:
    """One person whose goals are asked about; time passes when it is told to, and ticks come as they are due."""

    def __init__(self, tz: str = "Europe/Berlin", now: datetime = NOW) -> None:
        self.now = now
        self.state = PatientState(person=Person(tz, "en"))
        self.events: list[Any] = []
        self.opened: list[tuple[datetime, str]] = []
        self.number = 0

    def plan(self) -> None:
        self.number += 1
        self.state = self.of(self.state, Plan(f"plan-{self.number}", 1, TERMS, self.now))

    def of(self, state: PatientState, plan: Plan | None) -> PatientState:
        return replace(state, plan=plan)

    def end(self) -> None:
        """What ends a plan: nothing waits for the person any more."""
        assert self.state.plan is not None
        plan = self.state.plan
        gone = prompts.close_prompts(self.state, None, None, self.now, "needless")
        ended = Plan(plan.plan_id, plan.version, plan.terms, plan.effective_at, "moved", self.now)
        self.keep(Transition(self.of(gone.state, ended), events=gone.events))

    def say(self, command: Any, actor: Actor = SELF) -> Transition[PatientState]:
        self.number += 1
        message = Message(command, "p-1", "t", f"m-{self.number}", self.now, self.now, actor, "app")
        return self.keep(HANDLERS[type(command)](self.state, message, self.now))

    def keep(self, done: Transition[PatientState]) -> Transition[PatientState]:
        self.state = done.state
        for event in done.events:
            self.events.append(event.data)
            if hasattr(event.data, "prompt_id") and hasattr(event.data, "opened_at"):
                (prompt,) = self.state.prompts
                self.opened.append((self.now, prompt.ref))
        return done

    def tick(self) -> None:
        """Every tick that is due now."""
        while (at := due(self.state, TIMERS)) is not None and at <= self.now:
            message = Message(Tick(at), "p-1", "t", f"t-{at.isoformat()}", self.now, self.now)
            self.keep(on_tick(self.state, message, self.now, TIMERS))

    def until(self, moment: datetime, late: timedelta = timedelta(0)) -> None:
        """Let time pass; ticks come `late` after they are due."""
        self.tick()
        while (at := due(self.state, TIMERS)) is not None and at + late <= moment:
            self.now = max(self.now, at + late)
            self.tick()
        self.now = moment

    def days(self, count: float) -> None:
        self.until(self.now + timedelta(days=count))

    @property
    def today(self) -> date:
        assert self.state.person is not None
        return local_date(self.now, self.state.person.tz)


def begun() -> Life:
    life = Life()
    life.say(GOAL)
    life.plan()
    life.tick()
    return life


@pytest.mark.article("P3.6")
def test_on_day_28_it_is_asked_once_and_again_28_days_after_the_answer() -> None:
    life = begun()
    life.days(27)
    assert life.opened == []
    life.days(1.5)
    (first,) = life.opened
    assert first[0] == datetime(2025, 4, 28, 1, tzinfo=UTC)  # 03:00 in Berlin
    life.days(4)
    assert len(life.opened) == 1
    done = life.say(ConfirmGoals("c-1", "same"))
    assert [type(event.data).__name__ for event in done.events] == ["PromptClosedV1", "GoalReconfirmedV1"]
    assert life.events[-1].prompt_id
    life.days(27)
    assert len(life.opened) == 1
    life.days(1)
    assert len(life.opened) == 2


@pytest.mark.article("P3.6")
def test_a_life_event_asks_early_and_only_once() -> None:
    life = begun()
    life.days(5)
    done = life.say(NoteLifeEvent("l-1", "moved"))
    assert [getattr(event.data, "kind", None) for event in done.events] == ["goals"]
    assert life.say(NoteLifeEvent("l-2", "work_ended", life.today - timedelta(days=3))).events == ()
    life.days(27)
    assert len(life.opened) == 1
    life.days(1)
    assert len(life.opened) == 2


@pytest.mark.article("P3.6")
def test_goals_that_changed_are_looked_at_by_a_human_once_until_that_is_done() -> None:
    life = begun()
    life.say(ConfirmGoals("c-1", "same"))
    assert not life.state.work
    for number in range(2):
        done = life.say(ConfirmGoals(f"d-{number}", "changed", "s1.words"))
        assert len(done.records) == 2 - number
        (item,) = life.state.work
        assert (item.kind, item.reason, item.urgency) == ("review", "goals_changed", "routine")


def test_an_unanswered_question_gives_way_to_the_next() -> None:
    life = begun()
    life.days(57)
    assert [one.kind for one in life.state.prompts] == ["goals"]
    assert [event.because for event in life.events if hasattr(event, "because")] == ["over"]
    assert len({ref for _, ref in life.opened}) == 2


def test_after_a_long_silence_of_the_machine_it_is_asked_once_for_the_last_due_day() -> None:
    life = Life()
    life.say(GOAL)
    life.plan()
    life.now += timedelta(days=100)
    life.tick()
    assert [at for at, _ in life.opened] == [life.now]
    assert (life.state.aims.ask_on or life.today) - life.today == timedelta(days=12)
    life.now += timedelta(days=70)
    life.tick()
    assert len(life.opened) == 2
    assert len(life.state.prompts) == 1


def test_it_is_not_asked_without_a_plan_without_a_goal_or_after_the_end() -> None:
    life = Life()
    life.say(GOAL)
    life.say(NoteLifeEvent("l-1", "birth"))
    life.days(60)
    assert (life.opened, due(life.state, TIMERS)) == ([], None)
    life.plan()
    life.days(29)
    assert len(life.opened) == 1
    life.end()
    life.days(90)
    assert (len(life.opened), life.state.prompts) == (1, ())
    life.plan()
    life.days(27)
    assert len(life.opened) == 1
    life.days(2)
    life.say(EndGoal("g-1", "retired"))
    assert (life.state.prompts, life.events[-1].because) == ((), "needless")
    life.days(60)
    assert len(life.opened) == 2
    life.say(SetGoal("g-2", "patient", GOAL.content))
    life.days(27)
    assert len(life.opened) == 2
    life.days(2)
    assert len(life.opened) == 3


def test_the_answer_is_the_persons_own_and_a_day_ahead_is_no_life_event() -> None:
    life = begun()
    for actor, command, code in (
        (STAFF, ConfirmGoals("c-1", "same"), "only_the_persons_own_answer"),
        (CAREGIVER, ConfirmGoals("c-1", "same", heard="phone"), "only_the_persons_own_answer"),
        (SELF, NoteLifeEvent("l-1", "moved", date(2026, 1, 1)), "day_ahead"),
    ):
        with pytest.raises(Refused) as found:
            life.say(command, actor)
        assert found.value.code == code
    life.say(ConfirmGoals("c-1", "same", heard="phone"), STAFF)
    life.end()
    with pytest.raises(Refused) as found:
        life.say(ConfirmGoals("c-2", "same"))
    assert (found.value.status, found.value.code) == (409, "no_goals")


def test_a_stored_file_without_days_is_counted_from_its_plan() -> None:
    life = begun()
    life.state = PatientState(person=life.state.person, plan=life.state.plan, aims=Aims(life.state.aims.goals))
    life.days(29)
    assert len(life.opened) == 1


ZONES: Final = st.sampled_from(["Europe/Berlin", "America/Santiago", "Pacific/Auckland", "Africa/Cairo", "UTC"])
STEPS: Final = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 1100), st.sampled_from([0, 0, 5, 400, 1500])),
    st.sampled_from([("life",), ("same",), ("changed",), ("retire",), ("goal",), ("end",), ("plan",)]),
)


@settings(max_examples=60, deadline=None)
@given(tz=ZONES, begin=st.integers(0, 500), steps=st.lists(STEPS, max_size=14))
def test_it_is_never_asked_twice_for_a_due_day_and_never_lost(tz: str, begin: int, steps: list[Any]) -> None:
    life = Life(tz, NOW + timedelta(hours=begin))
    life.say(GOAL)
    life.plan()
    life.tick()
    since = life.today  # the last day on which it was answered, asked early, or began to count
    for number, (what, *more) in enumerate(steps):
        asked = bool(life.state.plan and not life.state.plan.ended and life.state.aims.goals)
        if what == "wait":
            late = timedelta(hours=more[1])
            before = len(life.opened)
            life.until(life.now + timedelta(hours=more[0]), late)
            new = life.opened[before:]
            assert asked or not new
            # Of each stretch of 28 days since then one tells, but for those in which no tick came at all.
            if asked:
                whole = (local_date(life.now - late, tz) - since).days // 28
                waits = [one for one in life.state.prompts if one.kind == "goals"]
                assert bool(waits) or whole < 1
                for at, _ in new:
                    assert (local_date(at, tz) - since).days >= 28
        elif what == "life":
            early = asked and not life.state.prompts
            life.say(NoteLifeEvent(f"l-{number}", "other"))
            since = life.today if early else since
        elif what in ("same", "changed") and asked:
            life.say(ConfirmGoals(f"c-{number}", what))
            since = life.today
        elif what == "retire" and life.state.aims.goals:
            life.say(EndGoal(life.state.aims.goals[0].goal_id, "retired"))
        elif what == "goal" and not life.state.aims.goals:
            life.say(SetGoal(f"new-{number}", "patient", GOAL.content))
            since = life.today
        elif what == "end" and life.state.plan and not life.state.plan.ended:
            life.end()
        elif what == "plan" and life.state.plan and life.state.plan.ended:
            life.plan()
            life.tick()
            since = life.today
        assert len([one for one in life.state.prompts if one.kind == "goals"]) <= 1
    refs = [ref for _, ref in life.opened]
    assert len(refs) == len(set(refs))


@given(ask_on=st.dates(date(2020, 1, 1), date(2030, 1, 1)), later=st.integers(0, 400))
def test_the_latest_due_day_is_at_most_27_days_ago(ask_on: date, later: int) -> None:
    today = ask_on + timedelta(days=later)
    found = latest_due(ask_on, today)
    assert 0 <= (today - found).days < 28
    assert (found - ask_on).days % 28 == 0
