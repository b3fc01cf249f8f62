"""The engine's side of a connection: one command after the other, each on the event loop and its writes as one.

Left to itself the package hands every command to another thread, where it waits for the one before it all the same, and
writes each document of a command as a transaction of its own. Both cost more than most commands themselves.
"""

import asyncio
import struct
import sys
import uuid
from contextlib import AbstractContextManager, nullcontext
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
            document = carried_out(self._handler, parsed)
        except Exception as error:  # never what was asked: it may name a person
            sys.stderr.write(f"a command failed: {type(error).__name__}\n")
            document = {"ok": 0, "errmsg": type(error).__name__}
        return bytes(ResponseBuilder.build_op_msg_reply(next(_numbers), request, document))


def carried_out(handler: NeoSQLiteHandler, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to a command. What it writes becomes durable at once; a document that is refused leaves the others."""
    body: dict[str, Any] = next((part for kind, part in message["sections"] if kind == "body"), {})
    insert = "insert" in body or any(kind == "payload_docs" for kind, _ in message["sections"])
    with _as_one(handler, body):
        answered = handler.handle_insert(message) if insert else handler.handle_command(message)
    document: dict[str, Any] = answered[1]
    return document


def _as_one(handler: NeoSQLiteHandler, body: dict[str, Any]) -> AbstractContextManager[Any]:
    """The transaction of a command that writes, unless its client has one open already."""
    if not any(name in body for name in _WRITES):
        return nullcontext()
    database = handler.get_database(body.get("$db", "test"))
    transaction: AbstractContextManager[Any] = nullcontext() if database.db.in_transaction else database.transaction()
    return transaction


async def serve(host: str, port: int, handler: NeoSQLiteHandler) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(lambda: Conversation(handler), host, port)
    async with server:
        await server.serve_forever()
