"""A scheduler for interleavings: of all calls to the outside that wait, one goes on, as the list of choices says."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

STILL_S = 0.5
"""Virtual seconds after which everything that can run without a turn has run."""


class Schedule:
    """Gives turns one at a time while it plays; before and after, every call goes through at once."""

    def __init__(self, choices: Sequence[int]) -> None:
        self._choices = list(choices)
        self._waiting: list[asyncio.Future[None]] = []
        self._playing = False

    async def turn(self, method: str) -> None:
        """Wait for the turn of this call."""
        if self._playing:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    async def play(self, work: Iterable[Coroutine[Any, Any, Any]]) -> None:
        """Run all of it together, call by call, with what it leaves in the background."""
        self._playing = True
        tasks = [asyncio.create_task(one) for one in work]
        await asyncio.sleep(STILL_S)
        while self._waiting:
            choice = self._choices.pop(0) if self._choices else 0
            future = self._waiting.pop(choice % len(self._waiting))
            if not future.cancelled():
                future.set_result(None)
            await asyncio.sleep(STILL_S)
        self._playing = False
        await asyncio.gather(*tasks)
