"""Commands by group commit: while one write is under way the next batch gathers, and nobody waits for a timer."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from shared.runtime.incoming import Incoming, Outcome, Verdict
from shared.runtime.mechanism import Done, Mechanism
from shared.runtime.messages import Answer
from shared.runtime.ports import Crash, CrashPoint, DependencyDown, survive
from shared.sealing import Erased

AT_ONCE = 256

_log = structlog.get_logger(__name__)


class Commands:
    """Executes commands: fold, fence, put the records, answer; events and effects follow in the background."""

    def __init__(
        self,
        mechanism: Mechanism,
        *,
        put_records: Callable[[Done], Awaitable[None]],
        done: Callable[[list[Incoming], Done], Awaitable[None]],
        crash: Crash = survive,
    ) -> None:
        self._mechanism = mechanism
        self._put_records = put_records
        self._done = done
        self._crash = crash
        self._queue: list[tuple[Incoming, asyncio.Future[Outcome]]] = []
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many commands wait for the write under way."""
        return len(self._queue)

    async def execute(self, incoming: Incoming) -> Answer:
        """Carry out one command.

        Raises `Refused`, whatever else the transition raised, `Erased`, or `DependencyDown`: whether it was stored is
        not known, and asking again with the same id is harmless.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append((incoming, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        outcome = await future
        if outcome.answer is not None and outcome.verdict in (Verdict.APPLIED, Verdict.DUPLICATE):
            return outcome.answer
        if outcome.verdict is Verdict.ERASED:
            raise Erased
        raise outcome.error or RuntimeError("a command without an answer")

    async def _work(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:AT_ONCE], self._queue[AT_ONCE:]
            commands = [incoming for incoming, _ in batch]
            try:
                done = await self._mechanism.process(commands)
                await self._put_records(done)
            except Exception as error:
                if not isinstance(error, DependencyDown):
                    _log.error("commands.failed", exc_info=error)
                failure = error if isinstance(error, DependencyDown) else DependencyDown(type(error).__name__)
                failure.__cause__ = error
                for _, future in batch:
                    if not future.done():
                        future.set_exception(failure)
                continue
            self._crash(CrashPoint.BEFORE_ANSWER)
            for (_, future), outcome in zip(batch, done.outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)
            await self._done([], done)
