"""Cursors for paging: where the last page ended, as text that a client only hands back."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import orjson

from shared.runtime.messages import Refused

_MAX: Final = 1000
_MAX_INT: Final = 2**53


def write_cursor(position: Mapping[str, str | int]) -> str:
    """The position of the last thing on a page, as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps(dict(position))).rstrip(b"=").decode()


def read_cursor(text: str | None, **fields: type[str] | type[int]) -> dict[str, str | int] | None:
    """The position that `write_cursor` was given, or None for the first page; garbage is `Refused` 400.

    `read_cursor(cursor, at=int, id=str)` promises exactly these fields with these types. A cursor is no permission: the
    query still carries tenant and key.
    """
    if text is None:
        return None
    try:
        if len(text) > _MAX:
            raise ValueError
        position = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise _invalid() from None
    if not isinstance(position, dict) or position.keys() != fields.keys():
        raise _invalid()
    if any(type(position[name]) is not wanted for name, wanted in fields.items()):
        raise _invalid()
    if any(isinstance(value, int) and abs(value) >= _MAX_INT for value in position.values()):
        raise _invalid()
    return position


def _invalid() -> Refused:
    return Refused(400, "cursor_invalid", "The cursor is not one that was given out here.", "/cursor")
