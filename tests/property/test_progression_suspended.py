"""Histories with stops: nothing is in force or offered while one is open, and it does not matter how they arrive."""

import random
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.progression.transitions import SERVICE
from shared.contracts.plans import PlanChangedV1
from shared.contracts.progression import DoseChangedV1, ProgressionProposedV1
from shared.runtime.messages import Message, Tick
from tests.support.progression_person import Person, body_of, replayed, text_of, track
from tests.support.progression_stops import dose_in_force, happen, resumed, suspended
from tests.support.rig import Rig, lay

SEEDS: Final = st.integers(0, 2**32)
DAYS: Final = 26
TOPICS: Final = ("plans", "session_logging", "safety")


def lived(seed: int, *, ticks: bool = True) -> Person:
    """Four weeks of two tracks with up to three stops; people log, answer, correct and get changed plans meanwhile."""
    dice = random.Random(seed)
    person = Person(mode=dice.choice(["live", "batch"])).enrol()
    tracks = (track(), track("strength", priority=2, start_phase=dice.choice(["GRADED", "BASELINE"])))
    person.plan(*tracks)
    stop, logged = 0, []
    for day in range(DAYS):
        if ticks:
            person.tick_to(day)
        stopped = person.state.suspension is not None
        if dice.random() < (0.2 if stopped else 0.08):
            stop += 0 if stopped else 1
            at = max(person.now, person.at(day, "10:00"))
            happen(person, (resumed if stopped else suspended)(person, at, f"stop-{stop}"))
        if dice.random() < 0.5:
            hard = dice.random() < 0.2
            name = dice.choice(["walk", "walk", "strength"])
            pain = dice.randint(5, 9) if hard else dice.choice([1, 2, 3])
            late = dice.choice([0, 0, 0, 2])
            recorded = max(person.now, person.at(day + late, "20:00"))
            person.log(day, dice.choice([600, 600, 540, 200]), track_id=name, pain=pain, recorded=recorded)
            logged.append((f"s{person.logged}", day, name))
            person.morning(day, 7 if hard else 2, clock="23:00", recorded=person.now + timedelta(hours=4))
        if person.state.proposal is not None and dice.random() < 0.6:
            person.answer(dice.choice(["accept", "accept", "stay", "less"]), 0, at=person.now + timedelta(minutes=1))
        if logged and dice.random() < 0.05:
            session, when, where = dice.choice(logged)
            person.void(session, when, revision=2 + person.logged, at=person.now, track_id=where)
        if dice.random() < 0.03:
            person.now += timedelta(minutes=1)
            _change_plan(person, tracks, dice)
    return person


def _change_plan(person: Person, tracks: tuple[Any, ...], dice: random.Random) -> None:
    version = person.state.plan.version if person.state.plan else 0
    template = next(m.data for m, _ in person.history if "tracks" in type(m.data).model_fields)
    tracks = tuple(one.model_copy(update={"dose_max": dice.choice([None, 480, 900])}) for one in tracks)
    changed = {**template.model_dump(), "plan_version": version + 1, "tracks": tracks, "effective_at": person.now}
    person.tell(PlanChangedV1.model_validate(changed), person.now)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_while_a_stop_is_open_nothing_is_in_force_and_nothing_is_offered(seed: int) -> None:
    person = lived(seed)
    again = Person()
    for message, now in person.history:
        again.now = now
        before = len(again.outbox)
        again.fold(message)
        if again.state.suspension is None:
            continue
        told = again.outbox[before:]
        assert [event for event in told if isinstance(event, ProgressionProposedV1)] == []
        assert {event.new_dose for event in told if isinstance(event, DoseChangedV1)} <= {0}
        assert again.state.proposal is None
        for name in again.state.tracks:
            assert dose_in_force(again, name) == 0
            assert again.decisions(name)[-1].action == "STOP"
            assert (again.records["tracks", name]["dose"], again.records["tracks", name]["status"]) == (0, "SUSPENDED")


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_every_change_of_a_dose_is_told_in_an_unbroken_chain_through_every_stop(seed: int) -> None:
    person = lived(seed)
    for name, state in person.state.tracks.items():
        changes = [event for event in person.told(DoseChangedV1) if event.track_id == name]
        assert all(one.new_dose == two.old_dose for one, two in pairwise(changes))
        assert all(event.new_dose != event.old_dose for event in changes)
        if changes:
            assert changes[-1].new_dose == state.doses[-1][1]


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_leaving_a_stop_never_gives_more_than_before_it(seed: int) -> None:
    """Down by the gap rule or back to what it was; a rise needs a yes as ever (9.3 no. 3)."""
    person = lived(seed)
    again = Person()
    for message, now in person.history:
        again.now = now
        was = again.state
        again.fold(message)
        if was.suspension is not None and again.state.suspension is None and again.state.plan is not None:
            for name, state in again.state.tracks.items():
                if was.tracks[name].footing.phase != "BASELINE":
                    assert dose_in_force(again, name) <= was.tracks[name].footing.dose
                assert dose_in_force(again, name) == state.footing.dose
            assert again.state.proposal is None


