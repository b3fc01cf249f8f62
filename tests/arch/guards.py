"""Rules that no linter knows, each as a function from source code to what breaks it (`line: what`)."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from shared.observability.logs import ALLOWED_KEYS

PURE_STDLIB: Final = frozenset(sys.stdlib_module_names) - {
    "asyncio", "concurrent", "ctypes", "fcntl", "fileinput", "ftplib", "getpass", "glob", "http", "io", "locale",
    "logging", "mmap", "multiprocessing", "os", "pathlib", "pickle", "platform", "random", "sched", "secrets", "select",
    "shelve", "shutil", "signal", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "sys", "syslog", "tempfile",
    "threading", "time", "tkinter", "urllib",
}  # fmt: skip
"""The standard library without what reads a clock, rolls dice, or leaves the process."""

TRANSITION_IMPORTS: Final = ("shared.contracts", "shared.runtime.messages", "shared.ids", "shared.clock", "pydantic")
CLOCKS: Final = frozenset({"SystemClock", "FileClock", "ManualClock", "random_id"})
IMPURE_CALLS: Final = frozenset(
    {"now", "utcnow", "today", "fromtimestamp", "uuid1", "uuid4", "getrandbits", "urandom", "time_ns", "monotonic"}
)
IMPURE_BUILTINS: Final = frozenset({"open", "print", "input", "eval", "exec", "compile", "__import__", "globals"})
LOG_METHODS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical", "fatal", "msg"})
PERSONAL: Final = frozenset(
    {
        "patient_id", "patient", "group_id", "key", "subject", "actor_id", "person", "body", "raw", "value", "payload",
        "data", "text", "words", "name", "email", "phone", "address", "token", "headers", "state", "document",
    }
)  # fmt: skip
"""Names behind which a person, or what a person wrote, may stand."""

METRICS: Final = frozenset({"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"})
_EVENT_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_ENVIRONMENT_NAME: Final = re.compile(r"PACEWELL_[A-Z_]*")


NOTHING: Final = ast.Module(body=[], type_ignores=[])


def tree_if(source: str, *words: str) -> ast.Module:
    """The syntax tree, or an empty one when none of the words that a guard looks for is in the text at all."""
    return tree_of(source) if any(word in source for word in words) else NOTHING


@cache
def tree_of(source: str) -> ast.Module:
    """The syntax tree of a file, parsed once for all guards."""
    return ast.parse(source)


def imports(tree: ast.AST) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Every import of a file: its line, the module, and the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ".", tuple(alias.name for alias in node.names)


def imports_beyond(source: str, allowed: Iterable[str]) -> list[str]:
    """Imports that are neither pure standard library nor below one of the allowed packages."""
    packages = tuple(allowed)
    return [
        f"{line}: imports {module}"
        for line, module, names in imports(tree_of(source))
        if CLOCKS & set(names)
        or not (
            module.split(".")[0] in PURE_STDLIB
            or any(f"{whole}.".startswith(f"{package}.") for whole in _wholes(module, names) for package in packages)
        )
    ]


def _wholes(module: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return (module, *(f"{module}.{name}" for name in names))


def impurities(source: str) -> list[str]:
    """What makes a rule depend on more than its arguments: a clock, dice, the outside, or waiting for it."""
    found = []
    for node in ast.walk(tree_of(source)):
        match node:
            case ast.AsyncFunctionDef() | ast.Await():
                found.append(f"{node.lineno}: waits")
            case ast.Call(func=ast.Attribute(attr=name)) if name in IMPURE_CALLS:
                found.append(f"{node.lineno}: calls {name}")
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_BUILTINS | IMPURE_CALLS:
                found.append(f"{node.lineno}: calls {name}")
            case ast.Global() | ast.Nonlocal():
                found.append(f"{node.lineno}: changes what it does not own")
            case _:
                pass
    return found


def telling_logs(source: str) -> list[str]:
    """Log calls that name a person or a person's words, or say something that the log drops anyway."""
    return [
        f"{node.lineno}: {what}"
        for node in ast.walk(tree_if(source, "log"))
        if isinstance(node, ast.Call) and _is_log_call(node)
        for what in _telling(node)
    ]


