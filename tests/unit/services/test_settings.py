"""A service starts only with a file of the clinics that can be read, and says in one sentence what is wrong with it."""

import base64
import os
from pathlib import Path

import pytest

from services.community.settings import CommunitySettings
from services.plans.settings import PlansSettings
from services.session_logging.settings import SessionLoggingSettings
from shared.settings import load

Known = CommunitySettings | PlansSettings | SessionLoggingSettings
KNOW_CLINICS = (CommunitySettings, PlansSettings, SessionLoggingSettings)

CLINIC = (
    '{"name": "Harbour", "country": "US", "emergency_number": "911", "crisis_line": "988", "phone": "+1 555 0100",'
    ' "hours": {"en": "Mon-Fri"}, "messages_read": true}'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the files, and everything else that the settings need."""
    for name in list(os.environ):
        if name.startswith("PACEWELL_"):
            monkeypatch.delenv(name)
    (tmp_path / "master").write_bytes(base64.urlsafe_b64encode(b"k" * 32))
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    needed = {
        "KAFKA": "127.0.0.1:9092",
        "MONGO_URL": "mongodb://127.0.0.1",
        "KEYS_MONGO_URL": "mongodb://127.0.0.1",
        "MASTER_KEY_FILE": str(tmp_path / "master"),
        "ISSUER": "local",
        "AUDIENCE": "pacewell",
        "JWKS_FILE": str(tmp_path / "jwks.json"),
        "CLINICS_FILE": str(tmp_path / "clinics.json"),
    }
    for name, value in needed.items():
        monkeypatch.setenv(f"PACEWELL_{name}", value)
    return tmp_path


@pytest.mark.parametrize("settings", KNOW_CLINICS)
def test_a_file_of_clinics_that_can_be_read_is_taken(folder: Path, settings: type[Known]) -> None:
    (folder / "clinics.json").write_text(f'{{"north": {CLINIC}}}')
    loaded: Known = load(settings)
    assert loaded.clinics_file == folder / "clinics.json"


@pytest.mark.parametrize("settings", KNOW_CLINICS)
@pytest.mark.parametrize("content", [None, "no JSON", f'{{"north": {CLINIC.replace("US", "Utopia")}}}'])
def test_one_that_cannot_is_told_in_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], content: str | None, settings: type[Known]
) -> None:
    if content is not None:
        (folder / "clinics.json").write_text(content)
    with pytest.raises(SystemExit) as end:
        load(settings)
    (line,) = capsys.readouterr().err.splitlines()
    assert (end.value.code, line.startswith("PACEWELL_CLINICS_FILE is not valid")) == (2, True)
    assert "Utopia" not in line
