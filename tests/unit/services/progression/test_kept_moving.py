"""“Did you keep moving?”, asked once on the return after a gap (domain/progression.md 2.11 W6)."""

from typing import Any

import pytest

from services.progression.domain.asked import asking_of
from services.progression.domain.away_commands import AnswerQuestion
from services.progression.store import basis_of
from shared.contracts.progression import QuestionAskedV1, QuestionClosedV1
from shared.runtime.messages import Refused
from tests.support.progression_episodes import flare, pause, resume, say
from tests.support.progression_person import Person, replayed, text_of
from tests.support.progression_stops import dose_in_force


def away(days: int) -> Person:
    """Two good sessions, then nothing for so many days after the second."""
    person = Person().enrol().plan()
    for day in (0, 2):
        person.good_day(day)
    person.tick_to(2 + days)
    return person


def asked(person: Person) -> list[QuestionAskedV1]:
    return [event for event in person.told(QuestionAskedV1) if event.kind == "kept_moving"]


def answer(person: Person, day: int, said: str, clock: str = "20:00", **changes: Any) -> None:
    say(person, AnswerQuestion(asked(person)[-1].question_id, (("moving", said),)), day, clock, **changes)


def test_a_tick_asks_nothing_the_return_asks_once() -> None:
    person = away(9)
    assert (person.dose(), asked(person)) == (480, [])
    person.log(11, 480)
    assert len(asked(person)) == 1
    person.good_day(13)
    person.good_day(15)
    assert len(asked(person)) == 1


@pytest.mark.parametrize(("days", "dose"), [(9, 480), (16, 480), (25, 300), (30, 300), (62, 300)])
def test_same_undoes_the_way_back_that_the_gap_began(days: int, dose: int) -> None:
    person, last = away(days), 2 + days
    assert person.dose() == dose
    person.log(last, dose)
    answer(person, last, "same")

    footing = person.state.tracks["walk"].footing
    told = person.records["decisions", person.decisions()[-1].decision_id]
    assert (footing.dose, footing.status, footing.phase, footing.ladder) == (600, "ACTIVE", "GRADED", ())
    assert (told["trigger"], told["text_key"], told["dose_in_force"]) == ("kept_moving", "rule.W6.same", 600)
    assert told["supersedes"] in {decision.decision_id for decision in person.decisions()}
    assert basis_of(told)["standing"]["contact"] is not None
    person.tick_to(last + 1)
    assert person.dose() == 600


def test_same_is_no_evidence_for_a_step() -> None:
    person = away(16)
    offered = person.offers()
    person.log(18, 480)
    answer(person, 18, "same")
    person.tick_to(21)
    assert (person.rule(), person.offers()) == ("R10e", offered)


@pytest.mark.parametrize("said", ["less", "no"])
def test_less_and_no_leave_the_way_back_as_it_is(said: str) -> None:
    person = away(9)
    person.log(11, 480)
    answer(person, 11, said)
    footing = person.state.tracks["walk"].footing
    assert (footing.dose, footing.status) == (480, "RETURNING")
    assert person.told(QuestionClosedV1)[-1].reason == "answered"


def test_a_later_gap_is_a_gap_again_and_is_asked_about() -> None:
    person = away(9)
    person.log(11, 480)
    answer(person, 11, "same")
    person.tick_to(26)
    assert person.dose() == 480
    person.log(26, 480)
    assert len(asked(person)) == 2


def test_a_return_before_the_tick_of_its_day_is_asked_about_too() -> None:
    person = away(6)
    assert person.dose() == 600
    person.log(9, 600)
    assert (person.dose(), len(asked(person))) == (480, 1)


def test_a_morning_check_is_a_return_too() -> None:
    person = away(9)
    person.morning(11)
    assert len(asked(person)) == 1


def test_who_comes_back_from_a_pause_is_asked_when_they_say_so() -> None:
    person = away(1)
    pause(person, 3)
    person.tick_to(17)
    assert asked(person) == []
    resume(person, 17)
    assert (person.dose(), len(asked(person))) == (480, 1)
    answer(person, 17, "same")
    assert person.dose() == 600


def test_a_paper_diary_is_not_asked_from_a_tick_and_a_batch_without_a_gap_asks_nothing() -> None:
    person = Person(mode="batch").enrol().plan()
    person.log(0, 600)
    person.tick_to(20)
    assert asked(person) == []
    for day in (6, 12, 18):
        person.log(day, 600, recorded=person.at(20, "10:00"), more_follow=day != 18)
    person.tick_to(22)
    assert asked(person) == []


def test_records_that_close_the_gap_later_leave_nothing_to_ask() -> None:
    person = away(9)
    for day in (5, 8):
        person.log(day, 600, recorded=person.at(11, "10:00"), more_follow=day == 5)
    assert (person.dose(), asked(person)) == (600, [])


def test_after_seven_days_the_question_closes_by_itself() -> None:
    person = away(9)
    person.log(11, 480)
    person.tick_to(18)
    assert len(asking_of(person.state).open) == 1
    person.tick_to(19)
    assert asking_of(person.state).open == ()
    assert person.told(QuestionClosedV1)[-1].reason == "no_answer"
    with pytest.raises(Refused) as refused:
        answer(person, 19, "same")
    assert refused.value.status == 409


def test_a_caregiver_does_not_answer() -> None:
    person = away(9)
    person.log(11, 480)
    with pytest.raises(Refused) as refused:
        answer(person, 11, "same", who="caregiver")
    assert refused.value.status == 403


def test_an_answer_the_question_does_not_have_is_refused() -> None:
    person = away(9)
    person.log(11, 480)
    with pytest.raises(Refused) as refused:
        answer(person, 11, "more")
    assert (refused.value.status, refused.value.code) == (422, "not_an_answer")


def test_the_same_history_comes_to_the_same_end() -> None:
    person = away(16)
    person.log(18, 300)
    answer(person, 18, "same")
    assert text_of(replayed(person.history).state) == text_of(person.state)


def test_a_flare_closes_the_question_so_that_no_answer_raises_what_it_leaves() -> None:
    person = away(9)
    person.log(11, 480)
    flare(person, 11, "14:00")
    before = dose_in_force(person)
    with pytest.raises(Refused) as refused:
        answer(person, 12, "same")
    assert (refused.value.status, dose_in_force(person)) == (409, before)
    assert [event.reason for event in person.told(QuestionClosedV1)] == ["needless"]
