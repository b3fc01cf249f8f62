"""Metrics: one file defines them, a service fills in its name, and nothing is registered globally."""

import re

import pytest
from prometheus_client import REGISTRY, CollectorRegistry

from shared.observability.metrics import Metrics

PERSONAL = {"patient", "patient_id", "person", "subject", "key", "tenant", "user", "id", "path"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry(), "progression")


def families(metrics: Metrics) -> list[str]:
    return [family.name for family in metrics.registry.collect()]


def test_every_metric_has_a_good_name_and_a_meaning(metrics: Metrics) -> None:
    for family in metrics.registry.collect():
        assert re.fullmatch(r"pacewell_[a-z]+(_[a-z]+)+", family.name), family.name
        assert family.documentation.endswith("."), family.name


def test_no_metric_has_a_label_that_belongs_to_a_person(metrics: Metrics) -> None:
    for collector in set(metrics.registry._collector_to_names):
        assert not PERSONAL & set(collector._labelnames)  # type: ignore[attr-defined]
        assert collector._labelnames[0] == "service"  # type: ignore[attr-defined]


def test_the_service_is_filled_in(metrics: Metrics) -> None:
    metrics.consumer_records("session.logged", "handled").inc(12)
    metrics.batch_records().observe(2000)
    labels = {"service": "progression", "event_type": "session.logged", "outcome": "handled"}
    assert metrics.registry.get_sample_value("pacewell_consumer_records_total", labels) == 12
    assert metrics.registry.get_sample_value("pacewell_consumer_batch_records_sum", {"service": "progression"}) == 2000


def test_what_never_happened_is_shown_as_zero(metrics: Metrics) -> None:
    assert metrics.registry.get_sample_value("pacewell_dead_letters_open", {"service": "progression"}) == 0
    assert b'pacewell_dead_letters_open{service="progression"} 0.0' in metrics.exposition()


def test_too_few_or_too_many_labels_are_an_error(metrics: Metrics) -> None:
    for values in ((), ("session.logged",), ("session.logged", "handled", "more")):
        with pytest.raises(ValueError, match="label"):
            metrics.consumer_records(*values)


def test_nothing_is_registered_globally_and_services_do_not_meet(metrics: Metrics) -> None:
    other = Metrics(CollectorRegistry(), "reminders")
    other.dead_letters_open().set(3)
    assert metrics.registry.get_sample_value("pacewell_dead_letters_open", {"service": "progression"}) == 0
    assert not any(family.name.startswith("pacewell_") for family in REGISTRY.collect())
    assert families(metrics) == families(other)
