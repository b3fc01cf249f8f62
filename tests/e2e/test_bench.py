"""Every bench on the whole stack runs at its smallest size."""

from deploy.local.supervisor import Running
from tests.bench import footprint, http, latency


def nothing(_: int, __: int) -> None:
    """Nobody looks at the progress."""


async def test_latency_is_counted_for_every_log_until_its_decision_is_read(stack: Running) -> None:
    found = await latency.on(stack, latency.TINY, nothing)

    for one in found.values():
        assert one["logs"] > 0
        assert 0 < one["answer"]["p50"] <= one["p50"] <= one["p99"]


async def test_logs_a_second_are_counted_over_http(stack: Running) -> None:
    found = await http.on(stack, http.TINY, nothing)

    assert all(one["per_s"] > 0 and one["ms"]["p50"] > 0 for one in found.values())


async def test_the_footprint_names_every_process(stack: Running) -> None:
    found = await footprint.on(stack, footprint.TINY, nothing)

    assert set(stack.services) < set(found["memory_mb"])
    assert all(found["memory_mb"].values())
    assert found["bytes_per_session"] > 0
    assert found["idle_cores"] >= 0
    assert set(found["idle_by_process"]) == set(found["memory_mb"])
