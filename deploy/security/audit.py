"""Whether anything known is wrong with what we are made of: pip-audit's service, or a local copy of advisories."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from deploy.security.advisories import judge
from deploy.security.parts import PYTHON_LOCKS, ROOT, Part, parts

NOTHING_KNOWN, FOUND, NOT_AUDITED = 0, 1, 2
OLD: Final = timedelta(days=30)
_TIMEOUT_S: Final = 300
_ASK: Final = (
    "Not audited: no advisory service answers from here. Bring a copy, such as github.com/pypa/advisory-database or "
    "the archives of osv.dev, and say make audit ARGS='--advisories FOLDER'."
)

Say = Callable[[str], None]
Ask = Callable[[], dict[str, Any] | None]


def audit_here(folder: Path, today: date, say: Say, ours: list[Part] | None = None) -> int:
    """Judge every part by a local copy; a copy older than 30 days finds, but does not acquit."""
    ours = parts() if ours is None else ours
    try:
        copy = judge(folder, ours)
    except (OSError, ValueError) as error:
        say(f"Not audited: {error}.")
        return NOT_AUDITED
    for finding in copy.findings:
        fixed = ", ".join(finding.fixed) or "no version yet"
        say(f"{finding.part.name} {finding.part.version} ({finding.part.lock}): {finding.id}, mended in {fixed}")
    jars = sum(part.ecosystem != "PyPI" for part in ours)
    say(f"{len(ours) - jars} packages, {jars} jars against {copy.advisories} advisories, the newest of {copy.newest}.")
    if copy.findings:
        say(f"{len(copy.findings)} known weaknesses.")
        return FOUND
    if copy.newest is None or today - copy.newest > OLD:
        say("Nothing known, but this copy is too old to say so: bring a newer one.")
        return NOT_AUDITED
    say("Nothing known.")
    return NOTHING_KNOWN


def audit_online(say: Say, ask: Ask | None = None) -> int:
    """Judge the Python packages by the service that pip-audit asks; a package it does not know was not audited."""
    told = (ask or _pip_audit)()
    if told is None:
        say(_ASK)
        return NOT_AUDITED
    packages = {entry["name"]: entry for entry in told["dependencies"]}
    skipped = sorted(name for name, entry in packages.items() if "skip_reason" in entry)
    weak = {name: entry["vulns"] for name, entry in packages.items() if entry.get("vulns")}
    for name, vulns in sorted(weak.items()):
        for vuln in vulns:
            fixed = ", ".join(vuln["fix_versions"]) or "no version yet"
            say(f"{name} {packages[name]['version']}: {vuln['id']}, mended in {fixed}")
    if weak:
        return FOUND
    if skipped:
        say(f"{len(skipped)} of {len(packages)} packages were not judged: the service does not know them.")
        say(_ASK)
        return NOT_AUDITED
    say(f"Nothing known about {len(packages)} packages; the jars of Kafka are judged only with --advisories.")
    return NOTHING_KNOWN


def _pip_audit() -> dict[str, Any] | None:
    """What pip-audit says of the lock files, as it is; None when it could not ask."""
    locks = [part for lock in PYTHON_LOCKS for part in ("--requirement", str(ROOT / lock))]
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run([*command, *locks], capture_output=True, check=False, timeout=_TIMEOUT_S)
        told: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return told
