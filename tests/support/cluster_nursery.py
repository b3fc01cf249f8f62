"""A process that has imported every service once and forks ready copies: many real processes, one slow start.

`python -m tests.support.cluster_nursery` reads one JSON request a line and answers each with one line; when its input
ends it leaves, and what it forked with it.
"""

import ctypes
import importlib
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import orjson

from deploy.local.topology import ROOT

_PR_SET_PDEATHSIG: Final = 1
_PACKAGES: Final = (
    "shared.contracts.asyncapi",
    "services.plans.app",
    "services.session_logging.app",
    "services.progression.app",
    "services.reminders.app",
    "services.community.app",
    "services.safety.app",
)


class Nursery:
    """Forks processes that become a module, as `python -m` would; `with Nursery() as nursery`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.cluster_nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(10)

    def ask(self, request: Mapping[str, Any]) -> Any:
        """One request, one answer; `RuntimeError` when the nursery is gone."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the nursery was not started")
        with self._lock:
            process.stdin.write(orjson.dumps(dict(request)) + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        if not answer:
            raise RuntimeError("the nursery has ended")
        return orjson.loads(answer)


class Fork:
    """One forked process, handled as a `deploy.local.process.Child` is."""

    def __init__(self, nursery: Nursery, name: str, module: str, *, log: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self._module = module
        self.log = log
        self._nursery = nursery
        self._env = dict(env)
        self._pid: int | None = None
        self._code: int | None = None
        self._reaping = threading.Lock()

    def start(self) -> None:
        """Fork it and return at once."""
        self._code = None
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._pid = self._nursery.ask({"module": self._module, "log": str(self.log), "env": self._env})["pid"]

    @property
    def pid(self) -> int:
        """The id of the running (or last) process; `RuntimeError` before the first start."""
        if self._pid is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._pid

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._pid is not None and self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the process that ended (minus the signal's number after one), None while it runs."""
        with self._reaping:  # a code is told once, and several threads may ask
            if self._pid is not None and self._code is None:
                self._code = self._nursery.ask({"reap": self._pid})["code"]
            return self._code

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        self._signal(signal.SIGTERM)

    def wait(self, timeout_s: float) -> bool:
        """Whether the process ended within this many seconds."""
        until = time.monotonic() + timeout_s
        while self.running and time.monotonic() < until:
            time.sleep(0.02)
        return not self.running

    def stop(self, grace_s: float = 5.0) -> bool:
        """Ask to stop and kill after `grace_s` seconds; whether it ended by itself."""
        self.ask_to_stop()
        orderly = self.wait(grace_s)
        self.kill()
        return orderly

    def kill(self) -> None:
        """End the process at once with SIGKILL, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        self.wait(10)

    def freeze(self) -> None:
        """SIGSTOP: the process stands still, its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: a frozen process goes on."""
        self._signal(signal.SIGCONT)

    def last_lines(self, count: int = 5) -> list[str]:
        """The last lines of the log, for a person to read."""
        return self.log.read_text(errors="replace").splitlines()[-count:] if self.log.exists() else []

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            os.kill(self.pid, number)


def serve() -> None:
    """Fork and reap as asked until the input ends."""
    for name in _PACKAGES:
        importlib.import_module(name)
    children: set[int] = set()
    for line in sys.stdin.buffer:
        request = orjson.loads(line)
        answer: dict[str, int | None]
        if "reap" in request:
            pid, status = os.waitpid(request["reap"], os.WNOHANG)
            children.discard(pid)
            answer = {"code": os.waitstatus_to_exitcode(status) if pid else None}
        else:
            pid = os.fork()
            if pid == 0:
                _become(request)
                runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
                return
            children.add(pid)
            answer = {"pid": pid}
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _become(request: Mapping[str, Any]) -> None:
    """The child's own session, environment and log; it is killed when the nursery dies."""
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    sys.argv[1:] = []
    os.environ.clear()
    os.environ.update(request["env"])
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)


if __name__ == "__main__":
    serve()
