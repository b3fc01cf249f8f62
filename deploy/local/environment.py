"""Build `.venv` from a lock file, once: `python3 environment.py runtime|dev`.

Standard library only. Every package is checked against its hash. When nothing changed since the last time, it returns
at once.
"""

import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMP = VENV / "pacewell.json"
LAUNCHER = VENV / "bin" / "pacewell"
LOG = ROOT / ".pacewell" / "logs" / "environment.log"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
UV_LOCK = ROOT / "requirements-uv.lock"
NEEDED_BYTES = 2_000_000_000
_REGISTRY = "is the package registry reachable?"


class Trouble(Exception):
    """The environment cannot be built; the text is one sentence for the person at the terminal."""


def ensure(kind: str) -> None:
    """Make `.venv` hold what the lock of this kind names; `Trouble` when it cannot.

    An environment for development stays one: it holds everything that the runtime needs.
    """
    built = _built()
    kind = "dev" if built.get("kind") == "dev" else kind
    wanted = {"kind": kind, "locks": _digest()}
    if built == wanted:
        if not LAUNCHER.exists():
            _make_launcher()
        return
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        raise Trouble(f"Less than {NEEDED_BYTES / 1e9:.0f} GB are free at {ROOT}.")
    sys.stderr.write("Building the Python environment in .venv (once) …\n")
    try:
        _build(kind)
        _make_launcher()
        STAMP.write_text(json.dumps(wanted))
    except OSError as error:
        raise Trouble(f"The Python environment could not be built: {error.strerror}.") from None


def _build(kind: str) -> None:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_bytes(b"")
    if not _works([str(PYTHON), "-m", "pip", "--version"]):
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "is Python's venv module (python3-venv) installed?")
    if not _works([str(UV), "--version"]):
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--retries", "2", "--timeout", "20", "--require-hashes"]
        _run([*pip, "-r", str(UV_LOCK)], _REGISTRY)
    sync = [str(UV), "pip", "sync", "--python", str(PYTHON), "--require-hashes", str(LOCKS[kind])]
    _run(sync, _REGISTRY, show=sys.stderr.isatty())


def _make_launcher() -> None:
    """`.venv/bin/pacewell`, the command for operations, which may be called from any folder."""
    path = f'{shlex.quote(str(ROOT))}"${{PYTHONPATH:+:$PYTHONPATH}}"'
    LAUNCHER.parent.mkdir(parents=True, exist_ok=True)
    LAUNCHER.write_text(
        f'#!/bin/sh\nPYTHONPATH={path} exec {shlex.quote(str(PYTHON))} -P -m deploy.operations "$@"\n', encoding="utf-8"
    )
    LAUNCHER.chmod(0o755)


def _run(command: list[str], guess: str, show: bool = False) -> None:
    """Run one step; what it prints goes to the log, or to the terminal where it draws its progress bars."""
    with LOG.open("ab") as log:
        code = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=log, stderr=None if show else log)
    if code == 0:
        return
    text = LOG.read_text(errors="replace").lower()
    if "no space left" in text:
        guess = "the disk is full."
    elif "peer certificate" in text or "certificate verify failed" in text:
        guess = "the registry's certificate is not trusted; SSL_CERT_FILE can name more certificates."
    elif "hash mismatch" in text or "do not match the hashes" in text:
        guess = "a package does not have the hash in the lock file."
    raise Trouble(f"The Python environment could not be built: {guess} (Details: {LOG})")


def _works(command: list[str]) -> bool:
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _built() -> dict[str, str]:
    try:
        built: dict[str, str] = json.loads(STAMP.read_text()) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}
    return built


def _digest() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for lock in (UV_LOCK, *LOCKS.values()):
        digest.update(lock.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        ensure(sys.argv[1])
    except Trouble as trouble:
        sys.exit(str(trouble))
    except KeyboardInterrupt:
        sys.exit(130)
