"""Processes that belong together: notice the first that ends, and stop all of them in order within a time limit."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

# Every process is to be gone 10 s after Ctrl-C, this one too.
STOP_S: Final = 8.0


class Member(Protocol):
    """One process of the stack, as `Child`, `Kafka` and `Engine` are."""

    log: Path

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def running(self) -> bool:
        """Whether it is alive."""
        ...

    @property
    def exit_code(self) -> int | None:
        """Its exit code once it ended."""
        ...

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        ...

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within this many seconds."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Fleet:
    """Members in tiers; the tier that joined last is stopped first, because it uses the ones before it."""

    def __init__(self) -> None:
        self._tiers: list[list[Member]] = []

    def join(self, members: Iterable[Member]) -> None:
        """Add a tier. It is added before its members are started, so that an interrupted start leaves nothing."""
        self._tiers.append(list(members))

    def __bool__(self) -> bool:
        """Whether there is anything to stop."""
        return bool(self._tiers)

    def ended(self) -> Member | None:
        """A member that has ended though nobody asked it to, if there is one."""
        every = (member for tier in self._tiers for member in tier)
        return next((member for member in every if member.exit_code is not None), None)

    def stop(self, within_s: float = STOP_S) -> list[str]:
        """Stop tier by tier; who does not leave in time is killed. The names of those, so that they can be told.

        Each tier may use two thirds of the time that is left, the last one all of it.
        """
        until = time.monotonic() + within_s
        killed: list[str] = []
        while self._tiers:
            tier = self._tiers.pop()
            left = until - time.monotonic()
            tier_until = time.monotonic() + (left * 2 / 3 if self._tiers else left)
            for member in tier:
                member.ask_to_stop()
            for member in tier:
                if not member.wait(max(0.0, tier_until - time.monotonic())):
                    killed.append(member.name)
                member.kill()
        return killed

    def kill(self) -> None:
        """End every member at once."""
        for tier in reversed(self._tiers):
            for member in tier:
                member.kill()
