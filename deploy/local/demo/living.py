"""What people do at a moment of the demo: log, note the morning, answer an offer, write, share; by HTTP alone."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from deploy.local.demo.arriving import group_of
from deploy.local.demo.cast import KINDS, Somebody
from deploy.local.demo.life import FLAG_DAY, Bout, Life
from deploy.local.demo.moments import crossed
from deploy.local.demo.web import Web

MORNING: Final = time(8, 10)
PAPER: Final = time(12, 30)


@dataclass(slots=True)
class Counts:
    """What was sent and accepted, as the demo's own tally."""

    done: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Living:
    """One person with their hidden life; `loads` is what they did on each day, by track.

    What lies before `started` may have been sent before: it is the same log again, and counts no second time.
    """

    web: Web
    life: Life
    first_day: date
    counts: Counts
    started: datetime
    loads: dict[date, dict[str, int]] = field(default_factory=dict)

    @property
    def who(self) -> Somebody:
        """Whose life it is."""
        return self.life.who

    @property
    def patient(self) -> str:
        """Their id."""
        return self.web.id_of(self.who)

    @property
    def own(self) -> str:
        """Their own token."""
        return self.web.token("patient", self.who.clinic, self.patient)

    @property
    def clinician(self) -> str:
        """Their clinician's token."""
        return self.web.token("clinician", self.who.clinic)

    def day(self, today: date) -> int:
        """The demo's day: 0 is the first whole one."""
        return (today - self.first_day).days

    async def answer(self, since: datetime, now: datetime) -> int:
        """Answer the open offers, in the morning, or on paper once a week; how many were answered."""
        if self.who.habit == "paper":
            days = [today for today, _ in self._times(PAPER, since, now) if self._hands_in(today)]
            return await self._answer_offers("phone", days[-1]) if days else 0
        mornings = [today for today, _ in self._times(MORNING, since, now)]
        return await self._answer_offers("app", mornings[-1]) if mornings else 0

    async def live(self, since: datetime, now: datetime) -> None:
        """Everything else whose time came between two moments."""
        if self.who.habit == "paper":
            for today, moment in self._times(PAPER, since, now):
                if self._hands_in(today):
                    await self._hand_in(today, moment)
            return
        for today, moment in self._times(MORNING, since, now):
            if self.loads.get(today - timedelta(days=1)):
                await self._celebrate(today)
            await self._morning(today, moment)
        for today, moment in self._times(time(self.who.hour), since, now):
            await self._train(today, moment)
            await self._write(today, moment)

    async def recall(self) -> None:
        """What was done in the days before, as the service kept it: the body remembers it too."""
        page = await self.web.ask(
            self.clinician, "session_logging", "GET", f"/patients/{self.patient}/sessions?limit=10", also=(404,)
        )
        for session in page.get("items", []):
            day = self.loads.setdefault(date.fromisoformat(session["local_date"]), {})
            day[session["track_id"]] = day.get(session["track_id"], 0) + session["amount"]

    def _times(self, wall: time, since: datetime, now: datetime) -> Iterator[tuple[date, datetime]]:
        """Each day of the demo on which this wall time came between two moments, with that moment."""
        return ((day, at) for day, at in crossed(self.who.tz, wall, since, now) if day >= self.first_day)

    async def _train(self, today: date, moment: datetime) -> None:
        if self.who.habit == "red_flag" and self.day(today) == FLAG_DAY:
            await self._something_wrong(today, moment)
            return
        for body in await self._bouts(today, moment, None):
            status, _ = await self.web.send(
                self.own, "session_logging", "POST", f"/patients/{self.patient}/sessions", body
            )
            self._count("sessions", "session.logged", status, moment)

    async def _bouts(
        self, today: date, moment: datetime, doses: Mapping[str, int | None] | None
    ) -> list[dict[str, Any]]:
        day = self.day(today)
        kinds = [kind for kind in self.who.tracks if self.life.trains(kind, day)]
        if not kinds:
            return []
        if doses is None:
            doses = await self.doses(self.own)
        bodies = []
        for place, kind in enumerate(kinds):
            if kind not in doses:
                continue
            bout = self.life.bout(kind, day, doses[kind])
            if bout is not None:
                self.loads.setdefault(today, {})[kind] = bout.amount
                began = moment - timedelta(minutes=90 * (len(kinds) - 1 - place))
                bodies.append({"id": self._id("session", kind, today), **session_body(bout, began)})
        return bodies

    async def _morning(self, today: date, moment: datetime) -> None:
        if (body := self._check(today, moment)) is None:
            return
        path = f"/patients/{self.patient}/morning-checks"
        status, _ = await self.web.send(self.own, "session_logging", "POST", path, body)
        self._count("mornings", "morning_check.recorded", status, moment)

    def _check(self, today: date, moment: datetime) -> dict[str, Any] | None:
        felt = self.life.morning(self.day(today), self.loads.get(today - timedelta(days=1), {}))
        if felt is None:
            return None
        return {"id": self._id("morning", today), "at": _text(moment), "pain": felt[0], "fatigue": felt[1]}

    async def _hand_in(self, today: date, moment: datetime) -> None:
        """A week of paper, typed in by staff."""
        doses = await self.doses(self.clinician)
        items: list[dict[str, Any]] = []
        for back in range(6, -1, -1):
            day = today - timedelta(days=back)
            if (check := self._check(day, moment - timedelta(days=back, hours=4))) is not None:
                items.append({"kind": "morning_check", **check})
            items += await self._bouts(day, moment - timedelta(days=back, hours=1), doses)
        if not items:
            return
        body = {"id": self._id("batch", today), "source": "paper", "items": items}
        path = f"/patients/{self.patient}/sessions/batch"
        status, _ = await self.web.send(self.clinician, "session_logging", "POST", path, body)
        if status in (200, 201) and moment > self.started:
            checks = sum(item.get("kind") == "morning_check" for item in items)
            self.counts.done["pages of paper"] += 1
            self.counts.done["sessions"] += len(items) - checks
            self.counts.events["session.logged"] += len(items) - checks
            self.counts.events["morning_check.recorded"] += checks

    def _hands_in(self, today: date) -> bool:
        return self.day(today) % 7 == 6

    async def _answer_offers(self, source: str, today: date) -> int:
        token = self.own if source == "app" else self.clinician
        page = await self.web.ask(token, "plans", "GET", f"/patients/{self.patient}/proposals")
        for offer in page["open"]:
            known = {option["answer"] for option in offer["options"]}
            wish = self.life.answers(self.day(today), offer["track_id"])
            answer = wish if wish in known else "stay"
            body = {"id": self.web.named("answer", offer["proposal_id"]), "answer": answer, "source": source}
            path = f"/patients/{self.patient}/proposals/{offer['proposal_id']}/answer"
            status, _ = await self.web.send(token, "plans", "POST", path, body)
            self._count(f"offers answered: {answer}", "proposal.answered", status)
        return len(page["open"])

    async def _celebrate(self, today: date) -> None:
        if not self.who.group:
            return
        path = f"/patients/{self.patient}/celebrations"
        page = await self.web.ask(self.own, "community", "GET", path, also=(404,))
        for offer in page.get("open", []):
            if self.life.shares(self.day(today)):
                share = {
                    "id": self.web.named("share", offer["offer_id"]),
                    "group_id": group_of(self.web, self.who.clinic),
                    "template": offer["wordings"][0]["template"],
                }
                where = f"{path}/{offer['offer_id']}/share"
                status, _ = await self.web.send(self.own, "community", "POST", where, share)
                self._count("celebrations shared", "celebration.shared", status)

    async def _write(self, today: date, moment: datetime) -> None:
        if (entry := self.life.journals(self.day(today))) is None:
            return
        body = {"id": self._id("journal", today), "at": _text(moment), "tags": list(entry[0]), "text": entry[1]}
        path = f"/patients/{self.patient}/journal-entries"
        status, _ = await self.web.send(self.own, "session_logging", "POST", path, body)
        if status == 201 and moment > self.started:
            self.counts.done["journal entries"] += 1

    async def _something_wrong(self, today: date, moment: datetime) -> None:
        """The session that felt wrong, and a yes in the list that the answer to it carried."""
        kind = next(iter(self.who.tracks))
        bout = Bout(kind, KINDS[kind].step, "shorter", None, 9, 4, 8, "wrong", None)
        body = {"id": self._id("session", kind, today), **session_body(bout, moment)}
        path = f"/patients/{self.patient}/sessions"
        status, _ = await self.web.send(self.own, "session_logging", "POST", path, body)
        self._count("sessions", "session.logged", status, moment)
        flag = {"id": self._id("flag", today), "context": "something_wrong", "yes": ["new_weakness"]}
        status, _ = await self.web.send(self.own, "safety", "POST", f"/patients/{self.patient}/red-flags", flag)
        self._count("red flags answered yes", "redflag.raised", status, moment)

    async def doses(self, token: str) -> dict[str, int | None]:
        """What each track asks for now."""
        page = await self.web.ask(token, "progression", "GET", f"/patients/{self.patient}/tracks")
        return {track["track_id"]: track["dose"] for track in page["tracks"]}

    def _count(self, what: str, event: str, status: int, moment: datetime | None = None) -> None:
        """Count what was accepted and is new."""
        if status in (200, 201) and (moment is None or moment > self.started):
            self.counts.done[what] += 1
            self.counts.events[event] += 1

    def _id(self, what: str, *parts: str | date) -> str:
        return self.web.named(what, self.who.key, *(str(part) for part in parts))


async def answer_all(everybody: Sequence[Living], since: datetime, now: datetime) -> int:
    """Everybody's answers to what was offered, side by side; how many."""
    return sum(await asyncio.gather(*(living.answer(since, now) for living in everybody)))


async def live_all(everybody: Sequence[Living], since: datetime, now: datetime) -> None:
    """The rest of everybody's part between two moments, side by side."""
    await asyncio.gather(*(living.live(since, now) for living in everybody))


def session_body(bout: Bout, began: datetime) -> dict[str, Any]:
    """A bout as it is logged, in the unit in which its track is shown."""
    kind = KINDS[bout.kind]
    body: dict[str, Any] = {"track_id": bout.kind, "variant": bout.variant, "started_at": _text(began)}
    if bout.variant != "rest":
        body |= {"amount": round(bout.amount / kind.per_unit, 3), "unit": kind.unit}
    told = {
        "activity": bout.activity,
        "pain": bout.pain,
        "pain_before": bout.pain_before,
        "effort": bout.effort,
        "stop": bout.stop,
        "enjoyment": bout.enjoyment,
    }
    return body | {name: value for name, value in told.items() if value is not None}


def _text(moment: datetime) -> str:
    return moment.isoformat()
