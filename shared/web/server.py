"""The HTTP server of one process: httptools with bounds on heads, connections and time, and no name of its own."""

import asyncio
import errno
import socket
import sys
from asyncio import TimerHandle
from asyncio.transports import BaseTransport
from contextlib import suppress
from typing import Any, Final

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.web.problems import MEDIA_TYPE, plain

KEEP_ALIVE_S: Final = 75
DRAIN_S: Final = 8
HEAD_S: Final = 10.0
HEAD_BYTES: Final = 65_536
TAKE_S: Final = 20.0
CONNECTIONS: Final = 800
"""Fewer than the 1024 files that a process may usually have open; the rest is for Kafka and MongoDB."""
SWITCH_S: Final = 0.001
"""How long a busy event loop keeps the driver's threads waiting for their turn; Python's own 5 ms, several times a
write, is longer than the write."""
EXIT_CODE: Final = 3
_FULL: Final = 503

_log = structlog.get_logger(__name__)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol with bounds, of which it has none by itself.

    A head that is too large or too late ends with 431 or 408, a connection too many with 503, and one whose client does
    not take its answer for 20 s is cut off.
    """

    head_s = HEAD_S
    head_bytes = HEAD_BYTES
    take_s = TAKE_S
    most = CONNECTIONS

    def connection_made(self, transport: BaseTransport) -> None:
        """Start the time that the first head may take."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._head_timer: TimerHandle | None = self.loop.call_later(self.head_s, self._head_is_late)
        self._take_timer: TimerHandle | None = None
        self._in_head, self._head_size = True, 0
        if len(self.connections) > self.most:
            self._stop_timer()
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_timer()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser and look at the size of a head that is still open."""
        super().data_received(data)
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > self.head_bytes and not self.transport.is_closing():
                self._refuse(431)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._stop_timer()
        self._in_head, self._head_size = True, 0
        self._head_timer = self.loop.call_later(self.head_s, self._head_is_late)

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._stop_timer()
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP is answered as a problem too, without uvicorn's text."""
        del msg
        self._refuse(400)

    def pause_writing(self) -> None:
        """The client does not take what was answered: start the time that it has."""
        super().pause_writing()
        self._take_timer = self._take_timer or self.loop.call_later(self.take_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client took it."""
        super().resume_writing()
        self._taken()

    def _taken(self) -> None:
        if self._take_timer is not None:
            self._take_timer.cancel()
            self._take_timer = None

    def _head_is_late(self) -> None:
        if self._in_head and not self.transport.is_closing():
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        body = bytes(plain(status).body)
        again = "retry-after: 1\r\n" if status == _FULL else ""
        head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n{again}connection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head.encode() + body)
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def configured(app: Any, *, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """uvicorn's settings for a service: logs stay as `shared.observability.logs` made them, no access log."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedHttp,
        ws="none",
        loop="auto",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        backlog=2048,
    )


async def serve(app: Any, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in hand for at most 8 s.

    An address that is taken is one sentence on stderr and exit code 3.
    """
    listener = listen(host, port)
    _log.info("http.listening", host=host, port=port)
    try:
        await uvicorn.Server(configured(app, host=host, port=port)).serve(sockets=[listener])
    finally:
        listener.close()


def run(app: Any, host: str, port: int) -> None:
    """`serve` in an event loop of its own (uvloop); after SIGINT it returns, after SIGTERM the process ends by it."""
    import uvloop

    sys.setswitchinterval(SWITCH_S)
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(app, host, port))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or `SystemExit` 3 after one sentence that says why there is none."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else "cannot be opened"
        sys.stderr.write(f"Port {port} on {host} {why}.\n")
        raise SystemExit(EXIT_CODE) from None
