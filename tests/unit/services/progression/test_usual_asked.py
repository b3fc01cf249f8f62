"""“Is that about your usual?”, asked once of who rather did not say (domain/progression.md 2.11 W5)."""

import pytest

from services.progression.domain.asked import Asked, asking_of
from services.progression.domain.away_commands import AnswerQuestion
from services.progression.store import basis_of
from shared.contracts.plans import PlanActivatedV1
from shared.contracts.progression import QuestionAskedV1, QuestionClosedV1
from shared.runtime.messages import Refused
from tests.support.progression_episodes import flare, say
from tests.support.progression_person import Person, track


def unknown() -> Person:
    """Somebody who rather did not say what their usual pain is."""
    return Person().enrol().plan(usual_pain=None)


def open_one(person: Person) -> Asked:
    (asked,) = asking_of(person.state).open
    return asked


def usual(person: Person, day: int, answer: str, who: str = "patient") -> None:
    say(person, AnswerQuestion(open_one(person).question_id, (("usual", answer),)), day, "20:00", who=who)


def red(person: Person, day: int, pain: int = 6) -> None:
    """A session with strong pain, without a word on how it was before or after."""
    person.tick_to(day)
    person.log(day, 600, pain=pain, pain_before=None)


def asked(person: Person) -> int:
    return sum(1 for event in person.told(QuestionAskedV1) if event.kind == "usual_pain")


def test_pain_of_6_asks_once_and_never_again_under_the_plan() -> None:
    person = unknown()
    red(person, 1, pain=5)
    assert asked(person) == 0
    red(person, 3)
    assert (asked(person), open_one(person).about) == (1, 6)
    red(person, 5, pain=8)
    usual(person, 5, "no")
    red(person, 7)
    assert asked(person) == 1


@pytest.mark.parametrize("known", [0, 3])
def test_who_said_what_is_usual_is_not_asked(known: int) -> None:
    person = Person().enrol().plan(usual_pain=known)
    red(person, 1)
    assert asked(person) == 0


def test_who_has_a_median_is_not_asked() -> None:
    person = unknown()
    for day in range(1, 5):
        person.morning(day, 5)
    red(person, 4)
    assert asked(person) == 0


def test_until_it_is_answered_a_red_zone_alone_lowers_nothing() -> None:
    person = unknown()
    for day in (1, 3, 5):
        red(person, day)
    assert person.dose() == 600
    assert "R8b" not in person.rules()


def test_an_unsettled_morning_lowers_also_while_it_is_open() -> None:
    person = unknown()
    for day in (1, 3):
        person.tick_to(day)
        person.log(day, 600, pain=7, pain_before=3)
        person.tick_to(day + 1)
        person.morning(day + 1, 6)
    assert person.dose() == 480


def test_a_yes_makes_it_the_confirmed_usual_pain_and_the_zones_follow() -> None:
    person = unknown()
    for day in (1, 3, 5):
        red(person, day)
    usual(person, 5, "yes")
    decision = [data for (kind, _), data in person.records.items() if kind == "decisions"][-1]

    assert basis_of(decision)["standing"]["usual_pain"] == 6
    assert decision["trigger"] == "usual_pain"
    assert [unit["zone"] for unit in basis_of(decision)["units"]] == ["green"] * 3
    red(person, 7)
    assert person.dose() == 600


def test_a_no_leaves_it_unknown_and_red_is_bad_as_the_table_says() -> None:
    person = unknown()
    for day in (1, 3, 5):
        red(person, day)
    usual(person, 5, "no")
    assert (person.rule(), person.dose()) == ("R8b", 480)


def test_the_answer_holds_when_the_same_plan_changes_and_a_number_of_the_plan_closes_the_question() -> None:
    person = unknown()
    red(person, 1)
    usual(person, 1, "yes")
    person.plan(usual_pain=None, day=2)
    red(person, 3)
    assert asked(person) == 1
    assert basis_of(person.records["decisions", person.decisions()[-1].decision_id])["standing"]["usual_pain"] == 6

    other = unknown()
    red(other, 1)
    other.plan(usual_pain=4, day=2)
    assert asking_of(other.state).open == ()
    assert [event.reason for event in other.told(QuestionClosedV1)] == ["needless"]


def test_the_question_belongs_to_its_plan_also_where_the_end_of_that_did_not_come_through() -> None:
    person = unknown()
    red(person, 1)
    at = person.at(2)
    person.tell(PlanActivatedV1(plan_id="next", plan_version=1, tracks=(track(),), effective_at=at), at)
    assert asking_of(person.state).open == ()
    red(person, 3)
    assert open_one(person).on == person.day_of(person.at(3))


def test_nobody_is_asked_in_a_flare() -> None:
    person = unknown()
    flare(person, 1)
    red(person, 2, pain=9)
    assert asked(person) == 0


def test_a_caregiver_does_not_answer_and_staff_note_the_persons_words() -> None:
    person = unknown()
    red(person, 1)
    with pytest.raises(Refused) as refused:
        usual(person, 1, "yes", who="caregiver")
    assert refused.value.status == 403
    usual(person, 1, "yes", who="clinician")
    (told,) = [data for (kind, _), data in person.records.items() if kind == "questions"]
    assert (told["open"], told["reason"], told["answers"], told["answered_by"]) == (
        0,
        "answered",
        '{"usual":"yes"}',
        "clinician",
    )


def test_a_caregivers_record_asks_nothing() -> None:
    person = unknown()
    person.log(1, 600, pain=8, reporter="caregiver")
    assert asked(person) == 0
