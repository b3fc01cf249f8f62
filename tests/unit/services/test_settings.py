"""A service starts only with a file of the clinics that can be read, and says in one sentence what is wrong with it."""

from pathlib import Path

import pytest

from services.community.settings import CommunitySettings
from services.plans.settings import PlansSettings
from services.progression.settings import ProgressionSettings
from services.session_logging.settings import SessionLoggingSettings
from shared.settings import load
from tests.support.environment import complete

Known = CommunitySettings | PlansSettings | ProgressionSettings | SessionLoggingSettings
KNOW_CLINICS = (CommunitySettings, PlansSettings, ProgressionSettings, SessionLoggingSettings)

CLINIC = (
    '{"name": "Harbour", "country": "US", "emergency_number": "911", "crisis_line": "988", "phone": "+1 555 0100",'
    ' "hours": {"en": "Mon-Fri"}, "messages_read": true}'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the files, and everything else that the settings need."""
    complete(monkeypatch, tmp_path, CLINICS_FILE=str(tmp_path / "clinics.json"))
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
