"""What each service's database holds, read from its state, its collections and the records that its code makes."""

import ast
import dataclasses
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from services.session_logging.domain.session import Session
from services.session_logging.folding.events import Check

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = "no limit yet"
NAMES: Final = ("_id", "id", "key", "tenant", "seq")
"""Fields that the runtime gives every record."""

COMMON: Final = (
    ("`aggregates`", "one document a person (or group): tenant, timers, state, outbox", "words in it are", KEPT),
    ("`commands`", "the answer to each command, so that a repeated one is told the same", "–", KEPT),
    (
        "`dead_letters`",
        "what could not be handled: the record as it came, topic, offset, reason",
        "–",
        "until discarded",
    ),
    ("`keys` (a database of its own)", "each person's key, wrapped by the master key", "wrapped", "until erased"),
)

OUTSIDE: Final = (
    ("logs", "event names, counts, timings; never a person, an id or a word", "yours to decide"),
    ("audit records", "who did what about whom: every request; ids as keyed hashes", "yours; 45 CFR 164.316: 6 years"),
    ("metrics", "counts and timings; never a person", "yours to decide"),
    ("message files (local mode)", "each message as the person reads it, in clear", "until removed"),
    ("spool of `safety`", "answers to the warning signs that could not be stored yet, sealed", "until stored"),
    ("master key", "a file that you keep; without it no sealed word can be read", "yours to keep"),
)

_MOMENTS: Final = {
    "started_at": "started_ms",
    "ended_at": "ended_ms",
    "logged_at": "logged_ms",
    "updated_at": "updated_ms",
    "at": "at_ms",
}

SHAPES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("session_logging", "sessions"): tuple(_MOMENTS.get(f.name, f.name) for f in dataclasses.fields(Session)),
    ("session_logging", "morning_checks"): tuple(_MOMENTS.get(f.name, f.name) for f in dataclasses.fields(Check)),
    ("reminders", "messages"): (
        *("order", "at", "status", "reason", "local_date", "local_time", "tz", "locale", "channel", "kind"),
        *("cue_id", "slot_id", "track_id", "situation", "action", "cause_event_id", "because_event_id", "lines"),
        *("decision_id", "proposal_id", "question_id", "outcome_at"),
    ),
}
"""Fields of records that are not made from one literal; moments are stored as numbers."""

SEALED: Final = {
    "session_logging": {"sealed_text"},
    "reminders": {"situation", "action", "record"},
    "community": {"name"},
}
"""Stored fields of words that a person or a clinician wrote, beside every one whose name begins or ends with sealed."""


def rows(service: str) -> Iterator[tuple[str, str, str, str]]:
    """The state of a service, part by part, and each of its collections: name, fields, which are sealed, how long."""
    parts: dict[str, list[str]] = {}
    for name in state_fields(service):
        head, dot, rest = name.partition(".")
        parts.setdefault(f"state: `{head}`" if dot else "state", []).append(rest if dot else head)
    for part, names in sorted(parts.items()):
        yield _row(service, part, names)
    for collection in collections_of(service):
        yield _row(service, f"`{collection}`", record_fields(service, collection))


def problems(services: Iterable[str]) -> list[str]:
    """Collections whose fields nobody can read from the code."""
    return [
        f"the fields of {service}'s {collection} are not known; name them in deploy/docgen/stored.py"
        for service in services
        for collection in collections_of(service)
        if not record_fields(service, collection)
    ]


def every_field(service: str) -> tuple[str, ...]:
    """Every field that a service keeps, in its state or in a record."""
    records = (name for collection in collections_of(service) for name in record_fields(service, collection))
    return (*state_fields(service), *records)


def is_sealed(service: str, name: str) -> bool:
    """Whether a stored field holds sealed words."""
    last = name.rpartition(".")[2].removesuffix("[]")
    return last in SEALED.get(service, ()) or last.endswith("_sealed") or last.startswith("sealed_")


@cache
def collections_of(service: str) -> tuple[str, ...]:
    """Names of the record collections of a service."""
    return tuple(sorted(import_module(f"services.{service}.transitions").SERVICE.collections))


@cache
def state_fields(service: str) -> tuple[str, ...]:
    """Every field of a service's state, nested ones with dots; `[]` stands for each of many."""
    return tuple(_walk(import_module(f"services.{service}.transitions").SERVICE.state, ""))


@cache
def record_fields(service: str, collection: str) -> tuple[str, ...]:
    """The fields of a record, from where the code makes it; empty when that cannot be read."""
    if (service, collection) in SHAPES:
        return SHAPES[service, collection]
    found: dict[str, None] = {}
    for file in sorted((ROOT / "services" / service).rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if "Record(" in source:
            found |= dict.fromkeys(_literal_keys(file, ast.parse(source), collection))
    return tuple(found)


def _literal_keys(file: Path, tree: ast.AST, collection: str) -> Iterator[str]:
    module = import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Name(id="Record"), args=[ast.Name(id=name), _, ast.Dict() as made]):
                    if getattr(module, name, None) == collection:
                        yield from _keys(made, function)
                case _:
                    pass


def _keys(made: ast.Dict, function: ast.FunctionDef) -> Iterator[str]:
    """The keys of a literal, and of the literals of the same function that it takes over with `**`."""
    for key, value in zip(made.keys, made.values, strict=True):
        if isinstance(key, ast.Constant):
            yield str(key.value)
        elif key is None and isinstance(value, ast.Name):
            for node in ast.walk(function):
                match node:
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as more) if name == value.id:
                        yield from _keys(more, function)
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as more) if name == value.id:
                        yield from _keys(more, function)
                    case _:
                        pass


def _walk(hint: Any, prefix: str) -> Iterator[str]:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        kinds = get_type_hints(hint)
        for field in dataclasses.fields(hint):
            yield from _field(f"{prefix}{field.name}", kinds[field.name])


def _field(path: str, hint: Any) -> Iterator[str]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inner = [name for argument in arguments for name in _inner(argument, f"{path}.")]
        yield from dict.fromkeys(inner) if inner else (path,)
    elif origin is not None and arguments:
        inner = [name for argument in arguments for name in _inner(argument, f"{path}[].")]
        yield from dict.fromkeys(inner) if inner else (path,)
    else:
        yield from list(_walk(hint, f"{path}.")) or (path,)


def _inner(hint: Any, prefix: str) -> list[str]:
    if dataclasses.is_dataclass(hint):
        return list(_walk(hint, prefix))
    return [name for argument in get_args(hint) for name in _inner(argument, prefix)]


def _row(service: str, name: str, names: Iterable[str]) -> tuple[str, str, str, str]:
    sealed = ", ".join(f"`{field}`" for field in names if is_sealed(service, field))
    return name, ", ".join(f"`{field}`" for field in names), sealed, KEPT
