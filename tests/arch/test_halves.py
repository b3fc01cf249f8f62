"""The two halves of `make test` are the whole suite."""

from pathlib import Path

from tests.__main__ import HALVES

TESTS = Path(__file__).parents[1]


def test_every_folder_with_tests_is_in_one_half() -> None:
    there = {found.relative_to(TESTS).parts[0] for found in TESTS.rglob("test_*.py")}
    assert sorted(folder for half in HALVES for folder in half) == sorted(there)
