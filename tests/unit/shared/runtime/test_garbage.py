"""How seldom a service process looks for cycles."""

import gc
from collections.abc import Iterator

import pytest

from shared.runtime.garbage import THRESHOLDS, collect_rarely


@pytest.fixture
def collector() -> Iterator[None]:
    """The collector of the tests' own process, as it was before."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
def test_a_process_looks_for_cycles_rarely_and_never_again_among_what_was_there_at_its_start() -> None:
    there: list[list[int]] = [[] for _ in range(10)]
    collect_rarely()

    assert gc.isenabled()
    assert gc.get_threshold() == THRESHOLDS
    assert all(held is not there for held in gc.get_objects())
