"""Real Apache Kafka as a child process: one node, KRaft, listening on the loopback address only."""

import asyncio
import base64
import logging
import os
import threading
import uuid
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.java import Classes, run
from deploy.local.ports import FIRST_EPHEMERAL, LOOPBACK, is_open
from deploy.local.process import Child, wait_until_ready

HEAP_MB: Final = 256
_LOG4J: Final = Path(__file__).with_name("log4j2.properties")
_FORMAT_S: Final = 60
_CLASS_DATA_S: Final = 60
_ENDED_BY_SIGTERM: Final = 143
_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{advertised}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
metadata.max.idle.interval.ms=5000
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=8388608
num.network.threads=2
num.io.threads=3
"""
# The controller writes that it has nothing to write twice a second by default: a sixth of what a broker at rest uses.
# After kill -9 the broker comes back only when its old registration is over, hence the short session above.
# Each network thread, and each that handles requests, wakes three times a second with nothing to do.
# The cleaner's buffer is 128 MB by default: half of this broker's heap.

_NO_HALF_LIFE: Final = "-XX:+ExitOnOutOfMemoryError"
"""Without it a broker whose heap is full stays there and answers nobody."""


class Kafka:
    """One broker with its data in a folder: what was acknowledged survives `kill` and every restart.

    Clients are told to come to `advertised`, where that is another port: the one of a proxy before the broker.
    """

    name: Final = "kafka"

    def __init__(
        self,
        folder: Path,
        classes: Classes,
        *,
        port: int,
        controller_port: int,
        log: Path,
        advertised: int | None = None,
    ) -> None:
        if max(port, controller_port) >= FIRST_EPHEMERAL:
            raise ValueError("Kafka's ports must be below 32768")
        self.port = port
        self.log = log
        self._advertised = advertised or port
        self._folder = folder.resolve()
        self._controller_port = controller_port
        self._classes = classes
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"{LOOPBACK}:{self.port}"

    def launch(self) -> None:
        """Start the process and return at once, apart from preparing a new data folder (1 s).

        The first start on a machine is made twice, once only to write the class data (5 s), so that it never delays a
        stop.
        """
        settings = self._write_settings()
        self._format(settings)
        if not self._classes.archive.exists():
            self._write_class_data(settings)
        self._run(settings, self._classes.reading())

    def ready(self) -> bool:
        """Whether the broker answers clients and names itself in its metadata."""
        return is_open(self.port) and _has_broker(self.bootstrap)

    def start(self, timeout_s: float = 60.0) -> None:
        """Start and return when the broker answers clients; `Trouble` when it ends or does not answer in time.

        After `stop` or `kill` this starts it again on the same data and ports.
        """
        self.launch()
        wait_until_ready(self.ready, self.child, timeout_s)

    @property
    def child(self) -> Child:
        """The broker's process; `RuntimeError` before the first start."""
        if self._child is None:
            raise RuntimeError("Kafka was not started")
        return self._child

    @property
    def running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._child is not None and self._child.running

    @property
    def exit_code(self) -> int | None:
        """The exit code of the broker that ended; 143 after an orderly stop."""
        return None if self._child is None else self._child.exit_code

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        if self._child is not None:
            self._child.ask_to_stop()

    def wait(self, timeout_s: float) -> bool:
        """Whether the broker ended within this many seconds."""
        return self._child is None or self._child.wait(timeout_s)

    def stop(self, grace_s: float = 20.0) -> bool:
        """Stop in an orderly way, or kill after `grace_s` seconds; whether it was orderly."""
        self.ask_to_stop()
        orderly = self.wait(grace_s)
        self.kill()
        return orderly

    def kill(self) -> None:
        """kill -9: end the broker in the middle of whatever it does."""
        if self._child is not None:
            self._child.kill()

    def _write_settings(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        settings = self._folder / "server.properties"
        settings.write_text(
            _PROPERTIES.format(
                host=LOOPBACK,
                port=self.port,
                advertised=self._advertised,
                controller=self._controller_port,
                data=self._folder / "log",
            )
        )
        return settings

    def _format(self, settings: Path) -> None:
        formatted = self._folder / "formatted"
        if formatted.exists():
            return
        cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).rstrip(b"=").decode()
        options = [*self._classes.reading(), f"-Dlog4j2.configurationFile={_LOG4J}"]
        arguments = ["format", "--ignore-formatted", "-t", cluster, "-c", str(settings)]
        run(
            self._classes.command("kafka.tools.StorageTool", arguments, heap_mb=HEAP_MB, options=options),
            "Kafka's data folder could not be prepared",
            timeout_s=_FORMAT_S,
        )
        formatted.touch()

    def _run(self, settings: Path, class_data: list[str]) -> None:
        options = [*class_data, _NO_HALF_LIFE, f"-Dlog4j2.configurationFile={_LOG4J}"]
        command = self._classes.command("kafka.Kafka", [str(settings)], heap_mb=HEAP_MB, options=options)
        self._child = Child(self.name, command, log=self.log)
        self._child.start()

    def _write_class_data(self, settings: Path) -> None:
        written = self._classes.archive.with_suffix(f".{os.getpid()}.{self.port}")
        try:
            self._run(settings, self._classes.writing(written))
            wait_until_ready(self.ready, self.child, _CLASS_DATA_S)
            self.stop(_CLASS_DATA_S)
            if self.exit_code == _ENDED_BY_SIGTERM:
                self._classes.keep(written)
        finally:
            written.unlink(missing_ok=True)


def _has_broker(bootstrap: str) -> bool:
    """Whether metadata name a live broker, asked on an event loop of its own."""
    answer: list[bool] = []
    thread = threading.Thread(target=lambda: answer.append(asyncio.run(_ask(bootstrap))), daemon=True)
    thread.start()
    thread.join()
    return answer == [True]


async def _ask(bootstrap: str) -> bool:
    log = logging.getLogger("aiokafka")
    level = log.level
    log.setLevel(logging.CRITICAL)  # it reports every refused connection as an error
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError, KeyError):
        return False
    finally:
        await admin.close()
        log.setLevel(level)
