"""Whether it looks like a flare: when three questions are asked, and what the answers mean (progression 2.6, W8)."""

from itertools import pairwise
from typing import Any

import pytest

from services.progression.domain.asking import meaning
from services.progression.domain.away_commands import AnswerFlareQuestions
from services.progression.domain.state import away_of
from services.progression.texts import render
from shared.contracts.progression import FlareStartedV1, FlareSuspectedV1, ProposalWithdrawnV1
from shared.runtime.messages import Refused
from tests.support.progression_episodes import answers, end_flare, flare, pause, say
from tests.support.progression_person import Person, track
from tests.support.progression_stops import dose_in_force, suspend
from tests.unit.services.progression.test_flares import active
from tests.unit.services.progression.test_offers import with_an_offer


def asked(person: Person) -> int:
    return len(person.told(FlareSuspectedV1))


@pytest.mark.parametrize(
    ("mornings", "questions"),
    [
        ({2: 4, 3: 4}, 1),
        ({2: 5}, 1),
        ({2: 4}, 0),
        ({2: 4, 3: 3}, 0),
        ({2: 3, 3: 3, 4: 3}, 0),
        ({2: 4, 3: 3, 4: 4}, 0),
        ({2: 4, 4: 4}, 1),
    ],
)
def test_pain_2_above_the_usual_on_two_recorded_days_in_a_row_or_3_once_is_asked_about(
    mornings: dict[int, int], questions: int
) -> None:
    """Usual pain 2; recorded days follow each other also where a day lies between them."""
    person = active()
    for day, pain in mornings.items():
        person.tick_to(day)
        person.morning(day, pain)

    assert asked(person) == questions


def test_the_pain_before_a_session_counts_like_a_morning_and_the_worse_of_a_day_is_taken() -> None:
    person = active()
    person.morning(2, 1)
    person.log(2, 600, pain_before=5)

    assert asked(person) == 1


def test_two_of_the_last_three_sessions_stopped_for_pain_are_asked_about() -> None:
    person = active()
    person.log(2, 500, stop="pain")
    assert asked(person) == 0
    person.log(4, 600)
    person.log(6, 500, stop="pain")

    assert asked(person) == 1


@pytest.mark.article("P9.2")
def test_soreness_after_a_harder_session_that_settles_holds_and_asks_nothing() -> None:
    """Muscle soreness: up by 2 the next morning, back after it (2.6, the discriminator)."""
    person = active()
    person.log(2, 600, pain=4)
    person.tick_to(3)
    person.morning(3, 4)
    person.tick_to(4)
    person.morning(4, 2)

    assert asked(person) == 0
    assert away_of(person.state).flare is None


def test_at_the_smallest_dose_the_table_itself_asks() -> None:
    person = Person().enrol().plan(track(start_dose=60))
    for day in (0, 2):
        person.log(day, 60, pain=8, pain_before=2)
        person.tick_to(day + 1)
    person.morning(3, 4)

    assert person.rule() == "R8e"
    assert asked(person) == 1


def test_without_a_usual_pain_only_stops_are_asked_about() -> None:
    person = Person().enrol().plan(usual_pain=None)
    person.morning(0, 9)
    person.morning(1, 9)

    assert asked(person) == 0


def test_an_old_diary_brings_no_question() -> None:
    person = active()
    person.tick_to(10)
    for day in (3, 4, 5):
        person.morning(day, 8, recorded=person.at(10, "12:00"))

    assert asked(person) == 0


def test_it_is_asked_at_most_once_in_seven_days() -> None:
    person = active()
    days = []
    for day in range(2, 20):
        person.tick_to(day)
        before = asked(person)
        person.morning(day, 6)
        if asked(person) > before:
            days.append(day)

    assert all(two - one >= 7 for one, two in pairwise(days))
    assert days[0] == 2


@pytest.mark.parametrize("standing", ["flare", "pause", "stop"])
def test_nothing_is_asked_in_a_flare_a_pause_or_a_stop(standing: str) -> None:
    person = active()
    begins: dict[str, Any] = {"flare": flare, "pause": pause, "stop": suspend}
    begins[standing](person, 1)
    person.morning(2, 9)

    assert asked(person) == 0


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ("yyy", "flare"),
        ("yyn", "rough_patch"),
        ("yny", "rough_patch"),
        ("ynn", "none"),
        ("nyy", "none"),
        ("nyn", "none"),
        ("nny", "none"),
        ("nnn", "none"),
    ],
)
def test_what_three_answers_mean(said: str, result: str) -> None:
    worse, hard, limits = (letter == "y" for letter in said)
    assert meaning(worse=worse, hard=hard, limits=limits) == result


