"""What must hold before the local stack starts: nobody else uses its folder, there is space, its ports are free."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local.ports import is_free
from deploy.local.topology import Layout
from deploy.local.trouble import Trouble

NEEDED_BYTES: Final = 1_000_000_000


@contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Hold the stack's folder; `Trouble` when another process holds it. The kernel lets go when this one dies."""
    try:
        layout.home.mkdir(parents=True, exist_ok=True)
        handle = os.open(layout.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Trouble(f"{layout.home} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = lock.read().strip() or "unknown"
            raise Trouble(f"Pacewell already runs in {layout.home} (process {holder}): stop that one first.") from None
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def enough_space(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """`Trouble` when the disk of this folder has less free than needed."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise Trouble(f"Only {free / 1e9:.1f} GB are free at {folder}, and {needed_bytes / 1e9:.0f} GB are needed.")


def free_ports(layout: Layout) -> None:
    """`Trouble` naming the first port of the stack that another program listens on."""
    for port, owner in layout.ports.named().items():
        if not is_free(port):
            raise Trouble(
                f"Port {port}, needed by {owner}, is in use by another program: stop that one, "
                "or move every port of Pacewell with `make run PORT_SHIFT=100`."
            )
