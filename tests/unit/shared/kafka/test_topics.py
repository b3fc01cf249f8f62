"""Which topics there are: one of each kind per service, with a retention of its own."""

from shared.contracts.catalog import CATALOG
from shared.kafka.topics import DAY_MS, topics


def test_every_producer_of_the_catalog_has_events_a_journal_and_dead_letters() -> None:
    names = {topic.name for topic in topics([])}
    for row in CATALOG:
        owner = row.producer.replace("_", "-")
        assert {f"{owner}-events", f"{owner}-journal", f"{owner}-dead-letters"} <= names
        assert row.topic in names


def test_a_service_that_publishes_nothing_has_its_topics_too() -> None:
    assert {"listens-only-events", "listens-only-journal", "listens-only-dead-letters"} <= {
        topic.name for topic in topics(["listens_only"])
    }


def test_the_journal_is_kept_for_ever_and_events_as_long_as_the_longest_of_them() -> None:
    retention = {topic.name: topic.retention_ms for topic in topics([])}
    for row in CATALOG:
        assert retention[row.topic] >= row.retention_days * DAY_MS
        assert retention[row.topic.replace("-events", "-journal")] == -1


def test_no_topic_stands_twice() -> None:
    names = [topic.name for topic in topics(["plans", "progression"])]
    assert len(names) == len(set(names))
