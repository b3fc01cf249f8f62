"""Records become messages one by one, or say why they cannot; outbox lines become records with CloudEvents headers."""

from typing import Any

import orjson
import pytest

from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.wire import NotWanted, Raw, Undecodable, decode, outgoing_event
from tests.support.memory_broker import MemoryBroker
from tests.support.rig import Rig, lay
from tests.support.toy import START, TOY, event, session

WANTED = frozenset(TOY.transitions)
GOOD = event("p1", 1)


def _raw(
    body: Any = GOOD,
    *,
    topic: str = "session-logging-events",
    key: bytes | None = b"p1",
    headers: tuple[tuple[str, bytes | None], ...] = (),
) -> Raw:
    return Raw(topic, 0, 7, key, body if body is None or isinstance(body, bytes) else orjson.dumps(body), headers)


def _dead(raw: Raw) -> Undecodable:
    with pytest.raises(Undecodable) as refused:
        decode(raw, WANTED)
    return refused.value


def test_a_record_becomes_a_message_with_all_of_its_envelope() -> None:
    message = decode(lay(MemoryBroker(), event("p1", 3, tz="Europe/Paris", local_date="2026-03-02")), WANTED)

    assert isinstance(message.data, SessionLoggedV1)
    assert (message.key, message.tenant, message.seq, message.service) == ("p1", "clinic-a", 3, "session_logging")
    assert (message.tz, str(message.local_date), message.occurred_at) == ("Europe/Paris", "2026-03-02", START)
    assert not message.incomplete


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (_raw(None), "no_value"),
        (_raw(b""), "not_an_event"),
        (_raw(b"\xff\xfe"), "not_an_event"),
        (_raw(b"[]"), "not_an_event"),
        (_raw(b"null"), "not_an_event"),
        (_raw({**GOOD, "version": True}), "not_an_event"),
        (_raw({**GOOD, "version": "1"}), "not_an_event"),
        (_raw({**GOOD, "version": 0}), "not_an_event"),
        (_raw({**GOOD, "version": 2}), "newer_version"),
        (_raw({**GOOD, "data": {}}), "invalid_event"),
        (_raw({**GOOD, "seq": 2**63}), "invalid_event"),
        (_raw({**GOOD, "patient_id": None}), "no_key"),
        (_raw({**GOOD, "patient_id": None, "group_id": "p1"}), "wrong_key_field"),
        (_raw({**GOOD, "service": "plans"}), "wrong_producer"),
        (_raw(topic="plans-events"), "wrong_producer"),
        (_raw(key=b"p2"), "key_differs_from_body"),
        (_raw(key=None), "key_differs_from_body"),
        (_raw(headers=(("ce_type", b"session.logged"), ("ce_version", b"9"))), "newer_version"),
        (_raw(headers=(("ce_type", b"session.logged"), ("ce_version", b"0"))), "no_such_version"),
        (_raw({**GOOD, "type": "session.voided"}, headers=(("ce_type", b"session.logged"), ("ce_version", b"1"))),
         "type_differs_from_header"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(raw: Raw, reason: str) -> None:
    assert _dead(raw).reason == reason


@pytest.mark.parametrize(
    "headers",
    [
        (("ce_type", None),),
        (("ce_type", b"\xff"), ("ce_version", b"1")),
        (("ce_type", b"session.logged"), ("ce_version", "²".encode())),
        (("ce_type", b"session.logged"), ("ce_version", b"9" * 5000)),
        (("other", None), ("ce_type", b"session.logged"), ("ce_version", b"1")),
    ],
)
def test_a_header_that_is_null_or_no_text_or_no_number_is_as_if_it_were_missing(headers: Any) -> None:
    assert decode(_raw(headers=headers), WANTED).id == GOOD["event_id"]


@pytest.mark.parametrize(
    ("body", "event_type"),
    [
        ({**GOOD, "type": "weather.changed"}, "unknown"),
        ({**GOOD, "type": "weather.changed", "version": 99}, "unknown"),
        ({**GOOD, "type": "session.amended"}, "session.amended"),
    ],
)
def test_what_nobody_knows_or_wants_is_skipped(body: dict[str, Any], event_type: str) -> None:
    with pytest.raises(NotWanted) as skipped:
        decode(_raw(body), WANTED)
    assert skipped.value.event_type == event_type


def test_an_unwanted_record_is_skipped_by_its_header_alone() -> None:
    headers = (("ce_type", b"plan.ended"), ("ce_version", b"1"))
    with pytest.raises(NotWanted):
        decode(_raw(b"not even json", headers=headers), WANTED)


@pytest.mark.parametrize(
    ("raw", "origin"),
    [
        (_raw(None, headers=(("ce_source", b"/pacewell/session_logging"), ("ce_seq", b"4"))), ("session_logging", 4)),
        (_raw({**GOOD, "data": {}, "seq": 5}), ("session_logging", 5)),
        (_raw({**GOOD, "data": {}, "seq": 5}, headers=(("ce_source", b"x"), ("ce_seq", "²".encode()))),
         ("session_logging", 5)),
        (_raw(None, headers=(("ce_source", b"/pacewell/somebody"), ("ce_seq", b"4"))), (None, None)),
        (_raw(None, headers=(("ce_source", b"/pacewell/plans"), ("ce_seq", b"9" * 30))), (None, None)),
        (_raw(b"{"), (None, None)),
    ],
)  # fmt: skip
def test_the_place_in_line_is_told_as_far_as_it_can_still_be_read(
    raw: Raw, origin: tuple[str | None, int | None]
) -> None:
    error = _dead(raw)
    assert (error.service, error.seq) == origin


async def test_an_event_goes_out_with_cloudevents_headers_and_its_envelope() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event("p1", 1, session(1), correlation_id="c-9", tz="Europe/Paris"))])
    (raw,) = rig.broker.topic("progression-events")
    body = orjson.loads(raw.value or b"")

    assert raw.key == b"p1"
    assert {name: raw.header(name) for name, _ in raw.headers} == {
        "ce_specversion": "1.0",
        "ce_id": body["event_id"],
        "ce_type": "progression.decided",
        "ce_version": "1",
        "ce_source": "/pacewell/progression",
        "ce_time": body["recorded_at"],
        "ce_subject": "p1",
        "ce_seq": "1",
        "content-type": "application/json",
    }
    assert (body["tenant_id"], body["patient_id"], body["causation_id"]) == ("clinic-a", "p1", GOOD["event_id"])
    assert (body["correlation_id"], body["tz"], body["source"]) == ("c-9", "Europe/Paris", "app")
    assert body["recorded_at"].endswith("Z")


async def test_an_event_goes_out_the_same_from_memory_and_from_the_outbox_that_was_read_again() -> None:
    rig = Rig()
    await rig.consume([lay(rig.broker, event("p1", 1))])
    (stored,) = (line for line in rig.aggregate("p1").outbox if line.kind == "e")
    (sent,) = rig.broker.topic("progression-events")

    assert stored.ready is None
    again = outgoing_event("p1", stored)
    assert (again.value, tuple(again.headers)) == (sent.value, sent.headers)
