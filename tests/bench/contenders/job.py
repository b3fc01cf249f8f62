"""What a contender is told on its input, and what it says at its end."""

import resource
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import orjson

from tests.bench.workload import Workload


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one contender: the work, and the stores of this run.

    `beside` counts records that come beside the sessions, `others` the people in the store who do nothing. Without
    `seeded` people come by Kafka too; with `stay` the process lives on until its input ends.
    """

    people: int
    window: int
    events: int
    kafka: str
    mongo_url: str
    keys_url: str
    folder: str
    run: str
    history: int | None = None
    beside: int = 0
    others: int = 0
    seeded: bool = True
    stay: bool = False

    @classmethod
    def read(cls) -> Self:
        """The job on standard input."""
        return cls(**orjson.loads(sys.stdin.readline()))

    def encoded(self) -> bytes:
        """The line that `read` reads."""
        return orjson.dumps(asdict(self)) + b"\n"

    @property
    def workload(self) -> Workload:
        """The work itself."""
        return Workload(self.people, self.window, self.events, self.history)

    @property
    def records(self) -> int:
        """How many records are to be handled."""
        return self.events + self.beside

    @property
    def place(self) -> Path:
        """A folder of this run's own."""
        return Path(self.folder)


@dataclass(slots=True)
class Watch:
    """Wall time and the process's CPU time from the first record in hand to the last one done."""

    began: float = 0.0
    began_cpu: float = 0.0
    seconds: float = 0.0
    cpu_s: float = 0.0
    done: int = 0
    running: bool = field(default=False)

    def start(self) -> None:
        """The first record is in hand; later calls change nothing."""
        if not self.running:
            self.running, self.began, self.began_cpu = True, time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """So much is done by now."""
        self.seconds, self.cpu_s = time.perf_counter() - self.began, time.process_time() - self.began_cpu

    def told(self, digest: str) -> str:
        """What the contender prints."""
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        numbers = {"events": self.done, "seconds": self.seconds, "cpu_s": self.cpu_s, "memory_mb": memory}
        return orjson.dumps({**numbers, "digest": digest}).decode()
