"""The batch log: every item ends on its own, and nothing is logged twice, alone or in whatever batch."""

from datetime import timedelta

import orjson

from services.session_logging.domain.commands import BatchItem, Entry, LogBatch, MorningCheck
from services.session_logging.domain.window import KEPT
from shared.contracts.session_logging import MorningCheckRecordedV1, SessionLoggedV1
from tests.unit.services.session_logging.person import NOW, Person, refusal, walked

DAY = timedelta(days=1)


def session(id: str, entry: Entry | None = None) -> BatchItem:
    return BatchItem(id, session=entry or walked())


def test_one_bad_item_does_not_hinder_the_others() -> None:
    person = Person()
    outcomes = person.batch(
        session("s1"),
        session("s2", walked("x")),
        session("s3", walked(started_at=NOW - 40 * DAY)),
        BatchItem("c1", morning_check=MorningCheck(NOW, 2)),
        BatchItem("c2", morning_check=MorningCheck(NOW)),
        session("s4", walked(track_id="t-nobody")),
    )

    assert outcomes == ["created", "rejected", "history_only", "created", "rejected", "rejected"]
    assert [type(emitted.data) for emitted in person.events] == [
        SessionLoggedV1,
        SessionLoggedV1,
        MorningCheckRecordedV1,
    ]


def test_all_but_the_last_event_announce_more() -> None:
    """Article P8.3: twelve paper sessions give one decision."""
    person = Person()
    person.batch(*(session(f"s{day}", walked(started_at=NOW - day * DAY)) for day in range(12)))

    assert [emitted.data.more_follow for emitted in person.events] == [True] * 11 + [False]  # type: ignore[attr-defined]


def test_the_last_event_announces_nothing_also_when_later_items_are_rejected() -> None:
    person = Person()
    person.batch(session("s1"), session("s2", walked("x")))
    assert [emitted.data.more_follow for emitted in person.events] == [False]  # type: ignore[attr-defined]


def test_items_logged_before_exist_whatever_the_batch() -> None:
    person = Person()
    person.log("s1", walked())
    person.batch(session("s2"))

    before = person.state
    assert person.batch(session("s1"), session("s2")) == ["exists", "exists"]
    assert person.state is before
    assert person.batch(session("s1"), session("s3"), session("s2")) == ["exists", "created", "exists"]
    assert len(person.events) == 3


def test_an_id_with_other_content_is_rejected_alone() -> None:
    person = Person()
    person.log("s1", walked("10"))
    answer = person.tell(LogBatch("b", (session("s1", walked("11")), session("s2")))).answer
    assert answer is not None
    assert answer.body["items"][0]["problem"]["code"] == "id_used_for_other_content"
    assert answer.body["counts"] == {"created": 1, "exists": 0, "history_only": 0, "rejected": 1}


def test_an_id_that_stands_twice_in_one_batch_is_logged_once() -> None:
    person = Person()
    assert person.batch(session("s1"), session("s1"), session("s1", walked("11"))) == ["created", "exists", "rejected"]
    assert len(person.events) == 1


def test_a_session_and_a_morning_check_may_share_an_id() -> None:
    person = Person()
    assert person.batch(session("x"), BatchItem("x", morning_check=MorningCheck(NOW, 1))) == ["created", "created"]


def test_a_voided_session_stays_voided_when_it_comes_again() -> None:
    person = Person()
    person.log("s1", walked())
    person.void("s1")
    assert person.batch(session("s1")) == ["exists"]


def test_a_caregivers_batch_holds_amounts_only() -> None:
    person = Person()
    items = (session("s1"), session("s2", walked(pain=1)), BatchItem("c1", morning_check=MorningCheck(NOW, 1)))
    assert person.batch(*items, role="caregiver") == ["created", "rejected", "rejected"]


def test_two_batches_read_before_either_was_written_log_nothing_twice() -> None:
    """The second one's reading is outdated: by the ids in the window, or because the window was overrun."""
    for size in (2, KEPT + 50):
        person = Person()
        items = tuple(session(f"s{i}", walked(started_at=NOW - i * timedelta(hours=1))) for i in range(size))
        first, second = person.read(LogBatch("b1", items)), person.read(LogBatch("b2", items))
        person.fold(first)

        assert refusal(person.fold, second).code == "basis_outdated"
        assert set(person.batch(*items)) == {"exists"}
        assert len(person.events) == size


def test_the_state_of_a_busy_person_stays_small() -> None:
    """At most 8 KB, however much was logged."""
    person = Person()
    for start in range(0, 1000, 200):
        items = (session(f"00000000-0000-4000-8000-{start + i:012d}") for i in range(200))
        person.batch(*items)
    assert len(orjson.dumps(person.state)) < 6000
