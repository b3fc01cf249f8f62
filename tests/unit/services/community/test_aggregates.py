"""A group is an aggregate of its own beside the people in it: its key, its seal, its seq, its owner, its journal."""

import orjson
import pytest

from services.community.domain.model import CommunityState
from shared.ids import event_id
from shared.kafka.partition import shard_of
from shared.sealing import NotSealed
from tests.unit.services.community.town import OWN_TOPIC, Town


async def test_a_groups_events_go_under_its_own_key_with_a_seq_of_their_own(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana", "ben")
    await town.share(await town.milestone(), group)
    raws = [raw for raw in town.rig.broker.topic(OWN_TOPIC) if raw.key == group.encode()]
    bodies = [orjson.loads(raw.value or b"") for raw in raws]
    assert [body["type"] for body in bodies] == ["member.joined", "member.joined", "post.published"]
    assert [body["seq"] for body in bodies] == [1, 2, 3]
    assert [body["event_id"] for body in bodies] == [event_id("community", group, seq) for seq in (1, 2, 3)]
    assert all((body["group_id"], "patient_id" in body) == (group, False) for body in bodies)
    assert len({raw.partition for raw in raws}) == 1


async def test_each_side_is_reached_only_by_the_events_of_the_other(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    await town.share(await town.milestone(), group)
    person, whole = town.rig.aggregate(town.id("ana")), town.rig.aggregate(group)
    assert (person.state.group, whole.state.person) == (None, None)
    assert person.seen == (event_id("community", group, 1),)
    assert whole.seen == (event_id("community", person.key, 2),)
    assert whole.marks == {}
    assert person.marks.keys() == {"plans", "progression"}
    assert (whole.due, person.due) == (None, None)
    assert town.rig.store.aggregates[group]["shard"] == shard_of(group)


async def test_a_groups_journal_and_name_are_sealed_with_its_own_key(town: Town) -> None:
    group = await town.group(name="Kestrel walkers")
    await town.joined(group, "ana")
    journal = [raw for raw in town.rig.broker.topic("community-journal") if raw.key == group.encode()]
    assert len(journal) == 2
    sealed = (journal[1].value or b"").decode()
    opened = orjson.loads(await town.rig.runtime.sealer.unseal(town.tenant, group, sealed))
    assert opened["message"]["type"] == "JoinGroup"
    assert town.id("ana").encode() not in (journal[1].value or b"")
    for stranger in (town.id("ana"), town.id("ben")):
        with pytest.raises(NotSealed):
            await town.rig.runtime.sealer.unseal(town.tenant, stranger, sealed)


async def test_what_reaches_a_group_that_there_is_not_leaves_nothing_behind_but_that_it_was_seen(town: Town) -> None:
    group = await town.group()
    await town.joined(group, "ana")
    await town.share(await town.milestone(), group)
    record = next(raw for raw in town.rig.broker.topic(OWN_TOPIC) if b"celebration.shared" in (raw.value or b""))
    body = orjson.loads(record.value or b"")
    body["data"]["group_id"] = town.id("nowhere")
    elsewhere = town.rig.broker.append(OWN_TOPIC, record.key, orjson.dumps({**body, "event_id": "e-1"}), record.headers)
    await town.rig.consume([elsewhere])
    assert town.rig.state(town.id("nowhere")) == CommunityState()
    assert town.rig.letters() == {}


async def test_a_state_is_small_and_the_same_after_it_was_stored(town: Town) -> None:
    group = await town.group()
    names = [f"n{number}" for number in range(30)]
    await town.enrol(*names)
    for name in names:
        await town.joined(group, name)
        for kind in ("first_session", "weeks_active_4"):
            await town.share(await town.milestone(name, kind), group, name, template=f"{kind}.plain")
    stored = town.rig.store.aggregates[group]["state"]
    assert len(await town.posts(group, names[0])) == 50
    assert len(orjson.loads(stored)["state"]["group"]["members"]) == 30
    assert len(orjson.dumps(orjson.loads(stored)["state"])) < 16_384
