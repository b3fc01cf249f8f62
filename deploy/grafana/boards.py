"""Which boards there are and what is on them; written to dashboards/, which `make check` compares."""

from pathlib import Path
from typing import Final

from deploy.grafana.panels import Board, Line, Panel, drawn
from deploy.grafana.queries import growth, now, quantile, quantile_over, slowest

FOLDER: Final = Path(__file__).with_name("dashboards")
DECIDED: Final = 'pacewell_runtime_log_to_decision_seconds_{}{{service="progression"{}}}'
"""The latency that people feel, from the answer to a log until it is decided; others fold the log for themselves."""

FAST: Final = ',le="0.5"'


_DECISIONS: Final = Panel(
    "Log to decision",
    "From the answer to a log until it is decided.",
    "s",
    [
        Line(f"histogram_quantile({share}, sum by (le) (rate({DECIDED.format('bucket', '')}[5m])))", legend)
        for share, legend in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    ],
)
_LAG: Final = Panel(
    "Consumer lag",
    "Records not yet read.",
    "short",
    [Line("sum by (service) (pacewell_consumer_lag_records)")],
)
_OUTBOX: Final = Panel(
    "Oldest outbox",
    "What was decided and could not leave yet; healthy below a few seconds.",
    "s",
    [Line("max by (service) (pacewell_runtime_outbox_oldest_seconds)")],
)
_LETTERS: Final = now(
    "Dead letters open",
    "Each waits for a human; its person's plan does not go up.",
    ("max by (service) (pacewell_dead_letters_open)", "{{service}}"),
)
_ITEM: Final = "plans_work_item"
_OVERDUE: Final = now(
    "Work items overdue",
    "By kind and urgency; red flags first of all.",
    ("max by (kind, urgency) (pacewell_plans_work_items_overdue)", "{{kind}} {{urgency}}"),
)

