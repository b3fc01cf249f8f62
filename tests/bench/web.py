"""A lean HTTP/1.1 client that costs the machine little: connections that stay open, JSON in and out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlsplit

import orjson

NO_HEADERS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and body of an answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


@dataclass(slots=True)
class Client:
    """Requests to one address; each takes an idle connection or opens one."""

    url: str
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _reader, writer in self._idle:
            writer.close()

    async def send(
        self, method: str, path: str, token: str, body: Any = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        """One request. A connection that the server closed meanwhile is replaced once; logs carry ids, so that is safe.

        Raises `OSError` or `EOFError` (`asyncio.IncompleteReadError`).
        """
        content = b"" if body is None else orjson.dumps(body)
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: pacewell\r\nAuthorization: Bearer {token}\r\n{more}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        while self._idle:
            reader, writer = self._idle.pop()
            try:
                return await self._exchange(reader, writer, head.encode() + content)
            except (OSError, EOFError):
                writer.close()
        place = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        return await self._exchange(reader, writer, head.encode() + content)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Reply:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status, length, keeps = parsed(head)
        reply = Reply(status, await reader.readexactly(length))
        if keeps:
            self._idle.append((reader, writer))
        else:
            writer.close()
        return reply


def parsed(head: bytes) -> tuple[int, int, bool]:
    """Status, length of the body, and whether the connection stays open."""
    lower = head.lower()
    _, named, rest = lower.partition(b"\r\ncontent-length:")
    return int(head[9:12]), int(rest[: rest.index(b"\r\n")]) if named else 0, b"\r\nconnection: close" not in lower
