"""What is judged, derived from what was logged: units, mornings, usual values (domain/progression.md 2.3)."""

from datetime import date

import pytest

from services.progression.domain.parameters import (
    ParameterOutOfRange,
    default_baseline_window,
    default_gap_limits,
    default_step,
    parameters_from,
)
from services.progression.domain.units import HOUR_MS, Bout, Morning, gives_evidence, own_frequency, units_of
from services.progression.domain.usual import Frozen, Usual, fatigue_by_day, median, pain_by_day, usual

NOON = 1_746_093_600_000
DAY = 24 * HOUR_MS
D = [date(2025, 5, day) for day in range(1, 31)]


def bout(n: int, *, hour: int = 0, minutes: int = 10, **changes: object) -> Bout:
    """A bout of day n (from 0) at noon plus so many hours."""
    started = NOON + n * DAY + hour * HOUR_MS
    values = {"amount": 600, "pain": 2, **changes}
    name = str(values.pop("session_id", f"s{n}-{hour}"))
    return Bout(name, 1, D[n], started, started + minutes * 60_000, **values)  # type: ignore[arg-type]


def check(n: int, hours: float, **changes: object) -> Morning:
    """A morning check so many hours after noon of day n."""
    at = NOON + n * DAY + int(hours * HOUR_MS)
    return Morning(f"m{n}-{hours}", D[n + 1], at, **{"pain": 3, **changes})  # type: ignore[arg-type]


def planned(_: int) -> int:
    return 600


@pytest.mark.article("P10.4")
def test_bouts_of_a_day_add_up_and_keep_the_worst() -> None:
    bouts = [
        bout(0, hour=4, amount=200, pain=5, before=4, effort=3, stop="time"),
        bout(0, amount=400, pain=1, before=1, effort=6, stop="pain"),
    ]
    (unit,) = units_of(bouts, [], planned)

    assert (unit.amount, unit.pain, unit.effort, unit.before, unit.stop) == (600, 5, 6, 1, "pain")
    assert unit.started == NOON


def test_planned_is_the_dose_in_force_at_the_first_start() -> None:
    units = units_of([bout(0), bout(0, hour=4)], [], lambda instant: 480 if instant == NOON else 600)

    assert units[0].planned == 480


def test_a_rest_record_plans_nothing_and_counts_only_on_a_day_without_a_bout() -> None:
    units = units_of([bout(0, amount=0, rest=True), bout(1), bout(1, hour=5, amount=0, rest=True, pain=9)], [], planned)

    assert [(unit.amount, unit.planned) for unit in units] == [(0, 0), (600, 600)]
    assert units[1].pain == 2


@pytest.mark.parametrize(("hours", "found"), [(8, None), (8.2, 3), (24, 3), (36.1, 3), (36.2, None)], ids=str)
def test_a_morning_is_a_check_8_to_36_hours_after_the_end(hours: float, found: int | None) -> None:
    """By instant: the session ended ten minutes after noon."""
    (unit,) = units_of([bout(0)], [check(0, hours)], planned)

    assert unit.morning == found


def test_the_first_check_in_time_counts() -> None:
    (unit,) = units_of([bout(0)], [check(0, 30, pain=7), check(0, 20, pain=4)], planned)

    assert unit.morning == 4


def test_without_a_check_the_next_sessions_before_within_48_hours_is_the_morning() -> None:
    near = units_of([bout(0), bout(1, hour=12, before=5)], [], planned)
    far = units_of([bout(0), bout(2, hour=1, before=5)], [], planned)

    assert near[0].morning == 5
    assert far[0].morning is None


def test_a_rest_record_is_no_next_session() -> None:
    units = units_of([bout(0), bout(1, amount=0, rest=True, before=8)], [], planned)

    assert units[0].morning is None


def test_a_check_with_fatigue_alone_leaves_the_morning_pain_to_the_next_session() -> None:
    units = units_of([bout(0), bout(1, before=5)], [check(0, 20, pain=None, fatigue=6)], planned)

    assert (units[0].morning, units[0].fatigue_morning) == (5, 6)


