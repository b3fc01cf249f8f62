"""An error told without its text."""

import json
from typing import Any

import pytest

from shared.observability.failures import failure


class _Loud(Exception):
    """An error whose text must never be asked for."""

    def __str__(self) -> str:
        raise AssertionError("asked")

    __repr__ = __str__


def _raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_the_text_of_an_error_and_of_its_causes_is_never_asked_for() -> None:
    told = failure(_raised(_Loud("Anna"), _raised(ValueError("Anna"), _Loud())))
    assert told["exc"].endswith("._Loud")
    assert told["causes"] == ["ValueError", told["exc"]]
    assert "Anna" not in json.dumps(told)


def test_only_our_own_frames_are_told() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is not ours
        json.loads("{")
    told = failure(caught.value)
    assert told["exc"] == "json.decoder.JSONDecodeError"
    assert len(told["frames"]) == 1
    assert ":test_only_our_own_frames_are_told:" in told["frames"][0]


def test_an_error_that_was_never_raised_has_no_frames() -> None:
    assert failure(ValueError()) == {"exc": "ValueError", "frames": []}


@pytest.mark.parametrize(("code", "expected"), [(11000, 11000), ("Anna", None), (True, None), (None, None)])
def test_a_code_is_told_if_it_is_a_number(code: Any, expected: int | None) -> None:
    error = ValueError()
    error.code = code  # type: ignore[attr-defined]
    assert failure(error).get("code") == expected


def test_a_deep_stack_and_a_circle_of_causes_stay_short() -> None:
    def deeper(depth: int) -> None:
        if depth == 0:
            raise ValueError
        deeper(depth - 1)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - it has no text
        deeper(100)
    one, other = caught.value, KeyError()
    one.__cause__, other.__cause__ = other, one
    told = failure(one)
    assert len(told["frames"]) == 12
    assert told["causes"] == ["KeyError"]
