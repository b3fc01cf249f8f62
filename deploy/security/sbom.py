"""The bill of materials of what runs: CycloneDX 1.6, the same bytes for the same lock files."""

import tomllib
from pathlib import Path
from typing import Any, Final

import orjson

from deploy.security.parts import JAR_LOCK, ROOT, RUNTIME, Part, parts

FILE: Final = ROOT / "deploy" / "security" / "sbom.json"


def document(root: Path = ROOT) -> bytes:
    """The Python packages of `requirements.lock` and the jars of the embedded Kafka.

    It has no time and no serial number, so that it changes only when a lock file does.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    whole = {"type": "application", "bom-ref": "pacewell", "name": project["name"], "version": project["version"]}
    found = parts((RUNTIME, JAR_LOCK), root)
    told = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": whole},
        "components": [_component(part) for part in found],
        "dependencies": _dependencies(found),
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"


def _component(part: Part) -> dict[str, Any]:
    group, _, name = part.name.rpartition(":")
    properties = {"pacewell:lock": part.lock} | ({"pacewell:marker": part.marker} if part.marker else {})
    return {
        "type": "library",
        "bom-ref": part.purl,
        **({"group": group} if group else {}),
        "name": name,
        "version": part.version,
        "purl": part.purl,
        **({"hashes": [{"alg": "SHA-256", "content": part.sha256}]} if part.sha256 else {}),
        "properties": [{"name": key, "value": value} for key, value in properties.items()],
    }


def _dependencies(found: list[Part]) -> list[dict[str, Any]]:
    """Who needs whom, as far as the lock files say: for the jars they do not, so that all hang on the whole."""
    needs: dict[str, set[str]] = {"pacewell": set(), **{part.purl: set() for part in found}}
    by_name = {part.name: part.purl for part in found}
    for part in found:
        for parent in part.needed_by or ("pacewell",):
            needs[by_name.get(parent, "pacewell")].add(part.purl)
    return [{"ref": ref, "dependsOn": sorted(others)} for ref, others in needs.items()]
