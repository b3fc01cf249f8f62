"""A noisy library may say a few lines a minute; the rest is counted, and other loggers are left alone."""

import logging

from shared.observability.calm import Calm


class _Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def record(name: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "conn.py", 1, "failed", (), None)


def test_an_outage_of_two_minutes_is_ten_lines_and_a_count() -> None:
    now = _Time()
    calm = Calm(["aiokafka"], per_minute=5, monotonic=now)
    passed = []
    for i in range(120 * 60 + 1):
        now.seconds = i / 60
        line = record(f"aiokafka.part{i % 7}")
        if calm.filter(line):
            passed.append(line)
    assert len(passed) == 11
    assert [count for line in passed if (count := getattr(line, "suppressed", 0))] == [3595, 3595]


def test_families_are_counted_apart_and_others_pass() -> None:
    calm = Calm(["aiokafka", "pymongo"], per_minute=1, monotonic=_Time())
    names = [
        "aiokafka",
        "aiokafka.conn",
        "pymongo.topology",
        "pymongo",
        "uvicorn.error",
        "uvicorn.error",
        "aiokafkaish",
    ]
    assert [calm.filter(record(name)) for name in names] == [True, False, True, False, True, True, True]
