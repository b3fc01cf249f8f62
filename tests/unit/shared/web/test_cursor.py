"""Cursors: what was given out comes back, and nothing else is taken."""

import base64
from typing import Any

import orjson
import pytest

from shared.runtime.messages import Refused
from shared.web.cursor import read_cursor, write_cursor


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def test_a_cursor_comes_back_as_the_position_it_was() -> None:
    position: dict[str, str | int] = {"at": 1_767_614_400_000, "id": "p1:s-1/ü"}
    text = write_cursor(position)
    assert text.isascii()
    assert read_cursor(text, at=int, id=str) == position


def test_no_cursor_is_the_first_page() -> None:
    assert read_cursor(None, at=int) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "ü",
        "a" * 5000,
        write_cursor({"at": 1}) + "!",
        encoded({"at": 1}),
        encoded({"at": 1, "id": "x", "more": 1}),
        encoded({"at": "1", "id": "x"}),
        encoded({"at": True, "id": "x"}),
        encoded({"at": 1.5, "id": "x"}),
        encoded({"at": 2**60, "id": "x"}),
        encoded({"at": 1, "id": {"$ne": ""}}),
        encoded([1, "x"]),
        encoded(None),
        base64.urlsafe_b64encode(b"\xff{").decode(),
    ],
)
def test_garbage_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_cursor(text, at=int, id=str)
    assert (refused.value.status, refused.value.code, refused.value.field) == (400, "cursor_invalid", "/cursor")
