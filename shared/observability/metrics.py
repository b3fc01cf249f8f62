"""Every Prometheus metric with its meaning; a label takes few values, and never one that belongs to a person."""

from collections.abc import Callable
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

WORK_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets for work within one process, in seconds."""

DELAY_S: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)
"""Buckets for a delay between services, in seconds."""

WAIT_S: Final = (60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0, 259_200.0, 604_800.0, 1_209_600.0, 2_419_200.0)
"""Buckets for how long people wait for people, in seconds: a minute to four weeks."""

SIZES: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)
"""Buckets for the number of things handled together."""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

M = TypeVar("M", bound=MetricWrapperBase)


class Metrics:
    """The metrics of one service in one registry; each attribute takes its label values and gives the child.

    `metrics.consumer_records("session.logged", "handled").inc(12)`, `metrics.batch_records().observe(2000)`. The label
    `service` is filled in. A registry holds one `Metrics`; nothing is registered globally.
    """

    def __init__(self, registry: CollectorRegistry, service: str) -> None:
        self.registry = registry
        self.service = service

        # HTTP
        self.http_requests = self._counter(
            "http_requests_total",
            "Requests answered, by route template (never the path), method and status.",
            "route",
            "method",
            "status",
        )
        self.http_duration = self._histogram(
            "http_request_duration_seconds", "From the request's head to the answer's end.", WORK_S, "route", "method"
        )
        self.http_in_flight = self._gauge("http_requests_in_flight", "Requests being answered now.")
        self.commands = self._counter(
            "http_commands_total",
            "Commands by name and outcome: accepted, repeated, refused, conflict, overloaded, unavailable.",
            "command",
            "outcome",
        )

        # Consuming
        self.consumer_records = self._counter(
            "consumer_records_total",
            "Records read, by event type and outcome: handled, duplicate, skipped, dead.",
            "event_type",
            "outcome",
        )
        self.batch_records = self._histogram("consumer_batch_records", "Records read in one batch.", SIZES)
        self.batch_duration = self._histogram(
            "consumer_batch_duration_seconds", "From a batch's arrival to its commit.", WORK_S
        )
        self.consumer_lag = self._gauge(
            "consumer_lag_records", "Records not yet read of the partitions this process owns.", "topic"
        )
        self.partitions_owned = self._gauge("consumer_partitions_owned", "Partition numbers this process owns.")
        self.rebalances = self._counter("consumer_rebalances_total", "Times that partitions were assigned anew.")
        self.rewinds = self._counter(
            "consumer_rewinds_total", "Batches sought back because a dependency failed, by dependency.", "dependency"
        )
        self.consumer_stopped = self._gauge(
            "consumer_stopped", "1 while nothing is consumed, because too much died for it to be the records' fault."
        )

        # The mechanism
        self.fold_duration = self._histogram(
            "runtime_fold_duration_seconds", "Decoding, transitions and encoding of one batch.", WORK_S
        )
        self.fence_duration = self._histogram("runtime_fence_duration_seconds", "One fenced bulk write.", WORK_S)
        self.forward_duration = self._histogram(
            "runtime_forward_duration_seconds", "One round of records, events and effects.", WORK_S
        )
        self.fence_conflicts = self._counter(
            "runtime_fence_conflicts_total", "Aggregates folded again because another writer was first."
        )
        self.aggregates_written = self._counter("runtime_aggregates_written_total", "Aggregate documents written.")
        self.events_published = self._counter(
            "runtime_events_published_total", "Events acknowledged by Kafka, by type.", "event_type"
        )
        self.records_put = self._counter(
            "runtime_records_put_total", "Record documents put, by collection.", "collection"
        )
        self.outbox_oldest = self._gauge(
            "runtime_outbox_oldest_seconds", "Age of the oldest outbox that still waits to be forwarded."
        )
        self.outbox_quarantined = self._gauge(
            "runtime_outbox_quarantined",
            "Outboxes of the whole service that were set aside and wait for redrive.",
        )
        self.cache = self._counter(
            "runtime_cache_lookups_total", "Looks into the cache of aggregates, by outcome: hit, miss.", "outcome"
        )
        self.ticks = self._counter("runtime_ticks_total", "Ticks by outcome: handled, failed.", "outcome")
        self.tick_delay = self._histogram(
            "runtime_tick_delay_seconds", "From the moment that was due to its tick.", DELAY_S
        )
        self.effects = self._counter(
            "runtime_effects_total",
            "Messages to people by channel and outcome: sent, unknown, suppressed, failed.",
            "channel",
            "outcome",
        )
        self.log_to_decision = self._histogram(
            "runtime_log_to_decision_seconds",
            "From the moment a session log was accepted to the fenced decision, by wall clock.",
            DELAY_S,
        )

        # Red flags
        self.safety_answers = self._counter(
            "safety_answers_total",
            "Answers to the red-flag list, by what became of them: stored, spooled, not_recorded.",
            "outcome",
        )
        self.safety_spool_waiting = self._gauge(
            "safety_spool_waiting", "Answers on the local disk that wait for the database; above 0 for long: look."
        )
        self.safety_spool_set_aside = self._counter(
            "safety_spool_set_aside_total", "Answers from the local disk that were refused or unreadable."
        )
        self.safety_spool_refused = self._gauge(
            "safety_spool_refused", "Answers that lie set aside on the local disk: look at once."
        )

        # The work list
        self.work_items_waiting = self._gauge(
            "plans_work_items_waiting",
            "Work items of all clinics that are not closed (1000 of an urgency: at least so many).",
            "kind",
            "urgency",
        )
        self.work_items_overdue = self._gauge(
            "plans_work_items_overdue", "Those of them whose time has passed.", "kind", "urgency"
        )

        self.work_item_taken = self._histogram(
            "plans_work_item_taken_seconds",
            "From the opening of a work item until whoever did it took it; seen when it is closed.",
            WAIT_S,
            "kind",
            "urgency",
        )
        self.work_item_closed = self._histogram(
            "plans_work_item_closed_seconds",
            "From the opening of a work item until it was done; each process counts those of all clinics.",
            WAIT_S,
            "kind",
            "urgency",
        )

        # The loop of reviews
        self.reviews_done = self._gauge(
            "plans_reviews_done",
            "Reviews of all clinics done in the last 12 weeks (the last 1000), by whether within 14 days of their day.",
            "on_time",
        )
        self.review_plan_versions = self._gauge(
            "plans_review_plan_versions", "Versions of plans that came between those reviews and the ones before them."
        )

        # Trouble
        self.dead_letters = self._counter("dead_letters_total", "Dead letters stored, by reason.", "reason")
        self.dead_letters_open = self._gauge(
            "dead_letters_open",
            "Dead letters of the whole service that wait for redrive (1000: at least so many).",
        )
        self.dependency_errors = self._counter(
            "dependency_errors_total",
            "Failed calls by dependency (kafka, mongo, keys, issuer) and kind of error.",
            "dependency",
            "kind",
        )
        self.audit_failures = self._counter(
            "audit_file_failures_total", "Writes to the audit file that failed; the record is among the log's lines."
        )
        self.producer_replacements = self._counter(
            "dependency_producer_replacements_total", "Kafka producers replaced after an error that stays."
        )
        self.loop_stall = self._histogram(
            "process_loop_stall_seconds", "How long the event loop kept a due timer waiting.", WORK_S
        )

    def exposition(self) -> bytes:
        """All metrics of the registry in Prometheus' text format (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Callable[..., Counter]:
        return self._bound(Counter(f"pacewell_{name}", meaning, ("service", *labels), registry=self.registry))

    def _gauge(self, name: str, meaning: str, *labels: str) -> Callable[..., Gauge]:
        return self._bound(Gauge(f"pacewell_{name}", meaning, ("service", *labels), registry=self.registry))

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Callable[..., Histogram]:
        metric = Histogram(f"pacewell_{name}", meaning, ("service", *labels), registry=self.registry, buckets=buckets)
        return self._bound(metric)

    def _bound(self, metric: M) -> Callable[..., M]:
        """The metric with `service` filled in; a metric without further labels is shown from the start, as zero."""
        children: dict[tuple[str, ...], M] = {}

        def child(*values: str) -> M:
            found = children.get(values)
            if found is None:
                found = children[values] = metric.labels(self.service, *values)
            return found

        if len(metric._labelnames) == 1:
            child()
        return child
