"""Stories of people, told as raw logs; what must be seen and what must never be seen (domain/stories.md)."""

from datetime import timedelta
from itertools import pairwise

import pytest

from services.progression.store import basis_of
from shared.contracts.progression import ProgressionProposedV1
from shared.runtime.messages import Tick
from tests.support.progression_diary import diary, words
from tests.support.progression_person import Person, track


@pytest.mark.story(1)
def test_story_1_a_fragile_person_rises_by_quarter_minutes_below_five_minutes() -> None:
    """Starts at 60 s, every session is fine, 20 weeks; never + 100 % in one step."""
    person = Person().enrol().plan(track(start_dose=60, step=None, dose_min=None, goal_dose=3600))
    for week in range(20):
        for day in (0, 2, 4):
            person.good_day(7 * week + day)
            if person.state.proposal is not None:
                person.answer("accept", 7 * week + day + 1)

    rising = [*range(60, 300, 15), 300, 360, 420]
    assert person.changes() == list(pairwise(rising))
    offered = [(14, 75), *((22 + 7 * number, dose) for number, dose in enumerate(rising[2:]))]
    assert [(day, dose) for day, rule, _, dose in diary(person) if rule == "R11"] == offered
    assert {rule for _, rule, _, _ in diary(person)} == {"R10d", "R11"}
    assert all(new < 2 * old for old, new in person.changes())


@pytest.mark.story(2)
def test_story_2_boom_and_bust_holds_the_planned_dose_and_calls_for_a_talk_about_pacing() -> None:
    """25 minutes of 10 every fifth day, the next morning 6 of a usual 2."""
    person = Person().enrol().plan()
    for day in range(0, 42, 5):
        person.tick_to(day)
        person.log(day, 1500)
        person.tick_to(day + 1)
        person.morning(day + 1, 6)
        assert (person.rule(), person.decisions()[-1].action, person.dose()) == ("R9a", "HOLD", 600)
        assert ("overshoot" in person.reviews()) is (day >= 10)

    after_sessions = [d for d in person.decisions() if d.rule == "R9a"]
    assert all(d.text_key.startswith("rule.R9a.overshoot") for d in after_sessions)
    assert all("overshoot" in d.notes for d in after_sessions)
    assert words(person)[1].startswith("You did more than planned.")
    assert {(action, dose) for _, _, action, dose in diary(person)} == {("HOLD", 600)}
    assert person.changes() == []
    assert person.reviews().count("overshoot") == 1


@pytest.mark.story(4)
def test_story_4_with_pem_not_answered_increases_are_locked_and_the_way_back_is_only_offered() -> None:
    person = Person().enrol().plan(pem="unknown")
    for day in (0, 2, 4, 7, 9):
        person.good_day(day)
    assert person.rule() == "R10a"
    assert person.decisions()[-1].text_key == "rule.R10a.pem"
    assert person.offers() == []

    person.tick_to(17)
    assert person.dose() == 480
    for day in (17, 19):
        person.good_day(day)

    assert person.dose() == 480
    assert person.offers() == [600]
    assert person.decisions()[-1].text_key == "rule.R5a.offer"
    person.answer("accept", 20)
    assert person.dose() == 600


@pytest.mark.story(8)
@pytest.mark.article("H3", "P8.3")
def test_story_8_twelve_paper_sessions_of_four_weeks_give_one_decision_and_one_offer_open_for_14_days() -> None:
    person = Person(mode="batch").enrol().plan()
    person.tick_to(28)
    before = len(person.decisions())
    days = [day for week in range(4) for day in (7 * week, 7 * week + 2, 7 * week + 4)]
    arrival = person.at(28, "10:00")
    for day in days:
        person.log(day, 600, recorded=arrival, more_follow=True)
    for day in days:
        person.morning(day + 1, recorded=arrival, more_follow=day != days[-1])

    assert len(person.decisions()) == before + 1
    assert person.rule() == "R11"
    assert person.last(ProgressionProposedV1).expires_at == arrival + timedelta(days=14)
    assert diary(person) == [
        (0, "R10d", "HOLD", 600),
        (7, "R10e", "HOLD", 600),
        (28, "R11", "ADVANCE", 660),
    ]
    assert "silent_14_days" not in person.reviews()
    assert not [said for said in words(person) if "Welcome back" in said]

    person.tick_to(41)
    assert person.withdrawn() == []
    person.answer("accept", 42, clock="09:00")
    assert person.dose() == 660


