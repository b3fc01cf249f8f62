"""The page of words shows the languages side by side, and a missing text fails the check."""

import json
import shutil
from pathlib import Path

import pytest

from deploy.docgen import words


def test_each_text_stands_beside_its_translations_and_nobody_takes_them_for_reviewed() -> None:
    page = words.page()

    assert "**Not clinically reviewed.**" in page
    assert "| `rule.R10b.again` | Keep {dose}. | Siga con {dose}. | استمر على {dose}. |" in page
    assert "| 2 | 2 reps · 2 min | 2 repeticiones · 2 minutos | تكراران · دقيقتان |" in page


def test_a_text_that_one_language_lacks_is_a_problem(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    shutil.copytree(words.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    assert words.problems(folder) == []
    spanish = json.loads((folder / "es.json").read_text("utf-8"))
    del spanish["rule.R1"]
    (folder / "es.json").write_text(json.dumps(spanish), "utf-8")

    assert words.problems(folder) == ["texts/es.json has no text 'rule.R1'"]


@pytest.mark.parametrize(("name", "key"), [("adherence", "returning"), ("questions", "leave"), ("explain", "lock.pem")])
def test_a_text_beside_those_of_decisions_that_one_language_lacks_is_a_problem(
    name: str, key: str, tmp_path: Path
) -> None:
    folder = tmp_path / "texts"
    shutil.copytree(words.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    arabic = json.loads((folder / name / "ar.json").read_text("utf-8"))
    del arabic[key]
    (folder / name / "ar.json").write_text(json.dumps(arabic), "utf-8")

    assert words.problems(folder) == [f"{name}/ar.json has no text {key!r}"]
