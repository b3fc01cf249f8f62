"""What a process tells of itself on `/metrics`, as far as somebody who operates it asks: what is now, and what was."""

from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

Labels = Mapping[str, str]
Figures = Mapping[str, float]


def _any(_: Labels) -> bool:
    return True


def _at_most(bound: str) -> Callable[[Labels], bool]:
    return lambda labels: labels["le"] == bound


def _over(name: str, histogram: str, bound: str) -> tuple[tuple[str, str, Callable[[Labels], bool], int], ...]:
    """How many were above a bucket's bound: all of them but those up to it."""
    return (name, f"{histogram}_count", _any, 1), (name, f"{histogram}_bucket", _at_most(bound), -1)


READ: Final = (
    ("lag", "pacewell_consumer_lag_records", _any, 1),
    ("owned", "pacewell_consumer_partitions_owned", _any, 1),
    ("stopped", "pacewell_consumer_stopped", _any, 1),
    ("oldest_outbox_s", "pacewell_runtime_outbox_oldest_seconds", _any, 1),
    ("quarantined", "pacewell_runtime_outbox_quarantined", _any, 1),
    ("dead_letters_open", "pacewell_dead_letters_open", _any, 1),
    ("red_flags_overdue", "pacewell_plans_work_items_overdue", lambda labels: labels["kind"] == "red_flag", 1),
    ("work_items_overdue", "pacewell_plans_work_items_overdue", lambda labels: labels["kind"] != "red_flag", 1),
    ("answers_waiting", "pacewell_safety_spool_waiting", _any, 1),
    ("answers_set_aside", "pacewell_safety_spool_refused", _any, 1),
    ("answers_5xx", "pacewell_http_requests_total", lambda labels: labels["status"].startswith("5"), 1),
    *_over("requests_over_1_s", "pacewell_http_request_duration_seconds", "1.0"),
    *_over("decisions_over_0.5_s", "pacewell_runtime_log_to_decision_seconds", "0.5"),
    *_over("ticks_over_60_s", "pacewell_runtime_tick_delay_seconds", "60.0"),
    *_over("stalls_over_0.5_s", "pacewell_process_loop_stall_seconds", "0.5"),
    ("dependency_errors", "pacewell_dependency_errors_total", _any, 1),
    (
        "messages_failed",
        "pacewell_runtime_effects_total",
        lambda labels: labels["outcome"] in ("failed", "unknown"),
        1,
    ),
    (
        "answers_not_recorded",
        "pacewell_safety_answers_total",
        lambda labels: labels["outcome"] == "not_recorded",
        1,
    ),
    ("audit_failures", "pacewell_audit_file_failures_total", _any, 1),
)
SINCE_START: Final = (
    "answers_5xx",
    "requests_over_1_s",
    "decisions_over_0.5_s",
    "ticks_over_60_s",
    "stalls_over_0.5_s",
    "dependency_errors",
    "messages_failed",
    "answers_not_recorded",
    "audit_failures",
)
"""What is counted from the start of the process: who asks twice sees whether it still grows."""


def figures(exposition: str) -> Figures:
    """Each figure, summed over the labels of its metric; 0 where the process does not tell it."""
    found = dict.fromkeys((name for name, *_ in READ), 0.0)
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            for name, metric, counts, sign in READ:
                if sample.name == metric and counts(sample.labels):
                    found[name] += sign * sample.value
    return found
