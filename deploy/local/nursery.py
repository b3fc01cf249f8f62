"""Start Python processes as forks of one that has imported their modules already: sooner up, and in shared memory.

Each fork is a process of its own: a session, a log and an environment of its own, and `kill -9` ends it alone. Only
the death of the nursery ends them all, as that of the process that started it does.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import orjson

from deploy.local.process import Child, Started, spawn
from deploy.local.trouble import Trouble

_FORKS: Final = sys.platform == "linux"
"""Elsewhere a fork without a fresh program is not safe, and nothing ties it to its parent: there all are programs."""
_ROOT: Final = Path(__file__).parents[2]


class Nursery:
    """Its process is `child`, to be joined to a fleet before what it forks; `start` is a `Starter` for `Child`."""

    def __init__(self, log: Path) -> None:
        self._lock = threading.Lock()
        self._unanswered = 0
        kind = socket.SOCK_SEQPACKET if _FORKS else socket.SOCK_STREAM
        self._talk, self._other = socket.socketpair(socket.AF_UNIX, kind)
        self.child = Child(
            "nursery",
            [sys.executable, "-m", "deploy.local.nursery_server", str(self._other.fileno())],
            log=log,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"},
            starts=self._begin,
        )

    def learn(self, modules: Sequence[str]) -> None:
        """Have it import these; what is asked next waits for that, the caller does not."""
        if not _FORKS:
            return
        self._send({"learn": list(modules)})
        self._unanswered += 1

    def start(self, command: Sequence[str], log: IO[bytes], env: Mapping[str, str]) -> Started:
        """`python -m MODULE …` as a fork; any other command as a program of its own. `Trouble` when it is gone."""
        if not _FORKS or list(command[:2]) != [sys.executable, "-m"]:
            return spawn(command, log, env)
        request = {"module": command[2], "arguments": list(command[3:]), "env": dict(env)}
        return Forked(self, int(self._ask(request, [log.fileno()])["pid"]))

    def reap(self, pid: int) -> int:
        """The exit code of a fork that has ended; -9 when the nursery is gone too, which kills what it forked."""
        try:
            return int(self._ask({"reap": pid})["code"])
        except Trouble:
            return -signal.SIGKILL

    def _ask(self, request: Mapping[str, Any], files: Sequence[int] = ()) -> dict[str, Any]:
        with self._lock:
            self._send(request, files)
            while self._unanswered:
                self._unanswered -= 1
                self._receive()
            return self._receive()

    def _send(self, request: Mapping[str, Any], files: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._talk, [orjson.dumps(dict(request))], list(files))
        except OSError:
            raise self._gone() from None

    def _receive(self) -> dict[str, Any]:
        try:
            answer = self._talk.recv(1000)
        except OSError:
            answer = b""
        if not answer:
            raise self._gone()
        found: dict[str, Any] = orjson.loads(answer)
        return found

    def _gone(self) -> Trouble:
        return Trouble(f"The process that forks the others has ended; its last words are in {self.child.log}.")

    def _begin(self, command: Sequence[str], log: IO[bytes], env: Mapping[str, str]) -> Started:
        with self._other:
            return spawn(command, log, env, keep=[self._other.fileno()])


class Forked:
    """One fork, for a `Child` to hold as it holds a program of its own; any thread may ask it."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._code: int | None = None
        self._collecting = threading.Lock()
        self._end = open(os.pidfd_open(pid), "rb", buffering=0)  # noqa: SIM115 - closed with this object

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self._collect() if self._ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code once it ended; `subprocess.TimeoutExpired` when that takes longer than so many seconds."""
        if not self._ended(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return self._collect()

    def _ended(self, timeout_s: float | None) -> bool:
        if self._code is not None:
            return True
        waiting = select.poll()
        waiting.register(self._end, select.POLLIN)
        return bool(waiting.poll(None if timeout_s is None else timeout_s * 1000))

    def _collect(self) -> int:
        """Asked only of one that ended; the nursery gives each code once."""
        with self._collecting:
            if self._code is None:
                self._code = self._nursery.reap(self.pid)
            return self._code
