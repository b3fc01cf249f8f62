"""Dead letters end: redriven once by code that can digest them, and again without effect."""

from urllib.parse import quote

from tests.support.cluster import Cluster, Member, eventually
from tests.support.topics import Feed, read_topic
from tests.support.toy import event, session


async def test_a_letter_redriven_by_newer_code_takes_effect_once_and_closes_the_hole(cluster: Cluster) -> None:
    old, new = cluster.member(), cluster.member(toy_cured="true")
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await old.start().ready()
        await feed.send(event("p1", 1))
        await feed.send(event("p1", 2, session(2, family="poison")))
        await feed.send(event("p1", 3, session(3, family="tell")))
        await eventually(lambda: _open_letters(old, 1))
        await eventually(lambda: _has_sessions(old, {"s1", "s3"}))
        assert not cluster.messages.exists()  # nothing is said while something is missing

        old.child.stop()
        await new.start().ready()
        (letter,) = await _open_letters(new, 1)
        path = f"/v1/toy/letters/{quote(letter, safe='')}/redrive"
        assert (await new.http.post(path)).json() == {"became": "redriven"}
        assert (await new.http.post(path)).json() == {"became": "redriven"}
        await _open_letters(new, 0)
        await eventually(lambda: _has_sessions(new, {"s1", "s2", "s3"}))
        await eventually(lambda: _events(cluster, 3))

        async def said() -> None:
            assert cluster.messages.exists()

        await eventually(said)


async def test_a_redriven_letter_that_still_cannot_be_handled_stays_open(cluster: Cluster) -> None:
    toy = cluster.member()
    async with Feed(cluster.kafka, cluster.namespace) as feed:
        await toy.start().ready()
        await feed.send(event("p1", 1, session(1, family="poison")))
        await eventually(lambda: _open_letters(toy, 1))
        (letter,) = await _open_letters(toy, 1)
        answer = await toy.http.post(f"/v1/toy/letters/{quote(letter, safe='')}/redrive")
        assert answer.json() == {"became": "dead"}
        await _open_letters(toy, 1)


async def _open_letters(member: Member, count: int) -> list[str]:
    ids = [letter["_id"] for letter in (await member.http.get("/v1/toy/letters")).json()]
    assert len(ids) == count, ids
    return ids


async def _has_sessions(member: Member, wanted: set[str]) -> None:
    answer = await member.http.get("/v1/patients/p1/tally")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["sessions"] or {}) == wanted, answer.text


async def _events(cluster: Cluster, count: int) -> None:
    records = await read_topic(cluster.kafka, f"{cluster.namespace}-progression-events")
    assert len(records) == count, f"{len(records)} events"
