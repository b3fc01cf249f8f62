"""The parser that no header can break, and what is changed in the consumer: its empty polls, and its stop."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from shared.kafka import outside
from shared.kafka.subscriber import POLL_MS, leave, stay, tolerant, undecoded


@dataclass(frozen=True)
class Record:
    """As much of a consumed record as the parser touches."""

    offset: int
    headers: tuple[tuple[str, bytes | None], ...]


async def strict(records: tuple[Record, ...]) -> list[dict[str, str]]:
    """What FastStream's parser does with headers."""
    return [{name: value.decode() for name, value in record.headers} for record in records]  # type: ignore[union-attr]


@pytest.mark.parametrize("bad", [None, b"\xff"])
async def test_a_bad_header_is_left_out_and_every_record_stays(bad: bytes | None) -> None:
    records = (Record(0, (("a", b"1"),)), Record(1, (("a", bad), ("b", b"2"))), Record(2, ()))
    assert await tolerant(records, strict) == [{"a": "1"}, {"b": "2"}, {}]


async def test_a_batch_without_bad_headers_is_parsed_as_it_is() -> None:
    seen: list[Any] = []

    async def remember(records: Any) -> Any:
        seen.append(records)
        return records

    records = (Record(0, (("a", b"1"),)),)
    assert await tolerant(records, remember) is records
    assert seen == [records]


async def test_bytes_are_left_alone() -> None:
    class Parsed:
        body = b"\x00not json"

    assert await undecoded(Parsed()) == b"\x00not json"


async def test_an_empty_poll_is_long_because_a_record_that_comes_after_it_waits() -> None:
    class Consumer:
        def __init__(self) -> None:
            self.polls: list[tuple[int, int | None]] = []

        async def getmany(self, *places: Any, timeout_ms: int = 0, max_records: int | None = None) -> dict[Any, Any]:
            self.polls.append((timeout_ms, max_records))
            return {}

    consumer = Consumer()
    stay(consumer)
    assert await consumer.getmany(timeout_ms=20, max_records=2000) == {}
    assert consumer.polls == [(POLL_MS, 2000)]


async def test_a_consumer_whose_stop_waits_for_ever_has_left_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    class LeavingAnAssignment:
        """As the client is then: what fetches hears one cancellation only where it does not end by it."""

        def __init__(self) -> None:
            self.fetching = asyncio.create_task(self._fetch())
            self.closed = False

        async def _fetch(self) -> None:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()

        async def stop(self) -> None:
            self.fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self.fetching
            self.closed = True

    monkeypatch.setattr(outside, "STOP_S", 0.02)
    consumer = LeavingAnAssignment()
    await asyncio.sleep(0)  # one turn: its fetching begins, and waits
    leave(consumer)

    async with asyncio.timeout(2.0):
        await consumer.stop()

    assert consumer.closed
