"""Ten thousand histories of weeks and months of life: whatever happens, no promise of progression is broken.

A life forks: every history begins with an enrolment and ends in its own way, and many share their beginning. The ten
properties of domain/progression.md 2.10 are among the promises; `TEN` says which of them holds each.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.progression.domain.state import PatientState
from services.progression.store import DECISIONS
from shared.contracts.session_logging import SessionLoggedV1
from tests.support.progression_days import RARE, Person, begin, born, late_records, live_a_day, what_if_it_hurt_more
from tests.support.progression_lives import Life, Step
from tests.support.progression_person import text_of
from tests.support.progression_promises import PROMISES, RULES, Memory, in_force, keep_promises, seen_in, watching

ALWAYS: Final = ("late", "stops", "flares", "overrides")
LIVES: Final = 25
FORKS: Final = 100
"""A quarter of the lives has each of these for certain. A life is lived to its end, and left for another end this many
times: ALWAYS x LIVES x (1 + FORKS) histories."""

RARELY_MET: Final = frozenset({"R5c", "R8a", "R8c", "R8d", "R8e", "R10b", "R10c", "R10h", "R10i", "R11s", "W10", "W11"})
"""Not in every 25 lives of ten weeks."""

TEN: Final[dict[int, tuple[str, ...]]] = {
    1: ("nothing_rises_or_is_offered_under_a_lock", "a_step_rests_on_good_sessions"),
    2: ("a_step_comes_in_time_and_is_small",),
    3: ("a_step_comes_in_time_and_is_small",),
    4: ("test_more_pain_never_leaves_more_in_force",),
    5: ("test_what_arrives_together_may_arrive_in_any_order",),
    6: ("a_decision_replays_to_the_same_verdict_and_id", "what_came_twice_changes_nothing"),
    7: ("a_fall_has_a_rule_that_matches_now", "what_was_too_much_is_heard"),
    8: ("a_fall_has_a_rule_that_matches_now", "a_shared_morning_lowers_one_track"),
    9: ("exactly_one_known_rule_decides",),
    10: ("without_numbers_nothing_advances", "a_step_rests_on_good_sessions"),
}
"""Property of 2.10 -> what holds it over whole histories: promises asked at each step, and tests of this module.