def test_units_do_not_depend_on_the_order_of_what_is_given() -> None:
    bouts = [bout(0), bout(0, hour=3, pain=6), bout(2), bout(3, amount=0, rest=True)]
    checks = [check(0, 20), check(2, 20, pain=5)]

    assert units_of(bouts, checks, planned) == units_of(bouts[::-1], checks[::-1], planned)


@pytest.mark.article("P1.1")
def test_only_the_patient_and_staff_give_evidence() -> None:
    assert [gives_evidence(who) for who in ("patient", "staff", "caregiver", "device")] == [True, True, False, False]


def test_the_own_frequency_counts_the_last_28_days_after_the_first_fortnight() -> None:
    units = units_of([bout(n) for n in (1, 8, 15, 22)], [], planned)

    assert own_frequency(units, D[13], 3, D[0]) == 3
    assert own_frequency(units, D[23], 3, D[0]) == 1
    assert own_frequency((), D[23], 3, D[0]) == 1


def test_gap_limits_follow_the_own_frequency() -> None:
    assert [default_gap_limits(own) for own in (1, 2, 3, 7)] == [(14, 21), (8, 15), (7, 14), (7, 14)]


def test_the_median_is_exact() -> None:
    assert median([]) is None
    assert median([3, 1, 2]) == 2
    assert median([3, 1, 2, 4]) == 2.5


def test_usual_pain_is_one_value_a_day_the_morning_first() -> None:
    bouts = [bout(0, before=6), bout(0, hour=3, before=1), bout(1, before=2)]
    checks = [Morning("a", D[1], NOON + DAY - HOUR_MS, pain=4), Morning("b", D[1], NOON + DAY + HOUR_MS, pain=9)]

    assert pain_by_day(bouts, checks) == {D[0]: 6, D[1]: 4}
    assert fatigue_by_day([bout(0, fatigue=7)], checks) == {D[0]: 7}


def test_usual_pain_needs_four_of_the_last_14_days() -> None:
    three = {D[n]: 4 for n in (10, 11, 12)}

    assert usual(three, D[14], confirmed=2) == Usual(2)
    assert usual({**three, D[0]: 4}, D[14], confirmed=2) == Usual(2)
    assert usual({**three, D[1]: 4}, D[14], confirmed=None) == Usual(4)
    assert usual({}, D[14], confirmed=None) == Usual(None)


def test_usual_pain_never_drifts_more_than_one_above_what_was_confirmed() -> None:
    low, high = ({D[n]: pain for n in range(4, 14)} for pain in (1, 5))

    assert usual(high, D[14], confirmed=3) == Usual(4, drifted=True)
    assert usual(low, D[14], confirmed=3) == Usual(1)


def test_an_override_beats_everything_and_a_flare_freezes_the_rest() -> None:
    values = {D[n]: 5 for n in range(4, 14)}

    assert usual(values, D[14], confirmed=2, override=6.5) == Usual(6.5)
    assert usual(values, D[14], confirmed=2, frozen=Frozen(2.5)) == Usual(2.5)


def test_the_default_step_grows_with_the_amount() -> None:
    assert [default_step("duration_s", amount) for amount in (60, 299, 300)] == [15, 15, 60]
    assert [default_step("distance_m", amount) for amount in (499, 500)] == [10, 50]
    assert default_step("reps", 40) == 1


def test_a_person_who_comes_once_a_week_can_finish_a_baseline() -> None:
    assert [default_baseline_window(3, freq) for freq in (1, 2, 3)] == [28, 21, 14]


@pytest.mark.parametrize(
    "values",
    [
        {"rpe_cap": 8},
        {"g_normal": 21},
        {"auto": 1},
        {"profile": "brave"},
        {"steps": 3},
        {"dose_max": -1},
        {"freq": True},
    ],
)
def test_an_override_outside_its_range_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ParameterOutOfRange):
        parameters_from({"freq": 3, "step": 60, "dose_min": 60, **values})


def test_what_a_case_cannot_do_without_is_asked_for() -> None:
    with pytest.raises(ParameterOutOfRange, match="step is required"):
        parameters_from({"freq": 3, "dose_min": 60})
