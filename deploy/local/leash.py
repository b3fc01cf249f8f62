"""Run a command that is killed when its parent dies: `python leash.py PARENT_PID COMMAND…` (the tie is Linux only).

Elsewhere the command simply runs; it is then ended by its process group when the parent leaves in an orderly way.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the command; exit code 127 if it cannot be started."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != int(parent):
            sys.exit("The parent is gone.")
    try:
        os.execv(command[0], command)  # noqa: S606 - the argument list of deploy.local.process, no shell
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main()
