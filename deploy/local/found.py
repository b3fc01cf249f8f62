"""How another command finds the stack that runs in a folder: its ports, as it wrote them down when it started."""

import dataclasses
import fcntl
import os
from typing import Final

import orjson

from deploy.local.topology import Layout, Ports
from deploy.local.trouble import Trouble

_FILE: Final = "running.json"


def write_down(layout: Layout) -> None:
    """Say for other commands on which ports this stack listens; `Trouble` when the folder cannot be written."""
    try:
        (layout.home / _FILE).write_bytes(orjson.dumps(dataclasses.asdict(layout.ports)))
    except OSError as error:
        raise Trouble(f"{layout.home} cannot be written: {error.strerror}.") from None


def found(layout: Layout) -> Layout:
    """The layout of the stack that runs in this layout's folder; `Trouble` when none does."""
    nothing = Trouble(f"No Pacewell runs in {layout.home}: start it with make run, in another terminal.")
    try:
        if not _held(layout):
            raise nothing
        ports = Ports(**orjson.loads((layout.home / _FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        raise nothing from None
    return dataclasses.replace(layout, ports=ports)


def _held(layout: Layout) -> bool:
    """Whether a live process holds the folder; the kernel lets go when it dies."""
    handle = os.open(layout.home / "lock", os.O_RDWR)
    with os.fdopen(handle, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
