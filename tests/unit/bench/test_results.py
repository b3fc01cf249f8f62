"""What is published: fixed names, no ratio without the same state, parts measured apart."""

from pathlib import Path
from typing import Any

from tests.bench.bed import Ran
from tests.bench.pipeline import judged
from tests.bench.plots import PLOTS
from tests.bench.results import BENCHES, against_goals, assembled, read, write
from tests.bench.web import parsed

ABOUT: dict[str, Any] = {"machine": {"cores": 2}, "versions": {}, "measured": {"at": "now", "quick": False}}


def ran(seconds: float, digest: str = "right") -> Ran:
    return Ran(events=1000, seconds=seconds, cpu_s=seconds / 2, memory_mb=90, digest=digest)


def test_a_ratio_is_told_of_medians_where_both_ended_in_the_same_state() -> None:
    runs = {"ours": [ran(1.0), ran(2.0), ran(9.0)], "floor": [ran(4.0)] * 3}

    found = judged(runs, {"ours": "right", "floor": "right"})

    assert found["per_s"] == {"ours": 500.0, "floor": 250.0}
    assert found["per_cpu_s"] == {"ours": 1000.0, "floor": 500.0}
    assert found["ours_times"] == {"floor": 2.0}


def test_one_wrong_digest_in_one_round_takes_the_ratio_away() -> None:
    runs = {"ours": [ran(1.0), ran(1.0)], "floor": [ran(4.0), ran(4.0, "wrong")]}

    found = judged(runs, {"ours": "right", "floor": "right"})

    assert found["ours_times"] == {"floor": None}
    assert found["state_as_expected"] == {"ours": True, "floor": False}


def test_without_our_own_state_there_is_no_ratio_at_all() -> None:
    found = judged({"ours": [ran(1.0, "wrong")], "floor": [ran(4.0)]}, {"ours": "right", "floor": "right"})

    assert found["ours_times"] == {"floor": None}


def test_every_name_is_there_also_while_nothing_was_measured() -> None:
    whole = assembled({}, {}, ABOUT)

    names = "pipeline latency_ms http_logs_per_s replay_per_s stack_mb machine versions measured"
    assert set(names.split()) <= set(whole)
    assert all(met is None for _, _, _, met in against_goals(whole))


def test_one_part_measured_again_leaves_the_others_and_says_when_each_was() -> None:
    first = assembled({}, {"http": {"16": {"per_s": 1600.0}}, "footprint": {"stack_mb": 900}}, ABOUT)
    later = {**ABOUT, "measured": {"at": "later", "quick": False}}

    second = assembled(first, {"http": {"16": {"per_s": 1400.0}}}, later)

    assert (second["http_logs_per_s"], second["stack_mb"]) == (1400.0, 900)
    assert {name: at["at"] for name, at in second["measured"].items()} == {"http": "later", "footprint": "now"}


def test_a_goal_is_met_or_not_by_its_own_sense() -> None:
    whole = assembled({}, {"http": {"16": {"per_s": 1600.0}}, "footprint": {"stack_mb": 1100}}, ABOUT)

    met = {name: met for name, _, _, met in against_goals(whole)}

    assert met["HTTP logs with 16 clients"] is True
    assert met["memory of the stack"] is False


def test_a_backlog_that_grows_slow_answers_and_growth_that_costs_meet_no_goal() -> None:
    rate = {"p50": 20.0, "p99": 90.0, "backlog_first_third": 10, "backlog_last_third": 400}
    people = {"1000": {"ms": 0.2}, "100000": None, "1000000": {"ms": 0.3}}
    found = {"latency": {"200": rate}, "http": {"16": {"per_s": 1600.0, "ms": {"p99": 41.0}}}}
    whole = assembled({}, {**found, "growth": {"people": people, "years": {"1": {"ms": 0.2}}}}, ABOUT)

    told = {goal: (measured, met) for goal, _, measured, met in against_goals(whole)}

    assert told["backlog grown at 200/s"] == ("390 logs", False)
    assert told["HTTP logs with 16 clients, p99"] == ("41 ms", False)
    assert told["most people / fewest"] == ("1.5×", False)
    assert told["most years / fewest"] == ("–", None)


def test_a_rate_that_failed_is_told_as_such_and_meets_no_goal() -> None:
    whole = assembled({}, {"latency": {"50": {"p50": 20.0, "p99": 90.0}, "200": {"failed": "refused"}}}, ABOUT)

    told = {goal: (found, met) for goal, _, found, met in against_goals(whole)}

    assert told["latency at 50/s, p99"] == ("90 ms", True)
    assert told["latency at 200/s, p99"] == ("failed", False)


def test_what_is_written_is_read_again_and_no_half_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "latest.json"
    assert read(file) == {}

    write(file, {"pipeline": None})

    assert read(file) == {"pipeline": None}
    assert [one.name for one in file.parent.iterdir()] == ["latest.json"]


def test_everything_drawn_has_a_name_in_the_file() -> None:
    assert set(PLOTS) <= set(assembled({}, {}, ABOUT))
    assert {name.removesuffix("_ms") for name in PLOTS} <= set(BENCHES)


def test_the_lean_client_reads_status_length_and_whether_the_connection_stays() -> None:
    assert parsed(b"HTTP/1.1 201 Created\r\ncontent-length: 12\r\n\r\n") == (201, 12, True)
    assert parsed(b"HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n") == (503, 0, False)
