"""A pause: nothing in force and nothing asked until the person says so or its day has come (progression 2.4, W14)."""

from typing import Any

import pytest

from services.progression.domain.away_commands import RequestPause, RequestResume
from services.progression.domain.state import away_of
from services.progression.store import basis_of
from services.progression.texts import render
from shared.contracts.progression import PauseEndedV1, PauseStartedV1, ProgressionDecidedV1
from shared.runtime.messages import Refused
from tests.support.progression_episodes import day_of, end_flare, flare, pause, resume, say
from tests.support.progression_person import Person, text_of, track
from tests.support.progression_stops import dose_in_force, suspend
from tests.support.progression_stops import resume as cleared
from tests.unit.services.progression.test_flares import active
from tests.unit.services.progression.test_offers import with_an_offer


@pytest.mark.article("P1.4", "P9.1")
def test_a_pause_takes_every_dose_away_and_is_explained_to_both() -> None:
    person = active()
    told = pause(person, 2, until=12)
    decided = person.decisions()[-1]

    assert (decided.rule, decided.action, decided.dose, dose_in_force(person)) == ("R2", "PAUSE", 0, 0)
    assert (person.last(PauseStartedV1).pause_id, person.last(PauseStartedV1).until) == (told["pause_id"], day_of(12))
    record = person.records["tracks", "walk"]
    assert (record["status"], record["dose"]) == ("PAUSED", None)
    assert render(decided.text_key, decided.text_params) == (
        "Your plan is on pause. It will be here when you are ready."
    )
    facts = basis_of(person.records["decisions", decided.decision_id])["facts"]
    assert render(decided.text_key, facts, "clinician") == "Paused since 5 March: travel."


@pytest.mark.parametrize(
    ("back", "rule", "dose", "status"),
    [
        (5, "R10a", 600, "ACTIVE"),
        (9, "R7a", 480, "RETURNING"),
        (22, "R7b", 300, "RETURNING"),
        (30, "R7c", 300, "ACTIVE"),
    ],
)
def test_back_by_the_gap_rule_on_the_days_since_the_last_session(back: int, rule: str, dose: int, status: str) -> None:
    person = active()
    pause(person, 2)
    person.tick_to(back)
    resume(person, back)

    assert (person.rule(), dose_in_force(person), person.dose()) == (rule, dose, dose)
    assert person.state.tracks["walk"].footing.status == status
    assert person.changes() == [(600, 0), (0, dose)]
    assert person.last(PauseEndedV1).reason == "told"


def test_a_short_pause_is_ended_with_a_welcome_and_no_count() -> None:
    person = active()
    pause(person, 2)
    person.tick_to(5)
    resume(person, 5)
    decided = person.decisions()[-1]

    assert render(decided.text_key, decided.text_params) == "Welcome back. 10 min again, or less if you like."


def test_a_gap_that_is_heavier_than_the_running_ladder_decides_on_leaving_a_pause() -> None:
    person = active()
    flare(person, 2)
    person.tick_to(4)
    end_flare(person, 4)
    assert person.state.tracks["walk"].footing.ladder == (75, 100)
    pause(person, 5)
    person.tick_to(22)
    resume(person, 22)
    footing = person.state.tracks["walk"].footing

    assert (person.rule(), footing.ladder, footing.d_pre, person.dose()) == ("R7b", (50, 70, 80, 90, 100), 600, 300)


def test_the_day_that_was_named_ends_it() -> None:
    person = active()
    pause(person, 2, until=6)
    person.tick_to(5)
    assert person.rule() == "R2"
    person.tick_to(6)

    assert (person.last(PauseEndedV1).reason, dose_in_force(person)) == ("until", 600)
    assert away_of(person.state).pause is None


def test_without_an_end_a_human_asks_after_28_days_and_the_pause_goes_on() -> None:
    person = active()
    pause(person, 2)
    person.tick_to(29)
    assert "pause_open" not in person.reviews()
    person.tick_to(30)

    assert person.reviews().count("pause_open") == 1
    assert person.rule() == "R2"


def test_days_alone_say_nothing_new_about_a_pause_and_no_gap_is_judged_in_it() -> None:
    person = active()
    pause(person, 2)
    told = len(person.told(ProgressionDecidedV1))
    person.tick_to(40)

    assert len(person.told(ProgressionDecidedV1)) == told


def test_an_open_offer_is_withdrawn_and_a_late_answer_does_nothing() -> None:
    person = with_an_offer()
    pause(person, 8)
    assert person.withdrawn() == ["paused"]
    before = text_of(person.state)
    person.answer("accept", 9)

    assert text_of(person.state) == before


def test_asked_for_again_the_open_pause_goes_on_with_the_new_end() -> None:
    person = active()
    first = pause(person, 2, until=6)
    second = pause(person, 3, until=9, reason="illness")

    assert second["pause_id"] == first["pause_id"]
    person.tick_to(8)
    assert person.rule() == "R2"
    person.tick_to(9)
    assert dose_in_force(person) > 0


