"""Effects: messages to people, claimed by a fenced write, sent once, and ended by an outcome that is folded."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog

from shared.clock import Clock, from_ms
from shared.observability.metrics import Metrics
from shared.runtime.aggregate import Aggregate, Line
from shared.runtime.incoming import Claim, Incoming, Kind, Verdict
from shared.runtime.mechanism import Done, Mechanism
from shared.runtime.messages import Effect, EffectOutcome, Message
from shared.runtime.ports import Channel, ChannelFailed, Crash, CrashPoint, DependencyDown, survive

CLAIM_HOLDS_MS = 60_000
SAFETY_TRIES = 3
RETRY_S = 1.0
AT_ONCE = 50
ENDINGS = ("sent", "unknown", "suppressed", "failed")

_log = structlog.get_logger(__name__)


class Effects:
    """Carries out the effects that wait in outboxes.

    Every effect ends once, as `sent`, `unknown` (the channel raised, or the process that claimed it is gone: prompts
    are not repeated, safety messages are), `suppressed` (too late, or recalled by the service) or `failed`. While a
    hole is open in a person's history nothing but safety messages can be claimed; nor can, while the shard is not
    caught up, what was not decided just now: what recalls it may lie in the backlog.
    """

    def __init__(
        self,
        mechanism: Mechanism,
        channels: Mapping[str, Channel],
        clock: Clock,
        metrics: Metrics,
        *,
        boot: str,
        wall: Callable[[], int],
        done: Callable[[list[Incoming], Done], Awaitable[None]],
        caught_up: Callable[[str], bool],
        crash: Crash = survive,
    ) -> None:
        self._mechanism = mechanism
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._boot = boot
        self._wall = wall
        self._done = done
        self._caught_up = caught_up
        self._crash = crash
        self._busy: set[tuple[str, str]] = set()
        self._ended: dict[tuple[str, str], tuple[str, str | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        for channel in channels:
            for outcome in ENDINGS:
                metrics.effects(channel, outcome)  # told from the start, or growth by the first would not be seen

    def submit(self, aggregates: Iterable[Aggregate]) -> None:
        """Take up the effects of durable aggregates; returns at once. What may not leave yet waits for the sweeper."""
        for aggregate in aggregates:
            for line in aggregate.outbox:
                if line.kind != "x" or not self._may_leave(aggregate, line):
                    continue
                if (name := (aggregate.key, line.body["id"])) not in self._busy:
                    self._busy.add(name)
                    task = asyncio.create_task(self._carry_out(aggregate, line))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    def _may_leave(self, aggregate: Aggregate, line: Line) -> bool:
        return line.i > aggregate.before or line.body["s"] or self._caught_up(aggregate.key)

    async def drain(self) -> None:
        """Wait until what was taken up has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry_out(self, aggregate: Aggregate, line: Line) -> None:
        try:
            async with self._slots:
                await self._end(aggregate, line)
        except DependencyDown:
            _log.warning("effect.waits")  # it stays in the outbox; the sweeper comes again
        except Exception as error:
            _log.error("effect.not_ended", exc_info=error)
        finally:
            self._busy.discard((aggregate.key, line.body["id"]))

    async def _end(self, aggregate: Aggregate, line: Line) -> None:
        effect = _effect(line)
        now = self._clock.now()
        ended = self._ended.get((aggregate.key, effect.id))
        if ended is not None:  # it ended before, and the fold that should have said so failed
            await self._outcome(aggregate, effect, *ended, now)
            return
        holder = line.body.get("cl")
        if holder is not None and holder["by"] != self._boot:  # else the claim took effect and its answer was lost
            if not self._gone(holder):
                return
            if not effect.safety:
                await self._outcome(aggregate, effect, "unknown", "interrupted", now)
                return
        if now > effect.not_after:
            await self._outcome(aggregate, effect, "suppressed", "stale", now)
            return
        claim = Claim(effect.id, self._boot, self._wall(), holder["by"] if holder else None)
        claimed = (await self._fold(aggregate, Kind.CLAIM, claim, now)).outcomes[0]
        if claimed.verdict is Verdict.RECALLED:
            await self._outcome(aggregate, effect, "suppressed", claimed.reason, now)
            return
        if claimed.verdict is not Verdict.APPLIED:
            return
        self._crash(CrashPoint.AFTER_CLAIM)
        outcome, reason = await self._send(effect, aggregate)
        self._crash(CrashPoint.AFTER_SEND)
        await self._outcome(aggregate, effect, outcome, reason, self._clock.now())
        self._crash(CrashPoint.AFTER_OUTCOME)

    def _gone(self, holder: Mapping[str, Any]) -> bool:
        """Whether the process that claimed can no longer be at it: this one took its place, or it is long silent."""
        same_instance = str(holder["by"]).rsplit("/", 1)[0] == self._boot.rsplit("/", 1)[0]
        return same_instance or self._wall() - int(holder["at"]) > CLAIM_HOLDS_MS

    async def _send(self, effect: Effect, aggregate: Aggregate) -> tuple[str, str | None]:
        channel = self._channels.get(effect.channel)
        if channel is None:
            return "failed", "no_such_channel"
        for attempt in range(SAFETY_TRIES if effect.safety else 1):
            await asyncio.sleep(RETRY_S * attempt)
            try:
                await channel.send(effect, aggregate.key, aggregate.tenant)
                return "sent", None
            except ChannelFailed as failure:
                return "failed", failure.reason
            except Exception as error:  # perhaps it reached the person
                _log.warning("effect.channel_error", error=type(error).__name__)
        return "unknown", "channel_error"

    async def _outcome(
        self, aggregate: Aggregate, effect: Effect, outcome: str, reason: str | None, now: datetime
    ) -> None:
        data = EffectOutcome(effect.id, outcome, reason, now)
        self._ended[aggregate.key, effect.id] = (outcome, reason)
        done = await self._fold(aggregate, Kind.OUTCOME, data, now)
        if done.outcomes[0].verdict is Verdict.APPLIED:
            self._metrics.effects(effect.channel, outcome).inc()
        await self._done([_incoming(aggregate, Kind.OUTCOME, data, now)], done)
        del self._ended[aggregate.key, effect.id]

    async def _fold(self, aggregate: Aggregate, kind: Kind, data: Any, now: datetime) -> Done:
        return await self._mechanism.process([_incoming(aggregate, kind, data, now)])


def _incoming(aggregate: Aggregate, kind: Kind, data: Any, now: datetime) -> Incoming:
    id = f"{kind.value}:{aggregate.key}:{data.effect_id}"
    return Incoming(kind, id, Message(data, aggregate.key, aggregate.tenant, id, now, now))


def _effect(line: Line) -> Effect:
    body = line.body
    return Effect(body["id"], body["ch"], from_ms(body["na"]), body["d"], body["s"])
