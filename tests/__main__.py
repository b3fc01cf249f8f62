"""`python -m tests`: every test, in two runs side by side; `python -m tests ARGUMENTS`: one run of pytest with these.

Much of a run is waiting, for a broker that was killed or a group that settles, and the other half calculates meanwhile.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

HERE: Final = Path(__file__).parent
HALVES: Final = (("arch", "bench", "contract", "e2e", "unit"), ("fault", "integration", "property", "simulation"))
"""The folders of each run, about as long as each other."""

INTERRUPTED: Final = 130
_PYTEST: Final = (sys.executable, "-m", "pytest")


def main(arguments: Sequence[str]) -> int:
    """0 when every test passed, else pytest's own exit code of the first half that did not end well."""
    if arguments:
        return subprocess.run([*_PYTEST, *arguments], check=False).returncode
    with tempfile.TemporaryFile() as told:
        shown, silent = _half(HALVES[0], None), _half(HALVES[1], told)
        try:
            codes = [shown.wait(), silent.wait()]
        except KeyboardInterrupt:  # the terminal has told both halves too
            shown.wait()
            silent.wait()
            return INTERRUPTED
        told.seek(0)
        sys.stdout.buffer.write(told.read())
        sys.stdout.flush()
    return next((code for code in codes if code), 0)


def _half(folders: Sequence[str], told: IO[bytes] | None) -> subprocess.Popen[bytes]:
    note = "" if told is None else " (told when they have ended)"
    print(f"Half of the tests: {', '.join(folders)}{note}", flush=True)
    command = [*_PYTEST, *(str(HERE / folder) for folder in folders)]
    return subprocess.Popen(command, stdout=told, stderr=None if told is None else subprocess.STDOUT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