@settings(max_examples=8, deadline=None)
@given(SEEDS, SEEDS)
def test_words_of_safety_that_come_again_near_or_far_change_nothing(seed: int, deal: int) -> None:
    person, dice = lived(seed), random.Random(deal)
    order: list[tuple[Message[Any], Any]] = []
    for entry in person.history:
        order.append(entry)
        spoken = [one for one in order if one[0].service == "safety"]
        if spoken and dice.random() < 0.2:
            order.append(dice.choice(spoken))
    other = replayed(order)

    assert text_of(other.state) == text_of(person.state)
    assert other.outbox == person.outbox
    assert other.records == person.records


@settings(max_examples=8, deadline=None)
@given(SEEDS, SEEDS)
def test_however_the_topics_interleave_the_same_is_stopped_and_known_at_the_end(seed: int, deal: int) -> None:
    """What was decided on the way depends on what was known then; the switch, the sessions and what milestones there
    are do not, and after the last word of safety nothing is stopped that is not stopped in life."""
    person, dice = lived(seed, ticks=False), random.Random(deal)
    kept = [entry for entry in person.history if not isinstance(entry[0].data, Tick)]
    first = [entry for entry in kept if entry[0].service == "plans"][:2]
    topics = [[entry for entry in kept if entry[0].service == name and entry not in first] for name in TOPICS]
    order = list(first)
    while any(topics):
        order.append(dice.choice([topic for topic in topics if topic]).pop(0))
    other = replayed(order)

    assert other.state.suspension == person.state.suspension
    assert other.state.cleared == person.state.cleared
    assert (other.state.milestones, other.state.efforts) == (person.state.milestones, person.state.efforts)
    assert other.state.voided == person.state.voided
    for name, state in person.state.tracks.items():
        assert {row[0] for row in other.state.tracks[name].bouts} == {row[0] for row in state.bouts}
        assert (dose_in_force(other, name) == 0) == (person.state.suspension is not None)


async def documents(seed: int, batch: int, *, twice: bool = False) -> tuple[object, ...]:
    """State, events and records of one life, consumed in batches of this size."""
    rig, dice = Rig(SERVICE), random.Random(batch)
    person = lived(seed, ticks=False)
    records = [lay(rig.broker, body_of(message)) for message, _ in person.history]
    if twice:
        for place in sorted(dice.sample(range(len(records)), len(records) // 5), reverse=True):
            records.insert(dice.randint(place, len(records)), records[place])
    await rig.consume(records, batch)
    await rig.rest()
    state = rig.aggregate(person.key)
    published = [(event["event_id"], event["data"]) for event in rig.events(person.key)]
    assert rig.letters() == {}
    return state.state, state.seq, published, rig.store.records["decisions"], rig.store.records["tracks"]


@pytest.mark.parametrize("seed", range(3))
async def test_a_life_with_stops_is_the_same_for_every_batch_size_and_with_duplicates(seed: int) -> None:
    whole = await documents(seed, 2000)

    assert await documents(seed, 1) == whole
    assert await documents(seed, 7, twice=True) == whole
