"""SIGSTOP past the session time-out in the middle of the work; what wakes up again overrides nothing."""

import asyncio

from tests.fault.conftest import Note
from tests.support.cluster import Cluster, Member, all_shards, eventually
from tests.support.cluster_load import Load
from tests.support.topics import Feed

POINTS = ("before_fence", "after_fence", "after_records", "after_publish", "after_claim")


async def test_a_process_that_stood_still_in_the_middle_of_its_work_overrides_nothing_when_it_goes_on(
    cluster: Cluster, note: Note
) -> None:
    """Five processes stop, each at its own place; a sixth takes everything over; then the five go on."""
    load = Load(cluster, people=12)
    survivor = cluster.member("survivor")
    sleepers = [cluster.member(f"sleeper-{point.replace('_', '-')}", crash_at=f"{point}:2:stop") for point in POINTS]
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await asyncio.gather(*(member.start().ready() for member in [survivor, *sleepers]))
        await load.run([survivor], feed, 10)
        for sleeper in sleepers:
            sleeper.http.timeout = 1.0
            working = asyncio.create_task(load.run([sleeper, survivor], feed, 20))
            await sleeper.stands_still()
            await working

        await eventually(lambda: _owns_all(survivor), 40)
        await load.run([survivor], feed, 20)
        for sleeper in sleepers:
            sleeper.child.thaw()
        await load.run([survivor], feed, 20)
        await asyncio.gather(*(sleeper.ready() for sleeper in sleepers))
        await load.run([*sleepers, survivor], feed, 20)
        verdict = await load.rest([survivor], 40)
    note("SIGSTOP past the session time-out, then SIGCONT", verdict)


async def test_processes_frozen_at_random_under_load_override_nothing(cluster: Cluster, note: Note) -> None:
    load = Load(cluster, people=12, seed=3)
    sleeper, survivor = cluster.member("sleeper"), cluster.member("survivor")
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await asyncio.gather(sleeper.start().ready(), survivor.start().ready())
        sleeper.http.timeout = 1.0
        for _ in range(2):
            working = asyncio.create_task(load.run([sleeper, survivor], feed, 60))
            await asyncio.sleep(load.random.uniform(0.2, 1.0))
            sleeper.child.freeze()
            await eventually(lambda: _owns_all(survivor), 40)
            sleeper.child.thaw()
            await working
            await sleeper.ready()
        verdict = await load.rest([survivor, sleeper], 40)
    note("SIGSTOP at random, then SIGCONT", verdict)


async def _owns_all(member: Member) -> None:
    answer = (await member.http.get("/v1/toy/shards")).json()
    assert all_shards([answer]) == list(range(64)), f"{len(answer['owned'])} shards"
