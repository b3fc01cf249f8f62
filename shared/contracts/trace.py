"""The path of an event or a command through the code, as a tree with files and lines."""

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from shared.contracts.catalog import BY_MODEL, CATALOG, LATEST, Row
from shared.contracts.code_paths import ROOT, Handled, Place, consequences, place, transitions
from shared.runtime.messages import EffectOutcome, Tick

SERVICES = tuple(dict.fromkeys(name for row in CATALOG for name in (row.producer, *row.consumers)))


class NothingOfThatName(Exception):
    """Neither an event nor a command is called that; says what is near."""

    def __init__(self, name: str) -> None:
        known = [*LATEST, *(model.__name__ for model in BY_MODEL), *_commands()]
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        what = f" Did you mean {' or '.join(near)}?" if near else f" Events: {', '.join(LATEST)}."
        super().__init__(f"There is no event and no command of that name.{what}")


def trace(name: str) -> list[str]:
    """The lines of the tree for `session.logged`, `session.logged.v1`, `SessionLoggedV1` or `LogSession`.

    An event begins with the transitions that publish it and goes on with each consumer: its transition, what that may
    publish or send, and so on. What is shown once is not shown again. Raises `NothingOfThatName`.
    """
    tree = _Tree()
    if (row := _row(name)) is not None:
        return [_title(row), *_drawn(tree.event(row))]
    owners = _commands().get(name)
    if not owners:
        raise NothingOfThatName(name)
    lines: list[str] = []
    for service, kind, handled in owners:
        tree.shown.add((service, kind))
        lines.append(f"{name}, handled by {service}{_given_at(service, name)}")
        lines.extend(_drawn([(f"{handled.function.__name__}  {handled.place}", tree.handler(service, handled))]))
    return lines


def producers(row: Row) -> list[tuple[type, Handled, Place]]:
    """Who publishes this event in its service: what is handled, the function, and where the model is used."""
    table = transitions(row.producer) or {}
    found = []
    for handles, handled in table.items():
        where = consequences(handled.function).events.get(row)
        if where is not None:
            found.append((handles, handled, where))
    return found


Branch = tuple[str, "list[Branch]"]


class _Tree:
    """Grows depth first, and shows each event, tick and outcome once, so that a cycle ends."""

    def __init__(self) -> None:
        self.shown: set[object] = set()

    def event(self, row: Row) -> list[Branch]:
        self.shown.add(row)
        return [*_origins(row), *self._receivers(row)]

    def handler(self, service: str, handled: Handled) -> list[Branch]:
        what = consequences(handled.function)
        branches: list[Branch] = []
        for row, where in what.events.items():
            if row.producer != service:
                continue  # read again from what the state kept waiting; the runtime lets no service publish another's
            if row in self.shown:
                branches.append((f"{_name(row)}  {where}  (above)", []))
            else:
                self.shown.add(row)
                branches.append((f"{_name(row)}  {where}", self._receivers(row)))
        branches.extend((f"a message to the person  {where}", []) for where in what.effects)
        if what.effects:
            branches.extend(self._once(service, EffectOutcome, "how it ended"))
        return [*branches, *self._once(service, Tick, "later, by time alone")]

    def _receivers(self, row: Row) -> list[Branch]:
        branches: list[Branch] = []
        for service in SERVICES:
            table = transitions(service)
            if table is None and service in row.consumers:
                branches.append((f"to {service}: not here (services/{service}/transitions.py)", []))
            handled = (table or {}).get(row.model)
            if handled is not None:
                routed = ", on another aggregate" if handled.elsewhere else ""
                line = f"to {service}: {handled.function.__name__}  {handled.place}{routed}"
                branches.append((line, self.handler(service, handled)))
        return branches or [("to nobody yet: kept in the topic for who comes later", [])]

    def _once(self, service: str, kind: type, when: str) -> list[Branch]:
        handled = (transitions(service) or {}).get(kind)
        if handled is None or (service, kind) in self.shown:
            return []
        self.shown.add((service, kind))
        return [(f"{when}: {handled.function.__name__}  {handled.place}", self.handler(service, handled))]


def _origins(row: Row) -> list[Branch]:
    if transitions(row.producer) is None:
        return [(f"from {row.producer}: not here (services/{row.producer}/transitions.py)", [])]
    branches: list[Branch] = []
    for handles, handled, _ in producers(row):
        event = BY_MODEL.get(handles)
        said = f"{event.type if event else handles.__name__} → {handled.function.__name__}  {handled.place}"
        branches.append((f"from {row.producer}: {said}{_given_at(row.producer, handles.__name__)}", []))
    return branches


def _given_at(service: str, command: str) -> str:
    return f", given at {', '.join(places)}" if (places := _callers(service, command)) else ""


def _drawn(branches: list[Branch], indent: str = "") -> Iterator[str]:
    for index, (text, below) in enumerate(branches):
        last = index == len(branches) - 1
        yield f"{indent}{'└─ ' if last else '├─ '}{text}"
        yield from _drawn(below, indent + ("   " if last else "│  "))


def _row(name: str) -> Row | None:
    matching = [row for row in CATALOG if name in (row.type, f"{row.type}.v{row.version}", row.model.__name__)]
    return max(matching, key=lambda row: row.version, default=None)


def _title(row: Row) -> str:
    return f"{_name(row)}  {place(row.model)}  topic {row.topic}, key {row.key}"


def _name(row: Row) -> str:
    return f"{row.type} v{row.version}"


@cache
def _commands() -> dict[str, list[tuple[str, type, Handled]]]:
    """Every command and other message that is no event, by name: the services that handle it."""
    found: dict[str, list[tuple[str, type, Handled]]] = {}
    for service in SERVICES:
        for handles, handled in (transitions(service) or {}).items():
            if handles not in BY_MODEL:
                found.setdefault(handles.__name__, []).append((service, handles, handled))
    return found


@cache
def _callers(service: str, command: str) -> list[Place]:
    """Where the service makes such a command: its routes and its own programs, not its rules."""
    found = []
    for file in sorted((ROOT / "services" / service).rglob("*.py")):
        if "transitions" in file.stem or "domain" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name == command:
                    found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
                case _:
                    pass
    return found
