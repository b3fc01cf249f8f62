"""Dying on purpose at a named point, for the fault suite; off unless the settings ask for it."""

import os
import signal

from shared.runtime.ports import Crash, CrashPoint, survive


def crash_at(wanted: str | None) -> Crash:
    """`after_fence:3` kills the process (SIGKILL) when that point is passed the third time; None never does.

    `after_fence:3:stop` has it stand still there instead (SIGSTOP), until somebody lets it go on.
    """
    if wanted is None:
        return survive
    name, count, how = (*wanted.split(":"), "", "")[:3]
    point, left = CrashPoint(name), [int(count or 1)]
    number = signal.SIGSTOP if how == "stop" else signal.SIGKILL

    def crash(passed: CrashPoint) -> None:
        if passed is point:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), number)

    return crash
