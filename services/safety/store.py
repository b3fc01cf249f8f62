"""What safety keeps to be read: every answer to the list, and every suspension with how it ended."""

from datetime import datetime
from typing import Any, Final

from services.safety.domain.commands import AnswerRedFlags
from services.safety.domain.levels import Level
from services.safety.domain.model import Suspension
from shared.clock import to_ms
from shared.runtime.messages import Actor, Record

ANSWERS: Final = "answers"
SUSPENSIONS: Final = "suspensions"

COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    ANSWERS: ((("key", 1), ("seq", -1)),),
    SUSPENSIONS: ((("key", 1), ("order", -1)),),
}


def answer_record(
    command: AnswerRedFlags,
    signs: tuple[str, ...],
    level: Level | None,
    suspension_id: str | None,
    by: Actor,
    now: datetime,
) -> Record:
    """One answer to the list: who gave it, when it was given and when it was stored (its `seq` gives the order).

    `suspension_id` is that of the suspension which the answer began or joined, None when all was answered no.
    """
    return Record(
        ANSWERS,
        command.flag_id,
        {
            "answered_at": command.answered_at.isoformat(),
            "recorded_at": now.isoformat(),
            "context": command.context,
            "signs": list(signs),
            "level": level,
            "suspension_id": suspension_id,
            "by": {"role": by.kind, "id": by.id},
        },
    )


def suspension_record(
    suspension: Suspension, *, ended_at: datetime | None = None, ended_by: Actor | None = None, note: str | None = None
) -> Record:
    """A suspension as it stands; `order` is its begin (epoch ms), `note` sealed with the person's key.

    `reason` and `began_by` are of one that a clinician began.
    """
    ended: dict[str, Any] = {
        "ended_at": ended_at.isoformat() if ended_at else None,
        "ended_by": {"role": ended_by.kind, "id": ended_by.id} if ended_by else None,
        "note_sealed": note,
    }
    return Record(
        SUSPENSIONS,
        suspension.suspension_id,
        {
            "order": to_ms(suspension.since),
            "since": suspension.since.isoformat(),
            "level": suspension.level,
            "signs": list(suspension.signs),
            "flags": list(suspension.flags),
            "reason": suspension.reason,
            "began_by": {"role": "clinician", "id": suspension.began_by} if suspension.began_by else None,
            **ended,
        },
    )