@pytest.mark.story(10)
def test_story_10_a_bad_morning_after_two_tracks_lowers_only_the_one_raised_last() -> None:
    walk, strength = track(priority=1), track("strength", priority=2)
    person = Person().enrol().plan(walk, strength)
    for day in (0, 2):
        for name in ("walk", "strength"):
            person.log(day, 600, track_id=name, clock="10:00" if name == "walk" else "11:00")
        person.tick_to(day + 1)
        person.morning(day + 1, 6)

    # Neither was raised yet: the tie goes to the lower goal priority.
    assert (person.dose("walk"), person.dose("strength")) == (600, 480)
    assert person.rule("walk") == "R9a"
    assert person.rule("strength") == "R8b"
    person.tick_to(6)
    assert (person.dose("walk"), person.dose("strength")) == (600, 480)
    assert diary(person) == [
        (0, "R10d", "HOLD", 600),
        (1, "R9a", "HOLD", 600),
        (2, "R10a", "HOLD", 600),
        (3, "R9a", "HOLD", 600),
    ]
    assert [row for row in diary(person, "strength") if row[2] != "HOLD"] == [(3, "R8b", "REGRESS", 480)]


@pytest.mark.story(10)
@pytest.mark.article("P3.4")
def test_story_10_only_one_offer_is_open_at_a_time_and_the_first_goal_comes_first() -> None:
    person = Person().enrol().plan(track("strength", priority=2), track("walk", priority=1))
    for day in (0, 2, 4, 7):
        for name in ("walk", "strength"):
            person.log(day, 600, track_id=name, clock="10:00" if name == "walk" else "11:00")
        person.tick_to(day + 1)
        person.morning(day + 1)

    assert [offer.track_id for offer in person.told(ProgressionProposedV1)] == ["walk"]
    assert person.decisions("strength")[-1].text_key == "rule.R10a.proposal_open"

    person.answer("accept", 8)
    assert person.dose("walk") == 660
    assert len(person.told(ProgressionProposedV1)) == 1

    person.tick_to(9)
    assert [offer.track_id for offer in person.told(ProgressionProposedV1)] == ["walk", "strength"]


@pytest.mark.story(21)
@pytest.mark.article("P3.7")
def test_story_21_three_stays_in_a_row_end_the_offers_and_tell_the_clinician_once() -> None:
    person = Person().enrol().plan()
    for day in range(0, 8 * 7, 2):
        person.good_day(day)
        if person.state.proposal is not None:
            person.answer("stay", day + 1)

    assert [(day, rule) for day, rule, _, _ in diary(person)] == [
        (0, "R10d"),
        *((day, rule) for made in (7, 14, 22) for day, rule in ((made, "R11"), (made + (made > 7), "R10a"))),
    ]
    made = [offer.expires_at for offer in person.told(ProgressionProposedV1)]
    assert len(made) == 3
    assert all(later - earlier >= timedelta(days=7) for earlier, later in pairwise(made))
    assert person.reviews().count("plan_fit") == 1
    assert person.changes() == []


@pytest.mark.story(11)
def test_story_11_a_traveller_has_one_tick_for_each_of_their_days_and_each_session_its_own_morning() -> None:
    """From Apia over the date line to Honolulu and back within a week; never a negative or a doubled day."""
    person = Person(tz="Pacific/Apia").enrol().plan()
    for day, lands_in, woke_on, felt in (
        (1, None, 2, 1),
        (2, "Pacific/Honolulu", 2, 3),  # over the date line it is the same date once more
        (4, None, 5, 0),
        (5, "Pacific/Apia", 7, 1),  # and one date is left out
        (8, None, 9, 3),
    ):
        person.tick_to(day)
        person.log(day, 600, clock="10:00", pain_before=None)
        if lands_in is not None:
            person.tz = lands_in
            person.enrol(day)
        person.tick_to(woke_on, "09:00")
        person.morning(woke_on, felt, clock="09:30", check_id=f"after-{day}")
    person.tick_to(11)

    ticked = [person.day_of(now) for message, now in person.history if isinstance(message.data, Tick)]
    assert len(ticked) == len(set(ticked))
    units = basis_of(person.records["decisions", person.decisions()[-1].decision_id])["units"]
    assert [unit["day"] for unit in units] == sorted({unit["day"] for unit in units})
    assert [unit["morning"] for unit in units] == [1, 3, 0, 1, 3]
    assert person.dose() == 600
    assert {action for _, _, action, _ in diary(person)} <= {"HOLD", "ADVANCE"}


@pytest.mark.story(20)
def test_story_20_pain_of_10_and_something_wrong_is_never_called_a_harder_day() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    person.log(2, 300, pain=10, stop="wrong")

    assert person.rule() == "R9a"
    assert person.decisions()[-1].text_key == "rule.W15"
    assert person.reviews() == ["something_wrong"]
    assert diary(person) == [(0, "R10d", "HOLD", 600), (2, "R9a", "HOLD", 600)]
    assert not [said for said in words(person) if "harder day" in said or "learn" in said]
