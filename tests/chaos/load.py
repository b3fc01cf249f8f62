"""What people do: logs alone and in batches, good ones and bad ones, corrections, mornings, groups and red flags."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import httpx

from tests.chaos.asking import Asking
from tests.chaos.bed import Bed
from tests.chaos.enrolling import Front
from tests.chaos.ledger import AMENDED, LOGGED, MORNING, VOIDED, Ledger, Person, Session, Thing

AT_ONCE: Final = 10
MOST_ITEMS: Final = 200
BACK: Final = timedelta(days=18)
"""Every session lies so far back at most: late enough to count for four weeks whatever the clocks do."""

NOT_BEFORE: Final = timedelta(hours=6)
"""And so far back at least: on the clock of no process does it begin in the future."""


def sized(logs: int) -> int:
    """The largest batch of a run of so many logs, so that every run has hundreds of requests."""
    return min(MOST_ITEMS, max(5, logs // 100))


class Load:
    """Visits to people at random until so many logs were accepted; one visit at a time for each person."""

    def __init__(self, bed: Bed, asking: Asking, front: Front, ledger: Ledger, dice: random.Random, logs: int) -> None:
        self._bed = bed
        self._asking = asking
        self._front = front
        self._ledger = ledger
        self._dice = dice
        self._logs = logs
        self._batch = sized(logs)
        self._idle: asyncio.Queue[Person] = asyncio.Queue()
        self._groups: dict[str, list[str]] = {}
        self._visits: tuple[tuple[Callable[[Person], Awaitable[None]], int], ...] = (
            (self._log_batch, 30),
            (self._log_one, 40),
            (self._log_two_at_once, 6),
            (self._morning, 8),
            (self._amend, 6),
            (self._void, 3),
            (self._refused, 3),
            (self._join, 3),
            (self._share, 3),
            (self._red_flag, 1),
        )
        self._allowed = 0.0
        self.over = asyncio.Event()

    async def begin(self) -> None:
        """Everybody is there from now on."""
        people = [*self._ledger.people]
        self._groups = await self._front.open_groups(people)
        self._dice.shuffle(people)
        for person in people:
            self._idle.put_nowait(person)

    async def run(self) -> None:
        """Visit until so many logs were accepted, then a little more until it is over."""
        await asyncio.gather(*(self._work() for _ in range(AT_ONCE)))

    @property
    def share(self) -> float:
        """How much of all logs was accepted so far, up to 1."""
        return min(1.0, self._ledger.logs / self._logs)

    def allow(self, share: float) -> None:
        """Go on with all speed up to this share of the logs; beyond it, only one by one, until more is allowed."""
        self._allowed = min(1.0, share)

    def newcomer(self, person: Person) -> None:
        """Somebody more to visit."""
        self._ledger.people.append(person)
        self._idle.put_nowait(person)

    async def _work(self) -> None:
        ways, weights = zip(*self._visits, strict=True)
        while not self.over.is_set():
            ahead = self._ledger.logs >= self._logs * self._allowed
            person = await self._idle.get()
            try:
                way = self._log_one if ahead else self._dice.choices(ways, weights)[0]
                await way(person)
            finally:
                self._idle.put_nowait(person)
            if ahead:
                await asyncio.sleep(0.1 * AT_ONCE)  # the load's pace, until the schedule allows more

    def _session(self) -> dict[str, Any]:
        seconds = self._dice.randrange(int(NOT_BEFORE.total_seconds()), int(BACK.total_seconds()))
        return {
            "id": self._id(),
            "track_id": "walking",
            "amount": self._dice.randrange(5, 16),
            "unit": "min",
            "pain": self._dice.choice((1, 2, 2, 3, 3, 4, 6)),
            "started_at": (self._bed.now() - timedelta(seconds=seconds)).isoformat(timespec="milliseconds"),
        }

    def _bad(self, person: Person) -> dict[str, Any]:
        """One that no clock and no order of things makes right; it must leave nothing."""
        ahead = (self._bed.now() + timedelta(days=60)).isoformat(timespec="milliseconds")
        wrong: dict[str, Any] = self._dice.choice(
            ({"track_id": "nobodys"}, {"amount": 100_000}, {"pain": 11}, {"started_at": ahead}, {"unit": "km"})
        )
        body = {**self._session(), **wrong}
        person.rejected.add(body["id"])
        return body

    async def _log_one(self, person: Person) -> None:
        body = self._session()
        reply = await self._asking.ask("session_logging", "POST", f"{person.path}/sessions", person.token, body)
        self._logged(person, body, reply.status)

    async def _log_two_at_once(self, person: Person) -> None:
        """Two clients of one person at the same moment, at two processes where there are two."""
        bodies = [self._session(), self._session()]
        serving = self._bed.serving("session_logging")
        if not serving:
            return
        first = self._dice.randrange(len(serving))
        asked = [
            self._asking.ask_one(
                serving[(first + number) % len(serving)], "POST", f"{person.path}/sessions", person.token, body
            )
            for number, body in enumerate(bodies)
        ]
        things: list[Thing] = []
        for body, reply in zip(bodies, await asyncio.gather(*asked), strict=True):
            things += self._logged(person, body, reply.status, step=False)
        person.accept(*things)

    def _logged(self, person: Person, body: dict[str, Any], status: int, *, step: bool = True) -> list[Thing]:
        if status not in (200, 201):
            self._ledger.surprises.append(f"a good log was answered {status}")
            person.rejected.add(body["id"])
            return []
        return self._created(person, body, step=step)

    def _created(self, person: Person, body: dict[str, Any], *, step: bool = True) -> list[Thing]:
        self._ledger.logs += 1
        person.sessions[body["id"]] = Session(body["amount"] * 60)
        person.items[body["id"]] = body
        while len(person.items) > 5:
            del person.items[next(iter(person.items))]
        thing = (LOGGED, body["id"], 1)
        if step:
            person.accept(thing)
        return [thing]

    async def _log_batch(self, person: Person) -> None:
        """Good items, bad ones, one that was logged before, and one under the id of another."""
        good = [self._session() for _ in range(self._dice.randint(1, max(1, self._batch - 4)))]
        items = [*good, *(self._bad(person) for _ in range(self._dice.choice((0, 0, 1, 2))))]
        before = self._dice.choice([*person.items.values()]) if person.items and self._dice.random() < 0.3 else None
        if before is not None:
            items.append({**before, "amount": before["amount"] + self._dice.choice((0, 1))})
        self._dice.shuffle(items)
        body = {"id": self._id(), "source": "app", "items": items}
        path = f"{person.path}/sessions/batch"
        reply = await self._asking.ask("session_logging", "POST", path, person.token, body)
        if reply.status != 200:
            self._ledger.surprises.append(f"a batch was answered {reply.status}: {reply.body[:200]!r}")
            return
        for item, answer in zip(items, reply.json()["items"], strict=True):
            self._judge_item(person, item, before, answer)

    def _judge_item(
        self, person: Person, item: dict[str, Any], before: dict[str, Any] | None, answer: dict[str, Any]
    ) -> None:
        if before is not None and item["id"] == before["id"]:
            expected = "exists" if item["amount"] == before["amount"] else "rejected"
        else:
            expected = "rejected" if item["id"] in person.rejected else "created"
        self._ledger.answers[answer["outcome"]] += 1
        if answer["outcome"] == "created":
            self._created(person, item)
        if answer["outcome"] != expected:
            self._ledger.surprises.append(f"an item that is {expected} was answered {answer}")

    async def _morning(self, person: Person) -> None:
        at = self._bed.now() - timedelta(seconds=self._dice.randrange(6 * 3600, 14 * 86_400))
        body: dict[str, Any] = {
            "id": self._id(),
            "pain": self._dice.randrange(1, 5),
            "at": at.isoformat(timespec="milliseconds"),
        }
        path = f"{person.path}/morning-checks"
        reply = await self._asking.ask("session_logging", "POST", path, person.token, body)
        if reply.status in (200, 201):
            person.accept((MORNING, body["id"], 1))
        else:
            self._ledger.surprises.append(f"a morning check was answered {reply.status}")

    async def _amend(self, person: Person) -> None:
        """Another amount, over the revision that was read."""
        if (chosen := self._active(person)) is None:
            return
        id, session = chosen
        minutes = session.amount // 60 + self._dice.choice((1, 2, 3))
        reply = await self._asking.ask(
            "session_logging",
            "PATCH",
            f"{person.path}/sessions/{id}",
            person.token,
            {"amount": minutes, "unit": "min"},
            {"If-Match": f'"{session.revision}"'},
        )
        if reply.status != 200:
            self._ledger.surprises.append(f"a correction was answered {reply.status}: {reply.body[:200]!r}")
            return
        session.amount, session.revision = minutes * 60, session.revision + 1
        person.items.pop(id, None)
        person.accept((AMENDED, id, session.revision))

    async def _void(self, person: Person) -> None:
        if (chosen := self._active(person)) is None:
            return
        id, session = chosen
        path = f"{person.path}/sessions/{id}/void"
        reply = await self._asking.ask("session_logging", "POST", path, person.token, {"reason": "mistake"})
        if reply.status != 200:
            self._ledger.surprises.append(f"a void was answered {reply.status}")
            return
        session.status, session.revision = "voided", session.revision + 1
        person.items.pop(id, None)
        person.accept((VOIDED, id, session.revision))

    async def _refused(self, person: Person) -> None:
        """A log that breaks a rule, or that another clinic's patient sends under this person's id."""
        body = self._bad(person)
        token = person.token
        if self._dice.random() < 0.3:
            other = "chaos-clinic" if person.tenant != "chaos-clinic" else "demo-clinic"
            token = self._bed.issuer.mint(["clinician"], other)
            body = {**self._session(), "id": body["id"]}
        reply = await self._asking.ask("session_logging", "POST", f"{person.path}/sessions", token, body)
        if httpx.codes.is_success(reply.status):
            self._ledger.surprises.append("a log that breaks a rule was accepted")

    async def _join(self, person: Person) -> None:
        if person.groups:
            return
        group = self._dice.choice(self._groups[person.tenant])
        body = {"id": self._id(), "consent": True}
        path = f"/v1/groups/{group}/members"
        reply = await self._asking.ask("community", "POST", path, person.token, body)
        if reply.status == 201:
            person.groups.append(group)

    async def _share(self, person: Person) -> None:
        """Share what is offered now with the person's group."""
        if not person.groups:
            return
        offered = await self._asking.told("community", "GET", f"{person.path}/celebrations", person.token)
        for offer in offered["open"][:1]:
            template = offer["wordings"][0]["template"]
            body = {"id": self._id(), "group_id": person.groups[0], "template": template}
            path = f"{person.path}/celebrations/{offer['offer_id']}/share"
            reply = await self._asking.ask("community", "POST", path, person.token, body)
            if reply.status in (200, 201):
                person.shared.append(offer["offer_id"])

    async def _red_flag(self, person: Person) -> None:
        """A sign is answered yes; and half of the time a clinician lets automation go on."""
        sign = self._dice.choice(("trauma", "infection"))
        body: dict[str, Any] = {"id": self._id(), "context": "something_wrong", "yes": [sign]}
        path = f"{person.path}/red-flags"
        await self._asking.told("safety", "POST", path, person.token, body)
        person.flags.append(body["id"])
        if self._dice.random() < 0.5:
            return
        staff = self._front.staff(person)
        state = await self._asking.told("safety", "GET", f"{person.path}/suspension", staff)
        if (open_one := state.get("suspension_id")) is not None:
            cleared = {"id": self._id(), "suspension_id": open_one, "note": "Seen."}
            await self._asking.ask("safety", "POST", f"{person.path}/suspension/resume", staff, cleared)

    def _active(self, person: Person) -> tuple[str, Session] | None:
        found = [(id, session) for id, session in person.sessions.items() if session.status == "active"]
        return self._dice.choice(found) if found else None

    def _id(self) -> str:
        return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
