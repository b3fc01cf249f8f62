"""Run a story's coroutine so that Ctrl-C ends it in good order, without a trace on the screen."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def play(story: Coroutine[Any, Any, None]) -> None:
    """Run it to its end; a signal to end cancels it and is a `KeyboardInterrupt`. Handlers of before are put back."""
    before = [signal.getsignal(number) for number in _ENDING]
    try:
        asyncio.run(_cancelled_by_signals(story))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        for number, handler in zip(_ENDING, before, strict=True):
            signal.signal(number, handler)


async def _cancelled_by_signals(story: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(story)
    for number in _ENDING:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task
