"""What `make run` tells: a person logs sessions on the stack's clock, and everything that follows is shown."""

import subprocess
import sys
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from rich.console import Console
from rich.table import Table

from deploy.local.clock import set_to
from deploy.local.people import Person, eventually
from deploy.local.supervisor import Running
from deploy.local.topology import ROOT
from deploy.local.trouble import Trouble
from shared.clock import FileClock

TZ: Final = "Europe/Dublin"
CLOCK_SEEN_S: Final = 0.25
"""After so long every service has seen that the clock was moved."""

DIARY: Final = ROOT / "deploy" / "examples" / "diary"
TRACK: Final = {
    "track_id": "walking",
    "activity_family": "walking",
    "marker": "duration_s",
    "unit": "min",
    "freq": 3,
    "goal_dose": 1800,
    "start_phase": "GRADED",
    "start_dose": 600,
}


def tell(running: Running) -> None:
    """One person's first weeks, then a paper diary imported twice."""
    console = running.console
    console.rule("One logged session, followed through the system")
    story = _Story(running, Person(running, str(uuid.uuid4())), console)
    story.enrol()
    story.steady_week()
    story.step_up()
    story.hard_day()
    story.messages()
    console.rule("A paper diary, imported twice")
    _diary(running, console)


class _Story:
    def __init__(self, running: Running, person: Person, console: Console) -> None:
        self._clock_file = running.layout.clock_file
        self._person = person
        self._console = console
        self._seen = 0
        self._first = self._now().astimezone(ZoneInfo(TZ)).date() + timedelta(days=1)

    def enrol(self) -> None:
        """A clinician enrols the person and sets a plan; the person chooses a cue."""
        self._to(0, 9, 0)
        who = self._person
        person = {"id": who.id, "tz": TZ, "locale": "en", "adult": True}
        who.ask("clinician", "plans", "POST", "/patients", person)
        plan = {"id": str(uuid.uuid4()), "usual_pain": 2, "pem": "no", "tracks": [TRACK]}
        plan["flare_plan"] = {
            "steps": ["Rest a while, then do half of it.", "Call us when it has not settled in two days."],
            "phones": [{"label": "The clinic", "number": "+1 555 010 0100"}],
        }
        plan["review_on"] = (self._first + timedelta(days=28)).isoformat()
        who.ask("clinician", "plans", "POST", "/patients/{id}/plans", plan)
        who.known_to(
            ("session_logging", "/patients/{id}/sessions"),
            ("progression", "/patients/{id}/tracks"),
            ("reminders", "/patients/{id}/quiet-hours"),
        )
        eventually(self._newer, "the first decision")
        words = {"situation": "the kettle is on after work", "action": "walk to the corner and back"}
        cue = {"id": str(uuid.uuid4()), "time": "18:00", "track_id": "walking", "if_then": words}
        who.ask("patient", "reminders", "PUT", "/patients/{id}/cues/evening", cue)
        self._console.print(f"Enrolled {who.id} in {TZ}; plan: walk 10 min, 3 times a week, goal 30 min; cue at 18:00.")

    def steady_week(self) -> None:
        """Steady sessions with calm mornings; on the days between, the cue reminds."""
        for day in (0, 2, 4):
            self._log(day, amount=10, pain=2)
            self._to(day, 18, 1)
            self._message(day, "the cue on a day with a session")
            self._morning(day + 1, 2)
            self._to(day + 1, 18, 1)
            self._message(day + 1, "the cue on a day without one")

    def step_up(self) -> None:
        """Seven days after the start the table offers a step, and the person says yes."""
        self._log(7, amount=10, pain=1)
        self._morning(8, 2)
        offer = eventually(self._person.proposals, "an offer")[0]
        options = ", ".join(f"{option['kind']} {option['dose'] // 60} min" for option in offer["options"])
        self._console.print(f"  [cyan]offered[/cyan] {options}")
        answer = {"id": str(uuid.uuid4()), "answer": "accept"}
        path = f"/patients/{{id}}/proposals/{offer['proposal_id']}/answer"
        self._person.ask("patient", "plans", "POST", path, answer)
        eventually(lambda: self._dose() == offer["options"][0]["dose"], "the accepted dose")
        self._console.print(f"  [green]accepted[/green] → dose in force {self._dose() // 60} min")
        self._note(1)
        self._seen = len(self._person.decisions())

    def hard_day(self) -> None:
        """A red day that did not settle: the dose goes down at once, with its reason."""
        self._log(9, amount=11, pain=7)
        self._morning(10, 6)
        self._note(2)

    def messages(self) -> None:
        """Everything that was decided about messages, with the file of each that was sent."""
        table = Table("local time", "kind", "outcome", "what it says, or why it was not sent", title="Messages decided")
        for message in reversed(self._person.messages()):
            said = message["text"][0] if message["text"] else ""
            table.add_row(
                f"{message['local_date']} {message['local_time'][-5:]}",
                message["kind"],
                message["status"],
                message["why"] or said,
            )
        self._console.print(table)

    def _log(self, day: int, *, amount: int, pain: int) -> None:
        began = self._to(day, 10, 0)
        accepted = time.monotonic()
        took = self._person.log(
            track_id="walking", amount=amount, unit="min", pain=pain, pain_before=2, started_at=began.isoformat()
        )
        self._console.print(
            f"[bold]{began.astimezone(ZoneInfo(TZ)):%a %d %b %H:%M}[/bold] session.logged: {amount} min, pain {pain}"
            f" [dim](accepted in {took * 1000:.0f} ms)[/dim]"
        )
        self._decision(accepted)

    def _morning(self, day: int, pain: int) -> None:
        at = self._to(day, 8, 30)
        accepted = time.monotonic()
        self._person.morning(at, pain)
        self._console.print(
            f"[bold]{at.astimezone(ZoneInfo(TZ)):%a %d %b %H:%M}[/bold] morning_check.recorded: pain {pain}"
        )
        self._decision(accepted)

    def _decision(self, accepted: float) -> None:
        """Show the decisions that followed, as soon as the record's own can be read (a new day leads to some too)."""
        found: list[dict[str, Any]] = []

        def answered() -> bool:
            found.extend(self._newer())
            return any(decision["trigger"] == "record" for decision in found)

        eventually(answered, "a decision")
        took = time.monotonic() - accepted
        for decision in found:
            before, after = decision["dose_before"] // 60, decision["dose_in_force"] // 60
            dose = f"{before} min" if before == after else f"{before} → {after} min"
            self._console.print(
                f"  progression.decided {decision['rule']} {decision['action']}, dose {dose}"
                f" [dim]({took * 1000:.0f} ms after the log)[/dim]: {decision['explanation']['text']}"
            )

    def _newer(self) -> list[dict[str, Any]]:
        decisions = self._person.decisions()
        if len(decisions) <= self._seen:
            return []
        newer = decisions[: len(decisions) - self._seen]
        self._seen = len(decisions)
        return newer[::-1]

    def _message(self, day: int, what: str) -> None:
        """Show what became of the day's cue."""
        local_date = (self._first + timedelta(days=day)).isoformat()

        def decided() -> dict[str, Any] | None:
            ended = ("sent", "suppressed", "unknown", "failed")
            mine = [m for m in self._person.messages() if m["kind"] == "cue" and m["local_date"] == local_date]
            return next((m for m in mine if m["status"] in ended), None)

        message = eventually(decided, what)
        assert message is not None  # noqa: S101 - eventually returns only what is true
        why = f": {message['why']}" if message["why"] else ""
        self._console.print(f"  message decided, {what}: [magenta]{message['status']}[/magenta]{why}")

    def _note(self, count: int) -> None:
        """Show the note on a changed dose, the story's nth."""

        def sent() -> dict[str, Any] | None:
            notes = [m for m in self._person.messages() if m["kind"] == "change_note" and m["status"] == "sent"]
            return notes[0] if len(notes) == count else None

        note = eventually(sent, "the note on a changed dose")
        assert note is not None  # noqa: S101 - eventually returns only what is true
        self._console.print(
            f"  message decided, the note on a changed dose: [magenta]sent[/magenta]: {note['text'][0]}"
        )

    def _dose(self) -> int:
        tracks = self._person.ask("patient", "progression", "GET", "/patients/{id}/tracks")["tracks"]
        return int(tracks[0]["dose"])

    def _to(self, day: int, hour: int, minute: int) -> datetime:
        """Move the stack's clock to a local time of the story's nth day."""
        moment = _local(self._first + timedelta(days=day), hour, minute)
        shown = set_to(self._clock_file, max(moment, self._now()))
        time.sleep(CLOCK_SEEN_S)
        return shown

    def _now(self) -> datetime:
        return FileClock(self._clock_file).now()


