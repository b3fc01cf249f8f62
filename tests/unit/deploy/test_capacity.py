"""The sums of the capacity page: from measured figures, or saying that nothing was measured."""

from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from deploy.docgen import capacity
from deploy.docgen.capacity import figures, peak, processes, section
from tests.bench.results import assembled

FOUND: Final[dict[str, Any]] = {
    "pipeline": {"ours": 5000.0, "ours_per_cpu_s": 6000.0},
    "latency": {"50": {"p99": 120.5}, "200": {"p99": 400.0}},
    "http": {"16": {"per_s": 100.0}},
    "replay": {"replay_per_s": 5000.0},
    "footprint": {
        "stack_mb": 900,
        "bytes_per_session": 10_000,
        "rss_mb": dict.fromkeys((*capacity.OTHERS, "session_logging", "progression"), 100),
    },
}
MOMENT: Final = {"at": "2026-11-23T10:00:00+00:00", "commit": None, "load_before": 0.1}


def cells(text: str) -> dict[str, list[str]]:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows[2:]}


def test_what_the_benchmark_writes_becomes_what_three_sizes_need(tmp_path: Path) -> None:
    about = {"machine": {"cores": 2, "cpu": "a processor"}, "versions": {}, "measured": MOMENT}
    (tmp_path / "latest.json").write_bytes(orjson.dumps(assembled({}, FOUND, about)))

    text = section(figures(tmp_path / "latest.json"))

    rows = list(cells(text).values())
    assert len(rows) == len(capacity.ROWS)
    assert rows[:5] == [["0.23", "12", "231"], ["2", "2", "4"], ["2"] * 3, ["8"] * 3, ["0.0024", "0.12", "2.4"]]
    assert rows[5:9] == [
        ["1.2 GB", "1.2 GB", "1.4 GB"],
        ["7.3 GB", "365 GB", "7.3 TB"],
        ["0.083 s", "4.2 s", "85 s"],
        ["2.4 min", "2 h", "41 h"],
    ]
    assert rows[9] == ["120.5 ms at 50/s"] * 2 + ["beyond the 200/s that were measured on one machine"]
    assert capacity.UNKNOWN not in {cell for row in rows for cell in row}
    assert "2026-11-23" in text
    assert "busy" not in text


def test_what_a_busy_machine_or_a_quick_run_measured_is_told_as_such() -> None:
    busy = section({"machine": {"cores": 2}, "measured": {"http": {"load_before": 9.5, "quick": True}}})

    assert "(load 9.5): these figures are too low" in busy
    assert "quick run" in busy


def test_without_figures_the_page_says_that_nothing_was_measured(tmp_path: Path) -> None:
    assert "not measured yet" in section(figures(tmp_path / "latest.json"))
    lacking = list(cells(section({"machine": {}})).values())[4:]
    assert {cell for row in lacking for cell in row} == {capacity.UNKNOWN}


def test_a_rate_that_failed_gives_no_latency() -> None:
    rows = cells(section({"latency_ms": {"50": {"p99": 120.5}, "200": {"failed": "refused"}}}))

    assert list(rows.values())[-1] == ["120.5 ms at 50/s"] * 2 + ["beyond the 50/s that were measured on one machine"]


@pytest.mark.parametrize(("people", "per_s", "count"), [(1000, 500.0, 2), (1_000_000, 231.0, 3), (1000, None, None)])
def test_the_peak_is_carried_by_one_process_fewer(people: int, per_s: float | None, count: int | None) -> None:
    assert processes(people, per_s) == count
    if count is not None and per_s is not None:
        assert (count - 1) * per_s >= peak(people)


def test_what_is_written_by_hand_around_the_table_stays() -> None:
    page = capacity.page()

    assert page == capacity.PAGE.read_text(encoding="utf-8")
    assert page.count(capacity.BEGIN) == page.count(capacity.END) == 1
