"""`make run` as a person sees it: lives lived, one log followed, tokens that work, a clean end, a second run."""

import asyncio
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from deploy.local.demo.cast import FOLLOWED, Somebody, cast
from deploy.local.demo.web import Web
from deploy.local.demo.weeks import Weeks
from deploy.local.ports import LOOPBACK
from deploy.local.supervisor import Running
from deploy.local.topology import ROOT, SERVICES, Ports
from tests.support.e2e_command import Ended, Run, free_shift, running, seconds_to_ready

pytestmark = pytest.mark.timeout(400)

Life = list[list[Any]]
"""A person's sessions in order, and what each track asks for in the end."""

HOME: Final = "home"
PROCESSES: Final = 1 + len(SERVICES) + 1 + len(SERVICES) + 1
"""Kafka, an engine per service and one for keys, the services, and the one that forks them."""


PEOPLE, DAYS, SEED = 8, 6, 3
SMALL: Final = ("--people", str(PEOPLE), "--days", str(DAYS), "--seed", str(SEED))


@dataclass(frozen=True)
class Told:
    """The first run: what it said, what could be asked while it was up, and how it ended after Ctrl-C."""

    run: Run
    shift: int
    said: str
    children: dict[int, str]
    patient_id: str
    sessions: list[dict[str, Any]]
    other_token: str
    lives: dict[str, Life]
    lived_on: str
    ended: Ended

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.said.splitlines()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    home, shift = tmp_path_factory.mktemp("make-run") / HOME, free_shift()
    with running(home, shift, *SMALL) as run:
        said = run.until_up()
        children = run.children()
        patient_id = found(r"^Enrolled (\S+) in ", said)
        other = command(found(r"^Other tokens: (.*)$", said).replace("--patient ID", f"--patient {patient_id}"))
        sessions = sessions_of(said, patient_id, other)
        lives = {key: life_of(said, key) for key in FOLLOWED}
        lived_on = command(f"{found(r'^One more day: (.*)$', said)} --seed {SEED}")
        yield Told(
            run, shift, said, children, patient_id, sessions, other, lives, lived_on, run.ended(after=signal.SIGINT)
        )


@dataclass(frozen=True)
class Again:
    """The second run on the kept data, which lost a process while it stayed up."""

    said: str
    ready_s: float
    sessions: list[dict[str, Any]]
    ended: Ended


@pytest.fixture(scope="module")
def again(told: Told) -> Iterator[Again]:
    with running(told.run.home, told.shift, *SMALL) as run:
        said = run.until_up()
        sessions = sessions_of(said, told.patient_id, told.other_token)
        victim = next(pid for pid, line in run.children().items() if line.startswith("progression: "))
        os.kill(victim, signal.SIGKILL)
        yield Again(said, seconds_to_ready(said), sessions, run.ended())


STEPS: Final = (
    r"^\w{3} \d\d \w{3} \d\d:\d\d session\.logged: 10 min, pain 2 \(accepted in \d+ ms\)$",
    r"^progression\.decided R\w+ [A-Z_]+, dose 10 min \(\d+ ms after the log\): \S.{10,}",
    r"^milestone\.reached first session \(\d+ ms after the log\)$",
    r"^celebration\.offered to the person alone \(\d+ ms after the log\): \S.{10,}",
    r"^celebration\.shared by the person, in words they chose \(\d+ ms after the log\)$",
    r"^post\.published in “.+” as .+ \(\d+ ms after the log\): My first session is done",
    r"^\w{3} \d\d \w{3} 10:31 message decided, the cue of 10:30: suppressed: You had logged it already\.$",
)


def test_a_log_is_followed_to_its_decision_the_celebration_and_the_message(told: Told) -> None:
    first = next(number for number, line in enumerate(told.lines) if re.match(STEPS[0], line))
    for step, line in zip(STEPS, told.lines[first:], strict=False):
        assert re.match(step, line), line


def test_the_weeks_were_lived_through_the_services_and_their_counts_are_told(told: Told) -> None:
    assert f"{PEOPLE} people of 2 clinics live {DAYS} days" in told.said
    line = next(line for line in told.lines if re.search(r"\d+ decisions", line) and "mornings" in line)
    happened = counts(line)
    assert happened["sessions"] >= PEOPLE
    assert happened["decisions"] >= happened["sessions"]
    assert happened["mornings"] > PEOPLE * DAYS / 2
    assert happened["messages sent"] >= PEOPLE


def test_three_people_are_shown_with_what_they_and_their_clinicians_read(told: Told) -> None:
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.lines if line.startswith("│")]
    assert sum(row[0] == "the person" for row in rows) >= len(FOLLOWED)
    assert sum(row[0] == "the clinician" for row in rows) >= len(FOLLOWED) - 1
    assert all(row[2] for row in rows if row[0])
    assert len(told.lines) <= 110


def test_the_same_seed_lives_the_same_lives_on_another_stack(told: Told, stack: Running) -> None:
    async def lived() -> dict[str, Life]:
        web = Web(stack.layout, stack.issuer, SEED)
        try:
            weeks = Weeks(web, cast(PEOPLE))
            first = await weeks.begin()
            await weeks.live(first, first + timedelta(days=DAYS - 1), lambda _so_far, _of: None)
            return {who.key: await life_over(web, who) for who in weeks.people if who.key in FOLLOWED}
        finally:
            await web.close()

    assert any(told.lives.values())
    assert asyncio.run(lived()) == told.lives


