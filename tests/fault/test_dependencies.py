"""kill -9 of Kafka and of the engine under load, and both away for a while: accepted means once, and all recovers."""

import asyncio

from tests.fault.conftest import Note, OwnCluster
from tests.support.cluster import Member, eventually
from tests.support.cluster_load import Load
from tests.support.topics import Feed


async def test_kafka_killed_twice_under_load_loses_and_doubles_nothing(own_cluster: OwnCluster, note: Note) -> None:
    toy = own_cluster.toy
    load, member = Load(toy), toy.member()
    async with Feed(toy.kafka, toy.namespace) as feed:
        await member.start().ready()
        for _ in range(2):
            working = asyncio.create_task(load.run([member], feed, 60))
            await asyncio.sleep(load.random.uniform(0.2, 0.6))  # killed at any moment of the load
            own_cluster.broker.kill()
            await asyncio.to_thread(own_cluster.broker.start)
            await working
        verdict = await load.rest([member], 60)
    note("kill -9 of Kafka under load", verdict)


async def test_the_engine_killed_twice_under_load_loses_and_doubles_nothing(
    own_cluster: OwnCluster, note: Note
) -> None:
    toy = own_cluster.toy
    load, member = Load(toy), toy.member()
    async with Feed(toy.kafka, toy.namespace) as feed:
        await member.start().ready()
        for _ in range(2):
            working = asyncio.create_task(load.run([member], feed, 60))
            await asyncio.sleep(load.random.uniform(0.2, 0.6))  # killed at any moment of the load
            own_cluster.engine.kill()
            await asyncio.to_thread(own_cluster.engine.start)
            await working
        verdict = await load.rest([member], 60)
    note("kill -9 of the engine under load", verdict)


async def test_while_kafka_is_away_commands_are_accepted_and_their_events_follow_when_it_is_back(
    own_cluster: OwnCluster, note: Note
) -> None:
    toy = own_cluster.toy
    load, member = Load(toy), toy.member()
    async with Feed(toy.kafka, toy.namespace) as feed:
        await member.start().ready()
        await load.run([member], feed, 10)
        own_cluster.broker.kill()
        await load.run([member], None, 30)
        await member.ready(status="degraded")
        await asyncio.sleep(8)  # how long it is away: longer than any wait between two attempts
        await load.run([member], None, 10)
        await asyncio.to_thread(own_cluster.broker.start)
        await member.ready(timeout_s=60)
        await load.run([member], feed, 10)
        verdict = await load.rest([member], 60)
    note("Kafka away for a while", verdict)


async def test_with_kafka_and_engine_away_the_group_is_not_left_in_a_loop(own_cluster: OwnCluster, note: Note) -> None:
    toy = own_cluster.toy
    load = Load(toy)
    members = [toy.member("1"), toy.member("2")]
    async with Feed(toy.kafka, toy.namespace) as feed:
        await asyncio.gather(*(member.start().ready() for member in members))
        await load.run(members, feed, 20)
        working = asyncio.create_task(load.run(members, feed, 30))
        own_cluster.engine.kill()
        own_cluster.broker.kill()
        await asyncio.sleep(10)  # how long both are away before it is measured what trying again costs
        before = [member.cpu_s() for member in members]
        await asyncio.sleep(2)  # the time in which CPU is measured
        assert all(member.cpu_s() - then < 1.0 for member, then in zip(members, before, strict=True))
        await asyncio.gather(asyncio.to_thread(own_cluster.broker.start), asyncio.to_thread(own_cluster.engine.start))
        await working
        await asyncio.gather(*(member.ready(timeout_s=60) for member in members))
        verdict = await load.rest(members, 60)
        await eventually(lambda: _rebalances_stand_still(members), 60)
    note("Kafka and engine away together", verdict)


async def _rebalances_stand_still(members: list[Member]) -> None:
    name = "pacewell_consumer_rebalances_total"
    before = [await member.metric(name) for member in members]
    await asyncio.sleep(3)  # the time in which none may come: more than a heartbeat
    now = [await member.metric(name) for member in members]
    assert now == before, f"{before} then {now}"
