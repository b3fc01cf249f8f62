"""Crash points: named in one enum, passed by every path, and off unless asked for."""

import os
import signal
from datetime import timedelta

import pytest

from shared.runtime.crash import crash_at
from shared.runtime.ports import CrashPoint
from tests.support.life import Life
from tests.support.rig import Rig, lay
from tests.support.toy import Add, event, session


async def test_every_crash_point_of_the_runtime_is_passed() -> None:
    life = Life()
    rig = Rig(life=life)
    await rig.consume(
        [lay(rig.broker, event("p1", seq, session(seq, family=f))) for seq, f in enumerate(("tell", "poison"), 1)]
    )
    await rig.command("p2", Add("a", 1), "c1")
    rig.clock.advance(timedelta(minutes=1))
    await rig.rest()
    await rig.consume([lay(rig.broker, event("p3", 1, session(1, family="tell")))])
    await rig.rest()

    of_the_subscriber = {CrashPoint.BEFORE_COMMIT, CrashPoint.AFTER_COMMIT}
    assert set(life.passed) == set(CrashPoint) - of_the_subscriber


def test_the_named_point_kills_the_process_when_it_was_passed_often_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append((pid, number)))
    crash = crash_at("after_fence:2")
    crash(CrashPoint.AFTER_FENCE)
    crash(CrashPoint.BEFORE_FENCE)
    assert killed == []
    crash(CrashPoint.AFTER_FENCE)
    crash(CrashPoint.AFTER_FENCE)
    assert killed == [(os.getpid(), signal.SIGKILL)]


def test_it_can_stand_still_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(number))
    crash_at("after_claim:1:stop")(CrashPoint.AFTER_CLAIM)
    assert killed == [signal.SIGSTOP]


def test_an_unknown_point_is_refused_and_none_never_crashes() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        crash_at("nowhere:1")
    for point in CrashPoint:
        crash_at(None)(point)
