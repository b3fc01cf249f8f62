"""The services' own counts say whether everything that follows has happened."""

from collections import Counter

from deploy.local.demo.settled import _behind, _read, handled
from deploy.local.topology import SERVICES

LOGGED = """
pacewell_runtime_events_published_total{event_type="event",service="session_logging"} 3.0
pacewell_runtime_events_published_total{event_type="journal",service="session_logging"} 9.0
"""
READ = """
pacewell_consumer_records_total{event_type="session.logged",outcome="handled",service="x"} %d.0
pacewell_consumer_records_total{event_type="session.logged",outcome="duplicate",service="x"} 1.0
pacewell_consumer_records_total{event_type="journal.recorded",outcome="skipped",service="x"} 1.0
pacewell_runtime_effects_total{channel="file",outcome="sent",service="x"} 4.0
"""


def counts(**texts: str) -> dict[str, Counter[str]]:
    return {name: _read(texts.get(name, ""), None) for name in SERVICES}


def test_who_has_read_everything_is_not_behind_and_a_journal_is_no_event() -> None:
    assert _behind(counts(session_logging=LOGGED, progression=READ % 1, reminders=READ % 1, plans=READ % 1)) == []


def test_who_has_not_is_named_with_what_it_waits_for() -> None:
    behind = _behind(counts(session_logging=LOGGED, progression=READ % 0, reminders=READ % 1, plans=READ % 1))
    assert behind == ["events of session_logging in progression"]


def test_an_event_is_handled_when_the_slowest_reader_has_it() -> None:
    found = handled(counts(progression=READ % 5, reminders=READ % 3))
    assert found["session.logged"] == 4


def test_counts_begin_where_somebody_began_to_count() -> None:
    start = _read(READ % 2, None)
    assert _read(READ % 6, start)["session.logged"] == 4
    assert _read(READ % 6, start)["sent"] == 0
