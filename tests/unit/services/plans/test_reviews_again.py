"""One review follows another, held early or late, and none is lost, stuck or overwritten (article P11.1, P11.2)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.plans.domain.measures import SubmitMeasure
from services.plans.domain.reviews import SECTIONS, CompleteReview, OpenReview
from tests.unit.services.plans.clinic import SELF, TERMS, Clinic, first
from tests.unit.services.plans.reviewed import prompts, reasons, say, submit, tell, told, until

WEEK_6 = date(2025, 5, 13)
"""The person's day 42 of the plan (Tokyo)."""

SUMMARY = tuple((name, "s1.words") for name in SECTIONS)


def agreed() -> Clinic:
    """A plan whose first review is in week 6."""
    clinic = Clinic().ready()
    clinic.fold(first(replace(TERMS, review_on=WEEK_6)))
    return clinic


def opened(clinic: Clinic) -> str:
    """The review that is going on, begun now where none is."""
    if clinic.state.reviews.open is None:
        clinic.fold(OpenReview())
    review = clinic.state.reviews.open
    assert review is not None
    return review.review_id


def held(clinic: Clinic, next_on: date | None = None) -> str:
    """A whole review, from its first question to its summary."""
    id = opened(clinic)
    say(clinic, review_id=id)
    for part in ("pain", "function", "mood", "sleep", "qol"):
        say(clinic, None, review_id=id, domain=part)
    decline(clinic, id, "checkin", "heard", "satisfaction")
    clinic.fold(CompleteReview(id, SUMMARY, next_on))
    return id


def decline(clinic: Clinic, id: str, instrument: str, *items: str) -> None:
    """The person would rather not say."""
    reasons: Any = dict.fromkeys(items, "declined")
    command = SubmitMeasure(f"ms-{clinic.messages}", instrument, {}, reasons, review_id=id)
    clinic.fold(command, SELF, "app")


def due_days(clinic: Clinic) -> list[date]:
    return [one.due_on for one in told(clinic, "ReviewDueV1")]


@pytest.mark.article("P11.4")
def test_a_review_whose_day_was_held_before_is_another_one_and_the_first_is_kept() -> None:
    clinic = agreed()
    until(clinic, 10)
    ids = [held(clinic)]
    kept = dict(clinic.records[ids[0]])
    for day in (15, 20):
        until(clinic, day)
        ids.append(held(clinic))
    until(clinic, 42)
    ids.append(opened(clinic))
    assert len(set(ids)) == 4
    assert clinic.records[ids[0]] == kept


@pytest.mark.article("P11.1")
@pytest.mark.parametrize("next_on", [None, date(2025, 5, 1)])
def test_after_a_review_that_was_held_early_the_next_one_comes(next_on: date | None) -> None:
    clinic = agreed()
    until(clinic, 10)
    held(clinic, next_on)
    until(clinic, 43)
    assert due_days(clinic) == [WEEK_6, next_on or WEEK_6]
    assert clinic.state.reviews.open is not None


@pytest.mark.article("P11.1")
def test_a_day_that_was_held_already_plans_no_review_and_the_clinic_hears_of_it_once() -> None:
    clinic = agreed()
    until(clinic, 10)
    clinic.state = replace(clinic.state, reviews=replace(clinic.state.reviews, fired_on=WEEK_6))
    until(clinic, 12)
    assert reasons(clinic) == ["review_missing"]
    held(clinic)
    until(clinic, 43)
    assert "review_missing" not in reasons(clinic)


def test_while_a_review_is_going_on_none_is_missing() -> None:
    clinic = agreed()
    until(clinic, 10)
    opened(clinic)
    until(clinic, 50)
    assert "review_missing" not in reasons(clinic)


@pytest.mark.article("P11.2")
def test_what_is_left_of_a_review_is_declined_on_a_third_day_and_the_review_closes() -> None:
    clinic = agreed()
    until(clinic, 42)
    id = opened(clinic)
    say(clinic, review_id=id)
    tell(clinic, "peg", 5, 5, 5, review_id=id)
    clinic.now += timedelta(days=1)
    tell(clinic, "sleep", 5, review_id=id)
    clinic.now += timedelta(days=1)
    assert clinic.refused(submit(clinic, "pgic", 3, review_id=id), SELF, "app") == (409, "item_budget")
    decline(clinic, id, "pgic", "change")
    say(clinic, None, review_id=id, domain="mood")
    decline(clinic, id, "checkin", "heard", "satisfaction")
    clinic.fold(CompleteReview(id, SUMMARY))


@pytest.mark.article("P11.2")
def test_what_was_declined_or_passed_over_leaves_the_budget_of_the_review_to_answers() -> None:
    clinic = agreed()
    until(clinic, 42)
    id = opened(clinic)
    say(clinic, review_id=id)
    for day in range(3):
        clinic.now += timedelta(days=day)
        for because in ("not_now", "declined"):
            tell(clinic, "peg", None, None, None, review_id=id, because=because)
            tell(clinic, "checkin", None, None, None, None, review_id=id, because=because)
    for _ in range(6):
        tell(clinic, "peg", 5, 5, 5, review_id=id)
    assert clinic.refused(submit(clinic, "sleep", 4, review_id=id), SELF, "app") == (409, "item_budget")


@pytest.mark.parametrize("kind", ["checkin", "measure"])
def test_a_question_that_a_late_review_answers_waits_no_more(kind: str) -> None:
    clinic = agreed()
    until(clinic, 42)
    for day in range(43, 110):
        until(clinic, day)
        if kind in prompts(clinic):
            break
    assert kind in prompts(clinic)
    held(clinic)
    assert clinic.state.measures.asked is None
    assert {"checkin", "measure"}.isdisjoint(prompts(clinic))
    assert [(one.kind, one.because) for one in told(clinic, "PromptClosedV1")][-1] == (kind, "needless")


@pytest.mark.article("P11.2")
@pytest.mark.parametrize(
    ("values", "reasons", "heard"),
    [
        ({"pain": 5}, {}, {"pain": "answered"}),
        ({"pain": 5}, {"enjoyment": "not_now", "activity": "not_now"}, {"pain": "answered"}),
        ({"pain": 5}, {"enjoyment": "declined", "activity": "declined"}, {"pain": "answered", "function": "declined"}),
        ({"activity": 5}, {"pain": "declined"}, {"pain": "declined", "function": "answered"}),
        ({"enjoyment": 5}, {"pain": "not_asked", "activity": "not_asked"}, {"function": "answered"}),
    ],
)
def test_each_item_of_a_peg_speaks_of_its_own_part_of_the_review(
    values: dict[str, int], reasons: Any, heard: dict[str, str]
) -> None:
    clinic = agreed()
    until(clinic, 42)
    id = opened(clinic)
    say(clinic, review_id=id)
    clinic.fold(SubmitMeasure("ms-peg", "peg", values, reasons, review_id=id), SELF, "app")
    review = clinic.state.reviews.open
    assert review is not None
    assert dict(review.heard) == {"open": "answered", **heard}
