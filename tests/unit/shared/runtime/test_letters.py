"""Dead letters: what they hold, how they are redriven or given up, and that doing so twice changes nothing."""

import base64
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from shared.contracts.session_logging import SessionLoggedV1
from shared.runtime.letters import raw_of, reason
from shared.runtime.messages import To
from shared.runtime.wire import Undecodable
from tests.support.memory_broker import MemoryBroker
from tests.support.rig import Rig, laid, lay
from tests.support.toy import CURED, TOY, event, on_session_logged, session


def _newer(rig: Rig) -> Rig:
    return Rig(CURED, store=rig.store, broker=rig.broker, keys=rig.keys, clock=rig.clock)


async def _with_a_hole() -> tuple[Rig, str]:
    rig = Rig()
    poison = lay(rig.broker, event("p1", 2, session(2, family="poison")))
    await rig.consume([lay(rig.broker, event("p1", 1)), poison, lay(rig.broker, event("p1", 3))])
    return rig, poison.id


async def test_a_letter_holds_the_record_byte_for_byte_with_its_reason() -> None:
    rig = Rig()
    broken = rig.broker.append("session-logging-events", b"p1", b"\xff\x00", (("a", None), ("b", b"\xfe")))
    await rig.consume([broken])
    letter = rig.letters()[broken.id]

    assert raw_of(letter) == broken
    assert (letter["reason"], letter["status"], letter["attempts"]) == ("not_an_event", "open", 1)
    assert letter["code_version"]


async def test_a_letter_is_mirrored_to_its_topic() -> None:
    rig, id = await _with_a_hole()
    (mirrored,) = rig.broker.topic("progression-dead-letters")

    assert orjson.loads(mirrored.value or b"")["_id"] == id
    assert mirrored.key == b"p1"


async def test_a_record_too_large_for_the_mirror_is_kept_in_the_document() -> None:
    rig = Rig()
    broken = rig.broker.append("session-logging-events", b"p1", b"x" * 300_000)
    await rig.consume([broken])

    (mirrored,) = rig.broker.topic("progression-dead-letters")
    assert orjson.loads(mirrored.value or b"")["raw"] is None
    assert len(base64.b64decode(rig.letters()[broken.id]["raw"])) == 300_000


async def test_a_letter_stands_though_kafka_does_not_take_its_mirror() -> None:
    rig = Rig(broker=MemoryBroker(down=True))
    broken = rig.broker.append("session-logging-events", b"p1", b"{")
    await rig.consume([broken])
    assert set(rig.letters()) == {broken.id}


async def test_the_same_failure_again_only_counts_its_attempts() -> None:
    rig, id = await _with_a_hole()
    await rig.consume(rig.broker.topic("session-logging-events"))

    assert rig.letters()[id]["attempts"] == 2
    assert len(rig.letters()) == 1


async def test_the_same_event_dead_at_another_offset_is_the_same_letter() -> None:
    rig, id = await _with_a_hole()
    await rig.consume([lay(rig.broker, event("p1", 2, session(2, family="poison")))])
    assert set(rig.letters()) == {id}


async def test_redrive_fills_the_hole_late_and_is_done_only_once() -> None:
    rig, id = await _with_a_hole()
    newer = _newer(rig)
    assert await newer.runtime.redrive(id) == "redriven"
    text = newer.text("p1")
    assert await newer.runtime.redrive(id) == "redriven"
    await newer.rest()

    assert newer.text("p1") == text
    assert set(newer.state("p1").sessions) == {"s1", "s2", "s3"}
    assert newer.state("p1").incomplete == ("s3", "s2")
    assert newer.aggregate("p1").holes == {}
    assert list(dict.fromkeys(body["seq"] for body in newer.events("p1"))) == [1, 2, 3]
    assert newer.letters()[id]["status"] == "redriven"


async def test_a_redriven_letter_that_fails_again_stays_open_with_its_hole() -> None:
    rig, id = await _with_a_hole()
    assert await rig.runtime.redrive(id) == "dead"

    assert (rig.letters()[id]["status"], rig.letters()[id]["attempts"]) == ("open", 2)
    assert rig.aggregate("p1").holes == {"session_logging:2": id}


async def test_a_redrive_that_died_before_the_letter_was_closed_changes_nothing_the_second_time() -> None:
    rig, id = await _with_a_hole()
    newer = _newer(rig)
    letter = dict(rig.letters()[id])
    await newer.runtime.redrive(id)
    rig.store.records["dead_letters"][id] = letter
    text = newer.text("p1")

    assert await newer.runtime.redrive(id) == "redriven"
    assert newer.text("p1") == text


async def test_the_record_delivered_again_to_newer_code_fills_the_hole_as_incomplete() -> None:
    rig, id = await _with_a_hole()
    newer = _newer(rig)
    await newer.consume(rig.broker.topic("session-logging-events"))

    assert newer.state("p1").incomplete == ("s3", "s2")
    assert await newer.runtime.redrive(id) == "redriven"
    assert newer.aggregate("p1").steps == 3


