"""A TCP proxy before one server, which can be slow, hang, be cut, or cut a Kafka client in the middle of a produce."""

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from deploy.local.ports import LOOPBACK, free_port

CHUNK: Final = 1 << 16
HANG_LOOK_S: Final = 0.05
PRODUCE: Final = 0
_REQUEST_HEAD: Final = 6
"""Size and api key, with which every request to Kafka begins."""

Where = Literal["request", "answer"]


@dataclass(eq=False)
class Trouble:
    """What is wrong with the link for whom: all clients, or those whose Kafka client id begins so."""

    kind: Literal["slow", "hang", "cut"]
    whose: str = ""
    delay_s: float = 0.0


@dataclass(eq=False)
class _Pair:
    """One client and its connection to the server."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    client: str | None = None
    cut_at_answer: bool = False
    head: bytearray = field(default_factory=bytearray)
    left: int = 0

    def abort(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Link:
    """`async with Link("engine-plans", port) as link`: clients connect to `link.port`."""

    def __init__(self, name: str, target: int, *, port: int | None = None, kafka: bool = False) -> None:
        self.name = name
        self.target = target
        self.port = port or free_port()
        self.produces_cut = 0
        self._kafka = kafka
        self._troubles: list[Trouble] = []
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._produces: list[tuple[str, Where, asyncio.Event]] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port, limit=CHUNK)

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for pair in [*self._pairs]:
            pair.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def begin(self, trouble: Trouble) -> None:
        """From now on the link is in trouble; a cut ends the connections that are open."""
        self._troubles.append(trouble)
        if trouble.kind == "cut":
            for pair in [*self._pairs]:
                if self._concerns(trouble, pair):
                    pair.abort()

    def end(self, trouble: Trouble) -> None:
        """The trouble is over."""
        self._troubles.remove(trouble)

    def cut_next_produce(self, whose: str, where: Where) -> asyncio.Event:
        """Cut the next client that produces: when half of its request went through, or before it has the answer. What
        is returned is set once somebody produced.
        """
        came = asyncio.Event()
        self._produces.append((whose, where, came))
        return came

    def spare_produces(self) -> None:
        """Forget the cuts that nobody came to."""
        self._produces.clear()

    @staticmethod
    def _concerns(trouble: Trouble, pair: _Pair) -> bool:
        return not trouble.whose or (pair.client or "").startswith(trouble.whose)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, onwards = await asyncio.open_connection(LOOPBACK, self.target, limit=CHUNK)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair((writer, onwards), None if self._kafka else "")
        self._pairs.add(pair)
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.gather(
                self._carry(pair, reader, onwards, up=True), self._carry(pair, there, writer, up=False)
            )
        finally:
            pair.abort()
            self._pairs.discard(pair)

    async def _carry(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if up and self._kafka:
                    pair.client = _client_of(chunk) if pair.client is None else pair.client
                    if (cut := self._cut_in(pair, chunk)) is not None:
                        writer.write(chunk[:cut])
                        await writer.drain()
                        break
                elif pair.cut_at_answer:
                    break
                if self._troubles and not await self._let_through(pair):
                    break
                writer.write(chunk)
                await writer.drain()
        pair.abort()

    async def _let_through(self, pair: _Pair) -> bool:
        while mine := [trouble for trouble in self._troubles if self._concerns(trouble, pair)]:
            if any(trouble.kind == "cut" for trouble in mine):
                return False
            if any(trouble.kind == "hang" for trouble in mine):
                await asyncio.sleep(HANG_LOOK_S)
                continue
            await asyncio.sleep(max(trouble.delay_s for trouble in mine))
            break
        return True

    def _cut_in(self, pair: _Pair, chunk: bytes) -> int | None:
        """Where to cut this chunk, because a produce request that is to be cut begins in it."""
        place = 0
        while place < len(chunk):
            if pair.left:
                step = min(pair.left, len(chunk) - place)
                pair.left -= step
                place += step
                continue
            step = min(_REQUEST_HEAD - len(pair.head), len(chunk) - place)
            pair.head += chunk[place : place + step]
            place += step
            if len(pair.head) < _REQUEST_HEAD:
                continue
            size, api = struct.unpack(">ih", pair.head)
            pair.left = size - 2
            pair.head.clear()
            if api == PRODUCE and (where := self._wanted(pair)) is not None:
                self.produces_cut += 1
                if where == "request":
                    return place + min(pair.left, len(chunk) - place) // 2
                pair.cut_at_answer = True
        return None

    def _wanted(self, pair: _Pair) -> Where | None:
        for number, (whose, where, came) in enumerate(self._produces):
            if (pair.client or "").startswith(whose):
                del self._produces[number]
                came.set()
                return where
        return None


def _client_of(chunk: bytes) -> str:
    """The client id in a request's head; "" where it has none."""
    if len(chunk) < 14:
        return ""
    (length,) = struct.unpack(">h", chunk[12:14])
    return chunk[14 : 14 + max(0, length)].decode(errors="replace")
