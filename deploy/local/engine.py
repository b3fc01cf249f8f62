"""A MongoDB engine as a child process: the wire protocol over SQLite files, durable across kill -9."""

import os
import sys
from pathlib import Path
from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from deploy.local.ports import LOOPBACK, is_open
from deploy.local.process import Child, Starter, spawn, wait_until_ready

SERVER: Final = "deploy.local.engine_server"
_ROOT: Final = Path(__file__).parents[2]


class Engine:
    """One engine with its data in a folder: what was acknowledged survives `kill` and every restart."""

    def __init__(self, name: str, folder: Path, *, port: int, log: Path, starts: Starter = spawn) -> None:
        self.name = name
        self.port = port
        self.log = log
        self.child = Child(
            name,
            [sys.executable, "-m", SERVER, str(folder.resolve()), str(port)],
            log=log,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            starts=starts,
        )

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"mongodb://{LOOPBACK}:{self.port}/"

    def launch(self) -> None:
        """Start the process and return at once."""
        self.child.start()

    def ready(self) -> bool:
        """Whether the engine answers a ping."""
        if not is_open(self.port):
            return False
        try:
            with pymongo.MongoClient[dict[str, object]](self.url, timeoutMS=2000) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    def start(self, timeout_s: float = 30.0) -> None:
        """Start and return when the engine answers a ping; `Trouble` when it ends or does not answer in time.

        After `stop` or `kill` this starts it again on the same data and port.
        """
        self.launch()
        wait_until_ready(self.ready, self.child, timeout_s)

    @property
    def running(self) -> bool:
        """Whether the engine's process is alive."""
        return self.child.running

    @property
    def exit_code(self) -> int | None:
        """The exit code of the engine that ended; 0 after an orderly stop."""
        return self.child.exit_code

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        self.child.ask_to_stop()

    def wait(self, timeout_s: float) -> bool:
        """Whether the engine ended within this many seconds."""
        return self.child.wait(timeout_s)

    def stop(self, grace_s: float = 5.0) -> bool:
        """Stop in an orderly way, or kill after `grace_s` seconds; whether it was orderly."""
        return self.child.stop(grace_s)

    def kill(self) -> None:
        """kill -9: end the engine in the middle of whatever it does."""
        self.child.kill()