def test_a_flare_wins_over_a_pause_which_goes_on_after_it_until_its_day() -> None:
    """W14."""
    person = active()
    pause(person, 2, until=12)
    flare(person, 4)
    assert (person.rule(), dose_in_force(person)) == ("R3", 300)
    end_flare(person, 6)
    assert (person.rule(), dose_in_force(person)) == ("R2", 0)
    person.tick_to(12)

    footing = person.state.tracks["walk"].footing
    assert (footing.status, footing.d_pre) == ("RETURNING", 600)
    assert dose_in_force(person) in (300, 420)


def test_a_pause_whose_day_comes_during_a_flare_is_over_and_the_flare_goes_on() -> None:
    person = active()
    pause(person, 2, until=5)
    flare(person, 4)
    person.tick_to(6)

    assert person.last(PauseEndedV1).reason == "until"
    assert (person.rule(), dose_in_force(person)) == ("R3", 300)


def test_a_stop_stands_over_a_pause() -> None:
    person = active()
    pause(person, 2)
    suspend(person, 3)
    assert person.rule() == "R1"
    cleared(person, 5)

    assert person.rule() == "R2"


@pytest.mark.parametrize("command", [RequestPause("rest"), RequestResume()])
def test_a_pause_and_its_end_come_from_the_person_or_staff(command: Any) -> None:
    """W3."""
    person = active()
    if isinstance(command, RequestResume):
        pause(person, 2)
    with pytest.raises(Refused) as refusal:
        say(person, command, 3, who="caregiver")
    assert refusal.value.status == 403
    say(person, command, 3, who="clinician")


@pytest.mark.parametrize("until", [2, 1, 400])
def test_a_pause_ends_on_a_later_day_within_a_year(until: int) -> None:
    person = active()
    with pytest.raises(Refused) as refusal:
        pause(person, 2, until=until)
    assert (refusal.value.code, refusal.value.field) == ("pause_until", "/until")


def test_no_pause_is_ended_that_there_is_not() -> None:
    person = active()
    with pytest.raises(Refused) as refusal:
        resume(person, 3)
    assert refusal.value.code == "no_pause"


def test_a_less_that_comes_late_is_granted_in_a_pause_without_giving_anything() -> None:
    """W11: less is always granted, at once, and counts when the pause is over."""
    person = with_an_offer()
    pause(person, 8)
    person.answer("less", 9, dose=300)
    assert dose_in_force(person) == 0
    resume(person, 10)

    assert dose_in_force(person) == 300


def test_story_17_weeks_of_silence_are_weighed_again_as_they_go_on() -> None:
    """Three sessions, then nothing until day 62: R7a, R7b, R7c as time goes on."""
    person = Person().enrol().plan()
    for day in (0, 2, 4):
        person.good_day(day)
    person.tick_to(62)

    gaps = [rule for rule in person.rules() if rule.startswith("R7")]
    assert gaps == ["R7a", "R7b", "R7c"]
    assert person.dose() < 480


def test_story_18_at_the_goal_one_bad_week_is_the_way_down_and_offers_the_way_up() -> None:
    person = Person().enrol().plan(track(goal_dose=600))
    assert person.state.tracks["walk"].footing.phase == "MAINTENANCE"
    person.log(0, 600, pain=8)
    person.tick_to(1)
    person.morning(1, 7)
    assert (person.rule(), person.state.tracks["walk"].footing.phase) == ("R8a", "GRADED")
    for day in range(2, 60, 2):
        person.good_day(day)
        if person.state.proposal is not None:
            person.answer("accept", day + 1)

    assert person.dose() == 600
    assert person.state.tracks["walk"].footing.phase == "MAINTENANCE"
    assert not any(d.rule == "R10b" and d.dose < 600 for d in person.decisions())


def test_something_new_is_offered_at_the_goal_at_most_once_in_28_days() -> None:
    person = Person().enrol().plan(track(goal_dose=600))
    offered = []
    for day in range(0, 60, 2):
        person.good_day(day)
        if person.decisions()[-1].text_key == "rule.R10b":
            offered.append(day)
    keys = [d.text_key for d in person.decisions() if d.rule == "R10b"]

    assert "rule.R10b.again" in keys
    assert keys.count("rule.R10b") <= 3
    assert (keys[0], keys.count("rule.R10b")) == ("rule.R10b.again", 2)


def test_a_flare_at_the_goal_goes_back_to_graded_on_its_way_back() -> None:
    person = active(track(goal_dose=600))
    assert person.records["tracks", "walk"]["phase"] == "MAINTENANCE"
    flare(person, 2)
    end_flare(person, 4)

    assert person.records["tracks", "walk"]["phase"] == "GRADED"


def test_a_raised_goal_leads_on_from_the_goal() -> None:
    """2.4: MAINTENANCE goes back to GRADED when the goal is raised."""
    person = active(track(goal_dose=600))
    assert person.records["tracks", "walk"]["phase"] == "MAINTENANCE"
    person.plan(track(goal_dose=900), day=2)

    assert person.records["tracks", "walk"]["phase"] == "GRADED"


def test_a_pause_ends_with_its_plan() -> None:
    person = active()
    pause(person, 2)
    person.end_plan(4)

    assert person.last(PauseEndedV1).reason == "plan_ended"
    assert away_of(person.state).pause is None
