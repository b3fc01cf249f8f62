"""People who can log: enrolled over HTTP, known to every service, some of them with a cue and in a group."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from typing import Any, Final

from tests.chaos.asking import Asking
from tests.chaos.bed import Bed
from tests.chaos.ledger import Person
from tests.support.e2e_clinic import goal, terms

TENANTS: Final = ("demo-clinic", "demo-hillside", "chaos-clinic")
ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
LOCALES: Final = ("en", "es", "ar")
GROUP_OF: Final = 20
PATIENCE_S: Final = 120.0
_KNOWING: Final = (
    ("session_logging", "/sessions"),
    ("progression", "/tracks"),
    ("reminders", "/quiet-hours"),
    ("community", "/celebrations"),
    ("safety", "/suspension"),
)


class NeverHeard(Exception):
    """A service did not hear in time of somebody whose enrolment was accepted: what it was told is lost."""


class Front:
    """The desk at which people are enrolled, in the name of each clinic."""

    def __init__(self, bed: Bed, asking: Asking, dice: random.Random) -> None:
        self._bed = bed
        self._asking = asking
        self._dice = dice
        self._staff = {tenant: bed.issuer.mint(["clinician"], tenant) for tenant in TENANTS}
        self._moderators = {tenant: bed.issuer.mint(["moderator"], tenant) for tenant in TENANTS}

    def staff(self, person: Person) -> str:
        """The token of a clinician of the person's clinic."""
        return self._staff[person.tenant]

    def somebody(self, *, poisoned: bool = False) -> Person:
        """A person who is not enrolled yet. Who gets poisoned records has no cue: their messages would wait."""
        tenant, id = self._dice.choice(TENANTS), str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
        token = self._bed.issuer.mint(["patient"], tenant, patient_id=id)
        return Person(id, tenant, self._dice.choice(ZONES), token, cue=not poisoned, poisoned=poisoned)

    async def enrol(self, person: Person) -> None:
        """Enrolled with a plan, a cue in the evening, and known to everybody on return."""
        staff = self.staff(person)
        body = {"id": person.id, "tz": person.tz, "locale": self._dice.choice(LOCALES), "adult": True}
        await self._asking.told("plans", "POST", "/v1/patients", staff, body)
        await self._asking.told("plans", "POST", f"{person.path}/goals", staff, goal())
        await self._asking.told("plans", "POST", f"{person.path}/plans", staff, terms())
        for service, path in _KNOWING:
            await self._until_known(service, person, path)
        if person.cue:
            time = f"{self._dice.randrange(8, 20):02d}:{self._dice.randrange(60):02d}"
            cue = {"id": str(uuid.uuid4()), "time": time, "track_id": "walking"}
            await self._asking.told("reminders", "PUT", f"{person.path}/cues/daily", staff, cue)

    async def open_groups(self, people: Sequence[Person]) -> dict[str, list[str]]:
        """Groups enough for everybody, by clinic."""
        found: dict[str, list[str]] = {}
        for tenant in TENANTS:
            members = sum(person.tenant == tenant for person in people)
            found[tenant] = [await self._open_group(tenant) for _ in range(members // GROUP_OF + 1)]
        return found

    async def _open_group(self, tenant: str) -> str:
        body = {"id": str(uuid.uuid4()), "name": "Walkers", "language": "en", "run_by": "clinic"}
        answer = await self._asking.told("community", "POST", "/v1/groups", self._moderators[tenant], body)
        return str(answer["group_id"])

    async def _until_known(self, service: str, person: Person, path: str) -> None:
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            reply = await self._asking.ask(service, "GET", f"{person.path}{path}", person.token)
            if reply.status == 200 and (service != "progression" or _planned(reply.json())):
                return
            if asyncio.get_running_loop().time() > until:
                raise NeverHeard(f"{service} does not know {person.id}, enrolled {PATIENCE_S:.0f} s ago")
            await asyncio.sleep(0.1)


def _planned(answer: Any) -> bool:
    return bool(answer["tracks"])
