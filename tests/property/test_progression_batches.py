"""On the real fold: whatever the batches, and whatever comes twice, a person's documents end byte for byte the same."""

import random

import pytest

from services.progression.transitions import SERVICE
from shared.runtime.messages import Tick
from tests.property.test_progression_fold import lived
from tests.support.progression_person import body_of
from tests.support.rig import Rig, lay


async def documents(seed: int, batch: int, *, twice: bool = False) -> tuple[object, ...]:
    """State, events and records of one life, consumed in batches of this size."""
    rig, dice = Rig(SERVICE), random.Random(batch)
    person = lived(seed)
    messages = [message for message, _ in person.history if not isinstance(message.data, Tick)]
    records = [lay(rig.broker, body_of(message)) for message in messages]
    if twice:
        for place in sorted(dice.sample(range(len(records)), len(records) // 5), reverse=True):
            records.insert(dice.randint(place, len(records)), records[place])
    await rig.consume(records, batch)
    await rig.rest()
    state = rig.aggregate(person.key)
    published = [(event["event_id"], event["data"]) for event in rig.events(person.key)]
    assert rig.letters() == {}
    return state.state, state.seq, published, rig.store.records["decisions"], rig.store.records["tracks"]


@pytest.mark.parametrize("seed", range(4))
async def test_progression_is_the_same_for_every_batch_size_and_with_duplicates(seed: int) -> None:
    whole = await documents(seed, 2000)

    assert await documents(seed, 1) == whole
    assert await documents(seed, 7, twice=True) == whole
