"""Reminders does not start without a human to name for every tenant."""

import json
from pathlib import Path

import pytest

from services.reminders.settings import RemindersSettings
from shared.settings import PREFIX, load
from tests.support.environment import complete
from tests.unit.services.reminders.person import CLINIC


@pytest.fixture
def clinics(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A complete environment, with the file of the clinics still to be written."""
    file = tmp_path / "clinics.json"
    complete(monkeypatch, tmp_path, OUTBOX_DIR=str(tmp_path / "messages"), CLINICS_FILE=str(file))
    return file


def test_a_tenant_that_is_not_listed_has_the_human_of_any_tenant(clinics: Path) -> None:
    clinics.write_text(json.dumps({"*": CLINIC.model_dump()}))
    clinic = load(RemindersSettings).clinics().of("whoever")
    assert clinic is not None
    assert clinic.phone == CLINIC.phone


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            {"clinic": CLINIC.model_dump()},
            "The file of the clinics needs an entry * for tenants that it does not list.",
        ),
        ({"*": {**CLINIC.model_dump(), "phone": "Anna"}}, "The file of the clinics is wrong at * → phone: "),
        ("not an object", "The file of the clinics is wrong at the whole: "),
    ],
)
def test_a_file_without_a_human_for_everybody_is_named_in_one_sentence(
    clinics: Path, capsys: pytest.CaptureFixture[str], content: object, sentence: str
) -> None:
    clinics.write_text(json.dumps(content))
    with pytest.raises(SystemExit) as ended:
        load(RemindersSettings)
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.startswith(sentence)
    assert "Anna" not in line


def test_a_missing_file_is_named(clinics: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not clinics.exists()
    with pytest.raises(SystemExit):
        load(RemindersSettings)
    assert capsys.readouterr().err.startswith(f"{PREFIX}CLINICS_FILE is not valid (no such file): ")
