"""A person's progression does not depend on how topics interleave, nor on what is delivered twice."""

import random
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.progression.store import QUESTIONS
from shared.contracts.progression import DoseChangedV1, QuestionAskedV1, QuestionClosedV1
from tests.support.progression_person import Person, replayed, text_of, track

SEEDS: Final = st.integers(0, 2**32)
DAYS: Final = 24


def lived(seed: int) -> Person:
    """Three weeks of two tracks: sessions good and bad, some late, amended or voided, batches, mornings, answers."""
    dice = random.Random(seed)
    person = Person(mode=dice.choice(["live", "batch"])).enrol()
    person.plan(track(), track("strength", priority=2, start_phase=dice.choice(["GRADED", "BASELINE"])))
    logged: list[tuple[str, int, str]] = []
    asked: set[str] = set()

    def answer_a_new_offer() -> None:
        """At once or never: an answer and a session that cross on their way do so in life too, in either order."""
        offer = person.state.proposal
        if offer is not None and offer.proposal_id not in asked:
            asked.add(offer.proposal_id)
            if dice.random() < 0.7:
                answer = dice.choice(["accept", "accept", "smaller", "stay", "less"])
                person.answer(answer, 0, at=person.now + timedelta(minutes=1))

    for day in range(DAYS):
        if dice.random() < 0.35:
            continue
        name = dice.choice(["walk", "walk", "strength"])
        hard = dice.random() < 0.3
        more = dice.random() < 0.2
        person.log(
            day,
            dice.choice([600, 600, 540, 200, 900]),
            track_id=name,
            pain=dice.randint(5, 9) if hard else dice.choice([1, 2, 3, None]),
            stop=dice.choice([None, "pain", "time"]),
            effort=dice.choice([None, 3, 5]),
            recorded=person.at(day + dice.choice([0, 0, 0, 1]), "20:00"),
            more_follow=more,
        )
        logged.append((f"s{person.logged}", day, name))
        answer_a_new_offer()
        if dice.random() < 0.6:
            person.morning(day, dice.randint(4, 7) if hard else 2, clock="23:59", recorded=person.now)
            answer_a_new_offer()
        if dice.random() < 0.15:
            session, when, where = dice.choice(logged)
            at = person.now + timedelta(minutes=5)
            revision = 2 + person.logged
            if dice.random() < 0.5:
                person.void(session, when, revision=revision, at=at, track_id=where)
            else:
                person.amend(session, when, 600, revision=revision, at=at, track_id=where, pain=dice.randint(0, 9))
            answer_a_new_offer()
    return person


def dealt(person: Person, dice: random.Random) -> Person:
    """The same messages with the two topics interleaved anew, and some delivered again, near and far."""
    topics = [
        [entry for entry in person.history if entry[0].service == service] for service in ("plans", "session_logging")
    ]
    order = []
    while any(topics):
        topic = dice.choice([topic for topic in topics if topic])
        order.append(topic.pop(0))
        if dice.random() < 0.2:
            seen = [entry for entry in order if entry[0].service == "session_logging"]
            if seen:
                order.append(dice.choice(seen))
    return replayed(order)


def without_questions(person: Person) -> tuple[list[Any], dict[tuple[str, str], Any]]:
    """What was published and what is read, but for the questions."""
    told = [data for data in person.outbox if not isinstance(data, QuestionAskedV1 | QuestionClosedV1)]
    return told, {name: data for name, data in person.records.items() if name[0] != QUESTIONS}


@settings(max_examples=25, deadline=None)
@given(SEEDS, SEEDS)
def test_progression_is_independent_of_arrival_order(seed: int, deal: int) -> None:
    """Sessions wait for their plan and answers for their offer: the same state, byte for byte, and the same events.

    Questions are told by what stands open after a message (decision 0029): one that opened and closed among sessions
    that waited together was never asked, so what is compared of them is what the state keeps.
    """
    person = lived(seed)
    other = dealt(person, random.Random(deal))

    assert text_of(other.state) == text_of(person.state)
    assert without_questions(other) == without_questions(person)


@pytest.mark.article("P11.6")
@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_every_change_of_a_dose_is_told_in_an_unbroken_chain(seed: int) -> None:
    """What others hear is what is in force: each change starts from where the last one ended."""
    person = lived(seed)
    person.tick_to(DAYS + 40)
    for track_id, state in person.state.tracks.items():
        doses = [600]
        for change in person.told(DoseChangedV1):
            if change.track_id == track_id:
                assert change.old_dose == doses[-1]
                assert change.new_dose != change.old_dose
                doses.append(change.new_dose)
        assert doses[-1] == state.footing.dose == state.doses[-1][1]
        assert person.records["tracks", track_id]["phase"] == state.footing.phase


@pytest.mark.article("P1.6")
@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_nothing_rises_without_a_yes_but_the_way_back_a_start_and_what_is_taken_back(seed: int) -> None:
    person = lived(seed)
    person.tick_to(DAYS + 10)
    decided = {decision.decision_id: decision for decision in person.decisions("walk") + person.decisions("strength")}
    for change in person.told(DoseChangedV1):
        if change.new_dose > change.old_dose:
            decision = decided[change.decision_id]
            yes = decision.text_key.endswith(".accepted")
            assert yes or decision.supersedes or decision.rule in ("R5a", "R6b", "R5d", "R5b", "R5c"), decision


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_the_state_of_two_months_stays_small(seed: int) -> None:
    """8 KB at p99; these lives are rougher than any, with a lowering of both tracks every few days to be undone."""
    person = lived(seed)
    person.tick_to(DAYS + 20)

    assert len(text_of(person.state)) <= 8192
    assert person.state.waiting == ()
