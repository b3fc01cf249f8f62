"""kill -9 at every place where a process may die between two durable steps; nothing accepted is lost or doubled."""

import asyncio
from itertools import pairwise

import pytest

from shared.runtime.ports import CrashPoint
from tests.fault.conftest import Note
from tests.support.cluster import Cluster, eventually
from tests.support.cluster_load import Load
from tests.support.topics import Feed, read_topic


@pytest.mark.parametrize("point", list(CrashPoint), ids=lambda point: point.value)
async def test_killed_at_any_named_point_everything_accepted_takes_effect_once(
    cluster: Cluster, point: CrashPoint, note: Note
) -> None:
    """The first process dies the first time it passes the point, its heir some time later, the next one lives."""
    load = Load(cluster)
    rare = point is CrashPoint.AFTER_DEAD_LETTER
    members = [
        cluster.member(crash_at=f"{point.value}:{count}", batch_records="4") for count in ((1, 1) if rare else (1, 3))
    ]
    members.append(cluster.member())
    async with Feed(cluster.kafka, cluster.namespace) as feed:

        async def poison() -> None:
            for _ in range(3 if rare else 0):
                await load.session(feed, family="poison", key="poisoned")

        survived = asyncio.Event()

        async def work() -> None:
            await load.run(members, feed, 40)
            while not survived.is_set():  # a quick machine is done before a lazy point was passed often enough
                await load.run(members, feed, 1)
                await asyncio.sleep(0.3)  # a trickle: work enough to pass the point, and an end soon after it

        await members[0].start().ready()
        working = asyncio.create_task(work())
        await poison()
        for doomed, heir in pairwise(members):
            await doomed.died_by_kill()
            heir.start()
        survived.set()
        await working
        heir = await members[-1].ready()
        verdict = await load.rest([heir])
        letters = (await heir.http.get("/v1/toy/letters")).json()
    note(f"kill -9 at {point.value}", verdict)
    assert len(letters) == load.poisoned
    assert {letter["reason"] for letter in letters} <= {"ValueError:poison"}


async def test_a_message_interrupted_between_claim_and_outcome_ends_as_unknown_and_is_not_sent_again(
    cluster: Cluster, note: Note
) -> None:
    load = Load(cluster, people=1)
    doomed, heir = cluster.member(crash_at="after_send"), cluster.member()
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await doomed.start().ready()
        await load.session(feed, family="tell")
        await doomed.died_by_kill()
        await heir.start().ready()
        verdict = await load.rest([heir])
    note("kill -9 between a message and its outcome", verdict)
    assert verdict.endings == {"unknown": 1}


async def test_a_letter_stored_before_the_kill_is_mirrored_afterwards(cluster: Cluster) -> None:
    load = Load(cluster, people=1)
    doomed, heir = cluster.member(crash_at="after_dead_letter"), cluster.member()
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await doomed.start().ready()
        await load.session(feed, family="poison", key="poisoned")
        await doomed.died_by_kill()
        await heir.start().ready()

        async def mirrored() -> None:
            assert await read_topic(cluster.kafka, f"{cluster.namespace}-progression-dead-letters")

        await eventually(mirrored)
