"""Stories of people, told as raw logs; what must be seen and what must never be seen (domain/stories.md)."""

from datetime import timedelta
from itertools import pairwise

import pytest

from shared.contracts.progression import ProgressionDecidedV1, ProgressionProposedV1
from shared.runtime.messages import Tick
from tests.support.progression_episodes import flare
from tests.support.progression_person import Person, track
from tests.support.progression_stops import dose_in_force


def test_story_1_a_fragile_person_rises_by_quarter_minutes_below_five_minutes() -> None:
    """Starts at 60 s, every session is fine, 20 weeks; never + 100 % in one step."""
    person = Person().enrol().plan(track(start_dose=60, step=None, dose_min=None, goal_dose=3600))
    for week in range(20):
        for day in (0, 2, 4):
            person.good_day(7 * week + day)
            if person.state.proposal is not None:
                person.answer("accept", 7 * week + day + 1)

    changes = person.changes()
    assert changes[:3] == [(60, 75), (75, 90), (90, 105)]
    assert all(new - old == 15 for old, new in changes if new <= 300)
    assert all(new <= 2 * old for old, new in changes)
    assert person.dose() > 150


def test_story_2_boom_and_bust_holds_the_planned_dose_and_calls_for_a_talk_about_pacing() -> None:
    """25 minutes of 10 every fifth day, the next morning 6 of a usual 2."""
    person = Person().enrol().plan()
    for day in range(0, 42, 5):
        person.tick_to(day)
        person.log(day, 1500)
        person.tick_to(day + 1)
        person.morning(day + 1, 6)

    after_sessions = [d for d in person.decisions() if d.rule == "R9a"]
    assert all(d.text_key.startswith("rule.R9a.overshoot") for d in after_sessions)
    assert all("overshoot" in d.notes for d in after_sessions)
    assert person.dose() == 600
    assert person.changes() == []
    assert person.reviews().count("overshoot") == 1


def test_story_3_after_a_silence_the_way_back_starts_at_half_and_eases_when_it_is_still_too_much() -> None:
    """Two good weeks, 20 silent days, then 30 % of the plan twice, stopped for fatigue."""
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7, 9, 11):
        person.good_day(day)
    person.tick_to(25)
    assert "silent_14_days" not in person.reviews()
    person.tick_to(31)
    assert person.dose() == 300
    assert person.reviews().count("silent_14_days") == 1
    for day in (31, 33):
        person.tick_to(day)
        person.log(day, 90, stop="fatigue")

    assert "R7b" in person.rules()
    assert person.rule() == "R5c"
    assert "suspect_flare" in person.reviews()


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
    assert not [rule for rule in person.rules() if rule.startswith("R7")]

    person.tick_to(41)
    assert person.withdrawn() == []
    person.answer("accept", 42, clock="09:00")
    assert person.dose() == 660


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


def test_story_16_someone_who_walks_on_sundays_only_meets_no_gap_rule_from_the_third_week_on() -> None:
    person = Person().enrol().plan(day=6, clock="09:00")
    for week in range(12):
        sunday = 6 + 7 * week
        person.tick_to(sunday)
        person.log(sunday, person.dose())
        person.tick_to(sunday + 1)
        person.morning(sunday + 1)
        if person.state.proposal is not None:
            person.answer("accept", sunday + 1)

    third_week = person.at(20).date()
    late = [
        data["rule"]
        for (kind, _), data in person.records.items()
        if kind == "decisions" and data["day"] >= third_week.isoformat()
    ]
    assert not [rule for rule in late if rule.startswith("R7")]
    assert len(person.offers()) >= 3
    assert person.dose() >= 600
    assert person.reviews().count("misfit") == 1


def test_story_17_away_for_60_days_the_way_back_gets_longer_as_time_goes_on() -> None:
    """Three sessions, then nothing until day 62."""
    person = Person().enrol().plan()
    for day in (0, 2, 4):
        person.good_day(day)

    person.tick_to(10)
    assert person.dose() == 600
    person.tick_to(11)
    assert (person.rule(), person.dose()) == ("R7a", 480)
    person.tick_to(27)
    assert person.dose() == 300
    person.tick_to(62)

    seen = [rule for rule in person.rules() if rule.startswith("R7")]
    assert seen == ["R7a", "R7b", "R7c"]
    assert person.dose() == 300
    assert person.state.tracks["walk"].footing.phase == "BASELINE"
    assert "rebaseline" in person.reviews()


def test_story_18_below_the_goal_after_a_bad_week_the_way_back_goes_by_offers() -> None:
    person = Person().enrol().plan(track(goal_dose=600, start_dose=600))
    person.good_day(0)
    assert person.decisions()[-1].text_key in ("rule.R10b", "rule.R10b.again")
    person.log(2, 600, pain=7)
    person.tick_to(3)
    person.morning(3, 5)

    assert (person.rule(), person.dose()) == ("R8a", 480)
    for day in (4, 6, 8, 10, 12):
        person.good_day(day)
        if person.state.proposal is not None:
            person.answer("accept", day + 1)
    assert person.dose() > 480
    assert all(d.text_params.get("dose") == 600 for d in person.told(ProgressionDecidedV1) if d.rule == "R10b")


def test_story_19_a_fixed_dose_is_halved_after_60_days_away_with_a_review() -> None:
    person = Person().enrol().plan(track(start_dose=600, parameters={"fixed_dose": 1200}))
    assert person.dose() == 1200
    for day in (0, 2, 4):
        person.good_day(day)
    person.tick_to(62)

    assert person.dose() == 600
    assert "rebaseline" in person.reviews()
    person.log(62, 600)
    assert person.dose() == 600


@pytest.mark.article("P3.7")
def test_story_21_three_stays_in_a_row_end_the_offers_and_tell_the_clinician_once() -> None:
    person = Person().enrol().plan()
    for day in range(0, 8 * 7, 2):
        person.good_day(day)
        if person.state.proposal is not None:
            person.answer("stay", day + 1)

    made = [offer.expires_at for offer in person.told(ProgressionProposedV1)]
    assert len(made) == 3
    assert all(later - earlier >= timedelta(days=7) for earlier, later in pairwise(made))
    assert person.reviews().count("plan_fit") == 1
    assert person.changes() == []


def test_story_11_a_traveller_has_one_tick_for_each_of_their_days() -> None:
    """From Apia over the date line to Honolulu and back within a week."""
    person = Person(tz="Pacific/Apia").enrol().plan()
    for day, zone in ((2, "Pacific/Honolulu"), (5, "Pacific/Apia")):
        person.tick_to(day)
        person.log(day, 600, clock="08:00")
        person.tz = zone
        person.enrol(day)
    person.tick_to(9)

    ticked = [person.day_of(now) for message, now in person.history if isinstance(message.data, Tick)]
    assert len(ticked) == len(set(ticked))
    assert person.dose() == 600


def test_story_20_pain_of_10_and_something_wrong_is_never_called_a_harder_day() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    person.log(2, 300, pain=10, stop="wrong")

    assert person.rule() == "R9a"
    assert person.decisions()[-1].text_key == "rule.W15"
    assert person.reviews() == ["something_wrong"]
    assert person.dose() == 600


def test_story_22_a_yes_after_a_flare_began_raises_nothing_and_the_offer_is_gone_at_once() -> None:
    """Offered on Monday, a flare on Tuesday, "yes" on Wednesday."""
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7):
        person.good_day(day)
    assert person.offers() == [660]
    flare(person, 8)
    assert person.withdrawn() == ["flare"]
    person.answer("accept", 9)
    assert (person.dose(), dose_in_force(person)) == (600, 300)
