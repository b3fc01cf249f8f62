"""What plans tells progression of a clinician's override: set for some days, and ended."""

import json
from datetime import timedelta
from typing import Any

from shared.contracts.plans import OverrideEndedV1, OverrideSetV1
from tests.support.progression_person import Person


def set_override(
    person: Person,
    name: str,
    value: int | bool | str,
    day: int,
    *,
    days: int = 90,
    clock: str = "09:00",
    id: str | None = None,
    track_id: str | None = "walk",
    **changes: Any,
) -> OverrideSetV1:
    """A clinician set a parameter on a day, for so many days."""
    at = person.at(day, clock)
    told: dict[str, Any] = {
        "override_id": id or f"o-{name}",
        "track_id": track_id,
        "parameter": name,
        "value": value,
        "reason": "symptoms",
        "set_at": at,
        "until": at + timedelta(days=days),
        **changes,
    }
    data = OverrideSetV1(**told)
    person.tell(data, at)
    return data


def end_override(person: Person, name: str, day: int, *, clock: str = "09:00", id: str | None = None) -> None:
    """A clinician ended it."""
    data = OverrideEndedV1(override_id=id or f"o-{name}", track_id="walk", parameter=name, because="ended")
    person.tell(data, person.at(day, clock))


def basis(person: Person) -> dict[str, Any]:
    """What the latest decision rests on, as it is stored."""
    decisions = [record for (collection, _), record in person.records.items() if collection == "decisions"]
    latest = max(decisions, key=lambda record: record["number"])
    found: dict[str, Any] = json.loads(latest["basis"])
    return found
