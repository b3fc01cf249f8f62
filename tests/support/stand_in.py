"""A process in the place of a service: `python -m tests.support.stand_in [--stubborn] [--degraded] [--exit CODE]`.

It listens on PACEWELL_HTTP_PORT and answers `/readyz` as a service does; stubborn, it does not leave on SIGTERM.
"""

import argparse
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Probe(BaseHTTPRequestHandler):
    """Answers every GET with the status in `word`."""

    word = b"ok"

    def do_GET(self) -> None:
        """Answer as `/readyz` does."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status":"%s"}' % self.word)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until SIGTERM, or behave badly as told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--degraded", action="store_true")
    parser.add_argument("--exit", type=int)
    given = parser.parse_args()
    if given.exit is not None:
        sys.stdout.write("the last words\n")
        sys.exit(given.exit)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if given.stubborn else lambda *_: os._exit(0))
    if given.degraded:
        Probe.word = b"degraded"
    HTTPServer(("127.0.0.1", int(os.environ["PACEWELL_HTTP_PORT"])), Probe).serve_forever()


if __name__ == "__main__":
    main()
