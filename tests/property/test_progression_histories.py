"""Ten thousand histories of weeks and months of life: whatever happens, no promise of progression is broken.

A life forks: every history begins with an enrolment and ends in its own way, and many share their beginning.
"""

import random
from typing import Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.progression.domain.state import PatientState
from services.progression.store import DECISIONS
from tests.support.progression_days import RARE, Person, begin, born, late_records, live_a_day, what_if_it_hurt_more
from tests.support.progression_lives import Life, Step
from tests.support.progression_person import text_of
from tests.support.progression_promises import RULES, Memory, in_force, watching

ALWAYS: Final = ("late", "stops", "flares", "overrides")
LIVES: Final = 25
FORKS: Final = 100
"""A quarter of the lives has each of these for certain. A life is lived to its end, and left for another end this many
times: ALWAYS x LIVES x (1 + FORKS) histories."""

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
    assert met >= RULES - {"R8d", "R10c", "R10h", "R10i", "W10", "W11"}, RULES - met
