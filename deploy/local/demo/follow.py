"""One new log, followed on the screen: decision with its reason, milestone, offer to share, post, and the message."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock_time
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console

from deploy.local.clock import set_to
from deploy.local.demo.arriving import goal_body, plan_body
from deploy.local.demo.cast import HARBOUR, KINDS
from deploy.local.demo.moments import at
from deploy.local.demo.settled import Settled
from deploy.local.demo.web import Web
from deploy.local.demo.weeks import CLOCK_SEEN_S, until
from shared.clock import FileClock
from shared.ids import random_id

TZ: Final = "Europe/Dublin"
LOGS_AT: Final = clock_time(10, 0)
CUE: Final = clock_time(10, 30)

Look = Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class Follow:
    """Somebody who comes new to the clinic, and their first session."""

    web: Web
    console: Console
    patient: str = field(default_factory=random_id)
    accepted: float = 0.0
    settled: Settled = field(init=False)

    def __post_init__(self) -> None:
        """What this person's steps lead to is counted on its own."""
        self.settled = Settled(self.web)

    @property
    def own(self) -> str:
        """Their own token."""
        return self.web.token("patient", HARBOUR, self.patient)

    @property
    def clinician(self) -> str:
        """Their clinician's token."""
        return self.web.token("clinician", HARBOUR)

    async def tell(self) -> None:
        """From the log to the celebration, each step with the time since the log was accepted."""
        await self._arrive()
        group = await self._join()
        await self._log()
        await self._decision()
        await self._celebrate(group)
        await self._message()

    async def _arrive(self) -> None:
        today = self._to(LOGS_AT)
        await self.settled.begin()
        person = {"id": self.patient, "tz": TZ, "locale": "en", "adult": True}
        await self.web.ask(self.clinician, "plans", "POST", "/patients", person)
        tracks = [KINDS["walking"].terms("walking", 3, 1, "GRADED")]
        review_on = today.date() + timedelta(days=42)
        plan = plan_body(random_id(), HARBOUR, tracks, review_on=review_on, usual_pain=2, pem="no")
        await self.web.ask(self.clinician, "plans", "POST", f"/patients/{self.patient}/goals", goal_body(random_id()))
        await self.web.ask(self.clinician, "plans", "POST", f"/patients/{self.patient}/plans", plan)
        await self.settled.wait({"patient.enrolled": 1, "plan.activated": 1})
        words = {"situation": "the kettle is on", "action": "walk to the corner and back"}
        cue = {"id": random_id(), "time": f"{CUE:%H:%M}", "track_id": "walking", "if_then": words}
        await self.web.ask(self.own, "reminders", "PUT", f"/patients/{self.patient}/cues/morning", cue)
        self.console.print(
            f"Enrolled {self.patient} in {TZ}; plan: walk 10 min, 3 times a week, goal 30 min; cue at {CUE:%H:%M}.",
            highlight=False,
        )

    async def _join(self) -> Mapping[str, Any]:
        """The person's own consent to a group that has room; a new group where none has."""
        page = await self.web.ask(self.own, "community", "GET", "/groups")
        for group in page["items"]:
            body = {"id": random_id(), "consent": True}
            path = f"/groups/{group['group_id']}/members"
            if await self.web.ask(self.own, "community", "POST", path, body, also=(409, 422)):
                return dict(group)
        moderator = self.web.token("moderator", HARBOUR)
        opened = {"id": random_id(), "name": "Harbour newcomers", "language": "en", "run_by": "clinic"}
        group = await self.web.ask(moderator, "community", "POST", "/groups", opened)
        body = {"id": random_id(), "consent": True}
        await self.web.ask(self.own, "community", "POST", f"/groups/{opened['id']}/members", body)
        return dict(group)

    async def _log(self) -> None:
        now = self._now()
        body = {"id": random_id(), "track_id": "walking", "amount": 10, "unit": "min", "pain": 2, "pain_before": 2}
        sent = time.monotonic()
        path = f"/patients/{self.patient}/sessions"
        began = {"started_at": (now - timedelta(minutes=12)).isoformat()}
        await self.web.ask(self.own, "session_logging", "POST", path, {**body, **began})
        self.accepted = time.monotonic()
        took = (self.accepted - sent) * 1000
        local = now.astimezone(ZoneInfo(TZ))
        self.console.print(
            f"[bold]{local:%a %d %b %H:%M}[/bold] session.logged: 10 min, pain 2"
            f" [dim](accepted in {took:.0f} ms)[/dim]",
            highlight=False,
        )

    async def _decision(self) -> None:
        path = f"/patients/{self.patient}/decisions?limit=20"

        async def looked() -> dict[str, Any] | None:
            page = await self.web.ask(self.clinician, "progression", "GET", path)
            return next((one for one in page["decisions"] if one["trigger"] == "record"), None)

        decision = await self._seen(looked, "a decision")
        text = decision["explanation"]["text"]
        dose = f"dose {decision['dose_in_force'] // 60} min"
        self._say("progression.decided", f"{decision['rule']} {decision['action']}, {dose}", text)

    async def _celebrate(self, group: Mapping[str, Any]) -> None:
        path = f"/patients/{self.patient}/celebrations"

        async def looked() -> dict[str, Any] | None:
            page = await self.web.ask(self.own, "community", "GET", path)
            return next(iter(page["open"]), None)

        offer = await self._seen(looked, "an offer to share")
        self._say("milestone.reached", str(offer["kind"]).replace("_", " "))
        self._say("celebration.offered", "to the person alone", offer["text"])
        wording = offer["wordings"][1 % len(offer["wordings"])]
        share = {"id": random_id(), "group_id": group["group_id"], "template": wording["template"]}
        await self.web.ask(self.own, "community", "POST", f"{path}/{offer['offer_id']}/share", share)
        self._say("celebration.shared", "by the person, in words they chose")

        async def posted() -> dict[str, Any] | None:
            page = await self.web.ask(self.own, "community", "GET", f"/groups/{group['group_id']}/posts")
            return next((post for post in page["items"] if post["mine"]), None)

        post = await self._seen(posted, "the post in the feed")
        self._say("post.published", f"in “{group['name']}” as {post['author']['name']}", post["text"])

    async def _message(self) -> None:
        """The prompt of the day, which is no longer needed: `reminders` has the log before the hour comes."""
        await self.settled.wait({"session.logged": 1})
        now = self._to(clock_time(CUE.hour, CUE.minute + 1), stay=True)

        async def looked() -> dict[str, Any] | None:
            page = await self.web.ask(self.own, "reminders", "GET", f"/patients/{self.patient}/reminders")
            ended = ("sent", "suppressed", "unknown", "failed")
            mine = [one for one in page["items"] if one["kind"] == "cue" and one["status"] in ended]
            return mine[0] if mine else None

        message = await self._seen(looked, "the day's prompt")
        local = now.astimezone(ZoneInfo(TZ))
        why = message["reason_text"] or " ".join(message["text"])
        self.console.print(
            f"[bold]{local:%a %d %b %H:%M}[/bold] message decided, the cue of {CUE:%H:%M}: "
            f"[magenta]{message['status']}[/magenta]: {why}",
            highlight=False,
        )

    async def _seen(self, look: Look, what: str) -> Any:
        found: list[Any] = []

        async def done() -> bool:
            answer = await look()
            if answer:
                found.append(answer)
            return bool(answer)

        await until(done, what)
        return found[0]

    def _say(self, event: str, what: str, words: str = "") -> None:
        took = (time.monotonic() - self.accepted) * 1000
        said = f": {words}" if words else ""
        self.console.print(f"  {event} {what} [dim]({took:.0f} ms after the log)[/dim]{said}", highlight=False)

    def _to(self, wall: clock_time, *, stay: bool = False) -> datetime:
        """Move the stack's clock to this local time: today if `stay`, else its next occurrence."""
        now = self._now()
        moment = at(now.astimezone(ZoneInfo(TZ)).date(), wall, TZ)
        if moment <= now and not stay:
            moment = at(now.astimezone(ZoneInfo(TZ)).date() + timedelta(days=1), wall, TZ)
        shown = set_to(self.web.layout.clock_file, max(moment, now))
        time.sleep(CLOCK_SEEN_S)
        return shown

    def _now(self) -> datetime:
        return FileClock(self.web.layout.clock_file).now()
