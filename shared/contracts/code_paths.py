"""Reads the services' own code: which transition handles a message, and what that transition may bring about."""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from shared.contracts.catalog import BY_MODEL, CATALOG, Row
from shared.runtime.messages import Effect, To

ROOT: Final = Path(__file__).parents[2]
Place = str
"""`services/plans/transitions.py:33`, from the root of the repository."""


@dataclass(frozen=True, slots=True)
class Handled:
    """One line of a service's `TRANSITIONS`: the function, where it is, and whether it acts on another aggregate."""

    function: FunctionType
    place: Place
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a transition may bring about, each with the place in the code: events, and messages to people."""

    events: Mapping[Row, Place]
    effects: tuple[Place, ...]


def place(function: Callable[..., Any] | type) -> Place:
    """Where a function or class begins."""
    file = inspect.getsourcefile(function) or ""
    return f"{Path(file).relative_to(ROOT)}:{inspect.getsourcelines(function)[1]}"


@cache
def transitions(service: str) -> Mapping[type, Handled] | None:
    """The transitions of a service, by what they handle; None when there is no such service here.

    Services are looked up by name when asked for, because `shared` imports none of them.
    """
    module_name = f"services.{service}.transitions"
    try:
        table = import_module(module_name).TRANSITIONS
    except ModuleNotFoundError as missing:
        if missing.name is not None and module_name.startswith(missing.name):
            return None
        raise
    return {handled: handled_by(handler) for handled, handler in table.items()}


def handled_by(handler: Any) -> Handled:
    """One value of a `TRANSITIONS` table, unwrapped: the function itself."""
    function = _function(handler.handler if isinstance(handler, To) else handler)
    return Handled(function, place(function), isinstance(handler, To))


def _function(handler: Any) -> FunctionType:
    while isinstance(handler, partial):
        handler = handler.func
    function = inspect.unwrap(handler)
    if not isinstance(function, FunctionType):
        raise TypeError("a transition is a function")
    return function


@cache
def consequences(function: Callable[..., object]) -> Consequences:
    """What calling this function may bring about, followed through every function of its own service.

    A contract model counts where it is used as a value; in annotations, `isinstance`, patterns and comparisons it is
    only asked about. So it errs on the side of too much: what is listed may happen, what is not listed cannot.
    """
    events: dict[Row, Place] = {}
    effects: list[Place] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, Place]] = [(function, "")]
    service = ".".join(function.__module__.split(".")[:2])
    while waiting:
        found, where = waiting.pop()
        if isinstance(found, type) and found in BY_MODEL:
            events.setdefault(BY_MODEL[found], where)
        elif found is Effect:
            effects.append(where)
        elif id(found) not in seen:
            seen.add(id(found))
            waiting.extend(_inside(found, service, where))
    return Consequences({row: events[row] for row in CATALOG if row in events}, tuple(sorted(set(effects))))


def _inside(found: Any, service: str, where: Place) -> Iterator[tuple[Any, Place]]:
    """What a value leads to: functions and classes of the service, and tables that hold such."""
    if isinstance(found, partial):
        yield (found.func, where)
    elif isinstance(found, FunctionType):
        if _of(found, service):
            yield from _used_in(inspect.unwrap(found))
    elif isinstance(found, type):
        if _of(found, service):
            yield from ((method, where) for method in vars(found).values() if isinstance(method, FunctionType))
    elif isinstance(found, Mapping):
        if not any(key in BY_MODEL for key in found if isinstance(key, type)):  # the table of transitions itself
            yield from ((value, where) for value in found.values())
    elif isinstance(found, tuple | list | frozenset):
        yield from ((value, where) for value in found)


def _of(found: FunctionType | type, service: str) -> bool:
    return f"{found.__module__}.".startswith(f"{service}.") and found.__qualname__ != "<lambda>"


def _used_in(function: FunctionType) -> Iterator[tuple[Any, Place]]:
    file = inspect.getsourcefile(function)
    node = _definitions(file).get(function.__code__.co_firstlineno) if file and file.startswith(str(ROOT)) else None
    if file and node is not None:
        for value, line in _Values(inspect.getclosurevars(function).nonlocals, function.__globals__).of(node.body):
            yield value, f"{Path(file).relative_to(ROOT)}:{line}"


@cache
def _definitions(file: str) -> dict[int, ast.FunctionDef]:
    """Every function of a file, by the line that its code says it begins on (a decorator's, where it has one)."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return {
        min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]): node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }


class _Values:
    """Resolves the names that a piece of code uses as values."""

    def __init__(self, *scopes: Mapping[str, Any]) -> None:
        self.scopes = scopes

    def of(self, nodes: list[Any]) -> Iterator[tuple[Any, int]]:
        for node in nodes:
            yield from self._node(node)

    def _node(self, node: ast.AST) -> Iterator[tuple[Any, int]]:
        match node:
            case ast.Name() | ast.Attribute() if (found := self._resolve(node)) is not None:
                yield from self._value(found, node.lineno)
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass")):
                yield from self.of(node.args[:1])
            case ast.AnnAssign():
                yield from self.of([node.value] if node.value else [])
            case ast.arguments():
                yield from self.of([*node.defaults, *(default for default in node.kw_defaults if default)])
            case ast.FunctionDef():
                yield from self.of([node.args, *node.body])
            case ast.MatchClass():
                yield from self.of([*node.patterns, *node.kwd_patterns])
            case ast.Compare():
                sides = [node.left, *node.comparators]
                yield from self.of([side for side in sides if not isinstance(self._resolve(side), type)])
            case ast.Subscript() if isinstance(self._resolve(node.value), type):
                yield from self.of([node.value])
            case _:
                yield from self.of(list(ast.iter_child_nodes(node)))

    def _value(self, found: Any, line: int) -> Iterator[tuple[Any, int]]:
        if not isinstance(found, ModuleType):
            yield found, line

    def _resolve(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Name):
            return next((scope[node.id] for scope in self.scopes if node.id in scope), None)
        if isinstance(node, ast.Attribute):
            owner = self._resolve(node.value)
            if isinstance(owner, ModuleType):
                return getattr(owner, node.attr, None)
            return owner if isinstance(owner, type) else None
        return None
