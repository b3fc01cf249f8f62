"""An event loop on which waiting takes no time: when nothing else can run, its clock jumps to the next timer."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlock(AssertionError):
    """Every task waits for another one."""


class _Jumping(selectors.DefaultSelector):
    """Instead of waiting it moves the loop's clock on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock
        self.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time passes only while everything waits; the same tasks take the same steps every time.

    An error that ends a task which nobody awaits is kept in `lost`, but for those of the types in `expected`.
    """

    def __init__(self, *expected: type[BaseException]) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self.lost: list[dict[str, Any]] = []
        self.set_exception_handler(
            lambda _, context: None if isinstance(context.get("exception"), expected) else self.lost.append(context)
        )

    def time(self) -> float:
        return self._jumping.now


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a virtual loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
