"""Draws the figures of a simulation as SVG; runs in the environment of `requirements-bench.lock`."""

import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

DOSE, CAPACITY = "#1f6f8b", "#b9762f"
_TITLES: Final = {
    "increases": "increases",
    "regressions": "regressions",
    "flare": "days in flare (%)",
    "goal": "days to the goal",
}


def draw(found: Mapping[str, Any], folder: Path) -> list[str]:
    """Write the two plots; the names of the files."""
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "pacewell", "font.size": 8, "axes.spines.top": False})
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    for name, figure in (("paths.svg", _paths(pyplot, found)), ("spread.svg", _spread(pyplot, found))):
        figure.tight_layout()
        figure.savefig(folder / name, metadata={"Date": None})
        pyplot.close(figure)
    return ["paths.svg", "spread.svg"]


def _paths(pyplot: Any, found: Mapping[str, Any]) -> Any:
    names = list(found["paths"])
    rows = -(-len(names) // 4)
    figure, axes = pyplot.subplots(rows, 4, figsize=(10, 2.4 * rows), sharex=True, sharey=True, squeeze=False)
    for place, name in enumerate(names):
        one = axes[place // 4][place % 4]
        for kind, colour in (("capacity", CAPACITY), ("dose", DOSE)):
            lines = found["paths"][name][kind]
            weeks = range(1, len(lines["middle"]) + 1)
            one.fill_between(weeks, lines["low"], lines["high"], color=colour, alpha=0.2, linewidth=0)
            one.plot(weeks, lines["middle"], color=colour, label=kind)
        one.axhline(1.0, color="#999999", linewidth=0.5)
        one.set_title(name)
    for spare in range(len(names), 4 * rows):
        axes[spare // 4][spare % 4].set_axis_off()
    axes[0][0].legend(frameon=False)
    axes[0][0].set_ylim(0, 4)
    figure.supxlabel("week")
    figure.supylabel("÷ capacity at the start")
    return figure


def _spread(pyplot: Any, found: Mapping[str, Any]) -> Any:
    figure, axes = pyplot.subplots(1, 4, figsize=(10, 3.2), sharey=True)
    for axis, (key, title) in zip(axes, _TITLES.items(), strict=True):
        groups = {name: values or [float("nan")] for name, values in found["spread"][key].items()}
        axis.boxplot(list(groups.values()), orientation="horizontal", widths=0.6, showfliers=False)
        axis.set_yticks(range(1, len(groups) + 1), list(groups))
        axis.set_title(title)
    axes[0].invert_yaxis()
    return figure


if __name__ == "__main__":
    source = Path(sys.argv[1])
    draw(json.loads(source.read_text(encoding="utf-8"))["found"], source.parent)
