"""Each of the twenty-two stories of patients is told by a test that carries its number."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
STORIES = range(1, 23)


def told(tests: Path) -> dict[int, list[str]]:
    """Number -> the tests that carry it, read from the code."""
    found: dict[int, list[str]] = {}
    for file in sorted(tests.rglob("test_*.py")):
        source = file.read_text(encoding="utf-8")
        if "mark.story(" in source:
            for number, name in _marks(ast.parse(source)):
                found.setdefault(number, []).append(name)
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                match mark:
                    case ast.Call(func=ast.Attribute(attr="story"), args=numbers):
                        yield from ((ast.literal_eval(number), node.name) for number in numbers)
                    case _:
                        pass


def test_every_story_has_a_test() -> None:
    assert sorted(told(TESTS)) == list(STORIES)
    assert all(name.startswith("test_") for names in told(TESTS).values() for name in names)


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("@pytest.mark.story(3)\ndef test_a(): ...", {3: ["test_a"]}),
        ("@pytest.mark.story(3, 4)\nasync def test_a(): ...", {3: ["test_a"], 4: ["test_a"]}),
        ("def test_story_3(): ...  # mark.story(3)", {}),
    ],
)
def test_a_story_is_told_by_its_mark_and_by_nothing_else(source: str, numbers: object, tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(f"import pytest\n\n{source}\n", encoding="utf-8")
    assert told(tmp_path) == numbers
