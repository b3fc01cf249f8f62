"""More stories of people as raw logs with the decisions expected (domain/stories.md 4, 7, 9, 12, 14, 15)."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from services.progression.store import basis_of
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import AdherenceUpdatedV1, ProgressionProposedV1
from shared.runtime.messages import Actor
from tests.support.progression_diary import diary, words
from tests.support.progression_episodes import end_flare, flare
from tests.support.progression_person import Person
from tests.support.progression_stops import dose_in_force

NUMBERS = "steps_without_numbers"


@pytest.mark.story(4)
@pytest.mark.parametrize("pem", ["yes", "unknown"])
def test_story_4_with_me_cfs_a_flare_is_rest_and_every_rung_of_the_way_back_is_only_offered(pem: str) -> None:
    """Yes, or not answered; a flare of six days; never an automatic R5a."""
    person = Person().enrol().plan(pem=pem)
    for day in (0, 2, 4):
        person.good_day(day)
    flare(person, 6)
    assert dose_in_force(person) == 0
    assert person.decisions()[-1].text_key == "rule.R3.rest"
    person.tick_to(12)
    end_flare(person, 12)
    assert (person.dose(), dose_in_force(person)) == (300, 300)

    for day in (12, 14, 16):
        person.good_day(day)
    assert person.dose() == 300
    assert person.decisions()[-1].text_key == "rule.R5a.offer"
    person.answer("accept", 17)
    assert person.dose() == 420
    for day in (18, 20, 22):
        person.good_day(day)
    assert (person.dose(), person.offers()) == (420, [420, 600])
    assert diary(person) == [
        (0, "R10a", "HOLD", 600),
        (6, "R3", "FLARE_DOSE", 0),
        (12, "R5d", "RETURN_STEP", 300),
        (16, "R5a", "RETURN_STEP", 420),
        (18, "R5d", "RETURN_STEP", 420),
        (20, "R5a", "RETURN_STEP", 600),
    ]
    assert person.changes() == [(600, 0), (0, 300), (300, 420)]


@pytest.mark.story(7)
def test_story_7_a_night_workers_check_before_the_day_begins_is_never_given_to_the_day_before() -> None:
    """The day starts at 15:00, sessions at 02:00, checks at 14:30: twelve and a half hours after, on the same day."""
    person = Person(day_starts_at="15:00").enrol().plan()
    for day in (1, 3, 5):
        person.tick_to(day, "01:00")
        person.log(day, 600, clock="02:00")
        person.morning(day, day, clock="14:30")
    units = basis_of(person.records["decisions", person.decisions()[-1].decision_id])["units"]

    assert [unit["morning"] for unit in units] == [1, 3, 5]
    assert diary(person) == [(-1, "R10d", "HOLD", 600), (4, "R9a", "HOLD", 600)]
    assert [unit["day"] for unit in units] == [person.at(day - 1).date().isoformat() for day in (1, 3, 5)]


@pytest.mark.story(9)
def test_story_9_what_a_caregiver_logs_raises_nothing_their_yes_counts_for_nothing_and_a_human_is_asked_once() -> None:
    person = Person().enrol().plan()
    for day in (day for day in range(70) if day % 7 in (0, 2, 4)):
        person.tick_to(day)
        person.log(day, 600, reporter="caregiver", pain=None, pain_before=None)

    assert person.rule() == "R10e"
    assert person.decisions()[-1].text_key == "rule.R10e.pain_missing"
    assert person.reviews() == [NUMBERS]
    assert (person.offers(), person.changes()) == ([], [])
    assert diary(person) == [(0, "R10d", "HOLD", 600), (7, "R10e", "HOLD", 600)]

    for day in (70, 72, 74, 77):
        person.good_day(day)
    offer = person.last(ProgressionProposedV1)
    yes = ProposalAnsweredV1(proposal_id=offer.proposal_id, track_id="walk", answer="accept")
    message = person.message(yes, person.at(78, "12:00"), service="plans")
    person.fold(replace(message, actor=Actor("caregiver", "c1")))
    assert (person.dose(), person.changes()) == (600, [])


@pytest.mark.story(12)
def test_story_12_a_month_of_walks_after_sunset_is_a_month_like_any_other() -> None:
    """29 days with walks at 21:30: no gap rule, no welcome back, steps by the person's yes."""
    person = Person(tz="Asia/Riyadh").enrol().plan()
    for day in range(0, 29, 2):
        person.tick_to(day, "20:00")
        person.log(day, person.dose(), clock="21:30")
        person.morning(day + 1, clock="16:00")
        if person.state.proposal is not None:
            person.answer("accept", day + 1, clock="22:00")

    assert not [rule for rule in person.rules() if rule.startswith("R7")]
    assert not [said for said in words(person) if "Welcome back" in said]
    assert person.changes() == [(600, 660), (660, 720), (720, 780)]
    made = [(day, dose) for day, rule, _, dose in diary(person) if rule == "R11"]
    assert made == [(7, 660), (14, 720), (22, 780)]
    assert {action for _, _, action, _ in diary(person)} == {"HOLD", "ADVANCE"}

    person.tick_to(29, "20:00")
    windows = person.last(AdherenceUpdatedV1).told.windows
    (month,) = [one for one in windows if (one.days, one.track_id) == (28, "walk")]
    assert (month.eligible_days, month.completed) == (28, 14)


