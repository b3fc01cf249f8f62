"""TCP ports of this machine: which are free, and picking free ones below the range that clients are given."""

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
# From 32768 on, Linux gives ports to outgoing connections: a client that retries there can connect to itself.
FIRST_EPHEMERAL: Final = 32_768
_LOWEST: Final = 20_000

_given: Final[set[int]] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    """Whether a server accepts connections on this port of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A free port between 20000 and 32767 that this process was not given before."""
    for _ in range(1000):
        port = random.randrange(_LOWEST, FIRST_EPHEMERAL)  # noqa: S311 - no secret, only unlikely to clash
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise OSError("no free port between 20000 and 32767")
