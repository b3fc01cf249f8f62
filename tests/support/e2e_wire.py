"""Requests over a bare connection, as no decent client would send them."""

import socket
from collections.abc import Iterable

from deploy.local.ports import LOOPBACK


def exchange(port: int, head: bytes, parts: Iterable[bytes] = ()) -> str:
    """Send a head and then parts of a body as far as they are taken; everything that was answered."""
    with socket.create_connection((LOOPBACK, port), timeout=30) as connection:
        try:
            connection.sendall(head)
            for part in parts:
                connection.sendall(part)
        except OSError:  # refused and closed while we were still sending
            pass
        return _answer(connection)


def _answer(connection: socket.socket) -> str:
    said = b""
    try:
        while b"\r\n\r\n" not in said or not said.rstrip().endswith(b"}"):
            more = connection.recv(65_536)
            if not more:
                break
            said += more
    except OSError:
        pass
    return said.decode("latin-1")
