"""The formulas of adherence on days written down by hand: the worked examples of domain/adherence.md 4.4 first."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

import pytest

from services.progression.domain import adherence as a
from services.progression.domain.adherence import Day, DayState, Week

TODAY: Final = date(2025, 3, 31)


def days(states: str, done: str = "", *, freq: int = 3, dose: int = 600, **more: Any) -> list[Day]:
    """The days before today, the last one yesterday: one letter a day, p(lan), f(lare), s(top: pause).

    `done` marks with x the days on which something was done, the whole dose of it.
    """
    names: dict[str, DayState] = {"p": "plan", "f": "flare", "s": "pause"}
    first = TODAY - timedelta(days=len(states))
    return [
        Day(
            first + timedelta(days=place),
            names[letter],
            freq=freq,
            dose=dose,
            done=mark == "x",
            credit=dose if mark == "x" else 0,
            recorded=mark in "xr",
            moved=mark == "x",
            reason=None if mark == "x" else more.get("reason"),
        )
        for place, (letter, mark) in enumerate(zip(states, done.ljust(len(states), "."), strict=True))
    ]


def test_three_of_three_in_seven_days_is_all_of_it() -> None:
    found = days("p" * 7, "x.x.x..")

    assert (a.planned(found), a.completed(found)) == (Fraction(3), 3)
    assert a.session_adherence(found, 7) == 1


def test_two_days_that_count_say_nothing_of_a_week() -> None:
    found = days("pp" + "f" * 5, "x......")

    assert (a.planned(found), a.completed(found)) == (Fraction(6, 7), 1)
    assert a.session_adherence(found, 7) is None


def test_a_flare_and_a_pause_leave_fourteen_days_and_what_moved_in_the_flare_is_praise() -> None:
    found = days("p" * 7 + "f" * 7 + "s" * 7 + "p" * 7, "x.x.x..x..x............x.x..")

    assert (a.planned(found), a.completed(found)) == (Fraction(6), 5)
    assert a.session_adherence(found, 28) == Fraction(5, 6)
    assert (a.flare_movement(found), a.active_days(found)) == (2, 7)


def test_fourteen_of_twenty_is_seven_tenths() -> None:
    found = days("p" * 28, "x." * 14, freq=5)

    assert (a.planned(found), a.completed(found)) == (Fraction(20), 14)
    assert a.session_adherence(found, 28) == Fraction(7, 10)


def test_more_on_one_day_makes_up_for_no_other() -> None:
    """15, 5 and 10 of 10 planned each."""
    found = days("p" * 7, "x.x.x..", dose=10)
    found[2] = found[2]._replace(credit=5)

    assert a.dose_adherence(found, 7) == Fraction(25, 30)


def test_many_short_sessions_are_no_whole_ones() -> None:
    """Of more sessions than were planned the largest count: overdoing cannot compensate (4.2)."""
    found = days("p" * 7, "xxxxxx.", dose=10)
    found = [day._replace(credit=5) if day.done else day for day in found]
    assert a.dose_adherence(found, 7) == Fraction(1, 2)
    found[0] = found[0]._replace(credit=10)
    assert a.dose_adherence(found, 7) == Fraction(20, 30)


@pytest.mark.parametrize(
    ("states", "length", "said"), [("p" * 2, 7, False), ("p" * 9, 28, False), ("p" * 10, 28, True)]
)
def test_few_days_say_nothing(states: str, length: int, said: bool) -> None:
    for metric in (a.session_adherence, a.dose_adherence, a.log_coverage):
        assert (metric(days(states, "x"), length) is not None) is said


def test_less_than_one_session_planned_says_nothing() -> None:
    assert a.session_adherence(days("p" * 6, "x", freq=1), 7) is None
    assert a.session_adherence(days("p" * 7, "x", freq=1), 7) == 1


def test_a_window_ends_yesterday() -> None:
    found = days("p" * 40)
    found.append(Day(TODAY, "plan"))

    assert [day.day for day in a.in_window(found, 7, TODAY)] == [TODAY - timedelta(days=n) for n in range(7, 0, -1)]


@pytest.mark.parametrize(
    ("states", "done", "gap"),
    [
        ("p" * 7, ".......", None),
        ("p" * 7, "x......", 0),
        ("p" * 14, "x....x.x......", 5),
        ("p" * 4 + "f" * 6 + "p" * 4, "x.x.......x..x", 3),
        ("p" * 4 + "s" * 6 + "p" * 4, "x............x", 0),
        ("f" * 7, "x..x...", None),
    ],
)
def test_a_gap_lies_between_sessions_and_a_day_that_does_not_count_cuts_it(states: str, done: str, gap: int) -> None:
    assert a.longest_gap(days(states, done)) == gap


def test_what_was_not_done_is_told_by_its_reason_from_four_on() -> None:
    """12 planned, 4 done, 3 times "not today" for the weather: 5 are unknown."""
    found = days("p" * 28, "x.r" * 3 + "x", reason="weather")
    counts = a.plan_fit(found)

    assert counts is not None
    assert {reason: n for reason, n in counts.items() if n} == {"weather": 3, "unknown": 5}
    assert a.plan_fit(days("p" * 7)) is None


def test_a_reason_outside_the_list_is_other() -> None:
    counts = a.plan_fit(days("p" * 28, "rrrr", reason="wrong"))

    assert counts is not None
    assert (counts["other"], sum(counts.values())) == (4, 12)


def test_not_today_is_a_record_as_good_as_a_session() -> None:
    assert a.log_coverage(days("p" * 7, "xr.x..."), 7) == 1
    assert a.log_coverage(days("p" * 7, "xr....."), 7) == Fraction(2, 3)


@pytest.mark.parametrize(
    ("value", "named"),
    [("1", "as_agreed"), ("4/5", "as_agreed"), ("799/1000", "partly"), ("1/2", "partly"), ("49/100", "may_not_fit")],
)
def test_the_bands_of_the_clinician(value: str, named: str) -> None:
    assert a.band(Fraction(value)) == named


MONDAY: Final = date(2025, 3, 3)


@pytest.mark.parametrize(
    ("eligible", "done", "freq", "counts", "kept"),
    [
        (7, 2, 3, True, True),
        (7, 1, 3, True, False),
        (4, 2, 3, True, True),
        (3, 3, 3, False, False),
        (7, 4, 7, True, False),
        (7, 5, 7, True, True),
        (4, 4, 7, True, True),
        (7, 1, 1, True, True),
    ],
)
def test_a_week_is_kept_with_two_thirds_done_and_counts_with_four_days(
    eligible: int, done: int, freq: int, counts: bool, kept: bool
) -> None:
    week = Week(MONDAY, eligible, done, freq)

    assert (week.counts, week.kept) == (counts, kept)


def test_consistency_needs_two_weeks_that_count() -> None:
    good, bad, short = Week(MONDAY, 7, 3, 3), Week(MONDAY, 7, 0, 3), Week(MONDAY, 2, 2, 3)

    assert a.consistency([good, short]) is None
    assert a.consistency([good, bad, short]) == (1, 2)


def test_a_week_in_two_parts_is_one_week() -> None:
    found = days("p" * 28, "x..x..." * 4)
    whole = a.weeks_of(found)

    for cut in range(29):
        assert a.joined(a.weeks_of(found[:cut]), a.weeks_of(found[cut:])) == whole
    assert [week.monday.weekday() for week in whole] == [0] * 4


def test_stretches_tell_a_flare_and_a_pause_as_their_own() -> None:
    found = a.runs([*days("pppffssp"), *days("sssssssp")])

    assert [(kind, (to - first).days + 1) for kind, first, to in found] == [
        ("plan", 3),
        ("flare", 2),
        ("pause", 2),
        ("plan", 1),
    ]
