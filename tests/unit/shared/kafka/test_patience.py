"""What a fetch tells is not asked again, what it does not tell is, and a fetch waits long only where nobody does."""

import math
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.kafka.patience import ALL_MS, FRESH_S, MANY_BYTES, SOME_MS, ends_of, told_of, wait_by_what_is_asked

A, B = TopicPartition("a", 0), TopicPartition("b", 0)
NOW_S = 1000.0


class Consumer:
    """As aiokafka's: what the last fetch told, and what Kafka says when it is asked."""

    def __init__(self, told: dict[TopicPartition, tuple[int, float]], took_s: float = 0.0) -> None:
        self._told = told
        self._took_s = took_s
        self.asked: list[TopicPartition] = []
        self.now_s = NOW_S

    def last_poll_timestamp(self, place: TopicPartition) -> int | None:
        return int(self._told[place][1] * 1000) if place in self._told else None

    def highwater(self, place: TopicPartition) -> int | None:
        return self._told[place][0] if place in self._told else None

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        self.asked += places
        self.now_s += self._took_s
        return dict.fromkeys(places, 77)


class Fetcher:
    """As much of aiokafka's as a fetch is made of."""

    _records: dict[TopicPartition, Any]
    _fetch_max_wait_ms = 0
    _fetch_min_bytes = 0

    def _get_actions_per_node(self, assignment: str) -> tuple[str, int, int]:
        return assignment, self._fetch_max_wait_ms, self._fetch_min_bytes


class Started:
    """A consumer that has its fetcher."""

    def __init__(self) -> None:
        self._fetcher = Fetcher()


async def test_what_the_last_fetches_told_is_not_asked_and_is_as_old_as_the_oldest() -> None:
    consumer = Consumer({A: (5, NOW_S - 0.2), B: (6, NOW_S - 0.4)})
    ends, age_s = await ends_of(consumer, [A, B], lambda: consumer.now_s)
    assert (ends, consumer.asked) == ({A: 5, B: 6}, [])
    assert age_s == pytest.approx(0.4)


async def test_what_no_fetch_told_lately_is_left_out_where_nobody_is_to_be_asked() -> None:
    consumer = Consumer({A: (5, NOW_S - 0.2), B: (6, NOW_S - FRESH_S)})
    ends, age_s = told_of(consumer, [A, B], lambda: consumer.now_s)
    assert (ends, consumer.asked) == ({A: 5}, [])
    assert age_s == pytest.approx(0.2)


def test_the_answer_to_a_fetch_that_waits_longest_comes_before_the_one_before_it_is_too_old() -> None:
    assert SOME_MS < ALL_MS <= 900 * FRESH_S


@pytest.mark.parametrize("told", [{}, {B: (6, NOW_S - 2)}, {B: (6, NOW_S + 5)}])
async def test_a_partition_that_no_fetch_asked_for_lately_is_asked_for_alone(
    told: dict[TopicPartition, tuple[int, float]],
) -> None:
    consumer = Consumer({A: (5, NOW_S - 0.1), **told}, took_s=0.3)
    ends, age_s = await ends_of(consumer, [A, B], lambda: consumer.now_s)
    assert (ends, consumer.asked) == ({A: 5, B: 77}, [B])
    assert age_s == pytest.approx(0.4)


async def test_a_fetch_waits_long_only_when_it_leaves_no_partition_out() -> None:
    consumer: Any = Started()
    wait_by_what_is_asked(consumer)
    consumer._fetcher._records = {}
    assert consumer._fetcher._get_actions_per_node("mine") == ("mine", ALL_MS, 1)
    consumer._fetcher._records = {A: object()}
    assert consumer._fetcher._get_actions_per_node("mine") == ("mine", SOME_MS, 1)


async def test_who_gathers_has_many_records_in_one_answer_while_they_come_and_the_first_one_at_once() -> None:
    consumer: Any = Started()
    ages = [math.inf, 0.2, 0.9, 1.1]
    wait_by_what_is_asked(consumer, lambda: ages[0])
    consumer._fetcher._records = {}
    answers = []
    while ages:
        answers.append(consumer._fetcher._get_actions_per_node("mine")[1:])
        ages.pop(0)
    assert answers == [(ALL_MS, 1), (SOME_MS, MANY_BYTES), (SOME_MS, MANY_BYTES), (ALL_MS, 1)]
