"""What `make run` tells: two clinics whose people live some weeks, one log followed, three people to read.

And `make demo-clock`: they live on, on the stack that runs.
"""

import asyncio
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import orjson
from rich.console import Console

from deploy.local.demo.cast import CAST, CLINICS, HARBOUR, Somebody, cast
from deploy.local.demo.follow import Follow
from deploy.local.demo.loop import play
from deploy.local.demo.moments import HOME, coming, last_of
from deploy.local.demo.reading import Reading
from deploy.local.demo.web import Web
from deploy.local.demo.weeks import Weeks, until
from deploy.local.issuer import open_issuer
from deploy.local.screen import Screen
from deploy.local.supervisor import Running
from deploy.local.topology import ROOT, Layout
from deploy.local.trouble import Trouble
from shared.clock import FileClock
from shared.ids import random_id

SEED: Final = 1
DIARY: Final = ROOT / "deploy" / "examples" / "diary"


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo of so many people (of the cast, in its order) and days; the seed draws their lives."""

    people: int
    days: int
    seed: int = SEED

    def tell(self, running: Running) -> None:
        """Live what was not lived yet, follow one new log, show what three people and their clinicians read."""
        play(self._tell(running))

    async def _tell(self, running: Running) -> None:
        web = Web(running.layout, running.issuer, self.seed)
        try:
            people = cast(self.people)
            weeks = Weeks(web, people)
            fresh = await self._live(weeks, running.console)
            running.console.rule("One log, followed to the celebration")
            await Follow(web, running.console).tell()
            if fresh:
                running.console.rule("A paper diary, imported twice")
                await _diary(running, web)
            running.console.rule("Three people to follow")
            reading = Reading(web, running.console, people)
            await reading.show()
            reading.tokens()
        finally:
            await web.close()

    async def _live(self, weeks: Weeks, console: Console) -> bool:
        """Live the days that were not lived yet; whether there were any."""
        first = await weeks.first_day()
        if first is not None and not coming(weeks.now(), first + timedelta(days=self.days - 1)):
            console.print("The demo is there: its people have lived their weeks.")
            return False
        first = await weeks.begin(first)
        title = f"{len(weeks.people)} people of {len(CLINICS)} clinics live {self.days} days"
        with Screen(console).step(title, title) as advance:
            await weeks.live(first, first + timedelta(days=self.days - 1), advance)
        console.print(told(weeks.counts.done), highlight=False)
        return True


def go_on(layout: Layout, console: Console, days: int, seed: int = SEED) -> None:
    """Let everybody whom the running stack knows live on; `Trouble` when the demo is not there."""
    play(_go_on(layout, console, days, seed))


async def _go_on(layout: Layout, console: Console, days: int, seed: int) -> None:
    web = Web(layout, open_issuer(layout.issuer), seed)
    try:
        weeks = Weeks(web, await _there(web))
        first = await weeks.first_day()
        if first is None:
            raise Trouble("The demo's people are not there: start it with make run, without --no-story.")
        title = f"{len(weeks.people)} people live {days} more days"
        with Screen(console).step(title, title) as advance:
            await weeks.live(first, last_of(weeks.now(), days), advance)
        console.print(told(weeks.counts.done), highlight=False)
        now = weeks.now().astimezone(HOME)
        console.print(f"The clock shows {now:%Y-%m-%d %H:%M} in London.", highlight=False)
    finally:
        await web.close()


async def _there(web: Web) -> list[Somebody]:
    """The cast's people whom the stack knows."""
    people = cast(len(CAST))
    known = await asyncio.gather(*(_known(web, somebody) for somebody in people))
    there = [somebody for somebody, knows in zip(people, known, strict=True) if knows]
    if not there:
        raise Trouble("The demo's people are not there: start it with make run, without --no-story.")
    return there


async def _known(web: Web, somebody: Somebody) -> bool:
    token = web.token("clinician", somebody.clinic)
    return bool(await web.ask(token, "plans", "GET", f"/patients/{web.id_of(somebody)}", also=(404,)))


def told(done: Counter[str]) -> str:
    """What happened, in one line, the most first."""
    return ", ".join(f"{count} {what}" for what, count in done.most_common())


async def _diary(running: Running, web: Web) -> None:
    """A small diary of the project's own goes through the batch log twice; the second time nothing is new."""
    patient = random_id()
    enrolment = {"id": patient, "tz": "Europe/Dublin", "locale": "en", "record_mode": "batch", "adult": True}
    await web.ask(web.token("clinician", HARBOUR), "plans", "POST", "/patients", enrolment)
    own = web.token("patient", HARBOUR, patient)

    async def known() -> bool:
        status, _ = await web.send(own, "session_logging", "GET", f"/patients/{patient}/sessions")
        return status == 200

    await until(known, "session_logging to know the person")
    today = FileClock(running.layout.clock_file).now().astimezone(ZoneInfo("Europe/Dublin")).date()
    for time_ in ("first", "second"):
        counts = await asyncio.to_thread(_import, running, patient, own, today)
        said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        running.console.print(f"{time_} import: {said}")


def _import(running: Running, patient: str, token: str, today: date) -> dict[str, int]:
    command = [sys.executable, "-m", "services.session_logging", "import", str(DIARY / "diary.csv")]
    command += ["--mapping", str(DIARY / "mapping.toml"), "--patient", patient, "--shift-to", today.isoformat()]
    command += ["--url", running.url("session_logging"), "--json"]
    environment = {"PACEWELL_TOKEN": token, "PATH": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise Trouble(f"The diary import ended with exit code {done.returncode}.")
    counts: dict[str, int] = orjson.loads(done.stdout)["counts"]
    return counts
