"""Quix Streams doing the same job with its state in process (RocksDB and a changelog topic), without a database.

Runs in the environment of `requirements-bench.lock`, because it pins older libraries.
"""

import importlib
import sys
from typing import Any

import orjson

from services.progression.transitions import SERVICE
from shared.runtime.aggregate import CANONICAL
from shared.runtime.garbage import collect_rarely
from shared.runtime.wire import Raw, decode
from tests.bench.contenders.job import Job, Watch
from tests.bench.workload import LOGGING, OUT, STATES, TOPIC, decide, digest, emitted

WANTED = frozenset(SERVICE.transitions)
NAME = "person"


def run(job: Job) -> str:
    """Prepare, do the work, and tell; the watch stops with the last record decided, before its checkpoint."""
    quixstreams: Any = importlib.import_module("quixstreams")
    prefix = f"{job.workload.namespace}-"
    app = quixstreams.Application(
        broker_address=job.kafka,
        consumer_group=prefix + job.run,
        auto_offset_reset="earliest",
        state_dir=str(job.place / "state"),
        loglevel="ERROR",
    )
    source = app.topic(prefix + TOPIC, value_deserializer="bytes", key_deserializer="bytes")
    sink = app.topic(prefix + OUT, value_serializer="bytes", key_serializer="bytes")
    start, watch = job.workload.start, Watch()
    first = orjson.dumps(
        {"seen": start.marks[LOGGING], "seq": start.seq, "state": start.state}, option=CANONICAL
    ).decode()
    last: dict[str, str] = {}

    def on_session(value: bytes, key: bytes, _: int, headers: Any, state: Any) -> list[bytes]:
        watch.start()
        message = decode(Raw(TOPIC, 0, 0, key, value, tuple(headers or ())), WANTED)
        text = state.get(NAME) or first
        person, events = orjson.loads(text), []
        if (message.seq or 0) > person["seen"]:
            done = decide(STATES.validate_python(person["state"]), message)
            seq = person["seq"]
            for emit in done.events:
                seq += 1
                events.append(emitted(seq, emit, message))
            body = {"seen": message.seq, "seq": seq, "state": done.state}
            text = orjson.dumps(body, option=CANONICAL).decode()
            state.set(NAME, text)
            last[message.key] = text
        watch.done += 1
        if watch.done == job.events:
            watch.stop()
            app.stop()
        return events

    frame = app.dataframe(source)
    frame = frame.apply(on_session, stateful=True, metadata=True, expand=True)
    frame.to_topic(sink)
    app.run()
    people = []
    for key in job.workload.everybody():
        person = orjson.loads(last.get(key, first))
        people.append((key, person["seq"], STATES.validate_python(person["state"])))
    return watch.told(digest(people))


if __name__ == "__main__":
    collect_rarely()  # as ours does
    sys.stdout.write(run(Job.read()) + "\n")
