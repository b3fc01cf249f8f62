"""Commits overtake no batch and hold none up: one is under way at a time, and the next takes all that came since."""

import asyncio
from collections.abc import Mapping

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError
from prometheus_client import CollectorRegistry

from shared.kafka import commits
from shared.kafka.commits import Commits
from shared.observability.metrics import Metrics

A, B, LOST = TopicPartition("a", 0), TopicPartition("b", 0), TopicPartition("c", 0)


class Consumer:
    """Holds every commit until `go`, or refuses it."""

    def __init__(self) -> None:
        self.commits: list[Mapping[TopicPartition, int]] = []
        self.go = asyncio.Event()
        self.refuses = False
        self.error: Exception = CommitFailedError()

    def assignment(self) -> set[TopicPartition]:
        return {A, B}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.commits.append(offsets)
        await self.go.wait()
        if self.refuses:
            raise self.error


class Ends:
    """Commits, and how often nothing was left to commit."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.count = 0
        self.commits = Commits(Metrics(self.registry, "toy"), self._done)

    def _done(self) -> None:
        self.count += 1


async def test_what_is_handled_during_a_commit_goes_with_the_next_and_only_the_latest_offset() -> None:
    ends, consumer = Ends(), Consumer()
    ends.commits.add(consumer, {A: 1, LOST: 5})
    await asyncio.sleep(0)
    ends.commits.add(consumer, {A: 2})
    ends.commits.add(consumer, {A: 3, B: 1})
    assert (consumer.commits, ends.count) == ([{A: 1}], 0)

    consumer.go.set()
    await ends.commits.settle()
    assert (consumer.commits, ends.count) == ([{A: 1}, {A: 3, B: 1}], 1)


async def test_a_commit_that_fails_is_counted_and_the_next_one_is_made() -> None:
    ends, consumer = Ends(), Consumer()
    consumer.refuses = True
    consumer.go.set()
    for offset in (1, 2):
        ends.commits.add(consumer, {A: offset})
        await ends.commits.settle()
    labels = {"service": "toy", "dependency": "kafka", "kind": "CommitFailedError"}
    assert consumer.commits == [{A: 1}, {A: 2}]
    assert ends.registry.get_sample_value("pacewell_dependency_errors_total", labels) == 2


@pytest.mark.parametrize("error", [CommitFailedError(), OSError(), TypeError()], ids=repr)
async def test_a_commit_that_failed_is_made_again_though_nothing_more_comes(error: Exception) -> None:
    ends, consumer = Ends(), Consumer()
    consumer.refuses, consumer.error = True, error
    consumer.go.set()
    ends.commits.add(consumer, {A: 1})
    await ends.commits.settle()
    assert ends.count == 0

    consumer.refuses = False
    for _ in range(2):
        ends.commits.again(consumer)
        await ends.commits.settle()
    assert (consumer.commits, ends.count) == ([{A: 1}, {A: 1}], 1)


async def test_what_failed_goes_along_with_the_next_commit_and_a_later_offset_takes_its_place() -> None:
    ends, consumer = Ends(), Consumer()
    consumer.refuses = True
    consumer.go.set()
    ends.commits.add(consumer, {A: 1, B: 4})
    await ends.commits.settle()
    ends.commits.add(consumer, {A: 2})
    await ends.commits.settle()
    assert consumer.commits[1:] == [{A: 2, B: 4}]


async def test_what_failed_before_a_rebalance_is_for_the_new_owner_to_say() -> None:
    ends, consumer = Ends(), Consumer()
    consumer.refuses = True
    ends.commits.add(consumer, {A: 1})
    await _some_turns()
    ends.commits.forget()
    consumer.go.set()
    await ends.commits.settle()
    ends.commits.again(consumer)
    await ends.commits.settle()
    assert consumer.commits == [{A: 1}]


async def test_who_waits_goes_away_and_the_commit_goes_on() -> None:
    ends, consumer = Ends(), Consumer()
    ends.commits.add(consumer, {A: 1})
    await ends.commits.settle(0)
    assert ends.count == 0
    consumer.go.set()
    await ends.commits.settle()
    assert ends.count == 1


async def test_what_waits_for_partitions_that_are_gone_is_forgotten() -> None:
    ends, consumer = Ends(), Consumer()
    ends.commits.add(consumer, {A: 1})
    await asyncio.sleep(0)
    ends.commits.add(consumer, {A: 2})
    ends.commits.forget()
    consumer.go.set()
    await ends.commits.settle()
    assert consumer.commits == [{A: 1}]


async def test_few_records_wait_a_moment_for_more_and_many_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "EVERY_S", 1000.0)
    ends, consumer = Ends(), Consumer()
    consumer.go.set()
    for offset in (1, 2, 3):
        ends.commits.add(consumer, {A: offset})
        await _some_turns()
    assert consumer.commits == [{A: 1}]

    ends.commits.add(consumer, {A: 4}, commits.AT_ONCE)
    await _some_turns()
    assert consumer.commits == [{A: 1}, {A: 4}]


async def _some_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
