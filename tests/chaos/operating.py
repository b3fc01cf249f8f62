"""The command of operations, run as a person at a terminal runs it."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import orjson

from deploy.local.topology import ROOT

PATIENCE_S: Final = 240.0


def operated(installation: Path, *words: str) -> Any:
    """What the command answers as JSON; `AssertionError` with its own words unless all is well."""
    command = [sys.executable, "-m", "deploy.operations", "--installation", str(installation), *words, "--json"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=PATIENCE_S, check=False)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode()[-600:]
        raise AssertionError(f"{' '.join(words[:2])} ended with {done.returncode}: {said}")
    return orjson.loads(done.stdout)
