"""The demo's way to the services: HTTP with tokens of the local issuer, many requests at a time, and nothing else."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx

from deploy.local.demo.cast import Somebody
from deploy.local.issuer import LocalIssuer
from deploy.local.topology import Layout
from deploy.local.trouble import Trouble
from shared.ids import named_id

AT_ONCE: Final = 24
TRIES: Final = 5


class Web:
    """Requests to the services of one stack; at most `AT_ONCE` at a time."""

    def __init__(self, layout: Layout, issuer: LocalIssuer, seed: int) -> None:
        self.layout = layout
        self.seed = seed
        self._mint = issuer.mint
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._client = httpx.AsyncClient(timeout=30.0, limits=limits, trust_env=False)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tokens: dict[tuple[str, str, str | None], str] = {}

    async def close(self) -> None:
        """Let go of every connection."""
        await self._client.aclose()

    def id_of(self, somebody: Somebody) -> str:
        """The person's id: the same in every run with this seed, so that a second run finds them."""
        return named_id("demo-person", self.seed, somebody.key)

    def named(self, *parts: str | int | None) -> str:
        """The id of anything that the demo makes: sent again, it is the same thing."""
        return named_id("demo", self.seed, *parts)

    def token(self, role: str, tenant: str, patient_id: str | None = None) -> str:
        """A token of this role in this clinic; for a patient, in the name of `patient_id`."""
        wanted = (role, tenant, patient_id)
        if wanted not in self._tokens:
            self._tokens[wanted] = self._mint([role], tenant, patient_id=patient_id, valid_for=timedelta(hours=12))
        return self._tokens[wanted]

    async def send(
        self, token: str, service: str, method: str, path: str, body: Any = None
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and body of one request under `/v1`; what is answered 429 or 503 is sent again."""
        url = f"{self.layout.url(service)}/v1{path}"
        head = {"Authorization": f"Bearer {token}"}
        answer = None
        for _ in range(TRIES):
            async with self._gate:
                try:
                    answer = await self._client.request(method, url, json=body, headers=head)
                except httpx.TransportError as error:
                    raise Trouble(f"{service} does not answer ({type(error).__name__}).") from None
            if answer.status_code not in (429, 503):
                break
            await asyncio.sleep(min(5.0, float(answer.headers.get("retry-after", "1"))))
        if answer is None:
            raise Trouble(f"{service} was not asked.")
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        return answer.status_code, told

    async def ask(
        self,
        token: str,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        also: tuple[int, ...] = (),
    ) -> Mapping[str, Any]:
        """The body of a request that is expected to succeed; else a `Trouble` with the problem's code.

        Statuses in `also` are no trouble either; their body is empty.
        """
        status, told = await self.send(token, service, method, path, body)
        if status in also:
            return {}
        if status not in (200, 201, 204):
            code = f"{told.get('code', '')} {told.get('detail', '')}".strip()
            raise Trouble(f"{service} answered {status} ({code}) to {method} {path.partition('?')[0]}.")
        return told

    async def metrics(self, service: str) -> str:
        """What the service counts, in Prometheus' text format."""
        async with self._gate:
            answer = await self._client.get(f"{self.layout.url(service)}/metrics")
        return answer.text