def _is_log_call(node: ast.Call) -> bool:
    if not (isinstance(node.func, ast.Attribute) and node.func.attr in LOG_METHODS):
        return False
    owner = node.func.value
    last = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    return last.strip("_").lower() in {"log", "logger", "logging", "structlog"}


def _telling(node: ast.Call) -> Iterator[str]:
    event = node.args[0] if node.args else None
    if not (isinstance(event, ast.Constant) and isinstance(event.value, str) and _EVENT_NAME.fullmatch(event.value)):
        yield "the event is not a constant name"
    if len(node.args) > 1:
        yield "a positional value"
    for keyword in node.keywords:
        if keyword.arg is None:
            if not (isinstance(keyword.value, ast.Call) and _called(keyword.value) == "failure"):
                yield "fields that are not named here"
        elif keyword.arg not in ALLOWED_KEYS | {"exc_info"}:
            yield f"the field {keyword.arg} is not one that the log keeps"
        for name in _names_told(keyword.value):
            yield f"{keyword.arg} tells {name}"


def _called(node: ast.Call) -> str:
    return (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )


def _names_told(node: ast.AST) -> Iterator[str]:
    """Personal names in a value; what is only counted, typed or hashed is not told."""
    if isinstance(node, ast.Call) and _called(node) in {"len", "type", "hashed", "bool", "failure"}:
        return
    if isinstance(node, ast.Name) and node.id.removeprefix("_") in PERSONAL:
        yield node.id
    if isinstance(node, ast.Attribute) and node.attr.removeprefix("_") in PERSONAL:
        yield node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in PERSONAL:
        yield str(node.slice.value)
    for child in ast.iter_child_nodes(node):
        yield from _names_told(child)


def environment_names(source: str) -> list[str]:
    """Where the environment is read or one of its variables named."""
    tree = tree_if(source, "environ", "getenv", "PACEWELL_")
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv" | "putenv"):
                found.append(f"{node.lineno}: reads the environment")
            case ast.ImportFrom(module="os", names=names) if {"environ", "getenv"} & {one.name for one in names}:
                found.append(f"{node.lineno}: reads the environment")
            case ast.Constant(value=str(text)) if _ENVIRONMENT_NAME.search(text) and id(node) not in docstrings:
                found.append(f"{node.lineno}: names a variable")
            case _:
                pass
    return found


def own_metrics(source: str) -> list[str]:
    """Metrics that are defined here."""
    return [
        f"{line}: defines {name}"
        for line, module, names in imports(tree_if(source, "prometheus_client"))
        if module.startswith("prometheus_client")
        for name in names
        if name in METRICS
    ]


def inherited(source: str) -> list[str]:
    """Classes that inherit from something shared instead of holding it; settings are only read together."""
    tree = tree_if(source, "class ")
    shared = {name for _, module, names in imports(tree) if module.split(".")[0] == "shared" for name in names}
    return [
        f"{node.lineno}: {node.name} inherits {ast.unparse(base)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if ast.unparse(base).split("[")[0].split(".")[0] in shared - {"RuntimeSettings"}
    ]


def unrun_tests(source: str) -> list[str]:
    """Tests that would pass without having run."""
    found = []
    for node in ast.walk(tree_if(source, "skip", "xfail")):
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail", "importorskip"}:
            found.append(f"{node.lineno}: {node.attr}")
    return found


def sleeps(source: str) -> list[str]:
    """Real waiting in a test that should need none; `sleep(0)` only lets others run."""
    found = []
    for node in ast.walk(tree_if(source, "sleep")):
        if isinstance(node, ast.Call) and _called(node) == "sleep":
            yields = bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            if not yields:
                found.append(f"{node.lineno}: sleeps")
    return found