def test_three_times_yes_is_a_flare_at_once() -> None:
    person = active()
    person.morning(2, 6)
    told = answers(person, 2, "yyy")

    assert (told["result"], person.rule(), dose_in_force(person)) == ("flare", "R3", 300)
    assert person.last(FlareStartedV1).said_by == "questions"
    assert told["flare_id"] == person.last(FlareStartedV1).flare_id


def test_a_rough_patch_holds_for_72_hours_and_says_that_less_is_fine() -> None:
    person = with_an_offer()
    told = answers(person, 8, "yyn")
    assert (told["result"], told["less"]) == ("rough_patch", [{"track_id": "walk", "dose": 480}])
    assert person.withdrawn() == ["rough_patch"]
    decided = person.decisions()[-1]
    assert decided.text_key == "rule.R10a.rough_patch"
    assert render(decided.text_key, decided.text_params).startswith("10 min for now, or less if you like.")
    person.tick_to(11, "13:30")
    person.log(11, 600, clock="14:00")

    assert person.decisions()[-1].text_key != "rule.R10a.rough_patch"


def test_no_flare_lets_all_go_on() -> None:
    person = active()
    person.morning(2, 5)
    assert person.decisions()[-1].text_key == "rule.R10a.flare_question_open" or person.rule() != "R10a"
    assert answers(person, 2, "nyy")["result"] == "none"

    assert away_of(person.state).question is None
    assert "flare_question_open" not in person.decisions()[-1].text_key


def test_no_answer_for_24_hours_is_a_hold_of_72_more_and_no_second_question() -> None:
    person = with_an_offer()
    person.morning(8, 5)
    person.log(8, 600, clock="15:00")
    assert person.decisions()[-1].text_key == "rule.R10a.flare_question_open"
    assert person.told(ProposalWithdrawnV1)[-1].reason == "R10a"
    for day in (9, 10, 11):
        person.tick_to(day)
        person.morning(day, 2)
    assert away_of(person.state).question is not None
    person.tick_to(13)

    assert away_of(person.state).question is None
    assert asked(person) == 1


def test_under_an_open_question_no_rung_of_the_way_back_is_taken() -> None:
    person = active()
    flare(person, 2)
    end_flare(person, 2, "14:00")
    person.good_day(3)
    person.tick_to(5)
    person.log(5, 420, pain_before=5)
    person.tick_to(6)
    person.morning(6, 2)

    assert asked(person) == 1
    assert person.dose() == 420


def test_an_answer_to_a_question_that_is_closed_is_refused_and_an_own_check_is_not() -> None:
    person = active()
    person.morning(2, 6)
    with pytest.raises(Refused) as refusal:
        say(person, AnswerFlareQuestions(worse=True, hard=True, limits=True, question_id="q-0"), 2)
    assert refusal.value.code == "question_closed"
    answers(person, 2, "nnn")

    assert answers(person, 3, "yyy")["result"] == "flare"
    with pytest.raises(Refused) as refusal:
        answers(person, 4, "yyy")
    assert refusal.value.code == "flare_open"


def test_a_caregiver_does_not_answer_for_the_person() -> None:
    """W3."""
    person = active()
    with pytest.raises(Refused) as refusal:
        answers(person, 2, "yyy", who="caregiver")
    assert refusal.value.status == 403


def test_the_days_of_a_flare_are_no_sign_of_the_next() -> None:
    person = active()
    flare(person, 2)
    for day in (3, 4, 5):
        person.morning(day, 8)
    end_flare(person, 5)
    person.morning(6, 3)

    assert asked(person) == 0


def test_an_answer_of_who_reports_on_paper_judges_no_gap() -> None:
    """W6: the silence of paper says nothing; a gap is judged when a batch arrives."""
    person = Person(mode="batch").enrol().plan()
    person.log(0, 600)
    person.tick_to(20)
    assert answers(person, 20, "nnn")["result"] == "none"

    assert (person.dose(), [rule for rule in person.rules() if rule.startswith("R7")]) == (600, [])
