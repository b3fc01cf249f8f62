"""The open loop: one rate that is too much takes nothing from the others, and is told at once."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.bench import latency
from tests.bench.bed import RunFailed
from tests.bench.latency import Open, Plan

NO_STACK: Any = None


def nothing(_: int, __: int) -> None:
    """Nobody looks at the progress."""


async def nobody(*_: Any) -> list[Any]:
    return []


async def test_a_rate_that_fails_leaves_the_figures_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_rate(_: Any, __: Any, moments: Sequence[float]) -> Open:
        if len(moments) > 50:
            raise RunFailed("refused")
        return Open(took_ms=[8.0], answered_ms=[4.0])

    monkeypatch.setattr(latency, "enrolled", nobody)
    monkeypatch.setattr(latency, "at_rate", at_rate)

    found = await latency.on(NO_STACK, Plan(rates=(10, 200), seconds=1.0), nothing)

    assert found["10"]["p99"] == 8.0
    assert found["200"] == {"failed": "refused"}
    with pytest.raises(RunFailed, match="refused"):
        await latency.on(NO_STACK, Plan(rates=(200,), seconds=1.0), nothing)


async def test_a_log_that_was_refused_is_told_at_once() -> None:
    async def refused() -> None:
        raise RunFailed("answered 503")

    found = Open()
    found.check()
    found.go(refused())
    await asyncio.wait(found.tasks)

    with pytest.raises(RunFailed, match="503"):
        found.check()
