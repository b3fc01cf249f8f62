"""The bench of the table decides histories of every kind, none of them twice, and a person with a whole year."""

import random

from services.progression.domain.table import decide as run_table
from tests.bench import decide
from tests.bench.results import against_goals


def test_histories_of_every_kind_are_decided() -> None:
    drawn = random.Random(1)
    rules = {run_table(decide.history(drawn)).rule for _ in range(1500)}

    assert rules >= {
        "R3",
        "R5a",
        "R5d",
        "R6a",
        "R6b",
        "R7a",
        "R8a",
        "R8b",
        "R9a",
        "R10d",
        "R10e",
        "R10g",
        "R11",
        "R11s",
    }


def test_a_year_of_sessions_and_mornings_is_judged() -> None:
    state = decide.year(random.Random(1))

    assert len(state.tracks["walk"].bouts) > 150
    assert len(state.mornings) == 365


def test_both_goals_are_held_against_what_was_measured() -> None:
    found = decide.measure(decide.TINY, lambda *_: None)
    rows = {name: told for name, *told in against_goals({"decide": {**found, "decide_per_s": 9_000, "person_ms": 1.5}})}

    assert found["decide_per_s"] > 0
    assert found["person_ms"] > 0
    assert rows["histories decided"] == ["≥ 10000/s", "9000/s", False]
    assert rows["a person's year judged anew"] == ["≤ 5 ms", "1.5 ms", True]
