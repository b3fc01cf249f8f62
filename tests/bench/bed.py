"""A broker for all runs and fresh engines for each; contenders run on it as processes."""

import asyncio
import itertools
import logging
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local.engine import Engine
from services.progression.transitions import SERVICE
from shared.kafka.partition import partition_of
from shared.kafka.topics import ensure_topics, topics
from shared.runtime.messages import Message
from tests.bench.contenders.job import Job
from tests.bench.rivals import environment, python_of_rivals
from tests.bench.workload import OUT, PARTITIONS, PLANS_TOPIC, TOPIC, Workload, beginning, encoded, headers_of
from tests.support.stack import engine_in, kafka_in

RUN_S: Final = 1800.0
SERVICES: Final = ("plans", "session_logging", "progression", "reminders", "community", "safety")
CONTENDERS: Final[dict[str, tuple[str, ...]]] = {
    "ours": ("ours",),
    "floor": ("loops", "floor"),
    "floor_unsafe": ("loops", "floor_unsafe"),
    "floor_text": ("loops", "floor_text"),
    "faststream_single": ("single",),
    "quix": ("quix",),
    "replayer": ("replayer",),
}


class RunFailed(Exception):
    """A contender ended without a result; its last words say why."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of a contender came to."""

    events: int
    seconds: float
    cpu_s: float
    memory_mb: int
    digest: str

    @property
    def per_s(self) -> float:
        """Events a second of wall time."""
        return self.events / self.seconds

    @property
    def per_cpu_s(self) -> float:
        """Events a second of the process's own CPU time."""
        return self.events / self.cpu_s


class Bed:
    """`with Bed.made() as bed`: a running broker, and a folder that is gone afterwards."""

    def __init__(self, folder: Path, kafka: str) -> None:
        self.folder = folder
        self.kafka = kafka
        self._runs = (f"{secrets.token_hex(3)}-{number}" for number in itertools.count(1))
        self._laid: set[str] = set()

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[Self]:
        """Start the broker; everything has ended and is gone at the end."""
        with tempfile.TemporaryDirectory(prefix="pacewell-bench-") as name:
            folder = Path(name)
            kafka = kafka_in(folder / "kafka")
            try:
                kafka.start()
                yield cls(folder, kafka.bootstrap)
            finally:
                kafka.stop(5.0)

    def lay(self, workload: Workload, *, from_the_start: bool = False) -> None:
        """Publish a workload's sessions on topics of its own, once; with enrolment and plan if `from_the_start`."""
        if workload.namespace not in self._laid:
            asyncio.run(self._lay(workload, from_the_start))
            self._laid.add(workload.namespace)

    async def _lay(self, workload: Workload, from_the_start: bool) -> None:
        namespace = workload.namespace
        await ensure_topics(self.kafka, topics(SERVICES), namespace=namespace, partitions=PARTITIONS)
        await led(self.kafka, [f"{namespace}-{name}" for name in (OUT, SERVICE.journal_topic)])
        if from_the_start:
            begun = (message for key in workload.everybody() for message in beginning(key))
            await publish(self.kafka, f"{namespace}-{PLANS_TOPIC}", begun)
        await publish(self.kafka, f"{namespace}-{TOPIC}", workload.messages())

    @contextmanager
    def engines(self) -> Iterator[tuple[Engine, Engine, Path]]:
        """A database, one for keys, and a folder, for one run."""
        with tempfile.TemporaryDirectory(prefix="run-", dir=self.folder) as name:
            folder = Path(name)
            both = engine_in(folder / "one"), engine_in(folder / "keys", "keys")
            try:
                for engine in both:
                    engine.start()
                yield *both, folder
            finally:
                for engine in both:
                    engine.stop()

    def job(self, workload: Workload, engine: Engine, keys: Engine, folder: Path, **more: Any) -> Job:
        """The job of a run with these engines."""
        return Job(
            people=workload.people,
            window=workload.window,
            events=workload.events,
            history=workload.history,
            kafka=self.kafka,
            mongo_url=engine.url,
            keys_url=keys.url,
            folder=str(folder),
            run=f"run-{next(self._runs)}",
            **more,
        )

    def run(self, contender: str, workload: Workload, **more: Any) -> Ran:
        """One run of one contender on fresh engines; raises `RunFailed`."""
        with self.engines() as (engine, keys, folder):
            job = self.job(workload, engine, keys, folder, **more)
            with started(contender, job) as process:
                return result(process, contender, job)


@contextmanager
def started(contender: str, job: Job, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A contender's process with its job; it has ended afterwards."""
    module, *arguments = CONTENDERS[contender]
    python = python_of_rivals() if contender == "quix" else Path(sys.executable)
    process = subprocess.Popen(
        [str(python), "-m", f"tests.bench.contenders.{module}", *arguments, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(job.place / "errors.log").open("wb"),
        env=environment(),
        cwd=job.place,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(job.encoded())
        process.stdin.flush()
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def result(process: subprocess.Popen[bytes], contender: str, job: Job | None = None) -> Ran:
    """What the process prints when it is done; raises `RunFailed` when it ends without, or did not do all."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b'{"events"'):
            ran = Ran(**orjson.loads(line))
            if job is not None and ran.events != job.records:
                raise RunFailed(f"{contender} did {ran.events} of {job.records}")
            return ran
    process.wait(10)
    raise RunFailed(f"{contender} ended with exit code {process.returncode} and no result")


async def led(kafka: str, names: Iterable[str]) -> None:
    """Return once every partition of these new topics has its leader."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        await consumer.end_offsets([TopicPartition(name, part) for name in names for part in range(PARTITIONS)])
    finally:
        await consumer.stop()


async def publish(kafka: str, topic: str, messages: Iterable[Message[Any]]) -> None:
    """Lay messages on a topic, each on its person's partition, in order."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # new topics have no leader for a moment
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", enable_idempotence=True, linger_ms=5, max_batch_size=262_144
    )
    await producer.start()
    try:
        sent = []
        for message in messages:
            partition = partition_of(message.key, PARTITIONS)
            value, key = encoded(message), message.key.encode()
            sent.append(await producer.send(topic, value, key, partition=partition, headers=headers_of(message)))
            if len(sent) == 5000:
                await asyncio.gather(*sent)
                sent = []
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
