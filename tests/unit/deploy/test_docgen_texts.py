"""The page of texts shows every text of every service in all languages, and a missing one fails the check."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from deploy.docgen import texts
from services.plans.texts.lessons import words


@pytest.fixture(scope="module")
def page() -> str:
    return texts.page()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the texts alone."""
    for place in texts.PLACES:
        for file in (texts.ROOT / place).rglob("*.json"):
            if "schemas" not in file.parts:
                copy = tmp_path / file.relative_to(texts.ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)
    return tmp_path


def changed(file: Path, **entries: Any) -> None:
    """The file with these entries; None takes one away."""
    whole = json.loads(file.read_text("utf-8")) | entries
    file.write_text(json.dumps({key: text for key, text in whole.items() if text is not None}), "utf-8")


def test_nobody_takes_the_texts_for_reviewed(page: str) -> None:
    assert "**Not clinically reviewed; es and ar not reviewed by native speakers.**" in page


def test_each_text_stands_beside_its_translations(page: str) -> None:
    assert "| `rule.R10b.again.patient` | Keep {dose}. | Siga con {dose}. | استمر على {dose}. |" in page
    assert "| 2 | 2 reps · 2 min | 2 repeticiones · 2 minutos | تكراران · دقيقتان |" in page
    row = next(line for line in page.splitlines() if line.startswith("| `small_steps.title` |"))
    assert [words(language)["small_steps.title"] in row for language in ("en", "es", "ar")] == [True] * 3


def test_every_service_with_texts_has_a_part_of_its_own(page: str) -> None:
    with_texts = {path.parts[-2] for path in (texts.ROOT / "services").glob("*/texts")}
    assert with_texts | {"shared"} == {line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")}
    assert page.count("\n### `") == len(texts.sources())


def test_no_key_and_no_text_of_a_file_is_left_out(page: str) -> None:
    for one in texts.sources():
        for key in one.keys:
            assert f"| `{key}` |" in page


def test_a_copy_of_the_texts_is_whole(root: Path) -> None:
    assert [one.folder for one in texts.sources(root)] == [one.folder for one in texts.sources()]
    assert texts.problems(root) == texts.problems() == []


@pytest.mark.parametrize(
    ("folder", "language", "key"),
    [
        ("services/progression/texts/explain", "ar", "lock.pem"),
        ("services/plans/texts/lessons", "es", "term.flare"),
        ("shared/red_flags", "ar", "stroke"),
    ],
)
def test_a_text_that_one_language_lacks_is_a_problem(root: Path, folder: str, language: str, key: str) -> None:
    changed(root / folder / f"{language}.json", **{key: None})

    assert texts.problems(root) == [f"{folder}/{language}.json has no text {key!r}"]


def test_a_new_folder_of_texts_without_a_language_is_a_problem(root: Path) -> None:
    folder = root / "services" / "plans" / "texts" / "new"
    folder.mkdir()
    for language in ("en", "es"):
        (folder / f"{language}.json").write_text('{"hello": "x"}', "utf-8")

    assert texts.problems(root) == ["services/plans/texts/new/ar.json has no text 'hello'"]
