"""A track that is tried out: no day of it counts, its start is its own, and after 14 days it is asked about (P12.3)."""

from datetime import timedelta

import pytest

from shared.contracts.progression import AdherenceUpdatedV1
from tests.support.progression_person import START, Person, track

SWIM = track("swim", priority=2, start_phase="BASELINE", start_dose=None, tryout_until=START + timedelta(days=14))


def counted(person: Person, track_id: str) -> tuple[int, int]:
    """Eligible days and completed sessions of the last 28 days, as last told."""
    windows = person.last(AdherenceUpdatedV1).told.windows
    found = next(one for one in windows if (one.days, one.track_id) == (28, track_id))
    return found.eligible_days, found.completed


def trying() -> Person:
    """Walks and swims on four days each."""
    person = Person().enrol().plan(track(), SWIM)
    for day in (0, 2, 4, 6):
        person.log(day, 600)
        person.log(day, 300, track_id="swim", clock="16:00")
        person.tick_to(day + 1)
    return person


@pytest.mark.article("P12.3")
def test_no_day_of_a_try_out_counts() -> None:
    person = trying()
    person.tick_to(8)
    assert counted(person, "swim") == (0, 0)
    assert counted(person, "walk")[1] == 4


def test_a_try_out_finds_its_own_start() -> None:
    person = trying()
    assert "R6b" in person.rules("swim")
    assert person.dose("swim") == 240


def test_after_14_days_it_is_asked_about_once() -> None:
    person = trying()
    person.tick_to(13)
    assert "tryout_over" not in person.reviews()
    person.tick_to(20)
    assert person.reviews().count("tryout_over") == 1


def test_what_is_kept_counts_from_then_on_and_what_is_dropped_is_gone() -> None:
    kept, dropped = trying(), trying()
    kept.plan(track(), SWIM.model_copy(update={"tryout_until": None}), day=8)
    for day in (8, 10):
        kept.log(day, 240, track_id="swim", clock="16:00")
        kept.tick_to(day + 1)
    kept.tick_to(12)
    days, completed = counted(kept, "swim")
    assert completed == 2
    assert 0 < days < 8
    dropped.plan(track(), day=8)
    dropped.tick_to(20)
    assert "swim" not in dropped.state.tracks
    assert "tryout_over" not in dropped.reviews()
