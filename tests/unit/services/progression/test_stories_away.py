"""Stories of silences, flares and ways back, day by day (domain/stories.md 3, 5, 6, 16, 17, 18, 19, 22)."""

import re
from datetime import date
from itertools import pairwise

import pytest

from shared.contracts.progression import ProgressionDecidedV1, ProgressionProposedV1
from tests.support.progression_diary import LANGUAGES, diary, words
from tests.support.progression_episodes import end_flare, flare
from tests.support.progression_person import START, Person, track
from tests.support.progression_stops import dose_in_force

WEEK = 7


@pytest.mark.story(3)
def test_story_3_after_a_silence_the_way_back_starts_at_half_and_eases_when_it_is_still_too_much() -> None:
    """Two good weeks, 20 silent days, then 30 % of the plan twice, stopped for fatigue."""
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7, 9, 11):
        person.good_day(day)  # the last word is the morning of day 12
    person.tick_to(25)
    assert "silent_14_days" not in person.reviews()
    person.tick_to(26)
    assert person.reviews() == ["silent_14_days"]
    assert person.dose() == 300
    for day in (31, 33):
        person.tick_to(day)
        person.log(day, 90, stop="fatigue")

    assert [row for row in diary(person) if row[0] > 11] == [
        (16, "R11", "ADVANCE", 660),
        (18, "R10a", "HOLD", 600),
        (19, "R7a", "RETURN_STEP", 480),
        (20, "R5d", "RETURN_STEP", 480),
        (26, "R7b", "RETURN_STEP", 300),
        (27, "R5d", "RETURN_STEP", 300),
        (31, "R5b", "RETURN_STEP", 300),
        (33, "R5c", "RETURN_STEP", 300),
    ]
    assert person.reviews() == ["silent_14_days", "misfit", "suspect_flare"]


@pytest.mark.story(3)
def test_story_3_never_seven_weeks_pass_without_a_human_and_no_word_tells_of_what_was_not_done() -> None:
    """Silent for good: the call comes in the third week; a text counts sessions noted, never days or sessions not."""
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7, 9, 11):
        person.good_day(day)
    asked = [11]
    for day in range(12, 60):
        before = len(person.reviews())
        person.tick_to(day)
        asked += [day] * (len(person.reviews()) > before)

    assert asked[1] == 26
    assert all(later - earlier < 6 * WEEK for earlier, later in pairwise([*asked, 60]))
    for locale in LANGUAGES:
        assert words(person, locale)
    for said in words(person):
        assert not re.search(r"miss|fail|silen|skipp|days|weeks|again and again|not (logged|noted|done)", said, re.I)
        numbers = re.findall(r"\d+ [a-z]+", said)
        assert all(re.fullmatch(r"\d+ (min|s|steady|of|March|April|May|noted)", number) for number in numbers), said


@pytest.mark.story(5)
def test_story_5_six_days_of_flare_then_half_three_quarters_and_all_by_day_12_and_no_offer_for_a_week() -> None:
    """A flare of six days, then every second day is fine; never more than before the flare without a yes."""
    person = Person().enrol().plan()
    person.good_day(0)
    person.tick_to(2)
    flare(person, 2)
    person.tick_to(8)
    end_flare(person, 8, "09:00")
    for day in range(8, 24, 2):
        person.tick_to(day)
        person.log(day, person.dose())
        person.tick_to(day + 1)
        person.morning(day + 1)

    assert diary(person) == [
        (0, "R10d", "HOLD", 600),
        (2, "R3", "FLARE_DOSE", 300),
        (8, "R5d", "RETURN_STEP", 300),
        (11, "R5a", "RETURN_STEP", 420),
        (11, "R5d", "RETURN_STEP", 420),
        (15, "R5a", "RETURN_STEP", 600),
        (15, "R10a", "HOLD", 600),
        (18, "R10d", "HOLD", 600),
        (22, "R11", "ADVANCE", 660),
    ]
    assert person.changes() == [(600, 300), (300, 420), (420, 600)]
    back, offered = 15, 22
    assert back - 8 <= 12
    assert offered - back >= WEEK
    assert max(new for _, new in person.changes()) == 600


@pytest.mark.story(6)
def test_story_6_four_short_flares_each_on_the_ladder_of_the_last_keep_what_was_before_and_call_a_human() -> None:
    """Flares of three days within six weeks, no ladder ever climbed; never 420, 300, 180, 120."""
    person = Person().enrol().plan()
    person.good_day(0)
    starts = []
    for number, begins in enumerate((2, 12, 22, 32)):
        person.tick_to(begins)
        assert person.state.tracks["walk"].footing.status == ("RETURNING" if number else "ACTIVE")
        flare(person, begins)
        person.good_day(begins + 1)
        person.tick_to(begins + 3)
        end_flare(person, begins + 3)
        footing = person.state.tracks["walk"].footing
        assert (footing.status, footing.d_pre, footing.ladder) == ("RETURNING", 600, (75, 100))
        starts.append(person.dose())
        person.good_day(begins + 6)

    assert starts == [420, 420, 420, 420]
    assert [row[1:] for row in diary(person)][:3] == [
        ("R10d", "HOLD", 600),
        ("R3", "FLARE_DOSE", 300),
        ("R5d", "RETURN_STEP", 420),
    ]
    again = [(12, 180), (15, 420), (22, 180), (25, 420), (32, 180), (35, 420)]
    assert [(day, dose) for day, _, _, dose in diary(person)][3:] == again
    assert person.reviews().count("flares_repeated") == 1
    assert person.offers() == []


