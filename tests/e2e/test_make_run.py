"""`make run` as a person sees it: one log followed through the system, tokens that work, a clean end, a second day."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.topology import ROOT, SERVICES, Ports
from tests.support.e2e_command import Ended, Run, free_shift, running, seconds_to_ready

HOME: Final = "home"
PROCESSES: Final = 1 + len(SERVICES) + 1 + len(SERVICES)
"""Kafka, an engine per service and one for keys, the services."""


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
    clock: str
    ended: Ended

    @property
    def lines(self) -> list[str]:
        return [line.strip() for line in self.said.splitlines()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    home, shift = tmp_path_factory.mktemp("make-run") / HOME, free_shift()
    with running(home, shift) as run:
        said = run.until_up()
        children = run.children()
        patient_id = str(found(r"^Enrolled (\S+) in ", said))
        other = command(str(found(r"^Other tokens: (.*)$", said)).replace("--patient ID", f"--patient {patient_id}"))
        sessions = sessions_of(said, patient_id, other)
        clock = command(str(found(r"^The stack's clock: (.*)$", said)))
        yield Told(run, shift, said, children, patient_id, sessions, other, clock, run.ended(after=signal.SIGINT))


@dataclass(frozen=True)
class Again:
    """The second run on the kept data, which lost a process while it stayed up."""

    ready_s: float
    sessions: list[dict[str, Any]]
    ended: Ended


@pytest.fixture(scope="module")
def again(told: Told) -> Iterator[Again]:
    with running(told.run.home, told.shift, "--no-story") as run:
        said = run.until_up()
        sessions = sessions_of(said, told.patient_id, told.other_token)
        victim = next(pid for pid, line in run.children().items() if "services.progression" in line)
        os.kill(victim, signal.SIGKILL)
        yield Again(seconds_to_ready(said), sessions, run.ended())


def test_a_log_is_followed_to_its_decision_and_to_the_message(told: Told) -> None:
    logged = [number for number, line in enumerate(told.lines) if "session.logged: " in line]
    assert len(logged) >= 5
    for number in logged:
        assert re.search(r"\d\d:\d\d session\.logged: \d+ min, pain \d+ \(accepted in \d+ ms\)$", told.lines[number])
        decided = told.lines[number + 1]
        words = r"^progression\.decided R\w+ [A-Z_]+, dose \d+( → \d+)? min \(\d+ ms after the log\): \S.{10,}"
        assert re.match(words, decided), decided
    after = [told.lines[number + 2] for number in logged]
    assert any(re.match(r"message decided, .*: suppressed: You had logged it already\.$", line) for line in after)


def test_the_dose_goes_down_at_once_with_its_reason_and_up_only_after_a_yes(told: Told) -> None:
    text = "\n".join(told.lines)
    offered = text.index("offered step ")
    accepted = text.index("accepted → dose in force 11 min")
    lowered = text.index("progression.decided R8a REGRESS, dose 11 → 8 min")
    assert text.index("progression.decided R11 ADVANCE, dose 10 min") < offered < accepted < lowered
    assert "session.logged: 11 min" not in text[:accepted]
    assert re.search(r"message decided, the note on a changed dose: sent: It took longer to settle", text[lowered:])


def test_every_message_is_shown_as_sent_or_with_why_not(told: Told) -> None:
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.lines if line.startswith("│")]
    assert len(rows) >= 8
    assert {outcome for _, _, outcome, _ in rows} == {"sent", "suppressed"}
    assert all(said for *_, said in rows)


def test_the_diary_is_new_once(told: Told) -> None:
    first = counts(str(found(r"^first import: (.*)$", told.said)))
    second = counts(str(found(r"^second import: (.*)$", told.said)))
    assert first["logged"] + first["history only"] > 30
    assert (first["exists"], first["not sent"]) == (0, 0)
    assert (second["logged"], second["history only"], second["not sent"]) == (0, 0, 0)
    assert second["exists"] == first["logged"] + first["history only"]
    assert second["rejected"] == first["rejected"]


def test_the_printed_tokens_and_commands_work(told: Told) -> None:
    assert len(told.sessions) == 5
    assert told.clock.startswith("The clock shows ")
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
