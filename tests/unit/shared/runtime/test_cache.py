"""The cache: bounded by bytes, least recently used out, only what this process owns."""

from dataclasses import replace

from shared.runtime.aggregate import Aggregate
from shared.runtime.cache import OVERHEAD, Cache


def _aggregate(key: str, size: int = 0, v: int = 1) -> Aggregate:
    return Aggregate(key=key, tenant="t", v=v, state=None, size=size)


def test_the_least_recently_used_goes_first_when_the_bytes_are_full() -> None:
    cache = Cache(3 * OVERHEAD, owned=lambda key: True)
    cache.keep([_aggregate("a"), _aggregate("b"), _aggregate("c")])
    cache.get("a")
    cache.keep([_aggregate("d")])

    assert [key for key in "abcd" if cache.get(key) is not None] == ["a", "c", "d"]


def test_one_that_is_larger_than_all_the_room_is_not_kept() -> None:
    cache = Cache(OVERHEAD + 10, owned=lambda key: True)
    cache.keep([_aggregate("a", size=11)])
    assert cache.get("a") is None
    cache.keep([_aggregate("b", size=10)])
    assert cache.get("b") is not None


def test_a_newer_copy_takes_the_place_of_the_older_one() -> None:
    cache = Cache(OVERHEAD + 10, owned=lambda key: True)
    cache.keep([_aggregate("a", size=10)])
    newer = replace(_aggregate("a", size=10), v=2)
    cache.keep([newer])
    assert cache.get("a") is newer


def test_what_is_not_owned_or_not_stored_is_not_kept() -> None:
    cache = Cache(10 * OVERHEAD, owned=lambda key: key == "mine")
    cache.keep([_aggregate("mine"), _aggregate("yours")])
    assert cache.get("yours") is None
    assert cache.get("mine") is not None
    cache.keep([_aggregate("mine", v=0)])
    assert cache.get("mine") is None


def test_without_room_nothing_is_kept() -> None:
    cache = Cache(0, owned=lambda key: True)
    cache.keep([_aggregate("a")])
    assert cache.get("a") is None


def test_drop_and_clear_forget_and_give_the_room_back() -> None:
    cache = Cache(2 * OVERHEAD, owned=lambda key: True)
    cache.keep([_aggregate("a"), _aggregate("b")])
    assert cache.drop("a")
    assert not cache.drop("a")
    cache.clear()
    assert cache.get("b") is None
    cache.keep([_aggregate("c"), _aggregate("d")])
    assert cache.get("c") is not None
