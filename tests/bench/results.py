"""What was measured, as one JSON file with fixed names, and how it stands against the goals."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from deploy.local.topology import PROJECT_HOME, ROOT
from tests.bench.pipeline import GOALS

PUBLISHED: Final = ROOT / "deploy" / "docs" / "benchmarks" / "latest.json"
QUICK: Final = PROJECT_HOME / "bench" / "quick" / "latest.json"
BENCHES: Final = ("pipeline", "latency", "http", "replay", "growth", "footprint", "decide")
HTTP_CLIENTS: Final = "16"
_LATENCY: Final = (("50", "p50", 40.0), ("50", "p99", 150.0), ("200", "p99", 500.0))
_HTTP_PER_S: Final = 1500.0
_HTTP_P99_MS: Final = 40.0
_FLAT_LOGS: Final = 40.0
"""By so many logs, a fifth of a second of them, the backlog may grow from the first to the last third."""
_LEVEL: Final = 1.25
_REPLAY_PER_S: Final = 5556.0
_STACK_MB: Final = 1024.0
_DECIDE_PER_S: Final = 10_000.0
_PERSON_MS: Final = 5.0


def assembled(before: Mapping[str, Any], found: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """The whole file: what was found now in the place of what was known before, each with when it was measured.

    `about` holds `machine`, `versions` and `measured` (of this run). What was never measured is null.
    """
    whole: dict[str, Any] = {
        "pipeline": found.get("pipeline", before.get("pipeline")),
        "latency_ms": found.get("latency", before.get("latency_ms")),
        "http": found.get("http", before.get("http")),
        "replay": found.get("replay", before.get("replay")),
        "growth": found.get("growth", before.get("growth")),
        "footprint": found.get("footprint", before.get("footprint")),
        "decide": found.get("decide", before.get("decide")),
    }
    whole["http_logs_per_s"] = ((whole["http"] or {}).get(HTTP_CLIENTS) or {}).get("per_s")
    whole["replay_per_s"] = (whole["replay"] or {}).get("replay_per_s")
    whole["stack_mb"] = (whole["footprint"] or {}).get("stack_mb")
    whole["machine"], whole["versions"] = about["machine"], about["versions"]
    whole["measured"] = {**before.get("measured", {}), **dict.fromkeys(found, about["measured"])}
    return whole


def read(file: Path) -> dict[str, Any]:
    """What the file holds; nothing when there is none."""
    known: dict[str, Any] = orjson.loads(file.read_bytes()) if file.exists() else {}
    return known


def write(file: Path, whole: Mapping[str, Any]) -> None:
    """Replace the file at once, so that it is never half written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new")
    beside.write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    os.replace(beside, file)


def against_goals(whole: Mapping[str, Any]) -> list[tuple[str, str, str, bool | None]]:
    """Each goal: its name, what it asks, what was measured, and whether it is met (None: not measured)."""
    rows: list[tuple[str, str, str, bool | None]] = []
    for window, one in ((whole.get("pipeline") or {}).get("by_window") or {}).items():
        for rival, goal in GOALS.items():
            ratio = one["ours_times"].get(rival)
            rows.append(_row(f"pipeline, window {window}: ours / {rival}", ratio, goal, "×"))
    latency = whole.get("latency_ms") or {}
    for rate, name, most in _LATENCY:
        one = latency.get(rate) or {}
        row = _row(f"latency at {rate}/s, {name}", one.get(name), most, " ms", most=True)
        rows.append((*row[:2], "failed", False) if "failed" in one else row)
    rows.append(_row(f"HTTP logs with {HTTP_CLIENTS} clients", whole.get("http_logs_per_s"), _HTTP_PER_S, "/s"))
    answers = ((whole.get("http") or {}).get(HTTP_CLIENTS) or {}).get("ms") or {}
    name = f"HTTP logs with {HTTP_CLIENTS} clients, p99"
    rows.append(_row(name, answers.get("p99"), _HTTP_P99_MS, " ms", most=True))
    grown = _grown(latency.get("200") or {})
    rows.append(_row("backlog grown at 200/s", grown, _FLAT_LOGS, " logs", most=True))
    rows.append(_row("replay", whole.get("replay_per_s"), _REPLAY_PER_S, "/s"))
    rows.append(_row("memory of the stack", whole.get("stack_mb"), _STACK_MB, " MB", most=True))
    growth = whole.get("growth") or {}
    for name in ("people", "years"):
        rows.append(_row(f"most {name} / fewest", _level(growth.get(name) or {}), _LEVEL, "×", most=True))
    footprint = whole.get("footprint") or {}
    rows.append(_row("idle CPU", footprint.get("idle_cores"), 0.1, " cores", most=True))
    rows.append(_row("start to ready", footprint.get("ready_s"), 15.0, " s", most=True))
    decide = whole.get("decide") or {}
    rows.append(_row("histories decided", decide.get("decide_per_s"), _DECIDE_PER_S, "/s"))
    rows.append(_row("a person's year judged anew", decide.get("person_ms"), _PERSON_MS, " ms", most=True))
    return rows


def _grown(one: Mapping[str, Any]) -> float | None:
    """By how many logs the backlog of a rate grew; None where that rate failed or was not measured."""
    first, last = one.get("backlog_first_third"), one.get("backlog_last_third")
    return None if first is None or last is None else float(last) - float(first)


def _level(costs: Mapping[str, Any]) -> float | None:
    """How many times as much an event costs with the most as with the fewest; None where either is missing."""
    known = list(costs.values())
    if len(known) < 2 or not known[0] or not known[-1]:
        return None
    return round(float(known[-1]["ms"]) / float(known[0]["ms"]), 2)


def _row(
    name: str, found: float | None, goal: float, unit: str, *, most: bool = False
) -> tuple[str, str, str, bool | None]:
    asked = f"{'≤' if most else '≥'} {goal:g}{unit}"
    if found is None:
        return name, asked, "–", None
    return name, asked, f"{found:g}{unit}", found <= goal if most else found >= goal
