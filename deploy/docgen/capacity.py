"""The computed part of the capacity page: what three sizes of installation need, by the figures that were measured."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from deploy.docgen.markdown import table

PAGE: Final = Path(__file__).parents[1] / "docs" / "capacity.md"
MEASURED: Final = PAGE.parent / "benchmarks" / "latest.json"
BEGIN: Final = "<!-- Computed by `make docs` from latest.json; `make check` fails when it differs. -->\n"
END: Final = "<!-- As far as this it is computed. -->\n"
SIZES: Final = (1_000, 50_000, 1_000_000)
SESSIONS_A_DAY: Final = 2
BUSIEST: Final = 10
DAY_S: Final = 86_400
YEAR_DAYS: Final = 365
OUTAGE_S: Final = 3600
SPARE: Final = 1
LEAST: Final = 2
OTHERS: Final = ("plans", "reminders", "community", "safety")
UNKNOWN: Final = "not measured"

Figures = Mapping[str, Any]


def page() -> str:
    """The page as it is, with what is computed in its place."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{section(figures())}\n{END}{after}"


def figures(file: Path = MEASURED) -> Figures:
    """What the benchmark wrote; empty where it has not."""
    found: Figures = orjson.loads(file.read_bytes()) if file.exists() else {}
    return found


def section(found: Figures) -> str:
    """The table of sizes and on what it was measured, or that nothing was."""
    if not found:
        return (
            "This was not measured yet: `make bench` writes `latest.json`, and then `make docs` writes a table here.\n"
        )
    heads = ("for", *(f"{people:,}".replace(",", " ") + " people" for people in SIZES))
    rows = [(name, *(of(found, people) for people in SIZES)) for name, of in ROWS]
    return f"{_where(found)}\n\n{table(heads, rows)}"


def peak(people: int) -> float:
    """Logs a second in the busiest minute."""
    return people * SESSIONS_A_DAY * BUSIEST / DAY_S


def year(people: int) -> int:
    """Sessions in a year."""
    return people * SESSIONS_A_DAY * YEAR_DAYS


def processes(people: int, per_s: float | None) -> int | None:
    """So many that the peak is carried by one fewer, and two at least; None where the rate is not known."""
    return None if not per_s else max(LEAST, math.ceil(peak(people) / per_s) + SPARE)


def _of(found: Figures, *path: str) -> Any:
    """A figure by its place; None where it is missing."""
    value: Any = found
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _logging(found: Figures, people: int) -> int | None:
    return processes(people, _of(found, "http_logs_per_s"))


def _progression(found: Figures, people: int) -> int | None:
    return processes(people, _of(found, "pipeline", "ours"))


def _count(of: Callable[[Figures, int], int | None]) -> Callable[[Figures, int], str]:
    return lambda found, people: UNKNOWN if (count := of(found, people)) is None else f"{count}"


def _peak(_: Figures, people: int) -> str:
    return _short(peak(people))


def _cores(found: Figures, people: int) -> str:
    http, decided = _of(found, "http_logs_per_s"), _of(found, "pipeline", "ours_per_cpu_s")
    return UNKNOWN if not http or not decided else _short(peak(people) / http + peak(people) / decided)


def _memory(found: Figures, people: int) -> str:
    """Processes that share no pages with each other, as in containers: each as large as it is resident."""
    mb = _of(found, "footprint", "rss_mb") or {}
    counts = {"session_logging": _logging(found, people), "progression": _progression(found, people)}
    counts |= dict.fromkeys(OTHERS, LEAST)
    if None in counts.values() or any(name not in mb for name in counts):
        return UNKNOWN
    return _size(sum((count or 0) * mb[name] for name, count in counts.items()) * 1e6)


def _stored(found: Figures, people: int) -> str:
    bytes_each = _of(found, "footprint", "bytes_per_session")
    return UNKNOWN if not bytes_each else _size(bytes_each * year(people))


def _backlog(found: Figures, people: int) -> str:
    rate, count = _of(found, "pipeline", "ours"), _progression(found, people)
    if count is None:
        return UNKNOWN
    return _time(OUTAGE_S * peak(people) / (count * rate - peak(people)))


def _anew(found: Figures, people: int) -> str:
    rate = _of(found, "replay_per_s")
    return UNKNOWN if not rate else _time(year(people) / rate)


def _latency(found: Figures, people: int) -> str:
    """p99 at the lowest rate that was measured to its end and is not below the peak."""
    rates = sorted(int(rate) for rate, one in (_of(found, "latency_ms") or {}).items() if "p99" in one)
    if not rates:
        return UNKNOWN
    above = next((rate for rate in rates if rate >= peak(people)), None)
    if above is None:
        return f"beyond the {rates[-1]}/s that were measured on one machine"
    return f"{_of(found, 'latency_ms', str(above), 'p99'):g} ms at {above}/s"


ROWS: Final[Sequence[tuple[str, Callable[[Figures, int], str]]]] = (
    ("logs a second in the busiest minute", _peak),
    ("processes of `session_logging`", _count(_logging)),
    ("processes of `progression`", _count(_progression)),
    ("processes of the four others together", lambda _, __: str(LEAST * len(OTHERS))),
    ("cores of `session_logging` and `progression` in that minute", _cores),
    ("memory of all these processes, without databases and Kafka", _memory),
    (
        "on disk, one copy of a year of sessions in all databases and topics (a bound: events age out)",
        _stored,
    ),
    ("to read what an hour's outage of `progression` at the peak left, while it goes on", _backlog),
    ("to fold a year of `progression` anew from its journal", _anew),
    ("log to readable decision, 99 of 100, everything on one machine", _latency),
)


def _where(found: Figures) -> str:
    """On which machine, when, and what spoils it."""
    machine, runs = _of(found, "machine") or {}, list((_of(found, "measured") or {}).values())
    days = sorted({str(run.get("at", "?"))[:10] for run in runs})
    load = max((run.get("load_before") or 0.0 for run in runs), default=0.0)
    said = [
        f"Measured on {' and '.join(days[:1] + days[1:][-1:]) or 'a day that was not noted'}, with "
        f"{machine.get('cores', '?')} cores ({machine.get('cpu', '?')}), shared by load, broker, engines and services."
    ]
    if load > (machine.get("cores") or 1) / 2:
        said.append(f"**The machine was busy with other things before it (load {load:g}): these figures are too low.**")
    if any(run.get("quick") for run in runs):
        said.append("**Some of it was a quick run, which is for trying things out.**")
    said.append(
        f"For {SESSIONS_A_DAY} sessions a day, a busiest minute {BUSIEST} times the average, and one process more than "
        "the peak needs. It grows straight with people; that more machines carry more was not measured."
    )
    return " ".join(said)


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def _size(number: float) -> str:
    for unit, of in (("TB", 1e12), ("GB", 1e9)):
        if number >= of:
            return f"{_short(number / of)} {unit}"
    return f"{_short(number / 1e6)} MB"


def _time(seconds: float) -> str:
    for unit, of in (("days", DAY_S), ("h", 3600), ("min", 60)):
        if seconds >= 2 * of:
            return f"{_short(seconds / of)} {unit}"
    return f"{_short(seconds)} s"