@pytest.mark.story(16)
def test_story_16_on_sundays_only_no_gap_rule_from_week_3_on_offers_every_two_weeks_and_no_see_saw() -> None:
    """Twelve weeks at a plan of three a week; the fit of the plan is told once."""
    person = Person().enrol().plan(day=6, clock="09:00")
    made = []
    for week in range(12):
        sunday = 6 + WEEK * week
        person.tick_to(sunday)
        person.log(sunday, person.dose())
        person.tick_to(sunday + 1)
        person.morning(sunday + 1)
        if person.state.proposal is not None:
            made.append(sunday)
            person.answer("accept", sunday + 1)

    assert diary(person)[:4] == [
        (6, "R10d", "HOLD", 600),
        (13, "R7a", "RETURN_STEP", 480),
        (13, "R5d", "RETURN_STEP", 480),
        (20, "R5a", "RETURN_STEP", 600),
    ]
    assert not [row for row in diary(person) if row[0] > 20 and row[1][:2] in ("R7", "R5", "R8")]
    assert [earlier - later for later, earlier in pairwise(made)] == [14, 14, 14]
    assert person.changes() == [(600, 480), (480, 600), (600, 660), (660, 720), (720, 780), (780, 840)]
    assert person.reviews() == ["misfit"]


@pytest.mark.story(17)
def test_story_17_away_for_60_days_the_way_back_gets_longer_as_time_goes_on() -> None:
    """Three sessions, then nothing until day 62; never 80 % on return."""
    person = Person().enrol().plan()
    for day in (0, 2, 4):
        person.good_day(day)
    person.tick_to(62, "18:00")

    assert [row for row in diary(person) if row[0] > 7] == [
        (9, "R10a", "HOLD", 600),
        (11, "R7a", "RETURN_STEP", 480),
        (12, "R5d", "RETURN_STEP", 480),
        (25, "R7b", "RETURN_STEP", 300),
        (26, "R5d", "RETURN_STEP", 300),
        (32, "R7c", "RETURN_STEP", 300),
        (33, "R6a", "BASELINE", 300),
    ]
    assert person.dose() == 300
    assert person.state.tracks["walk"].footing.phase == "BASELINE"
    assert "rebaseline" in person.reviews()


@pytest.mark.story(18)
def test_story_18_below_the_goal_after_a_bad_week_the_way_back_goes_by_offers() -> None:
    person = Person().enrol().plan(track(goal_dose=600, start_dose=600))
    person.good_day(0)
    assert person.decisions()[-1].text_key in ("rule.R10b", "rule.R10b.again")
    person.log(2, 600, pain=7)
    person.tick_to(3)
    person.morning(3, 5)
    assert (person.rule(), person.dose()) == ("R8a", 480)
    assert person.state.tracks["walk"].footing.phase == "GRADED"
    for day in range(4, 28, 2):
        person.good_day(day)
        if person.state.proposal is not None:
            person.answer("accept", day + 1)

    assert person.changes() == [(600, 480), (480, 540), (540, 600)]
    steps = [offer for offer in person.told(ProgressionProposedV1) if offer.next_dimension is None]
    assert [offer.options[0].dose for offer in steps] == [540, 600]
    reached = [d for d in person.told(ProgressionDecidedV1) if d.rule == "R10b"]
    assert reached
    assert all(d.dose == 600 and d.text_params.get("dose") == 600 for d in reached)


@pytest.mark.story(19)
def test_story_19_a_fixed_dose_is_halved_after_60_days_away_with_a_review() -> None:
    person = Person().enrol().plan(track(start_dose=600, parameters={"fixed_dose": 1200}))
    assert person.dose() == 1200
    for day in (0, 2, 4):
        person.good_day(day)
    person.tick_to(62)

    assert diary(person) == [
        (0, "R4", "FOLLOW_OVERRIDE", 1200),
        (11, "R4", "FOLLOW_OVERRIDE", 960),
        (25, "R4", "FOLLOW_OVERRIDE", 600),
    ]
    assert person.dose() == 600
    assert "rebaseline" in person.reviews()
    person.log(62, 600)
    assert person.dose() == 600


@pytest.mark.story(22)
def test_story_22_a_yes_after_a_flare_began_raises_nothing_and_the_offer_is_gone_at_once() -> None:
    """Offered on Monday, a flare on Tuesday, "yes" on Wednesday."""
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7):
        person.good_day(day)
    assert (date.weekday(START), person.offers()) == (0, [660])
    flare(person, 8)
    assert person.withdrawn() == ["flare"]
    person.answer("accept", 9)
    assert (person.dose(), dose_in_force(person)) == (600, 300)
    person.tick_to(11)
    assert diary(person) == [
        (0, "R10d", "HOLD", 600),
        (7, "R11", "ADVANCE", 660),
        (8, "R3", "FLARE_DOSE", 300),
    ]
    assert person.changes() == [(600, 300)]
