"""Records: a session comes back from its document as it was."""

from dataclasses import replace

from services.session_logging.store import COLLECTIONS, session_from, session_record
from tests.unit.services.session_logging.person import Person, walked


def test_a_session_survives_being_stored() -> None:
    person = Person()
    person.log("s1", walked(pain=3, ended_at=None))
    person.amend("s1", 1, enjoyment=2)
    person.void("s1")
    session = session_from(person.records["sessions"]["s1"])

    assert session.status == "voided"
    for one in (session, replace(session, ended_given=True, track_id=None, slot_id=None)):
        assert session_from(session_record(one).data) == one


def test_what_a_query_sorts_or_filters_by_is_text_or_a_whole_number() -> None:
    person = Person()
    person.log("s1", walked())
    record = person.records["sessions"]["s1"]

    assert all(value is None or type(value) in (str, int) for value in record.values())
    indexed = {field for indexes in COLLECTIONS.values() for index in indexes for field, _ in index}
    assert indexed == {"key", "id", "started_ms", "at_ms", "track_id"}
