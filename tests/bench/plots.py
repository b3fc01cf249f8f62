"""Draws the figures of a results file as SVG; runs in the environment of `requirements-bench.lock`."""

import importlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

OURS, OTHERS = "#1f6f8b", "#b9c4c9"
NAMES: Final = {
    "ours": "Pacewell",
    "floor": "by hand, durable",
    "floor_text": "by hand, state as text",
    "floor_unsafe": "by hand, loses events",
    "faststream_single": "FastStream, one by one",
    "quix": "Quix Streams, no database",
}
Draw = Callable[[Any, Mapping[str, Any]], None]


def draw(whole: Mapping[str, Any], folder: Path) -> list[str]:
    """Write one SVG for each part that was measured; the names of the files."""
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "pacewell", "font.size": 9, "axes.spines.top": False})
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    written = []
    for name, drawn in PLOTS.items():
        if not whole.get(name):
            continue
        figure, axes = pyplot.subplots(figsize=(7, 3.4))
        drawn(axes, whole[name])
        figure.tight_layout()
        file = f"{name.removesuffix('_ms')}.svg"
        figure.savefig(folder / file, metadata={"Date": None})
        pyplot.close(figure)
        written.append(file)
    return written


def pipeline(axes: Any, found: Mapping[str, Any]) -> None:
    """Events a second of each contender, by sessions in the window; a line from the slowest to the fastest round."""
    windows = list(found["by_window"])
    names = [name for name in NAMES if name in found["by_window"][windows[0]]["per_s"]]
    height = 0.8 / len(windows)
    for number, window in enumerate(windows):
        one = found["by_window"][window]
        for place, name in enumerate(names):
            rounds = one["rounds_per_s"][name]
            centre = one["per_s"][name]
            error = [[centre - min(rounds)], [max(rounds) - centre]]
            axes.barh(
                place + number * height,
                centre,
                height * 0.9,
                xerr=error,
                color=OURS if name == "ours" else OTHERS,
                alpha=1.0 if number == 0 else 0.6,
            )
            axes.annotate(f" {centre:.0f} ({window})", (max(rounds), place + number * height), va="center", fontsize=7)
    axes.set_yticks([place + height * (len(windows) - 1) / 2 for place in range(len(names))], [NAMES[n] for n in names])
    axes.invert_yaxis()
    axes.set_xlabel(f"events a second (with {' and '.join(windows)} sessions in the window)")


def latency(axes: Any, found: Mapping[str, Any]) -> None:
    """Percentiles by rate."""
    found = {rate: one for rate, one in found.items() if "failed" not in one}
    for name, colour in (("p50", OURS), ("p95", "#4f9bb3"), ("p99", OTHERS)):
        axes.plot(list(found), [found[rate][name] for rate in found], marker="o", color=colour, label=name)
    axes.set_yscale("log")
    axes.set_xlabel("logs a second")
    axes.set_ylabel("due → decision read (ms)")
    axes.legend(frameon=False)


def http(axes: Any, found: Mapping[str, Any]) -> None:
    """Logs a second by number of clients."""
    axes.bar(list(found), [found[count]["per_s"] for count in found], color=OURS)
    axes.set_xlabel("clients")
    axes.set_ylabel("logs a second, one process")


def growth(axes: Any, found: Mapping[str, Any]) -> None:
    """Cost of an event by people in the store."""
    people = {count: cost for count, cost in found["people"].items() if cost}
    for name, colour in (("ms", OTHERS), ("cpu_ms", OURS)):
        axes.plot(
            [int(c) for c in people], [cost[name] for cost in people.values()], marker="o", color=colour, label=name
        )
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("people in the store")
    axes.set_ylabel("per event (ms)")
    axes.legend(frameon=False)


def footprint(axes: Any, found: Mapping[str, Any]) -> None:
    """Resident memory by process."""
    memory = found["memory_mb"]
    axes.barh(list(memory), list(memory.values()), color=OURS)
    axes.invert_yaxis()
    axes.set_xlabel(f"memory (MB), what is shared counted in parts: {found['stack_mb']} in all")


PLOTS: Final[dict[str, Draw]] = {
    "pipeline": pipeline,
    "latency_ms": latency,
    "http": http,
    "growth": growth,
    "footprint": footprint,
}


if __name__ == "__main__":
    source = Path(sys.argv[1])
    draw(json.loads(source.read_text(encoding="utf-8")), source.parent)