async def test_discard_closes_the_hole_for_good() -> None:
    rig, id = await _with_a_hole()
    assert await rig.runtime.discard(id) == "discarded"
    assert await rig.runtime.discard(id) == "discarded"
    await rig.consume(rig.broker.topic("session-logging-events"))

    assert rig.aggregate("p1").holes == {}
    assert set(rig.state("p1").sessions) == {"s1", "s3"}
    assert rig.letters()[id]["status"] == "discarded"


async def test_an_unknown_letter_is_unknown() -> None:
    rig = Rig()
    assert await rig.runtime.redrive("nowhere:0:0") == "unknown"
    assert await rig.runtime.discard("nowhere:0:0") == "unknown"


async def test_a_record_without_a_place_in_line_leaves_a_hole_by_its_offset() -> None:
    rig = Rig()
    await rig.consume(laid(rig.broker, "p1", 1))
    broken = rig.broker.append("session-logging-events", b"p1", b"{")
    await rig.consume([broken])
    assert rig.aggregate("p1").holes == {broken.id: broken.id}

    await rig.runtime.discard(broken.id)
    await rig.consume([broken])  # offsets were set back: it fails again, and is open again
    assert rig.letters()[broken.id]["status"] == "open"
    await rig.runtime.discard(broken.id)
    assert rig.aggregate("p1").holes == {}


async def test_letters_of_a_newer_version_are_redriven_by_newer_code_at_start() -> None:
    rig = Rig()
    body = event("p1", 2)
    newer = [lay(rig.broker, {**body, "version": 2}), lay(rig.broker, {**event("p2", 1), "version": 2})]
    await rig.consume([lay(rig.broker, event("p1", 1)), *newer, lay(rig.broker, event("p1", 3))])
    assert rig.aggregate("p1").holes == {"session_logging:2": newer[0].id}
    assert await rig.runtime.redrive_newer() == 0

    for raw in newer:  # what newer code would read in the same bytes
        letter = rig.store.records["dead_letters"][raw.id]
        readable = lay(MemoryBroker(), {**orjson.loads(raw.value or b""), "version": 1})
        letter["raw"] = base64.b64encode(readable.value or b"").decode()
        letter["headers"] = [[k, base64.b64encode(v or b"").decode()] for k, v in readable.headers]

    assert await rig.runtime.redrive_newer() == 2
    assert set(rig.state("p1").sessions) == {"s1", "s2", "s3"}
    assert rig.aggregate("p1").holes == {}


async def test_a_letter_that_nobody_wants_any_more_is_closed_with_its_hole() -> None:
    rig, id = await _with_a_hole()
    deaf = {kind: handler for kind, handler in TOY.transitions.items() if kind is not SessionLoggedV1}
    other = Rig(replace(TOY, transitions=deaf), store=rig.store, broker=rig.broker, keys=rig.keys)

    assert await other.runtime.redrive(id) == "redriven"
    assert other.aggregate("p1").holes == {}


async def test_a_routed_event_that_fails_leaves_its_hole_where_it_was_sent() -> None:
    to_group = To(on_session_logged, key=lambda message: "group-1")
    rig = Rig(replace(TOY, transitions={**TOY.transitions, SessionLoggedV1: to_group}))
    poison = lay(rig.broker, event("p1", 1, session(1, family="poison")))
    await rig.consume([poison, poison, lay(rig.broker, event("p2", 1))])
    assert rig.aggregate("group-1").holes == {poison.id: poison.id}
    assert set(rig.store.aggregates) == {"group-1"}

    await rig.runtime.discard(poison.id)
    assert rig.aggregate("group-1").holes == {}


async def test_a_failed_tick_is_redriven_at_once() -> None:
    rig = Rig()
    await rig.consume(laid(rig.broker, "p1", 1))
    state = orjson.loads(rig.store.aggregates["p1"]["state"])
    state["state"]["ticks"] = 99  # which makes the toy's tick raise
    rig.store.aggregates["p1"]["state"] = orjson.dumps(state).decode()
    rig.clock.advance(timedelta(days=1))
    rig.caught_up()
    await rig.runtime.timers.tick()
    (id,) = rig.letters()
    assert await rig.runtime.redrive(id) == "dead"
    state["state"]["ticks"] = 1
    rig.store.aggregates["p1"]["state"] = orjson.dumps(state).decode()

    assert await rig.runtime.redrive(id) == "redriven"
    assert rig.state("p1").ticks == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError("poison"), "ValueError:poison"),
        (ValueError("two_words"), "ValueError:two_words"),
        (ValueError("Anna B., born 1950"), "ValueError"),
        (ValueError("x" * 60), "ValueError"),
        (KeyError("anna"), "KeyError"),
        (Undecodable("no_value"), "no_value"),
    ],
)
def test_a_reason_is_a_code_and_never_what_was_sent(error: Exception, code: str) -> None:
    assert reason(error) == code
