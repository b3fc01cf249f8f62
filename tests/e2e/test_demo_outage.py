"""`make demo-outage` as a person sees it: five logs accepted while Kafka is dead, five effects when it is back."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.topology import ROOT


@dataclass(frozen=True)
class Shown:
    """What it said, line by line, and how it ended."""

    exit_code: int
    lines: list[str]
    errors: str
    home: Path


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    home = tmp_path_factory.mktemp("demo-outage")
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", "outage", "--home", str(home)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Shown(done.returncode, done.stdout.splitlines(), done.stderr, home)


def seconds(line: str) -> float:
    return float(line.split(" s ", 1)[0])


def only(shown: Shown, pattern: str) -> list[str]:
    return [line for line in shown.lines if re.search(pattern, line)]


@pytest.mark.timeout(400)
def test_five_logs_are_accepted_while_kafka_is_dead(shown: Shown) -> None:
    assert (shown.exit_code, shown.errors) == (0, "")
    killed, back = (seconds(only(shown, rf"kafka +{word}")[0]) for word in ("killed", "back"))
    accepted = only(shown, r"session_logging +log \d of 5: 201 after \d+ ms")
    assert len(accepted) == 5
    assert all(killed <= seconds(line) < back for line in accepted)
    degraded = only(shown, "/readyz: 200 degraded")
    assert killed <= seconds(degraded[0]) < back
    assert only(shown, r"progression +0 new decisions")


def test_each_has_its_effect_when_kafka_is_back_and_none_twice(shown: Shown) -> None:
    back = seconds(only(shown, r"kafka +back")[0])
    effects = only(shown, r"progression +log \d: R\w+ [A-Z_]+, “.+”")
    assert len(effects) == 5
    assert all(seconds(line) >= back for line in effects)
    assert only(shown, "sessions stored 5, decisions because of them 5")
    assert only(shown, r"session\.logged 5 events")
    assert only(shown, "5 accepted, 5 effects, 0 lost, 0 twice")


def test_it_has_a_stack_of_its_own_and_leaves_none_behind(shown: Shown) -> None:
    assert (shown.home / "outage" / "data").is_dir()
    assert not (shown.home / "data").exists()
    assert only(shown, r"Every process has ended")
