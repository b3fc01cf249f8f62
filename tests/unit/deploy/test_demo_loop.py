"""A story that is told as a coroutine ends as any other when somebody presses Ctrl-C."""

import asyncio
import os
import signal

import pytest

from deploy.local.demo.loop import play


def test_ctrl_c_in_the_middle_is_a_keyboard_interrupt_and_the_story_can_let_go() -> None:
    let_go: list[bool] = []

    async def story() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            let_go.append(True)

    with pytest.raises(KeyboardInterrupt):
        play(story())
    assert let_go == [True]


def test_a_story_that_is_told_leaves_the_signals_as_they_were() -> None:
    before = signal.getsignal(signal.SIGTERM)
    told: list[int] = []

    async def story() -> None:
        told.append(1)

    play(story())
    assert told == [1]
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_goes_wrong_in_a_story_is_told_as_it_is() -> None:
    async def story() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        play(story())
