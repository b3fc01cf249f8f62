"""Community behind the real gate, on the real runtime over memory; its own events travel as they would on Kafka."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import orjson
from prometheus_client import CollectorRegistry

from deploy.local.issuer import AUDIENCE, ISSUER, LocalIssuer
from services.community.http import router
from services.community.transitions import SERVICE
from shared.clinics import Clinic, Clinics
from shared.ids import event_id, random_id
from shared.observability.metrics import Metrics
from shared.web.app import create_app
from shared.web.keys import keys_from_file
from shared.web.tokens import Verifier
from tests.support.rig import Rig, lay

OWN_TOPIC: Final = "community-events"
CLINIC: Final = Clinic.model_validate(
    {
        "name": "Harbour Clinic",
        "country": "IE",
        "emergency_number": "112",
        "crisis_line": "116 123",
        "phone": "+353 1 555 0100",
        "hours": {"en": "Monday to Friday, 9 to 17", "es": "De lunes a viernes, de 9 a 17"},
        "messages_read": False,
    }
)


class Town:
    """The service and who calls it. Every test has a clinic of its own, and people who are called `ana` in it."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.rig = Rig(SERVICE)
        self.issuer = issuer
        self.tests = 0
        self._seqs: Counter[tuple[str, str]] = Counter()
        self._read: Counter[int] = Counter()
        verifier = Verifier(ISSUER, AUDIENCE, keys_from_file(issuer.jwks_file))
        routes = router(self.rig.runtime, Clinics({"*": CLINIC}))
        metrics = Metrics(CollectorRegistry(), "community")
        app = create_app("community", [routes], verifier, self.rig.clock, metrics)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://community")

    @property
    def tenant(self) -> str:
        return f"clinic-{self.tests}"

    @property
    def now(self) -> datetime:
        return self.rig.clock.now()

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.rig.clock.advance(timedelta(**span))

    def id(self, name: str) -> str:
        """The id of somebody, or of a group, of this test."""
        return f"{name}-{self.tests}"

    async def call(
        self,
        method: str,
        path: str,
        role: str = "patient",
        body: Mapping[str, Any] | None = None,
        *,
        me: str = "ana",
        tenant: str | None = None,
    ) -> httpx.Response:
        """One request under `/v1`; patients, caregivers and devices speak for `me`."""
        own = self.id(me) if role in ("patient", "caregiver", "device") else None
        token = self.issuer.mint([role], tenant or self.tenant, patient_id=own)
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, f"/v1{path}", json=body, headers=headers)

    async def ask(self, method: str, path: str, role: str = "patient", body: Any = None, *, me: str = "ana") -> Any:
        """The same, which must succeed."""
        answer = await self.call(method, path, role, body, me=me)
        assert answer.is_success, answer.text
        return answer.json()

    async def tell(
        self, service: str, type_: str, name: str, data: Mapping[str, Any], *, at: datetime | None = None
    ) -> None:
        """An event of another service about a person, handled together with all that follows from it."""
        key, moment = self.id(name), (at or self.now).isoformat()
        self._seqs[service, key] += 1
        seq = self._seqs[service, key]
        body = {
            "event_id": event_id(service, key, seq), "type": type_, "version": 1, "service": service, "seq": seq,
            "occurred_at": moment, "recorded_at": moment, "tenant_id": self.tenant, "patient_id": key,
            "actor": {"kind": "system", "id": "system"}, "source": "system", "data": data,
        }  # fmt: skip
        await self.rig.consume([lay(self.rig.broker, body)])
        await self.settle()

    async def settle(self) -> None:
        """Publish what waits and handle the service's own events, until there are no more."""
        while True:
            await self.rig.rest()
            fresh = [raw for raw in self.rig.broker.topic(OWN_TOPIC) if raw.offset >= self._read[raw.partition]]
            if not fresh:
                return
            for raw in fresh:
                self._read[raw.partition] = raw.offset + 1
            await self.rig.consume(fresh)

    def published(self, type_: str | None = None) -> list[dict[str, Any]]:
        """The events of this test's clinic, in any order between keys."""
        every = [orjson.loads(raw.value or b"") for raw in self.rig.broker.topic(OWN_TOPIC)]
        return [one for one in every if one["tenant_id"] == self.tenant and type_ in (None, one["type"])]

    async def enrol(self, *names: str, locale: str = "en") -> None:
        """Make people known to the tenant."""
        for name in names:
            data = {"tz": "Europe/Dublin", "locale": locale, "day_starts_at": "03:00", "record_mode": "live"}
            await self.tell("plans", "patient.enrolled", name, data)

    async def milestone(self, name: str = "ana", kind: str = "first_session") -> str:
        """A milestone of a person; the id of the offer, or "" while it is held back."""
        data = {"milestone_id": random_id(), "kind": kind, "reached_on": self.now.date().isoformat()}
        await self.tell("progression", "milestone.reached", name, data)
        opened = (await self.celebrations(name))["open"]
        return str(next((one["offer_id"] for one in opened if one["kind"] == kind), ""))

    async def suspend(self, name: str = "ana", suspension: str = "s-1") -> None:
        """Safety suspends automation for a person."""
        data = {
            "suspension_id": suspension, "flag_id": "f-1", "level": "review", "signs": ["cancer"],
            "since": self.now.isoformat(),
        }  # fmt: skip
        await self.tell("safety", "automation.suspended", name, data)

    async def resume(self, name: str = "ana", suspension: str = "s-1") -> None:
        """A clinician lets automation go on."""
        data = {"suspension_id": suspension, "resumed_at": self.now.isoformat()}
        await self.tell("safety", "automation.resumed", name, data)

    async def end_plan(self, name: str = "ana", *, at: datetime | None = None) -> None:
        """The person's plan ends."""
        await self.tell("plans", "plan.ended", name, {"plan_id": "plan-1", "reason": "completed"}, at=at)

    async def group(self, called: str = "walkers", /, **fields: Any) -> str:
        """A group of the tenant; its id."""
        body = {"id": self.id(called), "name": "The walkers", "language": "en", "run_by": "clinic", **fields}
        return str((await self.ask("POST", "/groups", "moderator", body))["group_id"])

    async def join(self, group: str, me: str = "ana", **fields: Any) -> httpx.Response:
        """A person asks to join; nothing that follows has happened yet."""
        body = {"id": random_id(), "consent": True, **fields}
        return await self.call("POST", f"/groups/{group}/members", body=body, me=me)

    async def joined(self, group: str, *names: str) -> None:
        """People who are in a group, and whom everybody has heard of."""
        for name in names:
            answer = await self.join(group, name)
            assert answer.status_code == 201, answer.text
        await self.settle()

    async def leave(
        self, group: str, me: str = "ana", posts: str = "anonymise", id: str | None = None
    ) -> httpx.Response:
        """A person leaves."""
        return await self.call("POST", f"/groups/{group}/leave", body={"id": id or random_id(), "posts": posts}, me=me)

    async def celebrations(self, me: str = "ana") -> dict[str, Any]:
        """What the person may celebrate."""
        found: dict[str, Any] = await self.ask("GET", f"/patients/{self.id(me)}/celebrations", me=me)
        return found

    async def share(
        self, offer: str, group: str, me: str = "ana", *, template: str = "first_session.plain", id: str | None = None
    ) -> httpx.Response:
        """A person shares an offer, and all that follows happens."""
        body = {"id": id or random_id(), "group_id": group, "template": template}
        answer = await self.call("POST", f"/patients/{self.id(me)}/celebrations/{offer}/share", body=body, me=me)
        await self.settle()
        return answer

    async def dismiss(self, offer: str, me: str = "ana", id: str | None = None) -> httpx.Response:
        """A person says "no thanks"."""
        path = f"/patients/{self.id(me)}/celebrations/{offer}/dismiss"
        return await self.call("POST", path, body={"id": id or random_id()}, me=me)

    async def posts(self, group: str, me: str = "ana") -> list[dict[str, Any]]:
        """The first page of the feed."""
        items: list[dict[str, Any]] = (await self.ask("GET", f"/groups/{group}/posts", me=me))["items"]
        return items