@pytest.mark.story(14)
def test_story_14_with_usual_pain_8_the_patients_yes_alone_raises_nothing_and_10_is_never_called_steady() -> None:
    person = Person().enrol().plan(usual_pain=8)
    for day, pain in ((0, 8), (2, 8), (4, 8), (7, 8)):
        person.log(day, 600, pain=pain, pain_before=8)
        person.tick_to(day + 1)
        person.morning(day + 1, 8)
    offer = person.state.proposal
    assert offer is not None
    assert offer.stage == "clinician"
    yes = ProposalAnsweredV1(proposal_id=offer.proposal_id, track_id="walk", answer="accept")
    person.tell(yes, person.at(8, "12:00"))
    assert (person.dose(), person.offers()) == (600, [])

    clinician = person.message(yes, person.at(8, "13:00"), service="plans")
    person.fold(replace(clinician, actor=Actor("clinician", "k1")))
    assert (person.dose(), person.offers()) == (600, [660])
    person.log(9, 600, pain=10, pain_before=8)
    assert person.decisions()[-1].text_key == "rule.W15"
    assert "pain_9" in person.reviews()
    person.answer("accept", 9, clock="19:00")
    assert (person.dose(), person.withdrawn()[-1]) == (600, "R9a")
    assert diary(person) == [
        (0, "R10d", "HOLD", 600),
        (7, "R11", "ADVANCE", 660),
        (9, "R9a", "HOLD", 600),
    ]
    assert "steady" not in words(person)[-1]


@pytest.mark.story(15)
def test_story_15_three_taps_without_mornings_for_26_weeks_keep_the_dose_and_ask_a_human_once() -> None:
    """Usual pain 6 from intake, pain 6 to 7 each time: green, as zones are relative; one work item."""
    person = Person().enrol().plan(usual_pain=6)
    for day in (day for day in range(26 * 7) if day % 7 in (0, 2, 4)):
        person.tick_to(day)
        person.log(day, 600, pain=6 + day % 2, pain_before=None)

    assert person.changes() == []
    assert person.offers() == []
    assert person.rule() == "R10g"
    assert person.reviews() == [NUMBERS]
    assert person.dose() == 600
    assert diary(person) == [(0, "R10d", "HOLD", 600), (7, "R10g", "HOLD", 600)]
    rests_on = basis_of(person.records["decisions", person.decisions()[-1].decision_id])
    assert rests_on["standing"]["usual_pain"] == 6
    assert {(unit["zone"], unit["bad"]) for unit in rests_on["units"]} == {("green", False)}
    days = [
        date.fromisoformat(person.records["decisions", one.decision_id]["day"])
        for one in person.decisions()
        if one.text_key == "rule.R10g"
    ]
    assert len(days) > 1
    assert all((later - earlier).days >= 14 for earlier, later in pairwise(days))


@pytest.mark.story(15)
def test_story_15_after_a_human_has_looked_the_same_is_not_asked_at_each_session() -> None:
    person = Person().enrol().plan()
    person.state = replace(person.state, reviews=("walk:" + NUMBERS,))
    for day in (day for day in range(60) if day % 7 in (0, 2, 4)):
        person.tick_to(day)
        person.log(day, 600, pain_before=None)
    assert person.reviews() == []


def test_what_is_held_for_another_reason_meanwhile_begins_the_28_days_anew() -> None:
    """W13: a bad session holds for its own reason."""
    person = Person().enrol().plan()
    for day in (day for day in range(34) if day % 7 in (0, 2, 4)):
        person.tick_to(day)
        person.log(day, 600, pain_before=None)
        if day == 21:
            person.morning(22, 5)

    assert person.reviews() == []
