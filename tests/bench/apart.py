"""One bench as a process of its own, which ends when its time is over."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.process import LEASH
from deploy.local.topology import ROOT

LEAVE_S: Final = 45.0


@dataclass(frozen=True, slots=True)
class Part:
    """A command, and the folder in which it runs."""

    command: Sequence[str]
    folder: Path = ROOT


def run(part: Part, longest_s: float, leave_s: float = LEAVE_S) -> bool:
    """Whether it ended well within `longest_s` (it is not begun without any); then it is interrupted, and killed after
    `leave_s` more.

    Ctrl-C interrupts it in the same way, once. It does not outlive this process.
    """
    leashed = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *part.command]
    if longest_s <= 0:
        return False
    process = subprocess.Popen(leashed, cwd=part.folder, start_new_session=True)
    try:
        return process.wait(longest_s) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(leave_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
