"""What safety needs to start: the clinics' file must be readable, and what is wrong is said in one sentence."""

from pathlib import Path

import pytest

from deploy.local.topology import CLINICS
from services.safety.settings import SafetySettings
from shared.settings import load
from tests.support.environment import complete


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    complete(monkeypatch, tmp_path, CLINICS_FILE=str(CLINICS), SPOOL_DIR=str(tmp_path / "spool"))
    return monkeypatch


def test_the_clinics_are_read_from_the_file(environment: pytest.MonkeyPatch) -> None:
    clinic = load(SafetySettings).clinics().of("demo-clinic")
    assert clinic is not None
    assert clinic.emergency_number == "911"


@pytest.mark.parametrize(
    ("content", "told"), [("{", "not JSON"), ('{"a": {"name": "A"}}', "wrong at a"), ("[]", "wrong at the whole")]
)
def test_a_wrong_file_of_the_clinics_ends_the_start_with_one_sentence(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
) -> None:
    (tmp_path / "clinics.json").write_text(content)
    environment.setenv("PACEWELL_CLINICS_FILE", str(tmp_path / "clinics.json"))
    with pytest.raises(SystemExit) as end:
        load(SafetySettings)
    (line,) = capsys.readouterr().err.splitlines()
    assert (end.value.code, told in line) == (2, True)


@pytest.mark.parametrize("missing", ["CLINICS_FILE", "SPOOL_DIR"])
def test_what_is_not_set_is_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    environment.delenv(f"PACEWELL_{missing}")
    with pytest.raises(SystemExit):
        load(SafetySettings)
    assert f"PACEWELL_{missing} is not set" in capsys.readouterr().err
