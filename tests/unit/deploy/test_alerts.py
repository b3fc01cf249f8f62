"""Each alert is true in the state that it is for and in no other, and nothing is while all is well."""

from collections.abc import Callable
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from shared.observability.metrics import Metrics
from tests.support.promql import Series
from tests.support.promql_rules import rules

RULES: Final = rules()
ROUNDS: Final = 12
Change = Callable[[Metrics, int], None]


def well(metrics: Metrics, _: int) -> None:
    """A busy service in which nothing is wrong."""
    metrics.partitions_owned().set(16)
    metrics.consumer_lag("session-logging-events").set(3)
    for _ in range(20):
        metrics.batch_records().observe(10)
        metrics.log_to_decision().observe(0.02)
        metrics.http_requests("/v1/x", "GET", "200").inc()
        metrics.http_duration("/v1/x", "GET").observe(0.02)
        metrics.loop_stall().observe(0.001)
        metrics.tick_delay().observe(0.5)
        metrics.effects("file", "sent").inc()


def slow(metrics: Metrics, _: int) -> None:
    for _ in range(10):
        metrics.log_to_decision().observe(0.8)


def late(metrics: Metrics, _: int) -> None:
    for _ in range(5):
        metrics.tick_delay().observe(300)


def answers_late(metrics: Metrics, _: int) -> None:
    for _ in range(2):
        metrics.http_duration("/v1/x", "GET").observe(3)


def stuck(metrics: Metrics, number: int) -> None:
    """Nothing comes to its end any more, though there is something to read."""
    metrics.consumer_lag("session-logging-events").set(number + 1)
    metrics.partitions_owned().set(16)


STATES: Final[dict[str, tuple[set[str], float, Change]]] = {
    "red_flag": (
        {"RedFlagOverdue"}, 25, lambda m, n: m.work_items_overdue("red_flag", "emergency").set(1),
    ),
    "work_item": ({"WorkItemOverdue"}, 25, lambda m, n: m.work_items_overdue("review", "soon").set(2)),
    "spool_waits": ({"SafetyAnswersWait"}, 25, lambda m, n: m.safety_spool_waiting().set(1)),
    "spool_aside": ({"SafetyAnswersSetAside"}, 25, lambda m, n: m.safety_spool_refused().set(1)),
    "not_recorded": (
        {"SafetyAnswersNotRecorded"}, 25, lambda m, n: m.safety_answers("not_recorded").inc(n == 6),
    ),
    "messages": ({"MessagesFail"}, 25, lambda m, n: m.effects("file", "failed").inc()),
    "ticks": ({"TicksLate"}, 25, late),
    "letter": ({"DeadLettersOpen"}, 60, lambda m, n: m.dead_letters_open().set(n > 5)),
    "letters": ({"DeadLettersOpen", "DeadLettersRise"}, 90, lambda m, n: m.dead_letters_open().set(n * 2)),
    "stopped": ({"ConsumerStopped"}, 25, lambda m, n: m.consumer_stopped().set(1)),
    "lag": ({"ConsumerLag"}, 25, lambda m, n: m.consumer_lag("plans-events").set(5000)),
    "owns_nothing": ({"NothingOwned"}, 25, lambda m, n: m.partitions_owned().set(0)),
    "outbox": ({"OutboxWaits"}, 25, lambda m, n: m.outbox_oldest().set(20)),
    "outbox_aside": ({"OutboxSetAside"}, 25, lambda m, n: m.outbox_quarantined().set(1)),
    "dependency": ({"DependencyDown"}, 25, lambda m, n: m.dependency_errors("kafka", "Timeout").inc(4)),
    "failures": ({"RequestsFail"}, 25, lambda m, n: m.http_requests("/v1/x", "GET", "503").inc()),
    "requests_slow": (
        {"RequestsSlow"}, 25, answers_late,
    ),
    "loop": ({"LoopStalls"}, 25, lambda m, n: m.loop_stall().observe(1)),
    "audit": ({"AuditFileFails"}, 25, lambda m, n: m.audit_failures().inc(n == 6)),
    "slow": ({"DecisionsSlowFast", "DecisionsSlowSteady"}, 60, slow),
}  # fmt: skip
"""State -> which alerts are true at its end, how many seconds a round lasts, and what makes it so."""


def true_after(change: Change, every_s: float = 25.0, first: Change = well) -> set[str]:
    """The alerts that are true after some rounds of this."""
    metrics, series = Metrics(CollectorRegistry(), "progression"), Series()
    for outcome in ("stored", "spooled", "not_recorded"):
        metrics.safety_answers(outcome)
    for number in range(ROUNDS):
        first(metrics, number)
        change(metrics, number)
        series.add(metrics.exposition().decode(), number * every_s, job="pacewell", instance="progression:8080")
    return {name for name, rule in RULES.items() if rule.true(series, (ROUNDS - 1) * every_s)}


def test_while_all_is_well_no_alert_is_true() -> None:
    assert true_after(lambda m, n: None) == set()


@pytest.mark.parametrize(("wanted", "every_s", "change"), STATES.values(), ids=STATES)
def test_a_state_makes_its_own_alert_true_and_no_other(wanted: set[str], every_s: float, change: Change) -> None:
    assert true_after(change, every_s) == wanted


def test_records_without_an_end_are_no_progress() -> None:
    assert true_after(stuck, 25, lambda m, n: None) == {"NoProgress"}


def test_what_every_process_counts_for_all_is_not_counted_twice() -> None:
    series = Series()
    for instance in ("plans-1", "plans-2"):
        metrics = Metrics(CollectorRegistry(), "plans")
        metrics.partitions_owned().set(8)
        metrics.work_items_overdue("red_flag", "emergency").set(3)
        series.add(metrics.exposition().decode(), 0, job="pacewell", instance=instance)
    assert RULES["RedFlagOverdue"].true(series, 0) == [{"urgency": "emergency"}]
    assert RULES["NothingOwned"].true(series, 0) == []


def test_a_process_that_does_not_answer_is_down() -> None:
    series = Series()
    series.missing(0, job="pacewell", instance="plans:8080")
    true = {name for name, rule in RULES.items() if rule.true(series, 0)}
    assert true == {"ServiceDown"}


def test_every_alert_has_a_state() -> None:
    made = set().union(*(wanted for wanted, _, _ in STATES.values()))
    assert made | {"NoProgress", "ServiceDown"} == set(RULES)