BOARDS: Final = (
    Board(
        "pacewell",
        "Pacewell: overview",
        (
            now("Processes up", "Of all services.", ('sum(up{job="pacewell"})', "up")),
            now(
                "Stopped",
                "1 where a service stopped consuming.",
                ("max by (service) (pacewell_consumer_stopped)", "{{service}}"),
            ),
            _LETTERS,
            _OVERDUE,
            _DECISIONS,
            growth("Requests", "Answered requests.", "http_requests_total", "service", unit="reqps"),
            Panel(
                "Answers that failed",
                "Answers of 5xx.",
                "reqps",
                [
                    Line(
                        'sum by (service, status) (rate(pacewell_http_requests_total{status=~"5.."}[5m]))',
                        "{{service}} {{status}}",
                    )
                ],
            ),
            _LAG,
            _OUTBOX,
            growth(
                "Messages to people",
                "Sent, unknown, suppressed, failed.",
                "runtime_effects_total",
                "channel",
                "outcome",
            ),
            growth(
                "Dependency errors",
                "Failed calls to Kafka, MongoDB, the keys and the issuer.",
                "dependency_errors_total",
                "service",
                "dependency",
                "kind",
            ),
            slowest(
                "Event loop stalls, p99", "How long the loop kept a due timer waiting.", "process_loop_stall_seconds"
            ),
        ),
    ),
    Board(
        "pacewell-latency",
        "Pacewell: latency",
        (
            _DECISIONS,
            Panel(
                "Decided later than 0.5 s",
                "The share of sessions that miss the objective; 1 in 100 may, over 30 days.",
                "percentunit",
                [
                    Line(
                        f"1 - sum(rate({DECIDED.format('bucket', FAST)}[{over}]))"
                        f" / sum(rate({DECIDED.format('count', '')}[{over}]))",
                        over,
                    )
                    for over in ("5m", "1h", "6h")
                ],
            ),
            slowest("Requests, p99", "99 of 100 answers are quicker.", "http_request_duration_seconds"),
            Panel(
                "Slowest routes, p95",
                "By route template.",
                "s",
                [
                    Line(
                        quantile(0.95, "http_request_duration_seconds", "service", "method", "route"),
                        "{{service}} {{method}} {{route}}",
                    )
                ],
            ),
            slowest("Batch, p99", "From a batch's arrival to its commit.", "consumer_batch_duration_seconds"),
            slowest("Fold, p99", "Decoding, transitions and encoding of one batch.", "runtime_fold_duration_seconds"),
            slowest("Fence, p99", "One fenced bulk write.", "runtime_fence_duration_seconds"),
            slowest("Forward, p99", "One round of records, events and effects.", "runtime_forward_duration_seconds"),
            slowest("Ticks, p99 delay", "From the moment that was due to its tick.", "runtime_tick_delay_seconds"),
        ),
    ),
    Board(
        "pacewell-runtime",
        "Pacewell: runtime",
        (
            growth(
                "Records read", "Handled, duplicate, skipped, dead.", "consumer_records_total", "service", "outcome"
            ),
            Panel(
                "Lag by topic",
                "Records not yet read.",
                "short",
                [Line("sum by (service, topic) (pacewell_consumer_lag_records)", "{{service}} {{topic}}")],
            ),
            Panel(
                "Batch size, median",
                "Records read in one batch.",
                "short",
                [Line(quantile(0.5, "consumer_batch_records", "service"))],
            ),
            Panel(
                "Partitions owned",
                "Of each process.",
                "short",
                [Line("sum by (service, instance) (pacewell_consumer_partitions_owned)", "{{service}} {{instance}}")],
            ),
            growth("Rebalances", "Partitions assigned anew.", "consumer_rebalances_total", "service"),
            growth(
                "Rewinds",
                "Batches sought back because a dependency failed.",
                "consumer_rewinds_total",
                "service",
                "dependency",
            ),
            _OUTBOX,
            now(
                "Outboxes set aside",
                "They failed alone again and again.",
                ("max by (service) (pacewell_runtime_outbox_quarantined)", "{{service}}"),
            ),
            _LETTERS,
            growth("Dead letters stored", "By reason.", "dead_letters_total", "service", "reason"),
            growth(
                "Events published", "Acknowledged by Kafka.", "runtime_events_published_total", "service", "event_type"
            ),
            growth(
                "Records put",
                "Documents to be read, by collection.",
                "runtime_records_put_total",
                "service",
                "collection",
            ),
            growth("Aggregates written", "Fenced documents.", "runtime_aggregates_written_total", "service"),
            growth(
                "Fence conflicts",
                "Folded again because another writer was first.",
                "runtime_fence_conflicts_total",
                "service",
            ),
            growth("Cache lookups", "Hit, miss.", "runtime_cache_lookups_total", "service", "outcome"),
            growth("Ticks", "Handled, failed.", "runtime_ticks_total", "service", "outcome"),
            growth(
                "Producers replaced", "After an error that stays.", "dependency_producer_replacements_total", "service"
            ),
            growth("Audit file", "Writes that failed.", "audit_file_failures_total", "service"),
            growth("Commands", "By name and outcome.", "http_commands_total", "service", "command", "outcome"),
            Panel(
                "Requests in flight",
                "Being answered now.",
                "short",
                [Line("sum by (service) (pacewell_http_requests_in_flight)")],
            ),
        ),
    ),
    Board(
        "pacewell-people",
        "Pacewell: safety and work list",
        (
            _OVERDUE,
            now(
                "Work items waiting",
                "Not closed, by kind and urgency.",
                ("max by (kind, urgency) (pacewell_plans_work_items_waiting)", "{{kind}} {{urgency}}"),
            ),
            Panel(
                "Overdue, over time",
                "By urgency.",
                "short",
                [Line("sum by (urgency) (max by (kind, urgency) (pacewell_plans_work_items_overdue))", "{{urgency}}")],
            ),
            Panel(
                "Until somebody took it",
                "Half and 95 of 100 of the items closed in an hour, by urgency.",
                "s",
                [
                    Line(
                        quantile_over(share, "plans_work_item_taken_seconds", "1h", "urgency"),
                        f"{name} {{{{urgency}}}}",
                    )
                    for share, name in ((0.5, "p50"), (0.95, "p95"))
                ],
            ),
            Panel(
                "Until it was done",
                "Half and 95 of 100 of the items closed in an hour, by kind.",
                "s",
                [
                    Line(quantile_over(share, f"{_ITEM}_closed_seconds", "1h", "kind"), f"{name} {{{{kind}}}}")
                    for share, name in ((0.5, "p50"), (0.95, "p95"))
                ],
            ),
            now(
                "Reviews of the last 12 weeks",
                "Done within 14 days of their day or later, and versions of plans since the reviews before them.",
                ("max by (on_time) (pacewell_plans_reviews_done)", "in time: {{on_time}}"),
                ("max(pacewell_plans_review_plan_versions)", "versions"),
            ),
            growth("Red-flag answers", "Stored, spooled, not recorded.", "safety_answers_total", "outcome"),
            now(
                "Answers that wait on the disk", "For the database.", ("sum(pacewell_safety_spool_waiting)", "waiting")
            ),
            now(
                "Answers set aside",
                "Refused or unreadable, until somebody takes them away.",
                ("sum(pacewell_safety_spool_refused)", "set aside"),
            ),
            growth("Answers set aside, over time", "Refused or unreadable.", "safety_spool_set_aside_total", "service"),
            growth(
                "Messages to people",
                "Sent, unknown, suppressed, failed.",
                "runtime_effects_total",
                "channel",
                "outcome",
            ),
        ),
    ),
)


def write(folder: Path = FOLDER) -> list[str]:
    """Write every board that differs and remove what is none; their files' names."""
    wanted, changed = _wanted(), differing(folder)
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def differing(folder: Path = FOLDER) -> list[str]:
    """The files that are missing, that are not what would be written, or that are no board."""
    wanted = _wanted()
    there = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def _wanted() -> dict[str, str]:
    return {f"{board.uid}.json": drawn(board) for board in BOARDS}
