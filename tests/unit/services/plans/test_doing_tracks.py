"""A track says how often, at what pace and when, which activity it is, and shows its amounts so that none is lost."""

from typing import Any

import pytest

from services.plans.catalogue import catalogue
from services.plans.domain.amounts import shown, to_base
from services.plans.domain.catalogue import misfit
from services.plans.domain.terms import Unit
from tests.unit.services.plans.front import PLAN, TRACK, WHY, Front

WINDOW = {"days": "weekend", "start": "09:30", "end": "11:00"}
MILES: dict[str, Any] = {
    **TRACK, "marker": "distance_m", "unit": "mi", "goal_dose": 2414, "pace": "talk", "preferred_windows": [WINDOW],
    "activity_id": "walk_nature",
}  # fmt: skip


def plan(**changes: Any) -> dict[str, Any]:
    return {**PLAN, "tracks": [{**MILES, **changes}]}


@pytest.mark.article("P2.3", "P3.5")
async def test_a_track_is_read_with_its_cadence_and_its_miles_and_sent_back_as_it_was_read(front: Front) -> None:
    await front.goal()
    assert (await front.call("POST", "/patients/p1/plans", body=plan())).status_code == 201
    (read,) = (await front.call("GET", "/patients/p1/plan", "patient")).json()["tracks"]
    assert (read["pace"], read["preferred_windows"], read["freq"]) == ("talk", [WINDOW], 3)
    assert (read["goal_dose"], read["shown"], read["activity_id"]) == (2414, {"goal_dose": "1.5"}, "walk_nature")
    body = {**PLAN, "id": "c-1", "why": WHY, "tracks": [read]}
    again = await front.call("PUT", "/patients/p1/plans/plan-1", body=body, etag='"1"')
    assert again.status_code == 200
    (activated,) = await front.sent("plan.activated")
    (track,) = activated["data"]["tracks"]
    assert (track["pace"], track["preferred_windows"]) == ("talk", [WINDOW])
    assert "activity_id" not in track


@pytest.mark.article("P2.2")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"activity_id": "no_such"}, "unknown_activity"),
        ({"activity_id": "bike_indoors"}, "activity_of_another_family"),
        ({"activity_id": "walk_nature", "marker": "reps", "unit": "reps"}, "activity_without_marker"),
        ({"preferred_windows": [{**WINDOW, "end": "09:30"}]}, "ends_before_it_begins"),
        ({"preferred_windows": [WINDOW] * 7}, "too_long"),
        ({"pace": "fast"}, "literal_error"),
    ],
)
async def test_a_track_that_does_not_fit_itself_is_refused(front: Front, changes: dict[str, Any], rule: str) -> None:
    await front.goal()
    answer = await front.call("POST", "/patients/p1/plans", body=plan(**changes))
    assert answer.status_code == 422
    assert rule in [one["rule"] for one in answer.json()["errors"]]
    assert "no_such" not in answer.text


def test_an_activity_fits_a_track_of_its_family_and_marker() -> None:
    activity = catalogue()["sit_to_stand"]
    assert misfit(activity, "strength", "reps") is None


@pytest.mark.article("P2.3")
@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [(2414, "mi", "1.5"), (1609, "mi", "1"), (1, "mi", "0.0006"), (1250, "km", "1.25"), (100, "min", "1.67"),
     (90, "min", "1.5"), (12, "reps", "12"), (0, "km", "0"), (750, "m", "750"), (45, "s", "45")],
)  # fmt: skip
def test_an_amount_is_shown_in_as_few_digits_as_bring_it_back(amount: int, unit: Unit, text: str) -> None:
    assert shown(amount, unit) == text
    assert to_base(text, unit) == amount
