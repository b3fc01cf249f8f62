"""The life of one instance: it can stand still before a call to the outside, be scheduled call by call, and die."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from shared.runtime.ports import CrashPoint

T = TypeVar("T")

Turn = Callable[[str], Awaitable[None]]


class Died(BaseException):
    """This instance is gone, as after `kill -9`; nothing of it runs any further."""


class Life:
    """Every call of an instance to its store, broker or channel passes here before it takes effect.

    `crash` is the crash hook. `stall_before(method)` stops the instance, as SIGSTOP does, before its next call
    of that name, until `go_on`. `turn` is awaited before each call: a scheduler's handle on the interleaving.
    """

    def __init__(self, turn: Turn | None = None) -> None:
        self.dead = False
        self.passed: list[CrashPoint] = []
        self._turn = turn
        self._die_at: tuple[CrashPoint, int] | None = None
        self._stall: str | None = None
        self._going = asyncio.Event()
        self._going.set()
        self._still = asyncio.Event()
        self._death = asyncio.Event()

    def die_at(self, point: CrashPoint, times: int = 1) -> None:
        """Die when this point is passed for the given time from now on."""
        self._die_at = (point, times)

    def crash(self, point: CrashPoint, /) -> None:
        """The crash hook of the runtime."""
        self._check()
        self.passed.append(point)
        if self._die_at is not None and self._die_at[0] is point:
            self._die_at = (point, self._die_at[1] - 1)
            if self._die_at[1] == 0:
                self.die()
                raise Died

    def die(self) -> None:
        """Be gone from now on."""
        self.dead = True
        self._going.set()
        self._death.set()

    def stall_before(self, method: str) -> None:
        """Stand still before the next call of this name."""
        self._stall = method

    @property
    def stalled(self) -> bool:
        """Whether it stands still now."""
        return not self._going.is_set()

    def spare(self) -> None:
        """Go on, and neither die nor stand still again as it was planned."""
        self._die_at = None
        self.go_on()

    async def standstill(self) -> None:
        """Return once it stands still."""
        await self._still.wait()

    def go_on(self) -> None:
        """Run again, from where it stood."""
        self._stall = None
        self._still.clear()
        self._going.set()

    async def passing(self, method: str) -> None:
        """A call of this name is about to take effect."""
        self._check()
        if self._turn is not None:
            await self._turn(method)
        if self._stall == method:
            self._stall = None
            self._going.clear()
            self._still.set()
        await self._going.wait()
        self._check()

    async def live(self, work: Coroutine[Any, Any, T]) -> T:
        """Await work of this instance; raises `Died` when it dies meanwhile, even where nobody would ever answer."""
        task, death = asyncio.create_task(work), asyncio.create_task(self._death.wait())
        try:
            await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
            if self.dead:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                raise Died
            return task.result()
        finally:
            death.cancel()

    def _check(self) -> None:
        if self.dead:
            raise Died


class Gated:
    """A store, broker or channel as one instance reaches it: each asynchronous call passes that instance's `Life`."""

    def __init__(self, inner: Any, life: Life) -> None:
        self._inner = inner
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._life.passing(name)
            return await found(*args, **kwargs)

        return call
