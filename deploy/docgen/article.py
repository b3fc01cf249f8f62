"""`article.md`: each sentence of the source article, what follows from it, and the tests that prove it, or later."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from deploy.docgen.markdown import page as page_of
from deploy.docgen.markdown import table

ROOT: Final = Path(__file__).parents[2]
ROWS: Final = Path(__file__).with_name("article.toml")
_WANTED: Final = frozenset({"claim", "feature", "owner"})
_KNOWN: Final = _WANTED | {"open", "later"}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the article. `later` is why nothing proves it yet; `open` what a proof leaves out."""

    id: str
    claim: str
    feature: str
    owner: str
    open: str = ""
    later: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """A marker in the tests: which row, in which file, on which test (none: the whole file)."""

    id: str
    file: str
    test: str


def page() -> str:
    """The whole page."""
    lines, proofs = load(), markers()
    by_id = {line.id: [proof for proof in proofs if proof.id == line.id] for line in lines}
    standing = [_standing(line, by_id[line.id]) for line in lines]
    counts = {name: standing.count(name) for name in ("tested", "in part", "later")}
    return page_of(
        "# From the article to the tests",
        "Pacewell grew from one article on exercise adherence in chronic pain. Each of its sentences has a row: P1.3 "
        "is the third sentence of the first paragraph, H a heading, D the line under the title; claims are told in "
        'short. A row is proved by the tests that carry its id, such as `@pytest.mark.article("P2.3")`. *In part* '
        "means that what is tested is there, and what follows *to come* is not.",
        f"**{len(lines)} rows: {counts['tested']} tested, {counts['in part']} in part, {counts['later']} later.**",
        table(
            ["id", "the article says", "so Pacewell", "in", "stands", "proved by, to come, or why later"],
            [
                [line.id, line.claim, line.feature, line.owner, stands, _evidence(line, by_id[line.id])]
                for line, stands in zip(lines, standing, strict=True)
            ],
        ),
    )


def problems(rows: Path = ROWS, tests: Path = ROOT / "tests") -> list[str]:
    """Rows that nothing proves or that are both proved and later, and markers of rows that are not there."""
    try:
        lines = load(rows)
    except ValueError as error:
        return [str(error)]
    found: list[str] = []
    proved: dict[str, Proof] = {}
    for proof in markers(tests):
        proved.setdefault(proof.id, proof)
        if not re.match(r"(test|Test|$)", proof.test):
            found.append(f"{proof.file}: {proof.test} carries a row's id and is no test")
    known = {line.id for line in lines}
    found += [f"{proof.file}: no row {id!r} in {rows.name}" for id, proof in sorted(proved.items()) if id not in known]
    for line in lines:
        if line.later and line.id in proved:
            found.append(f"row {line.id} is said to come later and has a test in {proved[line.id].file}")
        elif not line.later and line.id not in proved:
            found.append(f"row {line.id} has no test that carries its id; write one, or say why it comes later")
        if line.later and line.open:
            found.append(f"row {line.id} cannot both come later and be open in part")
    return found


def load(rows: Path = ROWS) -> list[Line]:
    """The rows in their order; `ValueError` names a row that lacks a field or has an unknown one."""
    lines = []
    for id, given in tomllib.loads(rows.read_text(encoding="utf-8")).items():
        if not given.keys() >= _WANTED or not given.keys() <= _KNOWN:
            raise ValueError(f"row {id} has {', '.join(sorted(given))}; it needs {', '.join(sorted(_WANTED))}")
        lines.append(Line(id, **given))
    return lines


@cache
def markers(tests: Path = ROOT / "tests") -> tuple[Proof, ...]:
    """Every article marker below a folder, read from the code; no test is imported or run."""
    found: list[Proof] = []
    for file in sorted(tests.rglob("test_*.py")):
        source = file.read_text(encoding="utf-8")
        if "mark.article" in source:
            found += _markers_in(ast.parse(source), file.relative_to(tests.parent).as_posix())
    return tuple(found)


def _markers_in(tree: ast.Module, file: str) -> Iterator[Proof]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                for decorator in node.decorator_list:
                    yield from (Proof(id, file, node.name) for id in _ids(decorator))
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                marks: Iterable[ast.expr] = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
                yield from (Proof(id, file, "") for mark in marks for id in _ids(mark))
            case _:
                pass


def _ids(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(attr="article"), args=args):
            yield from (str(arg.value) if isinstance(arg, ast.Constant) else ast.unparse(arg) for arg in args)
        case _:
            pass


def _standing(line: Line, proofs: Iterable[Proof]) -> str:
    if line.later or not proofs:
        return "later"
    return "in part" if line.open else "tested"


def _evidence(line: Line, proofs: Iterable[Proof]) -> str:
    if line.later:
        return line.later
    tested = "<br>".join(f"`{proof.file}` {_sentence(proof.test)}" for proof in proofs)
    return f"{tested}<br>*to come:* {line.open}" if line.open else tested


def _sentence(test: str) -> str:
    return re.sub(r"^test_", "", test).replace("_", " ")


def by_standing() -> Mapping[str, int]:
    """How many rows stand how."""
    proofs = markers()
    standing = [_standing(line, [proof for proof in proofs if proof.id == line.id]) for line in load()]
    return {name: standing.count(name) for name in ("tested", "in part", "later")}
