"""Ownership: which shards are swept, and which may tick because nothing of theirs waits to be read."""

from typing import Any

from shared.kafka.partition import SHARDS, shard_of
from shared.runtime.ownership import Ownership


class _Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def _owning(*partitions: int, topics: tuple[str, ...] = ("a", "b")) -> tuple[Ownership, _Time]:
    time = _Time()
    ownership = Ownership(4, time)
    ownership.assign((topic, p) for topic in topics for p in partitions)
    return ownership, time


def test_a_shard_belongs_to_who_owns_its_partition() -> None:
    one, other = _owning(0, 1)[0], _owning(2, 3)[0]

    assert sorted(one.shards() + other.shards()) == list(range(SHARDS))
    assert all(shard % 4 in (0, 1) for shard in one.shards())
    for key in ("p1", "p2", "p3"):
        assert one.owns(key) == (shard_of(key) in one.shards()) != other.owns(key)


def test_nothing_is_owned_before_it_was_assigned_or_after_it_was_revoked() -> None:
    ownership, _ = _owning(0)
    ownership.ends({("a", 0): 0, ("b", 0): 0})
    ownership.assign(())

    assert (ownership.shards(), ownership.caught_up(), ownership.owns("p1")) == ([], [], False)


def test_a_shard_ticks_only_when_every_topic_that_feeds_it_is_handled_to_its_end() -> None:
    ownership, _ = _owning(0, 1)
    ownership.ends({("a", 0): 5, ("a", 1): 0, ("b", 0): 0, ("b", 1): 0})
    assert {shard % 4 for shard in ownership.caught_up()} == {1}

    ownership.handled(("a", 0), 4)
    assert {shard % 4 for shard in ownership.caught_up()} == {1}
    ownership.handled(("a", 0), 5)
    assert {shard % 4 for shard in ownership.caught_up()} == {0, 1}


def test_nothing_ticks_while_the_ends_are_unknown_or_older_than_a_second() -> None:
    ownership, time = _owning(0)
    assert ownership.caught_up() == []
    ownership.ends({("a", 0): 0, ("b", 0): 0})
    assert ownership.caught_up() != []
    time.seconds += 1.1
    assert ownership.caught_up() == []


def test_ends_older_than_a_second_are_asked_for_where_somebody_hears_them() -> None:
    ownership, time = _owning(0)
    told: list[Any] = [({("a", 0): 0, ("b", 0): 0}, 0.4), None, ({("a", 0): 0, ("b", 0): 3}, 0.0)]
    ownership.hears(lambda: told.pop(0))
    assert ownership.caught_up() != []
    time.seconds += 0.5
    assert ownership.caught_up() != []
    assert len(told) == 2  # they were not asked for again
    time.seconds += 0.2
    assert ownership.caught_up() == []  # a second old in all, and nothing was told
    assert ownership.caught_up() == []  # told, and something lies unread
    assert (told, ownership.lag) == ([], {"a": 0, "b": 3})


def test_a_partition_whose_end_was_not_read_does_not_tick() -> None:
    ownership, _ = _owning(0)
    ownership.ends({("a", 0): 0})
    assert ownership.caught_up() == []


def test_a_new_assignment_forgets_what_was_known_of_the_ends_and_of_lost_partitions() -> None:
    ownership, _ = _owning(0)
    ownership.handled(("a", 0), 9)
    ownership.ends({("a", 0): 9, ("b", 0): 0})
    ownership.assign([("a", 1), ("b", 1)])
    assert ownership.caught_up() == []

    ownership.assign([("a", 0), ("b", 0)])
    ownership.ends({("a", 0): 9, ("b", 0): 0})
    assert ownership.caught_up() == []  # somebody else may have set the offsets back meanwhile


def test_handled_never_goes_back_and_says_nothing_of_partitions_not_owned() -> None:
    ownership, _ = _owning(0)
    ownership.handled(("a", 0), 5)
    ownership.handled(("a", 0), 3)
    ownership.handled(("a", 2), 7)
    ownership.ends({("a", 0): 5, ("b", 0): 2})

    assert ownership.lag == {"a": 0, "b": 2}
