"""What is counted of a life is what was lived, however late it was told, corrected or taken back (adherence 4.4)."""

import random
from datetime import timedelta
from typing import Final

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from services.progression.domain.adherence import monday_of
from services.progression.domain.report import report
from tests.support.progression_person import START, Person, track

DAYS: Final = 64


def lived(seed: int) -> tuple[Person, dict[str, tuple[int, int]]]:
    """Nine weeks with sessions told up to three weeks late, some amended or voided; what is left of them by id."""
    dice = random.Random(seed)
    person = Person().enrol().plan(track())
    told: dict[int, list[tuple[str, int]]] = {}
    for day in range(DAYS):
        for place in range(dice.choice([0, 1, 1, 2])):
            late = dice.choice([0, 0, 0, 1, 5, 20])
            told.setdefault(day + late, []).append((f"s{day}.{place}", day))
    left: dict[str, tuple[int, int]] = {}
    for today in range(DAYS):
        person.tick_to(today)
        for session_id, day in told.get(today, []):
            amount = dice.choice([600, 900])
            arrival = person.at(today, "22:00") + timedelta(minutes=len(left) % 50)
            person.log(day, amount, session_id=session_id, recorded=arrival)
            left[session_id] = (day, amount)
        if left and dice.random() < 0.2:
            session_id = dice.choice(sorted(left))
            day = left[session_id][0]
            if today - day <= 20:
                at, revision = person.at(today, "23:30"), 2 + today
                if dice.random() < 0.5:
                    person.void(session_id, day, revision=revision, at=at)
                    del left[session_id]
                else:
                    person.amend(session_id, day, 1200, revision=revision, at=at)
                    left[session_id] = (day, 1200)
    person.tick_to(DAYS)
    return person, left


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_counted_is_what_was_lived(seed: int) -> None:
    person, left = lived(seed)
    stored = orjson.loads(person.records["adherence", "latest"]["content"])
    month = {day for day, _ in left.values() if DAYS - 28 <= day < DAYS}
    days = {START + timedelta(days=day) for day, _ in left.values()}

    assert stored == report(person.state, person.day_of(person.now))
    assert stored["windows"][1]["completed"] == stored["windows"][1]["active_days"] == len(month)
    assert stored["windows"][1]["sevenths"] == 3 * 28
    assert stored["tracks"]["walk"]["total"] == sum(amount for _, amount in left.values())
    assert stored["weeks_active"] == len({monday_of(day) for day in days})
    for monday, eligible, done, _ in stored["weeks"]["trend"]:
        whole = {day for day in days if monday_of(day).isoformat() == monday}
        assert (eligible, done) == (7, len(whole))
