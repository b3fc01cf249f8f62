"""The demo's weeks: the clock goes from moment to moment, people and staff act, and everything that follows happens."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Final, TypeVar

from deploy.local.clock import set_to
from deploy.local.demo.arriving import Arrivals
from deploy.local.demo.cast import CLINICS, Somebody
from deploy.local.demo.life import Life
from deploy.local.demo.living import Counts, Living, answer_all, live_all
from deploy.local.demo.moments import HOME, coming, crossed
from deploy.local.demo.settled import Settled
from deploy.local.demo.staff import Staff
from deploy.local.demo.web import Web
from deploy.local.screen import Advance
from deploy.local.trouble import Trouble
from shared.clock import FileClock

CLOCK_SEEN_S: Final = 0.12
"""Every service looks at the clock's file again after 0.1 s."""

TICK_S: Final = 1.0
"""So often a service looks at what is due."""

PATIENCE_S: Final = 120.0
T = TypeVar("T")


@dataclass(slots=True)
class Weeks:
    """Everybody of the demo on one running stack."""

    web: Web
    people: Sequence[Somebody]
    counts: Counts = field(default_factory=Counts)
    spent: dict[str, float] = field(default_factory=dict)

    def now(self) -> datetime:
        """What the stack's clock shows."""
        return FileClock(self.web.layout.clock_file).now()

    async def first_day(self) -> date | None:
        """The first whole day of the demo that is there, or None: asked of `plans`, whose first person tells."""
        who = self.people[0]
        patient, token = self.web.id_of(who), self.web.token("clinician", who.clinic)
        plan = await self.web.ask(token, "plans", "GET", f"/patients/{patient}/plan", also=(404,))
        if not plan:
            return None
        return datetime.fromisoformat(plan["effective_at"]).astimezone(HOME).date() + timedelta(days=1)

    async def begin(self, first: date | None = None) -> date:
        """Everybody comes in who is not there yet; the first whole day is the next one, unless it is known already."""
        first = first or self.now().astimezone(HOME).date() + timedelta(days=1)
        arrivals = Arrivals(self.web, self.people, first)
        settled = Settled(self.web)
        await settled.begin()
        await arrivals.all()
        await settled.wait()
        await self._known()
        await arrivals.settle_in()
        await settled.wait()
        return first

    async def live(self, first: date, last: date, advance: Advance) -> None:
        """Live from what the clock shows to the end of a day."""
        started = self.now()
        everybody = [Living(self.web, Life(who, self.web.seed), first, self.counts, started) for who in self.people]
        staff = [Staff(self.web, tenant) for tenant in CLINICS]
        settled = Settled(self.web)
        await settled.begin()
        await asyncio.gather(*(living.recall() for living in everybody))
        ahead = coming(started, last)
        # Whoever went on in the hours before says so now; what was logged already is the same log again.
        since = started - timedelta(days=1)
        for number, moment in enumerate(ahead):
            set_to(self.web.layout.clock_file, moment)
            await asyncio.sleep(CLOCK_SEEN_S)
            await self._timed("prompts", self._prompted(everybody, since, moment))
            if await self._timed("answers", answer_all(everybody, since, moment)):
                # An answer is judged before the morning that it did not know of, in every run alike.
                await self._timed("consequences", settled.wait(self.counts.events))
            await self._timed("people", live_all(everybody, since, moment))
            if number % 3 == 1:
                today = moment.astimezone(HOME).date()
                await self._timed("staff", self._staffed(staff, everybody, moment, today))
            await self._timed("consequences", settled.wait(self.counts.events))
            since = moment
            advance(number + 1, len(ahead))
        done = await settled.done()
        self.counts.done["decisions"] += done["progression.decided"]
        self.counts.done["messages sent"] += done["messages"]

    async def _staffed(self, staff: Sequence[Staff], everybody: Sequence[Living], now: datetime, today: date) -> None:
        await asyncio.gather(*(team.work(everybody, now, today) for team in staff))

    async def _prompted(self, everybody: Sequence[Living], since: datetime, now: datetime) -> None:
        """Return when every prompt that was due has been decided on."""
        due = [
            living
            for living in everybody
            if living.who.cue is not None
            and any(crossed(living.who.tz, clock_time.fromisoformat(living.who.cue), since, now))
        ]
        await asyncio.gather(*(self._decided(living, now) for living in due))

    async def _decided(self, living: Living, now: datetime) -> None:
        path = f"/patients/{living.patient}/cues"

        async def done() -> bool:
            page = await self.web.ask(living.own, "reminders", "GET", path)
            return all(cue["next_at"] is None or datetime.fromisoformat(cue["next_at"]) > now for cue in page["cues"])

        await until(done, "the prompts that were due", TICK_S / 5)

    async def _known(self) -> None:
        """Return when every service knows everybody and their plan."""
        await asyncio.gather(*(self._knows(who) for who in self.people))

    async def _knows(self, who: Somebody) -> None:
        token, patient = self.web.token("clinician", who.clinic), self.web.id_of(who)

        async def done() -> bool:
            page = await self.web.ask(token, "progression", "GET", f"/patients/{patient}/tracks", also=(404,))
            return bool(page.get("tracks"))

        await until(done, "everybody to be known")

    async def _timed(self, what: str, work: Awaitable[T]) -> T:
        began = time.monotonic()
        done = await work
        self.spent[what] = self.spent.get(what, 0.0) + time.monotonic() - began
        return done


async def until(done: Callable[[], Awaitable[bool]], what: str, every_s: float = 0.05) -> None:
    """Return when `done` says yes; `Trouble` when it takes longer than anyone should wait."""
    end = time.monotonic() + PATIENCE_S
    while not await done():
        if time.monotonic() > end:
            raise Trouble(f"Waited {PATIENCE_S:.0f} s for {what}, in vain; see the logs.")
        await asyncio.sleep(every_s)
