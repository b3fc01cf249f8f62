"""What a JSON body may hold: finite numbers that every reader understands alike, whole characters, little nesting."""

from typing import Any, Final

import orjson

from shared.runtime.messages import Refused

MAX_DEPTH: Final = 32
MAX_NUMBER: Final = 2**53 - 1

_Path = tuple["_Path", str | int] | None


def check_json(body: bytes, known: frozenset[str] = frozenset()) -> Any:
    """The parsed body; `Refused` 400 if it is no JSON (NaN, lone surrogates and other encodings are none).

    422 if it goes too far. A field is named as far as its names are `known`.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "json_malformed", "The body is not JSON in UTF-8.") from None
    todo: list[tuple[Any, int, _Path]] = [(document, 1, None)]
    while todo:
        value, depth, path = todo.pop()
        if isinstance(value, dict):
            children: Any = value.items()
            if any("\x00" in name for name in value):
                raise Refused(422, "text_nul", "A name holds a zero character.", _pointer(path, known))
        elif isinstance(value, list):
            children = enumerate(value)
        else:
            _check_leaf(value, path, known)
            continue
        if depth > MAX_DEPTH:
            raise Refused(422, "json_too_deep", f"The body is nested more than {MAX_DEPTH} deep.")
        todo.extend((child, depth + 1, (path, name)) for name, child in children)
    return document


def _check_leaf(value: Any, path: _Path, known: frozenset[str]) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise Refused(422, "text_nul", "A text holds a zero character.", _pointer(path, known))
    elif isinstance(value, (int, float)) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise Refused(422, "number_too_large", f"A number lies beyond ±{MAX_NUMBER}.", _pointer(path, known))


def _pointer(path: _Path, known: frozenset[str]) -> str:
    parts: list[str | int] = []
    while path is not None:
        path, name = path
        parts.append(name)
    told = ""
    for part in reversed(parts):
        if isinstance(part, str) and part not in known:
            break
        told += f"/{part}"
    return told
