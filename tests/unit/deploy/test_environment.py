"""The Python environment is built once for each state of the lock files."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import environment


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A project with lock files; the kinds that were built in it."""
    kinds: list[str] = []
    for name in ("runtime", "dev", "uv"):
        (tmp_path / name).write_text(f"{name}==1")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(environment, "LAUNCHER", tmp_path / "bin" / "pacewell")
    monkeypatch.setattr(environment, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(environment, "LOCKS", {"runtime": tmp_path / "runtime", "dev": tmp_path / "dev"})
    monkeypatch.setattr(environment, "UV_LOCK", tmp_path / "uv")
    monkeypatch.setattr(environment, "_build", kinds.append)
    return kinds


def test_what_is_built_is_not_built_again(built: list[str]) -> None:
    environment.ensure("runtime")
    environment.ensure("runtime")
    assert built == ["runtime"]


def test_an_environment_for_development_stays_one(built: list[str], tmp_path: Path) -> None:
    environment.ensure("runtime")
    environment.ensure("dev")
    environment.ensure("runtime")
    (tmp_path / "runtime").write_text("runtime==2")
    environment.ensure("runtime")
    assert built == ["runtime", "dev", "dev"]


def test_the_command_for_operations_is_there_and_runs_from_any_folder(built: list[str], tmp_path: Path) -> None:
    environment.ensure("runtime")
    (tmp_path / "bin" / "pacewell").unlink()
    environment.ensure("runtime")
    package = tmp_path / "deploy" / "operations"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("import sys; print(*sys.argv[1:])")
    command = [str(tmp_path / "bin" / "pacewell"), "status", "two words"]
    assert subprocess.check_output(command, cwd="/", text=True) == "status two words\n"
    assert built == ["runtime"]


def test_a_stamp_that_cannot_be_read_is_no_stamp(built: list[str], tmp_path: Path) -> None:
    (tmp_path / "stamp").write_text("{half")
    environment.ensure("runtime")
    assert built == ["runtime"]


def test_a_full_disk_is_one_sentence(built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "NEEDED_BYTES", 10**18)
    with pytest.raises(environment.Trouble, match=r"^Less than 1000000000 GB are free at "):
        environment.ensure("runtime")
    assert built == []


def test_a_folder_that_cannot_be_written_is_one_sentence(built: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_kind: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(environment, "_build", fail)
    with pytest.raises(environment.Trouble, match=r"could not be built: Permission denied\.$"):
        environment.ensure("runtime")
