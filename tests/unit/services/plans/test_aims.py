"""Goals: in whose words, by whom, and what a clinician's objective needs."""

from dataclasses import replace
from typing import Any

import pytest

from services.plans.domain.aims import Aims, EverydayAction, GoalContent, SetGoal, patients_own
from shared.runtime.messages import Actor
from tests.unit.services.plans.clinic import CAREGIVER, SELF, STAFF, Clinic

SAID = GoalContent("family", "s1.words", "s1.why", track_ids=("walk",))
OWN = SetGoal("g-1", "patient", SAID)
STAIRS = EverydayAction("s1.stairs", "reps", 12)


def clinic() -> Clinic:
    return Clinic().enrolled()


@pytest.mark.article("P3.1")
def test_a_goal_of_the_persons_own_stands_and_is_told_as_facts() -> None:
    one = clinic()
    assert not patients_own(Aims())
    done = one.fold(OWN, SELF, "app")
    assert patients_own(one.state.aims)
    assert done.answer is not None
    assert done.answer.body == {"goal_id": "g-1", "revision": 1, "author": "patient"}
    told: Any = done.events[0].data
    assert (told.author, told.life_area, told.why_sealed) == ("patient", "family", "s1.why")
    assert one.records["g-1:1"]["words_sealed"] == "s1.words"
    assert one.records["g-1"]["standing"] == 1


@pytest.mark.parametrize("heard", ["phone", "paper", "in_person"])
def test_staff_note_the_persons_words_as_they_heard_them(heard: Any) -> None:
    one = clinic()
    one.fold(replace(OWN, heard=heard))
    assert patients_own(one.state.aims)
    assert (one.records["g-1:1"]["noted_by"], one.records["g-1:1"]["heard"]) == ("clinician", heard)


@pytest.mark.parametrize(
    ("command", "actor", "code"),
    [
        (OWN, STAFF, "only_the_persons_own_answer"),
        (replace(OWN, heard="phone"), CAREGIVER, "only_the_persons_own_answer"),
        (replace(OWN, author="clinician"), SELF, "only_a_clinician"),
        (replace(OWN, author="together"), SELF, "only_a_clinician"),
    ],
)
def test_nobody_says_a_goal_in_anothers_place(command: SetGoal, actor: Actor, code: str) -> None:
    assert clinic().refused(command, actor, "app") == (403, code)


def test_the_goals_of_clinicians_are_not_the_persons_own() -> None:
    one = clinic()
    one.fold(replace(OWN, author="clinician"))
    one.fold(replace(OWN, goal_id="g-2", author="together"))
    assert not patients_own(one.state.aims)


@pytest.mark.article("P3.3")
def test_an_objective_needs_an_everyday_action_with_a_marker() -> None:
    one, objective = clinic(), replace(SAID, objective=True)
    vague = replace(objective, actions=(EverydayAction("s1.move"),))
    for content in (objective, vague):
        assert one.refused(SetGoal("o-1", "clinician", content)) == (422, "everyday_action_missing")
    assert one.refused(SetGoal("o-1", "patient", objective), SELF)[1] == "objective_is_clinical"
    unmarked = replace(SAID, actions=(EverydayAction("s1.move", amount=5),))
    assert one.refused(SetGoal("o-1", "clinician", unmarked))[1] == "marker_missing"
    for amount in (0, 10_001):
        far = replace(objective, actions=(replace(STAIRS, amount=amount),))
        assert one.refused(SetGoal("o-1", "clinician", far))[1] == "amount_range"
    one.fold(SetGoal("o-1", "clinician", replace(objective, actions=(STAIRS,))))
    assert one.records["o-1:1"]["objective"]
    assert one.events[-1].data.objective


def test_an_id_is_one_goal_and_only_so_many_stand() -> None:
    one = clinic()
    for number in range(10):
        one.fold(replace(OWN, goal_id=f"g-{number}"), SELF)
    assert one.refused(OWN, SELF) == (409, "goal_exists")
    assert one.refused(replace(OWN, goal_id="more"), SELF) == (409, "too_many_goals")
