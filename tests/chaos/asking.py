"""Requests that are sent again, with the same id, until their answer is known."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from tests.bench.web import NO_HEADERS, Client, Reply
from tests.chaos.bed import Bed, Instance
from tests.chaos.ledger import Ledger

TIMEOUT_S: Final = 8.0
PAUSE_S: Final = 0.2
"""After which a client asks again, when no process of the service told it what became of its request."""

PATIENCE_S: Final = 300.0
_UNKNOWN: Final = frozenset({429, 503})


class Unanswered(Exception):
    """Nobody answered for minutes, though everything should be up: a request that never came to an end."""


class Asking:
    """Asks whichever process of a service answers; what is cut, late or answered 503 is asked again."""

    def __init__(self, bed: Bed, ledger: Ledger) -> None:
        self._bed = bed
        self._ledger = ledger
        self._clients: dict[str, Client] = {}
        self._turn = 0

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        token: str,
        body: Any = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Reply:
        """The first answer that says what became of it. Raises `Unanswered`."""
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            for instance in self._in_turn(service):
                if (reply := await self._settled(instance, method, path, token, body, headers)) is not None:
                    return reply
            if asyncio.get_running_loop().time() > until:
                raise Unanswered(f"{method} {service} {path}")
            await asyncio.sleep(PAUSE_S)

    async def told(self, service: str, method: str, path: str, token: str, body: Any = None) -> Any:
        """The same, which must succeed; the body of the answer."""
        reply = await self.ask(service, method, path, token, body)
        if not 200 <= reply.status < 300:
            raise AssertionError(f"{method} {service} {path}: {reply.status} {reply.body[:300]!r}")
        return reply.json()

    async def ask_one(self, instance: Instance, method: str, path: str, token: str, body: Any) -> Reply:
        """One process first, and any other when it does not answer."""
        reply = await self._settled(instance, method, path, token, body, NO_HEADERS)
        return await self.ask(instance.service, method, path, token, body) if reply is None else reply

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.__aexit__()

    def _in_turn(self, service: str) -> list[Instance]:
        serving = self._bed.serving(service)
        self._turn += 1
        first = self._turn % len(serving) if serving else 0
        return serving[first:] + serving[:first]

    async def _settled(
        self, instance: Instance, method: str, path: str, token: str, body: Any, headers: Mapping[str, str]
    ) -> Reply | None:
        """What one process answers; None when that does not say what became of the request, or should not be."""
        reply = await self._try(instance, method, path, token, body, headers)
        if reply is not None and reply.status not in _UNKNOWN:
            self._ledger.answers[str(reply.status)] += 1
            if reply.status < 500:
                return reply
            told = f"{method} {instance.service} answered {reply.status}: {reply.body[:200]!r}"
            self._ledger.surprises.append(told)
        self._ledger.unknown += 1
        return None

    async def _try(
        self, instance: Instance, method: str, path: str, token: str, body: Any, headers: Mapping[str, str]
    ) -> Reply | None:
        client = self._clients.setdefault(instance.url, Client(instance.url))
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await client.send(method, path, token, body, headers)
        except (OSError, EOFError, ValueError, IndexError):
            return None