1 no advance under a flag, flare, pause, ladder or lock, or without sessions; 2 `advance_days` between advances; 3 one
step or `g_normal` at most; 4 worse is never higher; 5 any order; 6 replay gives the same id; 7 a regress lowers, or is
R8e; 8 one session changes no dose unless red and unsettled; 9 exactly one rule; 10 no numbers, no advance.
"""

SEEDS: Final = st.integers(0, 2**32)
WEEKS: Final = st.integers(1, 14)
HABITS: Final = st.integers(0, 2 ** len(RARE) - 1).map(
    lambda bits: frozenset(name for place, name in enumerate(RARE) if bits >> place & 1)
)
_STATES: Final = TypeAdapter(PatientState)


def grown(seed: int, weeks: int, has: frozenset[str], forks: int = FORKS) -> tuple[Life, Person, int]:
    """A life of so many weeks that forks on its way, each fork lived on for a day; the histories counted."""
    life, person = born(seed, has)
    life.watch = watching(memory := Memory())
    begin(life, person)
    days, ends = weeks * 7, 1
    for place in range(forks):
        while life.day < (place + 1) * days // (forks + 1):
            live_a_day(life, person)
        other = life.fork(seed + place + 1)
        other.watch = watching(memory.copy())
        live_a_day(other, person)
        ends += 1
    while life.day < days:
        live_a_day(life, person)
    return life, person, ends


@pytest.mark.parametrize("always", ALWAYS)
@settings(max_examples=LIVES, deadline=None)
@given(SEEDS, WEEKS, HABITS)
def test_no_history_breaks_a_promise(always: str, seed: int, weeks: int, has: frozenset[str]) -> None:
    """2.7, 2.10 and 2.11; each promise is a function of `tests/support/progression_promises.py`."""
    life, _, ends = grown(seed, weeks, has | {always})

    assert ends == FORKS + 1
    assert _STATES.validate_python(orjson.loads(text_of(life.state))) == life.state


def test_there_are_ten_thousand_histories() -> None:
    assert len(ALWAYS) * LIVES * (FORKS + 1) >= 10_000


def test_each_of_the_ten_properties_is_held_over_whole_histories() -> None:
    """2.10."""
    asked = {promise.__name__ for promise in PROMISES} | set(globals())
    assert set(TEN) == set(range(1, 11))
    assert {name for names in TEN.values() for name in names} <= asked


def test_rough_weeks_on_two_tracks_lower_one_of_them_a_morning() -> None:
    """2.11 W2: two tracks on nearly every day, and a check on every morning, so that many a bad one follows both."""
    shared = 0

    def watch(step: Step) -> None:
        nonlocal shared
        stored = [record.data["basis"] for record in step.done.records if record.collection == DECISIONS]
        shared += sum('"shared":true' in basis or '"shared": true' in basis for basis in stored)
        ask(step)

    for seed in range(10):
        life, person = born(seed, frozenset({"rough"}))
        walk = person.tracks[0].model_copy(update={"freq": 5})
        strength = walk.model_copy(update={"track_id": "strength", "priority": 2})
        person = replace(person, tracks=(walk, strength), mornings=1.0, diligence=1.5)
        ask, life.watch = watching(Memory()), watch
        begin(life, person)
        for _ in range(42):
            live_a_day(life, person)
    assert shared > 0


@settings(max_examples=30, deadline=None)
@given(SEEDS, WEEKS, HABITS)
def test_more_pain_never_leaves_more_in_force(seed: int, weeks: int, has: frozenset[str]) -> None:
    """2.10 no. 4, from any point of any life."""
    life, person = born(seed, has)
    begin(life, person)
    for day in range(weeks * 7):
        live_a_day(life, person)
        if day % 7 == 3:
            mild, hard, name = what_if_it_hurt_more(life, person, random.Random(seed + day))
            if name in mild.state.tracks:
                assert in_force(hard.state.tracks[name]) <= in_force(mild.state.tracks[name])


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(1, 9), HABITS, SEEDS)
def test_what_arrives_together_may_arrive_in_any_order(seed: int, weeks: int, has: frozenset[str], deal: int) -> None:
    """2.10 no. 5: a paper diary read from behind gives the same decisions."""
    life, person = born(seed, has | {"late"})
    life.mode = "batch"
    begin(life, person)
    for _ in range(weeks * 7):
        live_a_day(life, person)
    life.later = [(0, data) for _, data in life.later]
    one, other = life.fork(seed), life.fork(seed)
    late_records(one, person, random.Random(deal))
    late_records(other, person, random.Random(deal + 1))

    for name, track in one.state.tracks.items():
        assert other.state.tracks[name] == track
    assert other.state.proposal == one.state.proposal


def test_the_generated_lives_meet_the_rules() -> None:
    """What is never met is not shown to be kept; the rarest come in the wide run and in the tests of the table."""
    met: set[str] = set()

    def watch(step: Step) -> None:
        met.update(record.data["rule"] for record in step.done.records if record.collection == DECISIONS)

    for seed in range(25):
        dice = random.Random(seed)
        life, person = born(seed, frozenset(name for name in RARE if dice.random() < 0.5))
        life.watch = watch
        begin(life, person)
        for _ in range(70):
            live_a_day(life, person)
    assert met >= RULES - RARELY_MET, RULES - met


def a_step() -> tuple[Step, Memory]:
    """A real step with a decision, and the memory before it."""
    steps: list[Step] = []
    life, person = born(5, frozenset())
    life.watch = steps.append
    begin(life, person)
    while life.day < 20:
        live_a_day(life, person)
    memory = Memory()
    for step in steps:
        if isinstance(step.message.data, SessionLoggedV1) and seen_in(step, memory).decisions:
            return step, memory
        keep_promises(step, memory)
    raise AssertionError("no session was decided on")


def _twice(step: Step, memory: Memory) -> Step:
    keep_promises(step, memory)
    memory.came.clear()
    return step


def _again(step: Step, memory: Memory) -> Step:
    memory.came.add((step.message.id, step.message.seq or 0))
    return step


def _another_dose(step: Step, memory: Memory) -> Step:
    records = [
        replace(r, data={**r.data, "dose": 12_345}) if r.collection == DECISIONS else r for r in step.done.records
    ]
    return replace(step, done=replace(step.done, records=tuple(records)))


def _risen_unsaid(step: Step, memory: Memory) -> Step:
    name, track = next(iter(step.before.tracks.items()))
    risen = replace(track, doses=(*track.doses, (track.doses[-1][0] + 1, track.doses[-1][1] + 60)))
    after = replace(step.before, tracks={**step.before.tracks, name: risen})
    return replace(step, done=replace(step.done, state=after, records=(), events=()))


def _fallen_unsaid(step: Step, memory: Memory) -> Step:
    name, track = next(iter(step.before.tracks.items()))
    fallen = replace(track, doses=(*track.doses, (track.doses[-1][0] + 1, 1)))
    after = replace(step.before, tracks={**step.before.tracks, name: fallen})
    return replace(step, done=replace(step.done, state=after, records=(), events=()))


@pytest.mark.parametrize(
    ("spoil", "promise"),
    [
        (_twice, "decisions_are_numbered_and_never_rewritten"),
        (_again, "what_came_twice_changes_nothing"),
        (_another_dose, "a_decision_replays_to_the_same_verdict_and_id"),
        (_risen_unsaid, "nothing_rises_without_its_reason"),
        (_fallen_unsaid, "a_fall_has_a_rule_that_matches_now"),
    ],
)
def test_a_broken_promise_is_noticed(spoil: Callable[[Step, Memory], Step], promise: str) -> None:
    step, memory = a_step()
    with pytest.raises(AssertionError, match=promise):
        keep_promises(spoil(step, memory), memory)
