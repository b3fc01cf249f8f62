"""What safety and plans tell progression about a stop: suspended, resumed, and a work item closed."""

from datetime import datetime
from typing import Any, Final

from shared.contracts.plans import WorkItemClosedV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.runtime.messages import Message
from tests.support.progression_person import Person

SAFETY: Final = "safety"


def suspended(person: Person, at: datetime, id: str = "stop-1", **changes: Any) -> Message[Any]:
    """The message of a suspension that began at a moment, with the next seq of safety."""
    flag = {"suspension_id": id, "flag_id": f"flag-{id}", "level": "emergency", "signs": ("chest",), "since": at}
    return person.message(AutomationSuspendedV1.model_validate({**flag, **changes}), at, service=SAFETY)


def resumed(person: Person, at: datetime, id: str = "stop-1") -> Message[Any]:
    """The message of a clinician's clearance."""
    return person.message(AutomationResumedV1(suspension_id=id, resumed_at=at), at, service=SAFETY)


def happen(person: Person, message: Message[Any]) -> None:
    """Fold a message; time goes on to it."""
    person.now = max(person.now, message.recorded_at)
    person.fold(message)


def suspend(person: Person, day: int, clock: str = "13:00", id: str = "stop-1", **changes: Any) -> None:
    """A red flag on a day."""
    happen(person, suspended(person, person.at(day, clock), id, **changes))


def resume(person: Person, day: int, clock: str = "13:00", id: str = "stop-1") -> None:
    """A clinician's clearance on a day."""
    happen(person, resumed(person, person.at(day, clock), id))


def close_review(person: Person, reason: str, day: int, *, track_id: str | None = "walk", item: str = "item-1") -> None:
    """A human closed the work item of a review."""
    data = WorkItemClosedV1(item_id=item, kind="review", reason=reason, track_id=track_id)
    person.tell(data, person.at(day, "14:00"))


def dose_in_force(person: Person, track_id: str = "walk") -> int:
    """What holds now: the last entry of the history from which `planned` is read."""
    return person.state.tracks[track_id].doses[-1][1]
