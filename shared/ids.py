"""Identifiers: the ones that every service computes alike, and random ones."""

from datetime import date
from hashlib import sha1, sha256
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import orjson

NAMESPACE: Final = UUID("629ccd8b-3ae9-5512-be81-3f1992331165")
"""uuid5(DNS, "pacewell"): of everything named by what it is about; changing it would give every slot a second id."""

EVENTS: Final = uuid5(NAMESPACE, "events")
"""Of events, named by who produced them and their place in line."""


def event_id(service: str, key: str, seq: int) -> str:
    """The id of the `seq`-th event that a service produced for a key: sent again, it is the same event."""
    return _uuid5(EVENTS, f"{service}:{key}:{seq}")


def slot_id(patient: str, track: str, day: date) -> str:
    """The id of one track on one of the person's days; every service computes the same one (progression 2.3)."""
    return _uuid5(NAMESPACE, f"{patient}:{track}:{day.isoformat()}")


def named_id(kind: str, *parts: str | int | None) -> str:
    """The id of a thing that is one and the same whenever its parts are: a decision, a reminder, a work item.

    Parts are kept apart, so that ("a", "b:c") and ("a:b", "c") differ.
    """
    return _uuid5(NAMESPACE, orjson.dumps([kind, *parts]).decode())


def content_hash(value: Any) -> str:
    """64 hex digits that are equal exactly when the JSON of two values is, whatever the order of its keys."""
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()


def random_id() -> str:
    """A new id that nobody can guess (UUID 4)."""
    return str(uuid4())


def _uuid5(namespace: UUID, name: str) -> str:
    """`str(uuid5(namespace, name))`, for which no object is made: every event and every slot needs one."""
    digest = bytearray(sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
