"""SIGSTOP past the session time-out in the middle of the work; what wakes up again overrides nothing."""

import asyncio
from functools import partial

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
    sleepers = [
        cluster.member(point.replace("_", "-"), crash_at=f"{point}:1:stop", sweep_after_ms="600000") for point in POINTS
    ]
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await asyncio.gather(*(member.start().ready() for member in [survivor, *sleepers]))
        for number, sleeper in enumerate(sleepers):
            sleeper.http.timeout = 1.0
            await load.command([sleeper, survivor], key=f"p{number}")
        for sleeper in sleepers[:-1]:
            await sleeper.stands_still()
        while not await sleepers[-1].is_still():
            await load.session(feed, family="tell")
        for number in range(len(sleepers)):  # the very people in whose work they stand still
            await load.command([survivor], key=f"p{number}")
        await load.run([survivor], feed, 20)
        await eventually(lambda: _owns_all(survivor), 40)
        await load.run([survivor], feed, 20)

        for sleeper in sleepers:
            sleeper.child.thaw()
        await asyncio.gather(*(sleeper.ready() for sleeper in sleepers))
        for sleeper in sleepers[:-1]:
            await eventually(partial(_finished_its_command, sleeper))
        awake = await load.rest([survivor], 40)
        assert not awake.problems  # nobody has written since, so nothing hides what they did
        await load.run([*sleepers, survivor], feed, 20)
        verdict = await load.rest([survivor], 40)
    note("SIGSTOP past the session time-out, then SIGCONT", verdict)


async def test_a_process_that_stood_still_for_a_moment_does_not_put_back_what_others_wrote_meanwhile(
    cluster: Cluster, note: Note
) -> None:
    """Too short to lose partitions or connections: what it holds in its hands is old, and it goes on at once."""
    load = Load(cluster, people=2)
    survivor = cluster.member("survivor")
    sleepers = [cluster.member(f"sleeper-{n}", crash_at=f"{point}:1:stop") for n, point in enumerate(POINTS[:2])]
    await asyncio.gather(*(member.start().ready() for member in [survivor, *sleepers]))
    for number, sleeper in enumerate(sleepers):
        sleeper.http.timeout = 0.5
        await load.command([sleeper, survivor], key=f"p{number}")
        await sleeper.stands_still()
        for _ in range(3):
            await load.command([survivor], key=f"p{number}")
        await load.rest([survivor])
        sleeper.child.thaw()
        await eventually(partial(_finished_its_command, sleeper))
    note("SIGSTOP for a moment, then SIGCONT", await load.judge(survivor))


async def test_processes_frozen_at_random_under_load_override_nothing(cluster: Cluster, note: Note) -> None:
    load = Load(cluster, people=12, seed=3)
    sleeper, survivor = cluster.member("sleeper"), cluster.member("survivor")
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await asyncio.gather(sleeper.start().ready(), survivor.start().ready())
        sleeper.http.timeout = 1.0
        for _ in range(2):
            working = asyncio.create_task(load.run([sleeper, survivor], feed, 60))
            await asyncio.sleep(load.random.uniform(0.2, 1.0))  # frozen at any moment of the load
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


async def _finished_its_command(sleeper: Member) -> None:
    """The command in whose middle it stood still has come to its end, well or not."""
    assert await sleeper.metric("pacewell_http_commands_total") >= 1, (sleeper.name, await sleeper.metrics_told())
