"""Work that is shared by several processes: each does its part, and all end when one fails or is interrupted."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final, TypeVar

from shared.runtime.garbage import collect_rarely

T = TypeVar("T")
_LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """Every `of`-th partition from `number` on: what one of several processes folds, since nobody lies in two."""

    number: int = 0
    of: int = 1

    def has(self, partition: int) -> bool:
        """Whether a partition is among them."""
        return partition % self.of == self.number


WHOLE: Final = Share()


async def apart(
    work: Callable[[Share, Callable[[], None]], T], processes: int, look: Callable[[], Awaitable[None]]
) -> list[T]:
    """What `work`, which must be picklable, gives for each share; it calls what it is given between two steps.

    `look` is called every second meanwhile. Raises what one of them raised.
    """
    shares = [Share(number, processes) for number in range(processes)]
    given: list[T] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        loop = asyncio.get_running_loop()
        left = {loop.run_in_executor(pool, partial(_part, work, share, os.getpid())) for share in shares}
        try:
            while left:
                done, left = await asyncio.wait(left, timeout=_LOOK_S, return_when=asyncio.FIRST_EXCEPTION)
                given += [one.result() for one in done]
                await look()
        except BaseException:
            for process in (pool._processes or {}).values():
                process.terminate()
            raise
    return given


def _part(work: Callable[[Share, Callable[[], None]], T], share: Share, parent: int) -> T:
    """One process's part; it ends with the process that started it."""
    logging.disable(logging.CRITICAL)
    collect_rarely()

    def go_on() -> None:
        if os.getppid() != parent:
            sys.exit("nobody waits for this any more")

    return work(share, go_on)
