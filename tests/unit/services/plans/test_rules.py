"""Which plan may come into force, and which locks will hold on it."""

from dataclasses import replace
from typing import Any

import pytest

from services.plans.domain.parameters import ALLOWED, Switch, Whole, Words
from services.plans.domain.rules import RuleBroken, breaches, changed_markers, locks
from services.plans.domain.terms import Terms, Track
from services.progression.domain import parameters as progression

WALK = Track("walk", "walking", "duration_s", "min", 3, goal_dose=1800)


CALLS: dict[str, Any] = {"flare_plan_sealed": "s1.words", "flare_phones": 1}


def terms(*tracks: Track, **more: Any) -> Terms:
    return Terms(tracks=tracks or (WALK,), **more)


def broken(*tracks: Track) -> RuleBroken:
    return next(breaches(terms(*tracks)))


@pytest.mark.parametrize(
    ("marker", "unit"),
    [("duration_s", "s"), ("duration_s", "min"), ("reps", "reps"), ("distance_m", "m"), ("distance_m", "mi")],
)
def test_a_unit_that_fits_the_marker_is_taken(marker: Any, unit: Any) -> None:
    assert list(breaches(terms(replace(WALK, marker=marker, unit=unit)))) == []


@pytest.mark.article("P2.3")
@pytest.mark.parametrize(("marker", "unit"), [("duration_s", "km"), ("reps", "min"), ("distance_m", "reps")])
def test_a_unit_of_another_marker_is_refused(marker: Any, unit: Any) -> None:
    error = broken(replace(WALK, marker=marker, unit=unit))
    assert (error.code, error.field) == ("unit_fits_marker", "/tracks/0/unit")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"freq": 0}, "freq_range", "freq"),
        ({"freq": 8}, "freq_range", "freq"),
        ({"goal_dose": 86_401}, "amount_range", "goal_dose"),
        ({"step": 0}, "amount_range", "step"),
        ({"dose_min": 60, "step": 120}, "dose_min_at_least_step", "dose_min"),
        ({"dose_max": 1200}, "above_dose_max", "goal_dose"),
        ({"dose_max": 1800, "start_dose": 1801}, "above_dose_max", "start_dose"),
        ({"goal_dose": 60, "dose_min": 120}, "goal_below_dose_min", "goal_dose"),
        ({"start_phase": "GRADED"}, "start_dose_needed", "start_dose"),
        ({"parameters": {"advance_days": 2}}, "parameter_range", "parameters"),
        ({"parameters": {"advance_days": True}}, "parameter_range", "parameters"),
        ({"parameters": {"auto": 1}}, "parameter_range", "parameters"),
        ({"parameters": {"profile": "fast"}}, "parameter_range", "parameters"),
        ({"parameters": {"dose_max": 60}}, "parameter_range", "parameters"),
        ({"parameters": {"fixed_dose": -1}}, "parameter_range", "parameters"),
        ({"parameters": {"green_max": 4, "amber_max": 4}}, "parameter_order", "parameters"),
        ({"parameters": {"gap_t1": 14, "gap_t2": 14}}, "parameter_order", "parameters"),
        ({"parameters": {"rel_amber": 3}}, "parameter_order", "parameters"),
    ],
)
def test_a_track_that_breaks_a_rule_is_told_which_and_where(change: dict[str, Any], code: str, field: str) -> None:
    error = broken(WALK, replace(WALK, track_id="second", **change))
    assert (error.code, error.field) == (code, f"/tracks/1/{field}")


def test_an_unknown_parameter_is_not_repeated() -> None:
    error = broken(replace(WALK, parameters={"Anna": 1}))
    assert "Anna" not in error.detail


def test_no_tracks_too_many_and_the_same_twice_are_refused() -> None:
    assert [one.code for one in breaches(Terms(tracks=()))] == ["tracks_count"]
    assert broken(*(replace(WALK, track_id=f"t{n}") for n in range(9))).code == "tracks_count"
    assert broken(WALK, WALK).code == "track_twice"


def test_a_track_keeps_its_marker() -> None:
    (broken,) = changed_markers(terms(), terms(replace(WALK, marker="reps", unit="reps")))
    assert (broken.code, broken.field) == ("marker_changed", "/tracks/0/marker")
    more = terms(WALK, replace(WALK, track_id="new", marker="reps", unit="reps"))
    assert list(changed_markers(terms(), more)) == []


@pytest.mark.article("P12.2")
def test_ranges_are_those_of_the_engine_that_uses_them() -> None:
    fields = {"freq", "step", "dose_min", "dose_max", "goal_dose"}
    for name, rule in ALLOWED.items():
        match rule:
            case Whole(low, high):
                assert progression.RANGES[name] == (low, high), name
            case Words(allowed):
                assert progression.CHOICES[name] == set(allowed), name
            case Switch():
                assert name in progression.SWITCHES, name
    assert set(ALLOWED) == progression.NAMES - fields


@pytest.mark.parametrize(
    ("more", "track", "held"),
    [
        ({**CALLS, "pem": "no"}, {}, ()),
        ({**CALLS, "pem": "unknown"}, {}, ("pem",)),
        ({**CALLS, "pem": "yes"}, {}, ("pem",)),
        ({"pem": "no"}, {}, ("no_flare_plan",)),
        ({**CALLS, "pem": "no"}, {"goal_dose": None}, ("no_goal_or_ceiling",)),
        ({**CALLS, "pem": "no"}, {"goal_dose": None, "dose_max": 1200}, ()),
        ({**CALLS, "pem": "no"}, {"increase_locked": True}, ("clinician",)),
        ({**CALLS, "pem": "no"}, {"parameters": {"allow_increase": False}}, ("clinician",)),
    ],
)
def test_locks_follow_from_the_terms(more: dict[str, Any], track: dict[str, Any], held: tuple[str, ...]) -> None:
    assert locks(terms(**more), replace(WALK, **track)).locks == held


@pytest.mark.parametrize(
    ("usual", "override", "parameters", "approves"),
    [
        (8, None, {}, ("high_pain",)),
        (7, None, {}, ()),
        (8, 5.0, {}, ()),
        (None, None, {}, ()),
        (2, None, {"apply_up": "clinician_approves"}, ("clinician",)),
    ],
)
def test_high_pain_asks_for_a_clinicians_yes_without_locking(
    usual: int | None, override: float | None, parameters: dict[str, Any], approves: tuple[str, ...]
) -> None:
    agreed = terms(**CALLS, pem="no", usual_pain=usual, usual_pain_override=override)
    found = locks(agreed, replace(WALK, parameters=parameters))
    assert (found.locks, found.clinician_approves) == ((), approves)
