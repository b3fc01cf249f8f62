"""What people read of their diary: sessions, morning checks and journal entries as indexed documents, and back."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final

from services.session_logging.domain.session import Session
from services.session_logging.folding.events import Check
from shared.clock import from_ms, to_ms
from shared.runtime.messages import Record

SESSIONS: Final = "sessions"
MORNING_CHECKS: Final = "morning_checks"
JOURNAL: Final = "journal"

_PERSON: Final = (("key", 1),)
COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    SESSIONS: (
        _PERSON,
        (("key", 1), ("started_ms", -1), ("id", -1)),
        (("key", 1), ("track_id", 1), ("started_ms", -1), ("id", -1)),
    ),
    MORNING_CHECKS: (_PERSON, (("key", 1), ("at_ms", -1), ("id", -1))),
    JOURNAL: (_PERSON, (("key", 1), ("at_ms", -1), ("id", -1))),
}
"""Record collections with their indexes: every list is read by person, newest first.

The embedded engine looks an equality up in an index only where that field has one of its own; without the index of
`key` alone it scans everybody's records for the compound ones as well.
"""

_MOMENTS: Final = {
    "started_at": "started_ms",
    "ended_at": "ended_ms",
    "logged_at": "logged_ms",
    "updated_at": "updated_ms",
    "at": "at_ms",
}
_FLAGS: Final = frozenset({"ended_given", "history_only"})
_FIELDS: Final = {kind: tuple(field.name for field in fields(kind)) for kind in (Session, Check)}
_NAMES: Final = _FIELDS[Session]


def session_record(session: Session) -> Record:
    """The latest content of a session; moments are epoch milliseconds, flags 0 or 1."""
    return Record(SESSIONS, session.session_id, _data(session))


def session_from(document: Mapping[str, Any]) -> Session:
    """The session of a stored document; the inverse of `session_record`."""
    values: dict[str, Any] = {}
    for name in _NAMES:
        value = document[_MOMENTS.get(name, name)]
        if name in _MOMENTS:
            value = from_ms(value)
        elif name == "local_date":
            value = date.fromisoformat(value)
        elif name in _FLAGS:
            value = bool(value)
        values[name] = value
    return Session(**values)


def check_record(check: Check) -> Record:
    """A morning check."""
    return Record(MORNING_CHECKS, check.check_id, _data(check))


def journal_record(
    entry_id: str,
    at: datetime,
    tags: tuple[str, ...],
    bring_to_visit: bool,
    sealed_text: str | None,
    day: date,
    digest: str,
) -> Record:
    """A journal entry; its words stay sealed."""
    return Record(
        JOURNAL,
        entry_id,
        {
            "entry_id": entry_id,
            "at_ms": to_ms(at),
            "tags": list(tags),
            "bring_to_visit": int(bring_to_visit),
            "sealed_text": sealed_text,
            "local_date": day.isoformat(),
            "digest": digest,
        },
    )


def _data(thing: Session | Check) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name in _FIELDS[type(thing)]:
        value = getattr(thing, name)
        kind = type(value)
        if kind is datetime:
            data[_MOMENTS[name]] = to_ms(value)
        elif kind is date:
            data[name] = value.isoformat()
        else:
            data[name] = int(value) if kind is bool else value
    return data
