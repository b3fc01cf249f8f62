"""`python -m deploy.local run` as a person starts it: a process with a terminal's output, signals and children."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.ports import is_free
from deploy.local.topology import ROOT, Ports

LAST_LINE: Final = "Ctrl-C stops it"
PATIENCE_S: Final = 120.0


def free_shift() -> int:
    """A port shift with which every documented port is free now."""
    for shift in random.sample(range(1000, 5600), 300):
        if all(is_free(port) for port in Ports.usual(shift).named()):
            return shift
    raise AssertionError("no shift leaves every port free")


@dataclass
class Ended:
    """How a run ended: everything it said, its exit code, how long leaving took, and who was left behind."""

    said: str
    errors: str
    exit_code: int
    took_s: float
    left_behind: list[int] = field(default_factory=list)


class Run:
    """One `run` in a folder of its own; its output goes to files, so that nothing waits for a reader."""

    def __init__(self, home: Path, shift: int, *options: str) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self._out, self._err = home / "said.txt", home / "errors.txt"
        command = [sys.executable, "-m", "deploy.local", "run", "--home", str(home), "--port-shift", str(shift)]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*command, *options],
                cwd=ROOT,
                stdout=out,
                stderr=err,
                env={**os.environ, "COLUMNS": "500", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            )

    @property
    def said(self) -> str:
        """What the terminal shows so far."""
        return self._out.read_text()

    def until_up(self) -> str:
        """What it said until it stays up."""
        until = time.monotonic() + PATIENCE_S
        while LAST_LINE not in self.said:
            assert self.process.poll() is None, f"it ended: {self.said}{self._err.read_text()}"
            assert time.monotonic() < until, f"it is not up: {self.said}"
            time.sleep(0.1)
        return self.said

    def children(self) -> dict[int, str]:
        """Every process below it, with its name and its command line."""
        return dict(_below(self.process.pid))

    def ended(self, *, after: signal.Signals | None = None) -> Ended:
        """Wait for its end, after a signal if one is given."""
        children = self.children()
        began = time.monotonic()
        if after is not None:
            self.process.send_signal(after)
        exit_code = self.process.wait(PATIENCE_S)
        took_s = time.monotonic() - began
        return Ended(
            self.said, self._err.read_text(), exit_code, took_s, [pid for pid in children if _runs(pid, children[pid])]
        )

    def end(self) -> None:
        """Whatever happened, nothing goes on running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(home: Path, shift: int, *options: str) -> Iterator[Run]:
    """A run that has ended when the block is left."""
    run = Run(home, shift, *options)
    try:
        yield run
    finally:
        run.end()


def seconds_to_ready(said: str) -> float:
    """How long it took, in its own words."""
    found = re.search(r"Pacewell is ready after ([\d.]+) s", said)
    assert found, said
    return float(found[1])


def _below(pid: int) -> Iterator[tuple[int, str]]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found = [pid]
    for parent in found:
        for child in (child for child, its_parent in parents.items() if its_parent == parent):
            found.append(child)
            yield child, _command(child)


def _command(pid: int) -> str:
    try:
        folder = Path(f"/proc/{pid}")
        line = folder.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{folder.joinpath('comm').read_text().strip()}: {line}" if line else ""
    except OSError:
        return ""


def _runs(pid: int, command: str) -> bool:
    return bool(command) and _command(pid) == command
