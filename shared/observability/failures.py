"""An exception told without its text, which may quote a document: its class, its code and the places in our code."""

from types import TracebackType
from typing import Any, Final

_OURS: Final = ("services", "shared", "deploy", "tests")
_MAX_FRAMES: Final = 12
_MAX_CAUSES: Final = 5


def failure(error: BaseException) -> dict[str, Any]:
    """The fields of a log line about an error: `exc`, `code` if it has a number, `causes`, `frames` in our code.

    `str(error)` is never asked: a driver's error prints the documents it failed on.
    """
    told: dict[str, Any] = {"exc": _name(error), "frames": _frames(error.__traceback__)}
    code = getattr(error, "code", None)
    if isinstance(code, int) and not isinstance(code, bool):
        told["code"] = code
    causes: list[str] = []
    cause, seen = error.__cause__ or error.__context__, {id(error)}
    while cause is not None and id(cause) not in seen and len(causes) < _MAX_CAUSES:
        seen.add(id(cause))
        causes.append(_name(cause))
        cause = cause.__cause__ or cause.__context__
    if causes:
        told["causes"] = causes
    return told


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(traceback: TracebackType | None) -> list[str]:
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _OURS:
            frames.append(f"{module}:{code.co_name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return frames[-_MAX_FRAMES:]
