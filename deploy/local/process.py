"""One child process with a log file, which never outlives the process that started it."""

import atexit
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final, Protocol

from deploy.local.trouble import Trouble

LEASH: Final = Path(__file__).with_name("leash.py")
LOG_LIMIT_BYTES: Final = 5_000_000

# The kernel ends a tied child when the *thread* that started it ends, so one thread of the whole process starts all.
_starter: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
_started: "weakref.WeakSet[Child]" = weakref.WeakSet()


class Started(Protocol):
    """A running process, as `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """The exit code once it ended; `subprocess.TimeoutExpired` when that takes longer than so many seconds."""
        ...


Starter = Callable[[Sequence[str], IO[bytes], Mapping[str, str]], Started]
"""Starts a command that prints to a log, with this environment, in a session of its own."""


def spawn(command: Sequence[str], log: IO[bytes], env: Mapping[str, str], *, keep: Sequence[int] = ()) -> Started:
    """A program of its own, tied to the thread that starts it; it is left the file descriptors `keep`."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(env),
        start_new_session=True,
        pass_fds=keep,
    )


class Child:
    """A command in a session of its own: Ctrl-C at the terminal does not reach it, `stop` and `kill` do.

    What it prints is appended to `log`, which is moved aside at start once it is larger than 5 MB. It can be started
    again after it ended. All methods may be called from any thread.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        starts: Starter = spawn,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._env = dict(os.environ if env is None else env)
        self._starts = starts
        self._process: Started | None = None

    def start(self) -> None:
        """Start the command; `OSError` when the log cannot be written."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        self._process = _starter.submit(self._spawn).result()
        _started.add(self)

    @property
    def pid(self) -> int:
        """The id of the running (or last) process; `RuntimeError` before the first start."""
        return self._present.pid

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the process that ended (minus the signal's number after one), None while it runs."""
        return None if self._process is None else self._process.poll()

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        self._signal(signal.SIGTERM)

    def wait(self, timeout_s: float) -> bool:
        """Whether the process ended within this many seconds."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(timeout_s, 0.0))
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, grace_s: float = 5.0) -> bool:
        """Ask to stop and kill after `grace_s` seconds; whether it ended by itself."""
        self.ask_to_stop()
        orderly = self.wait(grace_s)
        self.kill()
        return orderly

    def kill(self) -> None:
        """End the process and its descendants at once with SIGKILL, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def freeze(self) -> None:
        """SIGSTOP: the process stands still, its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: a frozen process goes on."""
        self._signal(signal.SIGCONT)

    def last_lines(self, count: int = 5) -> list[str]:
        """The last lines of the log, for a person to read."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 20_000))
                return file.read().decode(errors="replace").splitlines()[-count:]
        except OSError:
            return []

    @property
    def _present(self) -> Started:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process

    def _spawn(self) -> Started:
        with self.log.open("ab") as log:
            return self._starts(self._command, log, self._env)

    def _signal(self, number: signal.Signals) -> None:
        if self.running:
            try:
                os.killpg(self.pid, number)
            except (ProcessLookupError, PermissionError):
                return


def wait_until_ready(ready: Callable[[], bool], child: Child, timeout_s: float, *, every_s: float = 0.05) -> None:
    """Return when `ready()` is true; `Trouble`, with the child killed, when it ends first or it takes too long."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until and child.running:
        if ready():
            return
        time.sleep(every_s)
    ended = child.exit_code
    child.kill()
    what = f"was not ready within {timeout_s:.0f} s" if ended is None else f"ended with exit code {ended}"
    raise Trouble(f"{child.name} {what}; its last words are in {child.log}.")


@atexit.register
def _end_all() -> None:
    for child in list(_started):
        child.kill()
