"""What is adapted for a person and what gets in their way, as it is kept to be read."""

from datetime import datetime
from typing import Final

from services.plans.domain.doing import Accommodation, Barrier, Over
from shared.clock import to_ms
from shared.runtime.messages import Record

ACCOMMODATIONS: Final = "accommodations"
BARRIERS: Final = "barriers"

DOING_COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    ACCOMMODATIONS: ((("key", 1), ("order", -1)),),
    BARRIERS: ((("key", 1), ("order", -1)),),
}


def accommodation_record(
    one: Accommodation, by: str, words_sealed: str | None, ended_at: datetime | None = None
) -> Record:
    """One thing that is adapted, noted by whom; when it ended its words go, for they say what no longer holds."""
    return Record(
        ACCOMMODATIONS,
        one.accommodation_id,
        {
            "order": to_ms(one.added_at),
            "kind": one.kind,
            "code": one.code,
            "added_at": one.added_at.isoformat(),
            "words_sealed": words_sealed,
            "noted_by": by,
            "ended_at": ended_at.isoformat() if ended_at else None,
        },
    )


def barrier_record(
    one: Barrier, by: str, words_sealed: str | None, ended: tuple[Over, datetime] | None = None
) -> Record:
    """One thing that gets in the way, noted by whom; ended or replaced, its words go."""
    return Record(
        BARRIERS,
        one.barrier_id,
        {
            "order": to_ms(one.added_at),
            "code": one.code,
            "activity_id": one.activity_id,
            "added_at": one.added_at.isoformat(),
            "words_sealed": words_sealed,
            "noted_by": by,
            "ended_because": ended[0] if ended else None,
            "ended_at": ended[1].isoformat() if ended else None,
        },
    )
