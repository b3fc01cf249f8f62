"""W15: a worrying answer asks for a human the same day, and no text speaks of a harder day (progression 2.11)."""

from typing import Any

import pytest

from services.progression.domain.worry import why_of
from shared.contracts.plans import WorkItemClosedV1
from shared.contracts.progression import ReviewRequestedV1
from tests.support.progression_person import Person, track
from tests.support.progression_stops import close_review


@pytest.mark.parametrize(
    ("pain", "stop", "usual", "why"),
    [
        (9, None, 8, "pain_9"),
        (10, None, None, "pain_9"),
        (6, None, 2, "pain_rise_4"),
        (6, None, 2.5, None),
        (8, "pain", None, None),
        (None, "wrong", None, "something_wrong"),
        (10, "wrong", 2, "something_wrong"),
        (None, None, 2, None),
    ],
)
def test_what_worries(pain: int | None, stop: str | None, usual: float | None, why: str | None) -> None:
    assert why_of(pain, stop, usual) == why


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"pain": 9}, "pain_9"),
        ({"pain": 6}, "pain_rise_4"),
        ({"pain": 3, "stop": "wrong"}, "something_wrong"),
        ({"pain": 5, "alert": "pain_rise_4"}, "pain_rise_4"),
        ({"pain": 9, "alert": "pain_9"}, "pain_9"),
        ({"pain": 5}, None),
        ({"pain": 9, "reporter": "caregiver"}, None),
    ],
)
def test_a_worrying_answer_is_a_work_item_for_its_track(said: dict[str, Any], reason: str | None) -> None:
    """By the alert of the log's own answer, or by the usual pain that is known here."""
    person = Person().enrol().plan()
    person.log(0, 600, **said)

    assert [(r.track_id, r.reason) for r in person.told(ReviewRequestedV1)] == ([("walk", reason)] if reason else [])


def test_usual_pain_here_is_the_median_of_the_mornings() -> None:
    """A plan's usual of 2, and mornings of 4, drifted up by no more than one: 3 is the usual, and 6 no rise of 4."""
    person = Person().enrol().plan()
    for day in range(4):
        person.morning(day, 4)
    person.log(4, 600, pain=6, pain_before=None)

    assert person.reviews() == ["usual_pain_up"]


def calm_life(*days: int) -> Person:
    """Somebody whose usual pain is 1, after sessions on these days."""
    person = Person().enrol().plan(usual_pain=1)
    for day in days:
        person.log(day, 600, pain=1, pain_before=1)
        person.morning(day + 1, 1)
    return person


@pytest.mark.parametrize("day", [0, 6])
def test_neither_r9a_nor_an_offer_is_the_answer_to_a_worrying_one(day: int) -> None:
    person = calm_life(*range(0, day, 2))
    person.log(day, 600, pain=5)

    assert person.decisions()[-1].text_key == "rule.W15"
    assert person.offers() == []


def test_a_step_after_a_worrying_answer_waits_for_a_clinicians_yes() -> None:
    """U 1 and pain 5: amber, so the table would offer; W15 asks the clinic first."""
    person = calm_life(0, 2, 4)
    person.log(7, 600, pain=5)

    assert person.rule() == "R11"
    assert person.offers() == []
    assert person.reviews() == ["pain_rise_4", "approve_step"]


def test_a_lower_dose_explains_itself_though_the_answer_worries() -> None:
    person = Person().enrol().plan()
    person.log(0, 600, pain=9)
    person.morning(1, 8)

    assert (person.rule(), person.decisions()[-1].text_key) == ("R8a", "rule.R8a")


def test_days_later_the_words_are_the_usual_ones_again() -> None:
    person = Person().enrol().plan()
    person.log(0, 600, pain=9)
    person.tick_to(4)
    person.morning(4, 2)
    person.log(5, 600)

    assert person.decisions()[-1].text_key != "rule.W15"


def test_history_asks_for_nobody() -> None:
    person = Person().enrol().plan()
    person.tick_to(40)
    person.log(5, 600, pain=10, recorded=person.at(40), history_only=True, alert="pain_9")

    assert "pain_9" not in person.reviews()


def test_an_alert_is_told_before_any_plan_is_known_and_once() -> None:
    person = Person().enrol()
    person.log(0, 600, pain=9, alert="pain_9")
    assert person.reviews() == ["pain_9"]

    person.plan(day=0, clock="23:00")
    assert person.reviews() == ["pain_9"]
    assert person.decisions()[-1].text_key == "rule.W15"


def test_an_alert_of_something_without_a_track_is_told_of_the_person() -> None:
    person = Person().enrol().plan()
    person.log(0, 600, track_id=None, stop="wrong", alert="something_wrong")

    assert [(r.track_id, r.reason) for r in person.told(ReviewRequestedV1)] == [(None, "something_wrong")]


def test_a_review_is_raised_again_only_after_it_was_closed() -> None:
    """W12, and under another id, so that it is another work item."""
    person = Person().enrol().plan()
    person.log(0, 600, pain=9)
    person.log(1, 600, pain=9)
    assert person.reviews() == ["pain_9"]

    close_review(person, "pain_9", 1)
    person.morning(2, 2)
    person.tick_to(3)
    assert person.reviews() == ["pain_9"]
    person.log(3, 600, pain=9)
    assert person.reviews() == ["pain_9", "pain_9"]
    assert len({review.review_id for review in person.told(ReviewRequestedV1)}) == 2

    close_review(person, "pain_9", 3, item="item-1")
    person.log(4, 600, pain=9)
    assert person.reviews() == ["pain_9", "pain_9"], "the first item's end again is no end of the second"


def test_closing_what_was_never_asked_changes_nothing() -> None:
    person = Person().enrol().plan()
    before = person.state
    close_review(person, "ceiling", 1)
    close_review(person, "pain_9", 1, track_id=None)

    assert person.state == before


def test_what_goes_on_being_true_rests_after_a_human_has_looked() -> None:
    person = Person().enrol().plan(track(start_phase="BASELINE"))
    person.tick_to(15)
    assert person.reviews() == ["baseline_incomplete"]
    close_review(person, "baseline_incomplete", 15)
    person.tick_to(28)
    assert person.reviews() == ["baseline_incomplete"]

    person.tick_to(30)
    assert person.reviews() == ["baseline_incomplete", "baseline_incomplete"]


def test_a_closed_item_of_somebody_never_heard_of_is_no_trouble() -> None:
    person = Person()
    person.tell(WorkItemClosedV1(item_id="i", kind="red_flag", reason="red_flag"), person.at(0))

    assert person.outbox == []
