"""What holds for every case of the decision table (domain/progression.md 2.10)."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.progression.domain.decisions import snapshot_hash
from services.progression.domain.model import Case, Standing, Unit
from services.progression.domain.parameters import Parameters, default_gap_limits
from services.progression.domain.table import decide
from services.progression.domain.view import View

TODAY: Final = date(2025, 5, 20)
RULES: Final = {
    *("R1", "R2", "R3", "R4", "R5a", "R5b", "R5c", "R5d", "R6a", "R6b", "R7a", "R7b", "R7c"),
    *("R8a", "R8b", "R8c", "R8d", "R8e", "R9a", "R10a", "R10b", "R10c", "R10d", "R10e", "R10f", "R10g", "R10h", "R10i"),
    *("R11", "R11s"),
}
SCORES: Final = st.none() | st.integers(0, 10)


def days_ago(most: int) -> st.SearchStrategy[date]:
    return st.integers(0, most).map(lambda days: TODAY - timedelta(days=days))


@st.composite
def units(draw: st.DrawFn, dose: int, most: int = 12) -> tuple[Unit, ...]:
    """Sessions on different days, mostly near the plan, mostly easy."""
    days = draw(st.lists(st.integers(0, 40), unique=True, max_size=most))
    calm = st.integers(0, 4) | SCORES
    return tuple(
        Unit(
            day=TODAY - timedelta(days=day),
            amount=dose * draw(st.sampled_from([100, 100, 100, 90, 80, 130, 40, 0])) // 100,
            planned=draw(st.sampled_from([dose, dose, dose, dose, 0])),
            pain=draw(calm),
            before=draw(calm),
            morning=draw(calm),
            fatigue_morning=draw(SCORES),
            stop=draw(st.sampled_from([None, None, "pain", "fatigue", "time", "wrong"])),
            effort=draw(SCORES),
        )
        for day in days
    )


@st.composite
def cases(draw: st.DrawFn, /, **fixed: Any) -> Case:
    """Any case the service could come to; `fixed` sets parameters or parts of the standing."""
    step = draw(st.sampled_from([1, 10, 15, 50, 60]))
    dose_min = step * draw(st.integers(1, 3))
    dose = dose_min + step * draw(st.integers(0, 30))
    freq = draw(st.integers(1, 7))
    t1, t2 = default_gap_limits(freq)
    bound = st.none() | st.integers(dose_min, 3 * dose)
    parameters: dict[str, Any] = {
        "freq": freq,
        "step": step,
        "dose_min": dose_min,
        "profile": draw(st.sampled_from(["symptom_guided", "symptom_guided", "quota"])),
        "dose_max": draw(bound),
        "goal_dose": draw(bound),
        "advance_days": draw(st.integers(3, 28)),
        "g_normal": draw(st.integers(0, 20)),
        "g_small": draw(st.integers(0, 20)),
        "evidence_window": draw(st.integers(7, 42)),
        "regress_pct": draw(st.integers(50, 95)),
        "flare_pct": draw(st.integers(0, 100)),
        "gap_t1": t1,
        "gap_t2": t2,
        "auto": draw(st.sampled_from([True, True, True, False])),
        "allow_increase": draw(st.sampled_from([True, True, False])),
        "fixed_dose": draw(st.sampled_from([None, None, None, dose // 2, 2 * dose])),
    }
    ladder = draw(st.sampled_from([(80, 100), (75, 100), (50, 75, 100), (50, 70, 80, 90, 100)]))
    changed = draw(days_ago(40))
    standing: dict[str, Any] = {
        "status": draw(st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "RETURNING", "FLARE", "PAUSED", "SUSPENDED"])),
        "phase": draw(st.sampled_from(["GRADED", "GRADED", "BASELINE", "MAINTENANCE"])),
        "dose": dose,
        "changed": changed,
        "red_flag": draw(st.sampled_from([False, False, False, True])),
        "last_regress": draw(st.none() | st.just(changed) | days_ago(60)),
        "regress_28d": draw(st.integers(0, 3)),
        "usual_pain": draw(st.none() | st.integers(0, 20).map(lambda half: half / 2)),
        "usual_fatigue": draw(SCORES),
        "d_pre": dose,
        "ladder": ladder,
        "idx": draw(st.integers(0, len(ladder) - 1)),
        "step_since": draw(days_ago(20)),
    }
    for name, value in fixed.items():
        (parameters if name in parameters else standing)[name] = value
    return Case(TODAY, Parameters(**parameters), Standing(**standing), draw(units(dose)))


def plain(**fixed: Any) -> st.SearchStrategy[Case]:
    """Cases of a graded track without override, flag or ceiling."""
    free = {"status": "ACTIVE", "phase": "GRADED", "red_flag": False, "auto": True, "fixed_dose": None}
    return cases(**{**free, **fixed})


@given(cases())
def test_nothing_advances_under_a_flag_flare_pause_ladder_or_lock_or_without_sessions(given_case: Case) -> None:
    standing = given_case.standing
    held = standing.red_flag or standing.status != "ACTIVE" or not given_case.parameters.allow_increase
    if held or not given_case.units:
        assert decide(given_case).action != "ADVANCE"


@given(cases(status="ACTIVE"))
def test_a_rise_never_comes_sooner_than_advance_days_after_a_change(given_case: Case) -> None:
    if decide(given_case).action == "ADVANCE":
        assert (TODAY - given_case.standing.changed).days >= given_case.parameters.advance_days


@pytest.mark.article("P2.4")
@given(cases(status="ACTIVE"))
def test_a_rise_is_at_most_one_step_or_the_normal_share(given_case: Case) -> None:
    verdict, p = decide(given_case), given_case.parameters
    if verdict.action == "ADVANCE":
        share = max(p.g_normal, p.g_small) if p.profile == "symptom_guided" else p.g_normal
        rise = verdict.dose - given_case.standing.dose
        assert 0 < rise <= max(p.step, given_case.standing.dose * share // 100)


@given(cases(), st.data())
def test_a_worse_pain_or_morning_score_never_raises_the_dose(given_case: Case, data: st.DataObject) -> None:
    assume(given_case.units)
    place = data.draw(st.integers(0, len(given_case.units) - 1))
    unit = given_case.units[place]
    name = data.draw(st.sampled_from(["pain", "morning"]))
    score = getattr(unit, name)
    assume(score is not None and score < 10)
    change: dict[str, Any] = {name: data.draw(st.integers(score + 1, 10))}
    worse = replace(unit, **change)
    changed = replace(given_case, units=(*given_case.units[:place], worse, *given_case.units[place + 1 :]))

    assert decide(changed).dose <= decide(given_case).dose


@given(cases(), st.integers())
def test_the_order_in_which_sessions_are_given_does_not_matter(given_case: Case, seed: int) -> None:
    shuffled = list(given_case.units)
    random.Random(seed).shuffle(shuffled)

    assert decide(replace(given_case, units=tuple(shuffled))) == decide(given_case)


@given(cases())
def test_the_same_inputs_give_the_same_verdict_and_id(given_case: Case) -> None:
    again = replace(given_case, units=tuple(replace(unit) for unit in given_case.units))

    assert decide(again) == decide(given_case)
    assert snapshot_hash("p", "t", again) == snapshot_hash("p", "t", given_case)


@given(cases(status="ACTIVE"))
def test_a_regress_strictly_lowers_the_dose_or_is_r8e(given_case: Case) -> None:
    verdict = decide(given_case)
    if verdict.action == "REGRESS":
        assert verdict.dose < given_case.standing.dose
    if verdict.rule == "R8e":
        assert given_case.standing.dose <= given_case.parameters.dose_min


@given(plain(), st.data())
def test_one_session_alone_changes_the_dose_only_when_red_and_unsettled(given_case: Case, data: st.DataObject) -> None:
    """With `quota` at once a week one completed session is all the evidence there is (2.5.1)."""
    assume(given_case.parameters.profile == "symptom_guided" or given_case.parameters.freq > 1)
    one = data.draw(units(given_case.standing.dose, most=1))
    case = replace(given_case, units=one)
    verdict = decide(replace(case, standing=replace(case.standing, gap_rule=False)))

    if verdict.dose != case.standing.dose:
        view = View(case)
        assert verdict.rule == "R8a"
        assert view.zone(one[0]) == "red"
        assert view.settled(one[0]) is False


@settings(max_examples=300)
@given(cases())
def test_exactly_one_known_rule_decides(given_case: Case) -> None:
    verdict = decide(given_case)

    assert verdict.rule in RULES
    assert verdict.dose >= 0


@given(plain(profile="symptom_guided"))
def test_without_any_symptom_score_nothing_advances(given_case: Case) -> None:
    silent = tuple(replace(unit, pain=None, before=None, morning=None) for unit in given_case.units)

    assert decide(replace(given_case, units=silent)).action != "ADVANCE"


@given(cases())
def test_only_a_ladder_step_a_start_and_an_offer_may_give_more_than_the_dose_in_force(given_case: Case) -> None:
    verdict = decide(given_case)
    if verdict.dose > given_case.standing.dose and given_case.standing.status != "RETURNING":
        assert verdict.rule in ("R6b", "R11", "R11s") or given_case.parameters.fixed_dose is not None
