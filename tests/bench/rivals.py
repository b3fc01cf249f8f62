"""The environment of its own in which the rival with older libraries runs and plots are drawn."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.local.topology import PROJECT_HOME, ROOT
from deploy.local.trouble import Trouble

LOCK: Final = ROOT / "requirements-bench.lock"
_HOME: Final = PROJECT_HOME / "bench"
_STAMP: Final = _HOME / "built"


def python_of_rivals() -> Path:
    """The interpreter of that environment, which is built on first use and after each change of its lock file."""
    python = _HOME / "venv" / "bin" / "python"
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if python.exists() and _STAMP.exists() and _STAMP.read_text() == digest:
        return python
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        raise Trouble("The environment of the rivals is built with uv, which lies in .venv after `make environment`.")
    shutil.rmtree(_HOME / "venv", ignore_errors=True)
    _HOME.mkdir(parents=True, exist_ok=True)
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    for command in (
        [uv, "venv", *quiet, "--python", sys.executable, _HOME / "venv"],
        [uv, "pip", "sync", *quiet, "--python", python, "--require-hashes", LOCK],
    ):
        if subprocess.run([str(part) for part in command], check=False).returncode:
            raise Trouble("The environment of the rivals could not be built: is the package registry reachable?")
    _STAMP.write_text(digest)
    return python


def environment() -> dict[str, str]:
    """The environment variables of a contender: none of an installation's settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PACEWELL_")}
    return {**own, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
