"""What three people of the demo read, and what their clinicians read about them: all of it asked over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from deploy.local.demo.cast import FOLLOWED, KINDS, Somebody
from deploy.local.demo.web import Web

DECISIONS: Final = 4
MESSAGES: Final = 2

TITLES: Final = {
    "steady-walker": "Steady",
    "bad-week": "In a bad week",
    "paper-diary": "On paper only",
}


@dataclass(slots=True)
class Reading:
    """The three people to follow."""

    web: Web
    console: Console
    people: Sequence[Somebody]

    async def show(self) -> None:
        """Each of them, with a token to go on looking, and the tokens of those around them."""
        for somebody in self.people:
            if somebody.key in FOLLOWED:
                await self._show(somebody)

    def tokens(self) -> None:
        """Ready tokens: the three people, their clinicians, a moderator."""
        shown = [somebody for somebody in self.people if somebody.key in FOLLOWED]
        for somebody in shown:
            token = self.web.token("patient", somebody.clinic, self.web.id_of(somebody))
            self._line(f"[bold]{somebody.key}[/bold], patient {self.web.id_of(somebody)} of {somebody.clinic}: {token}")
        for tenant in sorted({somebody.clinic for somebody in shown} - {"demo-clinic"}):
            self._line(f"[bold]clinician[/bold] of {tenant}: {self.web.token('clinician', tenant)}")
        for tenant in sorted({somebody.clinic for somebody in shown})[:1]:
            self._line(f"[bold]moderator[/bold] of {tenant}: {self.web.token('moderator', tenant)}")

    async def _show(self, somebody: Somebody) -> None:
        web, patient = self.web, self.web.id_of(somebody)
        own = web.token("patient", somebody.clinic, patient)
        staff = web.token("clinician", somebody.clinic)
        tracks = await web.ask(own, "progression", "GET", f"/patients/{patient}/tracks")
        reminders = await web.ask(own, "reminders", "GET", f"/patients/{patient}/reminders?limit=50")
        decisions = await web.ask(staff, "progression", "GET", f"/patients/{patient}/decisions?limit=100")
        work = await web.ask(staff, "plans", "GET", f"/patients/{patient}/work-items")
        table = Table(title=f"{TITLES[somebody.key]}: {somebody.key}", title_justify="left", show_lines=False)
        table.add_column("who reads", no_wrap=True)
        table.add_column("what", no_wrap=True)
        table.add_column("in words", overflow="fold")
        for track in tracks["tracks"]:
            why = track["decision"]["explanation"]["text"] if track["decision"] else ""
            table.add_row("the person", f"{track['track_id']}: {amount(track['track_id'], track['dose'])}", why)
        for message in _telling(reminders["items"])[:MESSAGES]:
            table.add_row("", f"{message['kind']} {message['local_time'][5:]}", _said(message))
        human = reminders.get("human") or tracks.get("human")
        if human:
            read = "messages are read" if human["messages_read"] else "messages are not read"
            table.add_row("", "a human", f"{human['name']}, {human['phone']}, {human['hours']}; {read}")
        table.add_section()
        for number, decision in enumerate(_turning(decisions["decisions"])[:DECISIONS]):
            who = "the clinician" if number == 0 else ""
            table.add_row(who, _judged(decision), decision["explanation"]["clinician_text"] or "")
        for item in [*work["waiting"], *work["closed"]][:2]:
            state = item["status"] + (f": {item['note']}" if item.get("note") else "")
            day = _day(item["opened_at"], somebody.tz)
            table.add_row("", f"work {item['kind']}, {day}", f"{item['reason']}, {item['urgency']}; {state}")
        self.console.print(table)

    def _line(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)


def amount(track_id: str, dose: int | None) -> str:
    """A dose in the unit in which its track is shown."""
    if dose is None:
        return "as it feels OK"
    kind = KINDS[track_id]
    return f"{dose / kind.per_unit:g} {kind.unit}"


def _judged(decision: Mapping[str, Any]) -> str:
    before, after = (amount(decision["track_id"], decision[name]) for name in ("dose_before", "dose_in_force"))
    dose = after if before == after else f"{before} → {after}"
    return f"{decision['day'][5:]} {decision['rule']} {decision['action']}, {dose}"


def _turning(decisions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The latest decision, then those that lowered, offered or led back, the latest first, one of a rule."""
    found: dict[str, Mapping[str, Any]] = {}
    for place, decision in enumerate(decisions):
        if place == 0 or decision["action"] != "HOLD":
            found.setdefault(decision["rule"], decision)
    for decision in decisions:
        found.setdefault(decision["rule"], decision)
    return list(found.values())


def _telling(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The latest message of each kind, notes and offers before prompts."""
    found: dict[str, Mapping[str, Any]] = {}
    for message in messages:
        found.setdefault(message["kind"], message)
    return sorted(found.values(), key=lambda message: message["kind"] == "cue")


def _said(message: Mapping[str, Any]) -> str:
    return f"not sent: {message['reason_text']}" if message["reason_text"] else " ".join(message["text"][:2])


def _day(text: str, tz: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(tz)):%m-%d}"
