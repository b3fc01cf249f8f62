"""Every field of an event contract with what it may hold, read from the models."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from shared.contracts import fields, plans
from shared.contracts.envelope import Event

FREE_TEXT: Final = "text of any kind"
"""What no field of a contract may be."""

NAMED: Final[Mapping[Any, str]] = {
    fields.Moment: "moment (UTC)",
    fields.Id: "id",
    fields.Code: "code",
    fields.Zone: "time zone",
    fields.Score: "0–10",
    fields.Amount: "amount in the base unit",
    fields.LocalTime: "wall time",
    plans.Sealed: "words, **sealed** with the person's key",
}
"""The field types that say by themselves what they hold."""

PLAIN: Final[Mapping[Any, str]] = {bool: "yes or no", int: "whole number", float: "number", date: "day"}

LIMITED: Final[Mapping[str, str]] = {
    "locale": "language and country",
    "causation_id": "id of the message that caused it",
    "correlation_id": "id of the command that began it",
}
"""Texts limited by a pattern of their own, and those of the envelope, which the runtime writes or checks."""

ENVELOPE_TEXTS: Final = frozenset({"causation_id", "correlation_id"})


def envelope() -> list[tuple[str, str]]:
    """The fields around every event."""
    return [(f"`{path}`", kind) for path, kind in fields_of(Event) if path != "data"]


def fields_of(model: type[BaseModel]) -> list[tuple[str, str]]:
    """Every field of a model and of the models in it, as `path` and what it may hold; `[]` stands for each of many."""
    return list(_walk(model, ""))


def _walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name in model.model_fields:
            yield from _field(f"{prefix}{name}", name, hint)


def _field(path: str, name: str, hint: Any) -> Iterator[tuple[str, str]]:
    if hint in NAMED:
        yield path, NAMED[hint]
        return
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        limited = arguments[0] is str and any(getattr(part, "metadata", None) for part in arguments[1:])
        yield from [(path, LIMITED.get(name, FREE_TEXT))] if limited else _field(path, name, arguments[0])
    elif origin in (Union, UnionType):
        inner = [kind for argument in arguments if argument is not NoneType for kind in _field(path, name, argument)]
        optional = ", or none" if NoneType in arguments else ""
        for at, kinds in _by_path(inner).items():
            yield at, " or ".join(kinds) + (optional if at == path else "")
    elif origin is Literal:
        yield path, "one of: " + ", ".join(map(str, arguments))
    elif origin is tuple:
        yield from _field(f"{path}[]", name, arguments[0])
    elif origin is dict:
        key = _one(name, arguments[0])
        yield path, f"by {key}: {_one(name, arguments[1])}"
    elif isinstance(hint, TypeVar):
        yield path, "what the event says"
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield from _walk(hint, f"{path}.")
    elif hint in PLAIN or hint is datetime:
        yield path, PLAIN.get(hint, "moment (UTC)")
    else:
        own = hint is str and name in ENVELOPE_TEXTS
        yield path, LIMITED[name] if own else FREE_TEXT


def _one(name: str, hint: Any) -> str:
    kinds = [kind for _, kind in _field("", name, hint)]
    return FREE_TEXT if FREE_TEXT in kinds else " or ".join(kinds)


def _by_path(found: list[tuple[str, str]]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for path, kind in found:
        kinds.setdefault(path, []).append(kind)
    return kinds
