"""On what was measured: the machine, the versions, the commit, and how busy the machine was."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from deploy.local.topology import ROOT

_PACKAGES: Final = (
    "aiokafka",
    "faststream",
    "motor",
    "pymongo",
    "nx-27017",
    "pydantic",
    "orjson",
    "fastapi",
    "uvicorn",
)
_RIVALS: Final = ("quixstreams==", "confluent-kafka==")


def machine() -> dict[str, Any]:
    """Processor, cores, memory, system; nothing that names the machine or who uses it."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_mb": int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) // 1024,
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Of everything that moves a record here, the rivals' from their lock file."""
    found = {name: version(name) for name in _PACKAGES}
    lock = (ROOT / "requirements-bench.lock").read_text(encoding="utf-8").splitlines()
    for line in lock:
        if line.startswith(_RIVALS):
            name, _, rest = line.partition("==")
            found[name] = rest.split()[0]
    return {**found, "kafka": "4.3.1"}


def load() -> float:
    """How busy the machine is, over the last minute."""
    return round(os.getloadavg()[0], 2)


def about(*, quick: bool, load: float) -> dict[str, Any]:
    """On what is measured now: machine, versions, when, at which commit, and how busy it was before all (`load`)."""
    at = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": _commit(), "load_before": load}
    return {"machine": machine(), "versions": versions(), "measured": {**at, "quick": quick}}


def _commit() -> str | None:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


def _first(path: str, name: str) -> str | None:
    file = Path(path)
    if not file.exists():
        return None
    lines = file.read_text(errors="replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)
