"""What a clinician may set aside and for how long, and what nobody may (progression 2.8; P12.2)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.plans.domain.commands import EndOverride, EndPlan, SetOverride
from services.plans.domain.overrides import ENDED_KEPT, NEVER, OVERRIDABLE, PERSON_ONLY, REASONS, STANDING_MAX
from services.plans.domain.parameters import Day, Order, Switch, Whole, Words
from services.progression.domain import explain
from services.progression.domain.overriding import check
from shared.contracts.plans import OverrideEndedV1, OverrideSetV1
from tests.unit.services.plans.clinic import NOW, TERMS, WALK, Clinic, change

SENSIBLE = {
    "step": 30,
    "dose_min": 900,
    "dose_max": 900,
    "goal_dose": 900,
    "rel_red": 5,
    "gap_t1": 5,
    "gap_t2": 20,
    "gap_t3": 40,
}
"""Where the lowest value does not go with the rest of the plan."""


def new(name: str = "advance_days", value: Any = 14, id: str = "o-1", **changes: Any) -> SetOverride:
    said = {"override_id": id, "name": name, "value": value, "reason": "symptoms", "track_id": "walk"}
    return SetOverride(**{**said, **changes})


def told(clinic: Clinic) -> list[Any]:
    return [one.data for one in clinic.events if isinstance(one.data, OverrideSetV1 | OverrideEndedV1)]


def test_an_override_is_told_with_what_for_how_long_why_and_by_which_role() -> None:
    clinic = Clinic().planned()
    done = clinic.fold(new(words_sealed="s1.because"))
    (event,) = told(clinic)
    assert (event.parameter, event.value, event.reason, event.role) == ("advance_days", 14, "symptoms", "clinician")
    assert (event.set_at, event.until) == (NOW, NOW + timedelta(days=90))
    assert done.answer is not None
    assert (done.answer.status, done.answer.body["until"]) == (201, event.until.isoformat())
    assert "because" not in repr(event)
    assert clinic.records["o-1"]["words_sealed"] == "s1.because"


def _a_value(name: str) -> tuple[Any, Any]:
    match OVERRIDABLE[name]:
        case Whole(low, high):
            return low, 10_000_001 if high is None else high + 1
        case Words(allowed):
            return allowed[0], "another"
        case Switch():
            return False, 1
        case Order(among):
            return "-".join(among[2:0:-1]), f"{among[0]}-{among[0]}"
        case Day():
            return f"{NOW + timedelta(days=30):%Y-%m-%d}", "2026-02-30"
    raise AssertionError(name)


@pytest.mark.article("P12.2")
@pytest.mark.parametrize("name", sorted(OVERRIDABLE))
def test_every_parameter_may_be_set_within_its_range_and_progression_takes_it(name: str) -> None:
    clinic = Clinic().planned()
    good, wrong = _a_value(name)
    good = SENSIBLE.get(name, good)
    of = None if name in PERSON_ONLY else "walk"
    assert clinic.refused(new(name, wrong, track_id=of)) == (422, "parameter_range")
    clinic.fold(new(name, good, track_id=of))
    check(told(clinic)[0].parameter, told(clinic)[0].value)


@pytest.mark.parametrize("days", [0, 400])
def test_the_next_review_is_set_for_a_later_day_within_a_year(days: int) -> None:
    day = f"{NOW + timedelta(days=days):%Y-%m-%d}"
    assert Clinic().planned().refused(new("review_on", day, track_id=None)) == (422, "review_day_range")


@pytest.mark.parametrize("name", sorted(NEVER))
def test_what_is_the_persons_or_a_humans_is_not_overridable(name: str) -> None:
    assert Clinic().planned().refused(new(name, 0, track_id=None)) == (422, "not_overridable")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "favourite_colour"}, "unknown_parameter"),
        ({"track_id": "swim"}, "unknown_track"),
        ({"name": "fixed_dose", "value": 300, "track_id": None}, "track_needed"),
        ({"name": "usual_pain", "value": 5}, "of_the_person"),
        ({"days": 91}, "override_days"),
        ({"days": 0}, "override_days"),
        ({"name": "green_max", "value": 4, "beside": ("amber_max", 3)}, "parameter_order"),
        ({"name": "dose_max", "value": 900, "beside": ("dose_min", 1200)}, "above_dose_max"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], code: str) -> None:
    clinic = Clinic().planned()
    beside = changes.pop("beside", None)
    if beside:
        name, value = beside
        clinic.fold(new(name, value, id="o-0"))
    assert clinic.refused(new(**changes)) == (422, code)


def test_a_later_override_of_the_same_replaces_the_earlier() -> None:
    clinic = Clinic().planned()
    clinic.fold(new())
    clinic.fold(new(value=21, id="o-2"))
    assert [type(one) for one in told(clinic)] == [OverrideSetV1, OverrideEndedV1, OverrideSetV1]
    assert told(clinic)[1].because == "replaced"
    assert [one.override_id for one in clinic.state.overrides] == ["o-2"]
    assert clinic.records["o-1"]["ended_because"] == "replaced"


def test_an_override_is_ended_once() -> None:
    clinic = Clinic().planned()
    clinic.fold(new())
    clinic.now += timedelta(days=1)
    clinic.fold(EndOverride("o-1"))
    assert told(clinic)[-1].because == "ended"
    assert clinic.refused(EndOverride("o-1")) == (409, "override_over")
    assert clinic.refused(EndOverride("o-2")) == (404, "unknown_override")
    assert clinic.refused(new()) == (409, "override_known")


def test_what_ran_out_is_over_without_a_word() -> None:
    clinic = Clinic().planned()
    clinic.fold(new(days=3))
    clinic.now += timedelta(days=3)
    assert clinic.refused(EndOverride("o-1")) == (409, "override_over")
    clinic.fold(new(id="o-2"))
    assert [type(one) for one in told(clinic)] == [OverrideSetV1, OverrideSetV1]


def test_overrides_end_with_their_track_and_with_the_plan() -> None:
    clinic = Clinic().planned()
    clinic.fold(new())
    clinic.fold(new("usual_pain", 5, "o-2", track_id=None))
    clinic.fold(change(1, replace(TERMS, tracks=(replace(WALK, track_id="stairs"),))))
    assert [(one.override_id, one.because) for one in told(clinic)[2:]] == [("o-1", "plan_changed")]
    clinic.fold(EndPlan("plan-1", "completed"))
    assert [(one.override_id, one.because) for one in told(clinic)[3:]] == [("o-2", "plan_ended")]
    assert clinic.refused(new(id="o-3")) == (409, "no_plan_in_force")


def test_the_file_does_not_grow_for_ever() -> None:
    clinic = Clinic().planned()
    for number in range(ENDED_KEPT + 10):
        clinic.fold(new(value=3 + number % 20, id=f"o-{number}"))
    assert len(clinic.state.overrides) == 1
    assert len(clinic.state.ended_overrides) == ENDED_KEPT
    names = [name for name in sorted(OVERRIDABLE) if isinstance(OVERRIDABLE[name], Switch | Words)]
    assert len(names) < STANDING_MAX


def test_reasons_are_those_that_progression_has_words_for() -> None:
    assert set(REASONS) == explain.REASONS