def test_everybody_lives_on_from_there(told: Told) -> None:
    said = " ".join(told.lived_on.split())
    assert f"{PEOPLE} people live 1 more days" in said
    assert counts(said)["decisions"] >= 1
    assert re.search(r"[1-9]\d* mornings\b", said)
    assert re.search(r"The clock shows \d{4}-\d\d-\d\d 22:31 in London\.", said)


def test_a_demo_that_is_not_there_cannot_live_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", "live", "--home", str(tmp_path), "--days", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"No Pacewell runs in {tmp_path}: start it with make run, in another terminal.\n"


def test_the_diary_is_new_once(told: Told) -> None:
    first = counts(str(found(r"^first import: (.*)$", told.said)))
    second = counts(str(found(r"^second import: (.*)$", told.said)))
    assert first["logged"] + first["history only"] > 30
    assert (first["exists"], first["not sent"]) == (0, 0)
    assert (second["logged"], second["history only"], second["not sent"]) == (0, 0, 0)
    assert second["exists"] == first["logged"] + first["history only"]
    assert second["rejected"] == first["rejected"]


def test_the_printed_tokens_and_commands_work(told: Told) -> None:
    assert len(told.sessions) == 1
    assert re.findall(r"^(?:clinician|admin) of demo-clinic: eyJ\S+$", told.said, re.MULTILINE)
    for service in SERVICES:
        assert re.search(rf"^{service} +http://127\.0\.0\.1:\d+ .*/openapi\.json .*/metrics", told.said, re.MULTILINE)


def test_ctrl_c_ends_every_process_within_ten_seconds(told: Told) -> None:
    assert len(told.children) == PROCESSES, told.children
    assert told.ended.exit_code == 0
    assert told.ended.took_s < 10
    assert told.ended.left_behind == []
    assert told.ended.errors == ""
    assert re.search(r"Every process has ended \([\d.]+ s\)\.", told.ended.said)


def test_a_second_run_finds_what_the_first_recorded(told: Told, again: Again) -> None:
    assert again.sessions == told.sessions
    assert "The demo is there" in again.said
    assert f"{PEOPLE} people of 2 clinics live" not in again.said
    assert re.search(r"^ +post\.published in ", again.said, re.MULTILINE)
    assert again.ready_s < 60, "15 s are promised on a machine that does nothing else"


def test_a_process_that_is_killed_ends_the_run_with_one_sentence(told: Told, again: Again) -> None:
    log = told.run.home / "logs" / "progression.log"
    assert again.ended.errors == (f"progression ended by itself with exit code -9; its last words are in {log}.\n")
    assert again.ended.exit_code == 1
    assert again.ended.left_behind == []
    assert "Traceback" not in again.ended.said


def test_a_port_in_use_is_one_sentence_that_names_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    shift = free_shift()
    port = Ports.usual(shift).http["progression"]
    with socket.create_server((LOOPBACK, port)), running(tmp_path_factory.mktemp("taken") / HOME, shift) as run:
        ended = run.ended()
    assert ended.exit_code == 1
    assert len(ended.errors.splitlines()) == 1
    assert f"Port {port}, needed by progression, is in use" in ended.errors
    assert "Traceback" not in ended.said + ended.errors


def test_ctrl_c_while_it_starts_leaves_nothing_behind(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("early") / HOME, free_shift()) as run:
        until = time.monotonic() + 60
        while not any("kafka.Kafka" in line for line in run.children().values()) and time.monotonic() < until:
            time.sleep(0.02)
        ended = run.ended(after=signal.SIGINT)
    assert ended.exit_code != 0
    assert ended.took_s < 10
    assert ended.left_behind == []
    assert "Traceback" not in ended.said + ended.errors


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, f"{pattern} in {text}"
    return match[1]


def counts(line: str) -> dict[str, int]:
    """`28 logged, 10 history only` as numbers by name."""
    return {name: int(number) for number, name in re.findall(r"(\d+) ([a-z ]+)", line)}


def life_of(said: str, key: str) -> Life:
    """What a followed person logged and was asked for, with their printed token."""
    patient, token = re.search(rf"^{key}, patient (\S+) of \S+: (eyJ\S+)$", said, re.MULTILINE).groups()  # type: ignore[union-attr]
    head = {"Authorization": f"Bearer {token}"}

    def ask(service: str, what: str) -> Any:
        url = found(rf"^{service} +(http://\S+)", said)
        return httpx.get(f"{url}/v1/patients/{patient}/{what}", headers=head, timeout=30.0).raise_for_status().json()

    return life(ask("session_logging", "sessions?limit=200"), ask("progression", "tracks"))


async def life_over(web: Web, who: Somebody) -> Life:
    """The same, asked as the demo asks."""
    patient = web.id_of(who)
    token = web.token("patient", who.clinic, patient)
    sessions = await web.ask(token, "session_logging", "GET", f"/patients/{patient}/sessions?limit=200")
    return life(sessions, await web.ask(token, "progression", "GET", f"/patients/{patient}/tracks"))


def life(sessions: Mapping[str, Any], tracks: Mapping[str, Any]) -> Life:
    told = ("track_id", "variant", "amount", "pain", "effort", "stop")
    return [
        *([session[name] for name in told] for session in reversed(sessions["items"])),
        *([track["track_id"], track["dose"]] for track in tracks["tracks"]),
    ]


def command(line: str) -> str:
    """Run a command that was printed for the person; what it says."""
    _, *arguments = shlex.split(line)
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def sessions_of(said: str, patient_id: str, token: str) -> list[dict[str, Any]]:
    """The person's sessions, from the printed address."""
    url = found(r"^session_logging +(http://\S+)", said)
    head = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{url}/v1/patients/{patient_id}/sessions?limit=200", headers=head, timeout=30.0)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items
