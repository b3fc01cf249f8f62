"""The first step of `make`: what is wrong is one sentence and a non-zero exit code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.topology import ROOT

FILES = (
    "Makefile",
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-uv.lock",
    "deploy/local/environment.py",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what building the environment needs."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`make environment` with no registry in reach and a HOME of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "MAKE"))}
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "UV_DEFAULT_INDEX": "http://127.0.0.1:9/"}
    return subprocess.run(
        ["make", "environment", *(f"{name}={value}" for name, value in variables.items())],
        check=False,
        cwd=project,
        env={**inherited, **nowhere, "HOME": str(project)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def sentences(outcome: subprocess.CompletedProcess[str]) -> list[str]:
    """What was said, apart from make's own line."""
    return [line for line in outcome.stderr.splitlines() if not line.startswith("make")]


def test_an_unreachable_registry_is_one_sentence(project: Path) -> None:
    outcome = make(project, PYTHON=sys.executable)
    assert outcome.returncode != 0
    building, trouble = sentences(outcome)
    assert building.startswith("Building the Python environment")
    log = project / ".pacewell" / "logs" / "environment.log"
    assert trouble == (
        f"The Python environment could not be built: is the package registry reachable? (Details: {log})"
    )


@pytest.mark.parametrize("python", ["no-such-python", "false"])
def test_a_python_that_is_missing_or_too_old_is_one_sentence(project: Path, python: str) -> None:
    outcome = make(project, PYTHON=python)
    assert outcome.returncode != 0
    assert sentences(outcome) == [f"Python 3.11 or newer is needed, and {python} is not: say make PYTHON=…"]
