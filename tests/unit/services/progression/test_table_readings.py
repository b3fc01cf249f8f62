"""Where the text of the table could be read in two ways: each reading on a case of our own (progression 2.5.1)."""

from typing import Any, Final

import pytest

from tests.unit.services.progression.table_cases import ago, answer, done, steady, verdict_on

BAD: Final = {"morning": 5}
LADDER: Final[dict[str, Any]] = {
    "status": "RETURNING",
    "d_pre": 900,
    "ladder": (50, 75, 100),
    "idx": 1,
    "step_since": ago(7),
    "dose": 660,
}
REPS: Final = {"step": 1, "dose_min": 1}
REST: Final = {"amount": 0, "planned": 0, "pain": None, "before": None}
QUOTA: Final = {"profile": "quota"}
BASELINE: Final = {"phase": "BASELINE"}


def of(amount: int, *days: int, **changes: Any) -> tuple[Any, ...]:
    """Sessions of an amount as planned."""
    return steady(*days, **{"amount": amount, "planned": amount, **changes})


READINGS: Final[dict[str, tuple[Any, dict[str, Any], dict[str, Any], tuple[str, int]]]] = {
    "a flare on a ladder halves the dose in force": (
        (),
        {},
        {"status": "FLARE", "dose": 480, "d_pre": 900},
        ("R3", 240),
    ),
    "a flare needs no dose before": ((), {}, {"status": "FLARE", "dose": 900}, ("R3", 420)),
    "the last rung goes on": (of(660, 6, 4), {}, {**LADDER, "idx": 2}, ("R5d", 900)),
    "a ladder may end below 100": (of(660, 6, 4), {}, {**LADDER, "ladder": (50, 80), "idx": 0}, ("R5a", 720)),
    "a ceiling caps a rung": ([done(6)], {"dose_max": 500}, LADDER, ("R5d", 500)),
    "a ceiling below the smallest dose caps a rung": (
        [done(6)],
        {"dose_max": 120, "dose_min": 180},
        LADDER,
        ("R5d", 120),
    ),
    "a rung is a whole number of steps": (of(660, 6, 4), {}, {**LADDER, "d_pre": 930}, ("R5a", 900)),
    "two bad sessions are the last ones behind rests": (
        (*steady(8, 6, **BAD), done(4, **REST), done(2, **REST)),
        {},
        {},
        ("R8b", 480),
    ),
    "a bad session is the last one behind a rest": ((done(8), done(6, **BAD), done(2, **REST)), {}, {}, ("R9a", 600)),
    "a rest with a bad morning is no bad session": (
        (*steady(6, 4, 3), done(1, **{**REST, "morning": 7})),
        {},
        {},
        ("R11", 660),
    ),
    "an attempt is no measure of a start": ((done(8, amount=0, pain=9), *steady(6, 4, 2)), {}, BASELINE, ("R6b", 480)),
    "quota finds a start beside a bad session": ((done(6), done(4, **BAD), done(2)), QUOTA, BASELINE, ("R6b", 480)),
    "a session of tomorrow is of today": (steady(6, 3, -1), {}, BASELINE, ("R6b", 480)),
    "four sessions where four are asked": (steady(6, 4, 2), {"baseline_n": 4}, BASELINE, ("R6a", 600)),
    "four days where four are asked": (steady(6, 4, 2), {"baseline_days": 4}, BASELINE, ("R6a", 600)),
    "a longer window of the start": (steady(21, 11, 2), {"baseline_window": 28}, BASELINE, ("R6b", 480)),
    "another share of the mean": (steady(6, 4, 2), {"baseline_pct": 75}, BASELINE, ("R6b", 420)),
    "what was not planned lowers nothing": ((*steady(6, 4, 3), done(1, planned=0, pain=8)), {}, {}, ("R11", 660)),
    "what was not planned is no evidence": ((done(6), done(4, planned=0)), {}, {}, ("R10e", 600)),
    "of two sessions of a day the later is the last": (
        (done(6), done(4), done(2), done(2, **BAD)),
        {},
        {},
        ("R9a", 600),
    ),
    "a gap on left-over returning takes the dose": ([done(9)], {}, {"d_pre": 240}, ("R7a", 480)),
    "a wider evidence window": (steady(20, 5), {"evidence_window": 28}, {"changed": ago(25)}, ("R11", 660)),
    "a window is never shorter than the need asks": (
        steady(11, 2),
        {"evidence_window": 8},
        {"changed": ago(25)},
        ("R11", 660),
    ),
    "and ends there": (steady(12, 2), {"evidence_window": 8}, {"changed": ago(25)}, ("R10e", 600)),
    "quota: seven days ago is too long ago": (steady(7, 5, 3), QUOTA, {}, ("R10e", 600)),
    "quota: before the change does not count": (
        steady(6, 4, 2),
        {**QUOTA, "advance_days": 3},
        {"changed": ago(5)},
        ("R10e", 600),
    ),
    "quota: more than planned is completed": ((done(6), done(4, amount=800), done(2)), QUOTA, {}, ("R11", 660)),
    "one more after a fall, then twice as many": (
        of(4, 18, 12, 8, 4, 2),
        REPS,
        {"dose": 4, "changed": ago(20), "last_regress": ago(20)},
        ("R10e", 4),
    ),
    "and that many are enough": (
        of(4, 18, 15, 12, 8, 4, 2),
        REPS,
        {"dose": 4, "changed": ago(20), "last_regress": ago(20)},
        ("R11", 5),
    ),
    "the green share is that of the simple window": (
        (*of(4, 16, 15, 14), *of(4, 3, pain=4)),
        REPS,
        {"dose": 4, "changed": ago(20)},
        ("R11s", 5),
    ),
    "coarse is the step before goal and ceiling": (
        of(240, 6, 4, 2),
        {"goal_dose": 270},
        {"dose": 240},
        ("R10d", 240),
    ),
    "a dose between steps rises by a whole step": (of(650, 6, 4, 2), {}, {"dose": 650}, ("R11", 710)),
    "a fall exactly as old as the cool-down is no longer fresh": (
        steady(2, 1, **BAD),
        {},
        {"changed": ago(3), "last_regress": ago(3)},
        ("R8b", 480),
    ),
    "a longer cool-down": (
        steady(4, 2, **BAD),
        {"regress_cooldown": 7},
        {"changed": ago(6), "last_regress": ago(6)},
        ("R8d", 600),
    ),
    "exactly the short share is not cut short": (
        (done(6), *steady(4, 2, amount=300, stop="pain")),
        {},
        {},
        ("R10e", 600),
    ),
    "two sessions are enough to be cut short twice": (steady(4, 2, amount=240, stop="fatigue"), {}, {}, ("R8c", 480)),
    "another short share": (steady(4, 2, amount=240, stop="pain"), {"short_pct": 30}, {}, ("R10e", 600)),
    "before the session counts before the usual": (steady(6, 4, 2, before=5, morning=6), {}, {}, ("R11", 660)),
    "automation off, and more than planned is nobody's fault": (
        (done(6), done(4), done(2, amount=800, pain=8, morning=6)),
        {"auto": False},
        {},
        ("R4", 600),
    ),
    "a fixed dose on the lowest rung": (
        of(420, 6, 4, **BAD),
        {"fixed_dose": 360},
        {**LADDER, "idx": 0},
        ("R4", 360),
    ),
    "a goal of nothing is reached": ((), {"goal_dose": 0}, {}, ("R10b", 600)),
    "a ceiling of nothing is reached": ((), {"dose_max": 0}, {}, ("R10c", 600)),
    "a bad session above the plan holds as well": (
        (done(9, amount=800, **BAD), *steady(6, 4, 2)),
        {},
        {},
        ("R10f", 600),
    ),
    "effort counts where the session was ok": (
        (*steady(8, 6, effort=4), *steady(4, 2, amount=400, effort=8)),
        {},
        {},
        ("R11", 660),
    ),
    "the median of two is between them": ((done(4, effort=4), done(2, effort=5)), {}, {}, ("R10h", 600)),
    "and may be exactly the cap": ((done(4, effort=3), done(2, effort=5)), {}, {}, ("R11", 660)),
    "a tired morning counts where the session was ok": (
        (done(8), done(6, fatigue_morning=8), done(4), done(2, amount=400, fatigue_morning=8)),
        {},
        {"usual_fatigue": 3},
        ("R11", 660),
    ),
    "a smaller rise of fatigue": (
        steady(4, 2, fatigue_morning=4),
        {"fatigue_rise": 1},
        {"usual_fatigue": 3},
        ("R10i", 600),
    ),
    "a bigger small step": (of(1800, 6, 4, 2, pain=4), {"g_small": 8}, {"dose": 1800}, ("R11s", 1920)),
    "a wider coarse share": (of(180, 6, 4, 2), {"coarse_pct": 50}, {"dose": 180}, ("R11", 240)),
    "more of the plan is ok": (steady(6, 4, 2, amount=510), {"ok_pct": 90}, {}, ("R10e", 600)),
    "less above the plan is ok": (steady(6, 4, 2, amount=700), {"over_pct": 110}, {}, ("R10e", 600)),
    "a wider green": (of(1200, 6, 4, 2, pain=3), {"green_max": 3}, {"dose": 1200}, ("R11", 1320)),
    "zones are absolute up to a higher switch": (
        (done(6), done(4), done(2, pain=6, before=4, morning=4)),
        {"rel_switch": 5},
        {"usual_pain": 4},
        ("R9a", 600),
    ),
    "amber begins earlier": (
        of(1200, 6, 4, 2, pain=6, before=5, morning=5),
        {"rel_amber": 1},
        {"dose": 1200, "usual_pain": 5},
        ("R11s", 1260),
    ),
    "red begins later": (
        steady(6, 4, 2, pain=8, before=5, morning=5),
        {"rel_red": 4},
        {"usual_pain": 5},
        ("R11s", 660),
    ),
    "red begins at a lower cap": (
        (*steady(6, 4, pain=7, before=7, morning=7), done(2, pain=8, before=7, morning=7)),
        {"abs_cap": 8},
        {"usual_pain": 7},
        ("R9a", 600),
    ),
}


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_of_the_table(reading: str) -> None:
    units, parameters, standing, expected = READINGS[reading]

    assert answer(units, parameters=parameters, **standing) == expected


def test_whose_review_and_notes_an_override_takes_over() -> None:
    """2.5.1 R4: of R5 and R7 both, of R8 its own note, of R9 nothing."""
    fixed = {"fixed_dose": 360}
    lowest = verdict_on(of(420, 6, 4, **BAD), parameters=fixed, **{**LADDER, "idx": 0})
    floor = verdict_on(of(60, 4, 2, **BAD), parameters={"fixed_dose": 60}, dose=60)
    over = verdict_on((done(4), done(2, amount=800, pain=8)), parameters={"auto": False})

    assert (lowest.review, lowest.notes) == (True, ("suspect_flare",))
    assert (floor.review, floor.notes) == (True, ("override_not_tolerated",))
    assert (over.review, over.notes) == (False, ())


def test_a_start_beside_a_bad_session_is_looked_at_and_only_100_per_cent_ends_a_way_back() -> None:
    start = verdict_on((done(6), done(4, **BAD), done(2)), **BASELINE)
    below = verdict_on(of(660, 6, 4), **{**LADDER, "ladder": (50, 80), "idx": 0})

    assert (start.review, start.notes) == (True, ("baseline_not_settled",))
    assert below.notes == ()
