"""Why a person has each of their lessons, kept to be read."""

from datetime import datetime
from typing import Final

from services.plans.domain.learning import Why
from shared.runtime.messages import Record

LESSONS: Final = "lessons"

LEARNING_COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    LESSONS: ((("key", 1),),),
}


def lesson_record(
    lesson_id: str,
    because: Why,
    at: datetime,
    by: str | None = None,
    track_id: str | None = None,
    entry_id: str | None = None,
    tags: tuple[str, ...] = (),
) -> Record:
    """One lesson with why the person has it: of which track, which journal entry and its tags, or given by whom."""
    return Record(
        LESSONS,
        lesson_id,
        {
            "lesson_id": lesson_id,
            "because": because,
            "assigned_at": at.isoformat(),
            "assigned_by": by,
            "track_id": track_id,
            "entry_id": entry_id,
            "tags": list(tags),
        },
    )
