"""Who reads what: one owner for every shard, explicit commits, restarts that nobody notices, installations apart."""

import asyncio
from pathlib import Path

from deploy.local.engine import Engine
from tests.support.cluster import Cluster, Member, all_shards, eventually
from tests.support.cluster_load import Load
from tests.support.cluster_nursery import Nursery
from tests.support.stack import kafka_in
from tests.support.topics import Feed, committed, read_topic
from tests.support.toy import event

INPUTS = ("plans-events", "reminders-events", "session-logging-events")
REBALANCES = "pacewell_consumer_rebalances_total"


async def test_three_instances_on_three_topics_give_every_shard_exactly_one_owner(cluster: Cluster) -> None:
    members = [cluster.member(str(number), partitions="16") for number in (1, 2, 3)]
    await asyncio.gather(*(member.start().ready() for member in members))
    owned = await eventually(lambda: _one_owner_each(members), 40)
    assert all(owned)

    members[0].child.stop()
    await eventually(lambda: _one_owner_each(members[1:]), 40)


async def test_a_restarted_instance_gets_its_partitions_back_and_the_others_keep_theirs(cluster: Cluster) -> None:
    steady, restarted = cluster.member("1"), cluster.member("2")
    await asyncio.gather(steady.start().ready(), restarted.start().ready())
    before = await eventually(lambda: _one_owner_each([steady, restarted]), 40)
    rebalances = await steady.metric(REBALANCES)

    restarted.child.kill()
    await restarted.start().ready()
    assert await eventually(lambda: _one_owner_each([steady, restarted]), 40) == before
    assert await steady.metric(REBALANCES) == rebalances


async def test_offsets_are_committed_only_after_the_whole_batch_is_durable(cluster: Cluster) -> None:
    topic, group = f"{cluster.namespace}-session-logging-events", f"{cluster.namespace}-progression"
    doomed, heir = cluster.member(crash_at="before_commit"), cluster.member()
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await doomed.start().ready()
        await feed.send(event("p1", 1))
        await doomed.died_by_kill()
        assert (await committed(cluster.kafka, group, topic)).lag == 1

        await heir.start().ready()

        async def all_committed() -> None:
            now = await committed(cluster.kafka, group, topic)
            assert now.lag == 0, now

        await eventually(all_committed)
    events = await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events")
    assert len({record.value for record in events}) == 1


async def test_the_sweeper_forwards_what_a_killed_process_left(cluster: Cluster) -> None:
    load = Load(cluster, people=1)
    doomed, heir = cluster.member(crash_at="before_answer"), cluster.member()
    await doomed.start().ready()
    working = asyncio.create_task(load.command([doomed, heir]))
    await doomed.died_by_kill()
    working.cancel()  # nobody asks again: the command is durable, and known to its outbox alone
    assert not await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events")
    await heir.start().ready()

    async def forwarded() -> None:
        assert len(await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events")) == 1

    await eventually(forwarded)


async def test_the_same_command_five_times_in_parallel_takes_effect_once(cluster: Cluster) -> None:
    members = [cluster.member("1"), cluster.member("2")]
    await asyncio.gather(*(member.start().ready() for member in members))
    body = {"id": "a1", "amount": 7}
    answers = await asyncio.gather(
        *(members[number % 2].http.post("/v1/patients/p1/adds", json=body) for number in range(5))
    )
    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, {"total": 7})] * 5
    other = await members[0].http.post("/v1/patients/p1/adds", json={**body, "amount": 8})
    assert other.status_code == 409

    async def once() -> None:
        records = await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events")
        assert len({record.value for record in records}) == 1, len(records)

    await eventually(once)
    tally = (await members[1].http.get("/v1/patients/p1/tally")).json()
    assert tally["records"] == {"a1": 7, "latest": 7}


async def test_installations_with_different_namespaces_do_not_meet(
    cluster: Cluster, tmp_path: Path, nursery: Nursery
) -> None:
    (tmp_path / "other").mkdir()
    other = Cluster(cluster.kafka, cluster.engine, f"{cluster.namespace}b", tmp_path / "other", nursery)
    try:
        here, there = cluster.member(), other.member()
        async with Feed(cluster.kafka, cluster.namespace) as feed:
            await asyncio.gather(here.start().ready(), there.start().ready())
            await feed.send(event("p1", 1))

            async def handled() -> None:
                assert (await here.http.get("/v1/patients/p1/tally")).status_code == 200

            await eventually(handled)
        assert (await there.http.get("/v1/patients/p1/tally")).status_code == 404
        assert len(await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events")) == 1
        assert not await read_topic(cluster.kafka, f"{other.namespace}-progression-events")
    finally:
        await other.end()


async def test_without_kafka_at_start_commands_are_accepted_and_all_recovers_by_itself(
    own_engine: Engine, namespace: str, tmp_path: Path, nursery: Nursery
) -> None:
    broker = kafka_in(tmp_path / "late-kafka")
    cluster = Cluster(broker.bootstrap, own_engine.url, namespace, tmp_path, nursery)
    try:
        toy = cluster.member()
        await toy.start().ready(status="degraded")
        load = Load(cluster)
        await load.run([toy], None, 20)
        await toy.ready(status="degraded")
        await asyncio.to_thread(broker.start)
        await toy.ready(timeout_s=40)
        verdict = await load.rest([toy], 40)
        assert not verdict.problems
        assert verdict.accepted == 20
    finally:
        await cluster.end()
        broker.stop()


async def _one_owner_each(members: list[Member]) -> list[list[int]]:
    answers = [(await member.http.get("/v1/toy/shards")).json() for member in members]
    assert all_shards(answers) == list(range(64)), [len(answer["owned"]) for answer in answers]
    return [answer["owned"] for answer in answers]
