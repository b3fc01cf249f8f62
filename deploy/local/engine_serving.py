"""The engine's side of a connection: one command after the other, each on the event loop and its writes as one.

Left to itself the package hands every command to another thread, where it waits for the one before it all the same, and
writes each document of a command as a transaction of its own. Both cost more than most commands themselves.
"""

import asyncio
import struct
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final

from nx_27017.handler import NeoSQLiteHandler  # type: ignore[import-untyped]
from nx_27017.wire_protocol import OP_MSG, OP_QUERY, ResponseBuilder  # type: ignore[import-untyped]

_HEADER: Final = struct.Struct("<iiii")
_MESSAGE, _QUERY = 2013, 2004
_LARGEST: Final = 48_000_000
_WRITES: Final = ("insert", "update", "delete")

_numbers = count(1)


class Conversation(asyncio.Protocol):
    """One client's connection; what it sends is answered in order."""

    def __init__(self, handler: NeoSQLiteHandler) -> None:
        self._handler = handler
        self._id = str(uuid.uuid4())
        self._read = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        self._transport = transport
        self._handler.increment_connections()

    def connection_lost(self, exc: Exception | None) -> None:
        """They went; what the engine kept for them goes too."""
        self._handler.decrement_connections()
        self._handler.close_streams_for_connection(self._id)

    def data_received(self, data: bytes) -> None:
        """Answer every message that is whole now."""
        self._read += data
        while len(self._read) >= _HEADER.size:
            length, request, _, kind = _HEADER.unpack_from(self._read)
            if not _HEADER.size <= length <= _LARGEST:
                self._transport.close()
                return
            if len(self._read) < length:
                return
            message = bytes(memoryview(self._read)[:length])
            del self._read[:length]
            self._transport.write(self._answer(kind, request, message))

    def _answer(self, kind: int, request: int, message: bytes) -> bytes:
        try:
            if kind == _QUERY:
                asked = {**OP_QUERY.parse(message), "_conn_id": self._id}
                _, found = self._handler.handle_query(asked)
                return bytes(ResponseBuilder.build_reply(next(_numbers), request, found))
            if kind != _MESSAGE:
                raise ValueError("unsupported message")
            parsed = {**OP_MSG.parse(message), "_conn_id": self._id}
            return _reply(request, carried_out(self._handler, parsed))
        except Exception as error:  # never what was asked or found: it may name a person
            sys.stderr.write(f"a command failed: {type(error).__name__}\n")
            return _reply(request, {"ok": 0, "errmsg": type(error).__name__})


class TransactionLost(Exception):
    """SQLite gave a command's transaction up in its middle, as on a full disk: what it wrote before is not there."""


def _reply(request: int, document: dict[str, Any]) -> bytes:
    return bytes(ResponseBuilder.build_op_msg_reply(next(_numbers), request, document))


def carried_out(handler: NeoSQLiteHandler, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to a command. What it writes becomes durable at once; a document that is refused leaves the others.

    Raises `TransactionLost`, and whatever the package raises; nothing that the command wrote is acknowledged then.
    """
    body: dict[str, Any] = next((part for kind, part in message["sections"] if kind == "body"), {})
    insert = "insert" in body or any(kind == "payload_docs" for kind, _ in message["sections"])
    with _as_one(handler, body):
        answered = handler.handle_insert(message) if insert else handler.handle_command(message)
    document: dict[str, Any] = answered[1]
    return document


@contextmanager
def _as_one(handler: NeoSQLiteHandler, body: dict[str, Any]) -> Iterator[None]:
    """The transaction of a command that writes, unless its client has one open already or begins one with it."""
    database = handler.get_database(body.get("$db", "test")) if any(name in body for name in _WRITES) else None
    if database is None or database.db.in_transaction or body.get("startTransaction"):
        yield
        return
    with database.transaction():
        yield
        if not database.db.in_transaction:
            raise TransactionLost


async def serve(host: str, port: int, handler: NeoSQLiteHandler) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(lambda: Conversation(handler), host, port)
    async with server:
        await server.serve_forever()
