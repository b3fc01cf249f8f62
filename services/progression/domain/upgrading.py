"""States that the version before stored, brought up to date (schema 2: lowerings as plain rows, hashes cut)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from services.progression.domain.lowerings import Lowering
from services.progression.domain.state import DIGITS, Footing

SCHEMA: Final = 2

_FOOTING: Final = {field.name: field.default for field in fields(Footing)}
_LOWERING: Final = {**dict.fromkeys(Lowering._fields), **Lowering._field_defaults}


def upgraded(_: int, state: dict[str, Any]) -> dict[str, Any]:
    """The state of schema 1 as one of schema 2; what it did not know is at its default."""
    tracks = {
        name: {**track, "lowerings": _rows(track), "latest": _cut(track.get("latest"))}
        for name, track in state["tracks"].items()
    }
    return {**state, "tracks": tracks}


def _cut(latest: dict[str, str] | None) -> dict[str, str] | None:
    if latest is None:
        return None
    return {**latest, "snapshot": latest["snapshot"][:DIGITS], "outcome": latest["outcome"][:DIGITS]}


def _rows(track: dict[str, Any]) -> list[list[Any]]:
    lowerings = ({**low, "before": _row(low["before"], _FOOTING)} for low in track.get("lowerings", ()))
    return [_row(low, _LOWERING) for low in lowerings]


def _row(named: dict[str, Any], names: dict[str, Any]) -> list[Any]:
    return [named.get(name, default) for name, default in names.items()]