def _local(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(TZ)).astimezone(UTC)


def _diary(running: Running, console: Console) -> None:
    """A small diary of the project's own goes through the batch log twice; the second time nothing is new."""
    person = Person(running, str(uuid.uuid4()))
    enrolment = {"id": person.id, "tz": TZ, "locale": "en", "adult": True, "record_mode": "batch"}
    person.ask("clinician", "plans", "POST", "/patients", enrolment)
    person.known_to(("session_logging", "/patients/{id}/sessions"))
    today = FileClock(running.layout.clock_file).now().astimezone(ZoneInfo(TZ)).date()
    for time_ in ("first", "second"):
        counts = _import(running, person, today)
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        console.print(f"{time_} import: {told}")


def _import(running: Running, person: Person, today: date) -> dict[str, int]:
    command = [sys.executable, "-m", "services.session_logging", "import", str(DIARY / "diary.csv")]
    command += ["--mapping", str(DIARY / "mapping.toml"), "--patient", person.id, "--shift-to", today.isoformat()]
    command += ["--url", running.url("session_logging"), "--json"]
    done = subprocess.run(
        command, cwd=Path(ROOT), env={"PACEWELL_TOKEN": person.token, "PATH": ""}, capture_output=True, check=False
    )
    if done.returncode not in (0, 1):
        raise Trouble(f"The diary import ended with exit code {done.returncode}.")
    counts: dict[str, int] = orjson.loads(done.stdout)["counts"]
    return counts
