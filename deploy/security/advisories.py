"""A local copy of advisories in the OSV format, and which of them name a version that we have."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from deploy.security.parts import Part


@dataclass(frozen=True, slots=True)
class Finding:
    """An advisory that names a part of ours; `fixed` are the versions in which it says to be mended."""

    part: Part
    id: str
    fixed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """What a folder of advisories came to."""

    advisories: int
    newest: date | None
    findings: tuple[Finding, ...]


def judge(folder: Path, ours: Iterable[Part]) -> Copy:
    """Every advisory below the folder (`.yaml`, `.yml` or `.json`) against these parts.

    Withdrawn ones are passed over. A version that cannot be compared counts as affected. Raises `OSError`, and
    `ValueError` when a file cannot be read as an advisory.
    """
    by_name: dict[tuple[str, str], list[Part]] = {}
    for part in ours:
        by_name.setdefault(_key(part.ecosystem, part.name), []).append(part)
    count, newest, findings = 0, None, set()
    for advisory in _advisories(folder):
        count += 1
        newest = max(filter(None, (newest, _day(advisory))), default=None)
        if advisory.get("withdrawn"):
            continue
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            key = _key(str(package.get("ecosystem", "")), str(package.get("name", "")))
            for part in by_name.get(key, ()):
                if _affects(affected, part.version):
                    findings.add(Finding(part, str(advisory["id"]), _fixed(affected)))
    return Copy(count, newest, tuple(sorted(findings, key=lambda found: (found.part.purl, found.id))))


def _advisories(folder: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".yaml", ".yml", ".json") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        try:
            told = json.loads(text) if path.suffix == ".json" else _yaml(text)
        except (ValueError, yaml.YAMLError):
            raise ValueError(f"{path} is not an advisory") from None
        if isinstance(told, dict) and "id" in told and "affected" in told:
            yield told


def _affects(affected: Mapping[str, Any], version: str) -> bool:
    if version in affected.get("versions", ()):
        return True
    ranges = [one for one in affected.get("ranges", ()) if one.get("type") in ("ECOSYSTEM", "SEMVER")]
    try:
        return any(_within(one.get("events", ()), Version(version)) for one in ranges)
    except InvalidVersion:
        return True


def _within(events: Iterable[Mapping[str, str]], version: Version) -> bool:
    """OSV's own rule: after the last event at or before this version, it is affected or not."""
    inside = False
    ordered = sorted(events, key=lambda event: Version(_at(event)))
    for event in ordered:
        at = Version(_at(event))
        if "introduced" in event and version >= at:
            inside = True
        elif ("fixed" in event and version >= at) or ("last_affected" in event and version > at):
            inside = False
    return inside


def _at(event: Mapping[str, str]) -> str:
    """`introduced: "0"` is before every version."""
    at = next((event[name] for name in ("introduced", "fixed", "last_affected", "limit") if name in event), "0")
    return "0.dev0" if at == "0" else at


def _fixed(affected: Mapping[str, Any]) -> tuple[str, ...]:
    events = (
        event for one in affected.get("ranges", ()) if one.get("type") != "GIT" for event in one.get("events", ())
    )
    return tuple(event["fixed"] for event in events if "fixed" in event)


def _day(advisory: Mapping[str, Any]) -> date | None:
    """The day of the last change, as YAML or JSON gives it."""
    told = advisory.get("modified") or advisory.get("published")
    return date.fromisoformat(str(told)[:10]) if told else None


def _key(ecosystem: str, name: str) -> tuple[str, str]:
    return ecosystem, canonicalize_name(name) if ecosystem == "PyPI" else name


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
