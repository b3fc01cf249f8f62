"""How a board of panels becomes the JSON that Grafana reads: three panels a row, one source of data."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

SOURCE: Final = {"type": "prometheus", "uid": "prometheus"}
ROW_OF: Final = 3
WIDTH: Final = 8
HEIGHT: Final = 8

Unit = Literal["s", "ops", "reqps", "short", "percentunit"]


@dataclass(frozen=True, slots=True)
class Line:
    """One query of a panel; `legend` may name labels as `{{service}}`."""

    query: str
    legend: str = "{{service}}"


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: what it shows in a few words, what that means in a sentence, and in which unit."""

    title: str
    meaning: str
    unit: Unit
    lines: Sequence[Line]
    kind: Literal["timeseries", "stat"] = "timeseries"


@dataclass(frozen=True, slots=True)
class Board:
    """One board; `uid` is its file's name and the end of its address."""

    uid: str
    title: str
    panels: Sequence[Panel]


def drawn(board: Board) -> str:
    """The board as Grafana reads it; the same board is always the same text."""
    told = {
        "uid": board.uid,
        "title": board.title,
        "tags": ["pacewell"],
        "schemaVersion": 41,
        "version": 1,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "links": [{"type": "dashboards", "title": "Boards", "tags": ["pacewell"], "asDropdown": False}],
        "panels": [_panel(number, panel) for number, panel in enumerate(board.panels)],
    }
    return json.dumps(told, indent=2) + "\n"


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, ROW_OF)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.meaning,
        "datasource": SOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": column * WIDTH, "y": row * HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "expr": line.query, "legendFormat": line.legend}
            for place, line in enumerate(panel.lines)
        ],
    }
