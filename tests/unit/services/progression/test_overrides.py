"""Overrides: every parameter may be set aside, is seen in the decision, and its rule comes back by itself (2.8)."""

from datetime import timedelta
from typing import Any, Final

import pytest

from services.progression.domain.judge import Moment
from services.progression.domain.locks import locks_of
from services.progression.domain.parameters import CHOICES, NAMES, RANGES, SWITCHES, ParameterOutOfRange
from services.progression.domain.wishes import AskLess
from services.progression.transitions import due
from shared.contracts.progression import ProgressionDecidedV1
from tests.support.progression_episodes import say
from tests.support.progression_overrides import basis, end_override, set_override
from tests.support.progression_person import START, Person, text_of, track
from tests.support.progression_stops import suspend

OTHER: Final[dict[str, int | bool | str]] = {
    **{name: low if high is None else high for name, (low, high) in RANGES.items()},
    "step": 30,
    "dose_min": 120,
    "dose_max": 900,
    "goal_dose": 1200,
    "fixed_dose": 420,
    "advance_days": 28,
    "freq": 5,
    "gap_t1": 20,
    "gap_t2": 25,
    "gap_t3": 40,
    "ok_pct": 90,
    "g_normal": 5,
    "g_small": 2,
    "flare_pct": 25,
    "ladder_entry": 2,
    **dict.fromkeys(SWITCHES, False),
    **{name: sorted(allowed)[0] for name, allowed in CHOICES.items()},
    "profile": "quota",
}
"""A value of each parameter that is not its default."""


def steady(days: int = 0, **changes: Any) -> Person:
    """Somebody with a plan, and a good session every second day until `days`."""
    person = Person().enrol().plan(track(**changes))
    for day in range(0, days, 2):
        person.good_day(day)
    return person


@pytest.mark.article("P12.2")
@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_parameter_may_be_set_is_seen_in_the_decision_and_runs_out_by_itself(name: str) -> None:
    person = steady(step=None)
    before = basis(person)["parameters"][name]
    told = set_override(person, name, OTHER[name], 1, days=10)
    seen = basis(person)
    assert before != OTHER[name]
    assert seen["parameters"][name] == OTHER[name]
    assert [(one["override_id"], one["name"], one["role"]) for one in seen["overrides"]] == [
        (told.override_id, name, "clinician")
    ]
    person.tick_to(12)
    assert basis(person)["parameters"][name] == (before if name != "step" else 60)
    assert "overrides" not in basis(person)
    assert person.state.overrides == ()


def test_usual_pain_and_usual_fatigue_are_set_for_the_person_and_beat_what_was_recorded() -> None:
    person = steady(10)
    assert basis(person)["standing"]["usual_pain"] == 2
    set_override(person, "usual_pain", 6, 10, days=3, track_id=None)
    set_override(person, "usual_fatigue", 7, 10, days=3, track_id=None, clock="10:00")
    standing = basis(person)["standing"]
    assert (standing["usual_pain"], standing["usual_fatigue"]) == (6, 7)
    person.tick_to(14)
    standing = basis(person)["standing"]
    assert (standing["usual_pain"], standing["usual_fatigue"]) == (2, None)


@pytest.mark.parametrize(("name", "value"), [("messages", "off"), ("muscle_group_order", "legs-arms")])
def test_what_no_rule_reads_is_named_by_each_decision_until_it_runs_out(name: str, value: str) -> None:
    person = steady()
    set_override(person, name, value, 1, days=3, track_id=None)
    assert [(one["name"], one["value"]) for one in basis(person)["overrides"]] == [(name, value)]
    person.tick_to(5)
    assert ("overrides" in basis(person), person.state.overrides) == (False, ())


def test_a_review_day_that_is_set_unlocks_what_an_overdue_one_locked_until_it_runs_out() -> None:
    def locks() -> tuple[str, ...]:
        state = person.state
        return locks_of(state, "walk", Moment(state.ticked or START, state.clock))

    person = Person().enrol().plan(review_on=START + timedelta(days=1))
    person.tick_to(26)
    assert "review_overdue" in locks()
    set_override(person, "review_on", f"{START + timedelta(days=60)}", 26, days=5, track_id=None)
    assert "review_overdue" not in locks()
    person.tick_to(32)
    assert "review_overdue" in locks()


def test_time_alone_brings_the_rule_back_at_the_very_moment() -> None:
    person = steady()
    told = set_override(person, "advance_days", 14, 1, clock="15:20", days=5)
    person.tick_until(told.until - timedelta(minutes=1))
    assert due(person.state) == told.until
    before = person.state
    person.tick_until(told.until)
    assert (len(before.overrides), len(person.state.overrides)) == (1, 0)
    assert person.state.tracks["walk"].agreed is None


def test_a_session_recorded_before_an_override_ran_out_is_judged_under_it_however_late_it_comes() -> None:
    person = steady()
    told = set_override(person, "fixed_dose", 300, 1, days=5)
    person.now = told.until + timedelta(hours=3)
    person.log(5, 300, recorded=told.until - timedelta(hours=1))
    assert person.rule() == "R4"
    person.log(6, 300, clock="13:00")
    assert person.rule() != "R4"


def test_a_fixed_dose_is_told_with_its_role_its_reason_and_its_end() -> None:
    person = steady()
    set_override(person, "fixed_dose", 420, 1, days=30, reason="medical")
    decided = person.last(ProgressionDecidedV1)
    assert (decided.rule, decided.dose, decided.text_key) == ("R4", 420, "rule.R4.medical")
    assert decided.text_params["date"] == "2025-04-03"
    assert person.dose() == 420


def test_after_a_fixed_dose_ran_out_nothing_rises_by_itself() -> None:
    person = steady()
    set_override(person, "fixed_dose", 300, 1, days=3)
    person.tick_to(5)
    assert (person.dose(), person.changes()) == (300, [(600, 300)])


def test_after_a_fixed_dose_ran_out_on_the_way_back_nothing_rises_by_itself() -> None:
    person = steady()
    person.log(1, 600)
    person.tick_to(24)
    set_override(person, "fixed_dose", 120, 24, days=3)
    assert person.dose() == 120
    person.tick_to(28)
    assert (person.rule(), person.dose()) == ("R5d", 120)


def test_an_override_withdraws_an_open_offer_at_once() -> None:
    person = steady(8)
    assert person.offers()
    set_override(person, "fixed_dose", 600, 8)
    assert person.withdrawn() == ["override"]


def test_an_ended_override_gives_the_rule_back_at_once_and_never_stands_again() -> None:
    person = steady()
    told = set_override(person, "rpe_cap", 6, 1)
    end_override(person, "rpe_cap", 2)
    assert basis(person)["parameters"]["rpe_cap"] == 4
    person.tell(told, person.at(3))
    assert basis(person)["parameters"]["rpe_cap"] == 4
    assert person.state.overrides == ()


def test_of_two_for_the_same_the_later_counts_whatever_comes_first() -> None:
    person = steady()
    later = set_override(person, "rpe_cap", 6, 2, id="b")
    number = person._numbers["plans"]
    person._numbers["plans"] = 1
    set_override(person, "rpe_cap", 7, 1, id="a")
    person._numbers["plans"] = number
    assert [one.override_id for one in person.state.overrides] == [later.override_id]


def test_the_same_message_twice_changes_nothing() -> None:
    person = steady()
    set_override(person, "rpe_cap", 6, 1)
    before = text_of(person.state)
    person.fold(person.history[-1][0])
    assert text_of(person.state) == before


def test_what_is_set_for_one_track_counts_before_what_is_set_for_all() -> None:
    person = Person().enrol().plan(track(), track("stairs", priority=2))
    set_override(person, "advance_days", 10, 1, track_id=None, id="all")
    set_override(person, "advance_days", 20, 1, track_id="walk", id="walk", clock="10:00")
    tracks = person.state.tracks
    assert [tracks[name].config.parameters["advance_days"] for name in ("stairs", "walk")] == [10, 20]
    end_override(person, "advance_days", 2, id="walk")
    assert person.state.tracks["walk"].config.parameters["advance_days"] == 10


def test_an_override_stands_over_a_later_version_of_the_plan_and_a_new_track() -> None:
    person = steady()
    set_override(person, "advance_days", 20, 1, track_id=None)
    person.plan(track(parameters={"advance_days": 9}), track("stairs", priority=2), day=2)
    tracks = person.state.tracks
    assert {tracks[name].config.parameters["advance_days"] for name in ("stairs", "walk")} == {20}
    end_override(person, "advance_days", 3)
    assert person.state.tracks["walk"].config.parameters == {"advance_days": 9}
    assert person.state.tracks["stairs"].config.parameters == {}


def test_a_ceiling_that_is_set_lowers_at_once_and_gives_nothing_back() -> None:
    person = steady()
    set_override(person, "dose_max", 480, 1, days=3)
    assert person.dose() == 480
    person.tick_to(5)
    assert person.dose() == 480


@pytest.mark.parametrize("name", ["dose_min", "step"])
def test_a_smallest_amount_or_a_step_that_is_set_on_the_way_back_raises_nothing(name: str) -> None:
    person = steady()
    person.log(1, 600)
    person.tick_to(24)
    set_override(person, name, 900, 24)
    assert (person.rule(), person.dose()) == ("R5d", 300)

    for day in range(24, 33, 2):
        person.good_day(day)
    assert max((new for old, new in person.changes() if new > old), default=0) <= 420


def test_the_lock_of_a_clinician_is_set_and_opened_by_an_override() -> None:
    person = steady(8)
    set_override(person, "allow_increase", False, 8)
    assert person.rule() == "R10a"
    locked = steady(8, increase_locked=True)
    assert locked.rule() == "R10a"
    set_override(locked, "allow_increase", True, 8)
    assert locked.rule() == "R11"


def test_no_override_opens_the_lock_of_me_cfs() -> None:
    person = Person().enrol().plan(track(), pem="yes")
    for day in range(0, 8, 2):
        person.good_day(day)
    set_override(person, "allow_increase", True, 8)
    assert person.rule() == "R10a"


def test_without_mornings_two_more_sessions_are_asked_for_instead() -> None:
    def silent_mornings(*, needed: bool) -> Person:
        person = steady()
        if not needed:
            set_override(person, "mornings_needed", False, 0)
        for day in range(0, 14, 2):
            person.log(day, 600, pain_before=None)
            person.tick_to(day + 1)
        return person

    assert not silent_mornings(needed=True).offers()
    assert "R10g" in silent_mornings(needed=True).rules()
    free = silent_mornings(needed=False)
    assert free.offers() == [660]
    assert "R10g" not in free.rules()
    assert len({row[2] for row in free.state.tracks["walk"].bouts}) >= 4


@pytest.mark.parametrize(
    ("name", "value", "dose"), [("ladder", "75-100", 450), ("ladder_entry", 3, 480), ("ladder_days", 10, 300)]
)
def test_a_ladder_that_is_set_shapes_the_way_back(name: str, value: int | str, dose: int) -> None:
    person = steady(step=30)
    person.log(1, 600)
    set_override(person, name, value, 2)
    person.tick_to(24)
    track_now = person.state.tracks["walk"]
    assert person.dose() == dose
    assert (track_now.footing.status, track_now.footing.d_pre) == ("RETURNING", 600)
    assert (track_now.footing.step_min_days == 10) == (name == "ladder_days")


def test_the_third_gap_limit_is_when_a_start_is_found_again() -> None:
    person = steady()
    person.log(0, 600)
    set_override(person, "gap_t3", 40, 1)
    person.tick_to(35)
    assert "R7c" not in person.rules()
    person.tick_to(41)
    assert "R7c" in person.rules()


@pytest.mark.parametrize(
    ("name", "value"), [("suspension", False), ("rpe_cap", 8), ("usual_pain", 11), ("usual_pain", True), ("auto", 1)]
)
def test_an_override_out_of_range_never_comes_into_force(name: str, value: int | bool) -> None:
    person = steady()
    with pytest.raises(ParameterOutOfRange):
        set_override(person, name, value, 1, track_id=None)


def test_a_stop_stands_over_every_override() -> None:
    person = steady()
    suspend(person, 1)
    set_override(person, "fixed_dose", 600, 2)
    assert person.rule() == "R1"


@pytest.mark.article("P12.2")
def test_story_19_a_fixed_dose_never_holds_against_a_long_absence() -> None:
    person = steady()
    person.log(0, 600)
    set_override(person, "fixed_dose", 1200, 1, days=90)
    assert person.dose() == 1200
    person.tick_to(61)
    person.log(61, 600)
    assert (person.dose(), person.rule()) == (600, "R4")
    assert "rebaseline" in person.reviews()


def test_after_a_higher_fixed_dose_ran_out_what_held_before_it_is_in_force_again_and_said_so() -> None:
    person = steady()
    set_override(person, "fixed_dose", 900, 1, days=3)
    assert person.dose() == 900
    person.tick_to(5)
    assert (person.dose(), person.changes()) == (600, [(600, 900), (900, 600)])
    assert "rule.R4.over" in [one.text_key for one in person.told(ProgressionDecidedV1)]


def test_a_higher_fixed_dose_that_ended_leaves_what_a_gap_gave_meanwhile() -> None:
    person = steady()
    person.good_day(0)
    set_override(person, "fixed_dose", 900, 1)
    person.tick_to(10)
    assert person.dose() == 720
    end_override(person, "fixed_dose", 10, clock="12:00")
    footing = person.state.tracks["walk"].footing
    assert (person.rule(), person.dose(), footing.d_pre) == ("R5d", 480, 600)


def test_less_that_the_person_asked_for_under_a_fixed_dose_stays_when_it_ends() -> None:
    person = steady()
    set_override(person, "fixed_dose", 900, 1)
    say(person, AskLess("walk", 300), 2)
    end_override(person, "fixed_dose", 3)
    assert person.dose() == 300


def test_another_fixed_dose_in_between_does_not_become_what_held_before() -> None:
    person = steady()
    set_override(person, "fixed_dose", 900, 1, id="a")
    set_override(person, "fixed_dose", 1200, 2, id="b", days=2)
    person.tick_to(5)
    assert person.dose() == 600


def test_after_a_fixed_dose_while_a_start_is_found_no_amount_is_shown_again() -> None:
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))
    set_override(person, "fixed_dose", 300, 1, days=3)
    person.tick_to(5)
    assert person.changes() == [(0, 300), (300, 0)]
    assert person.rule() == "R6a"


def test_an_absence_under_a_fixed_dose_is_decided_once_and_not_on_each_of_its_days() -> None:
    person = steady()
    person.good_day(0)
    set_override(person, "fixed_dose", 600, 1)
    person.tick_to(29)
    decided = len(person.decisions())
    person.tick_to(60)
    assert (person.dose(), person.rules()[-1]) == (300, "R4")
    assert len(person.decisions()) <= decided + 1
    assert person.reviews().count("rebaseline") == 1


def test_after_a_fixed_rest_ran_out_the_smallest_amount_is_in_force_and_the_way_up_is_open() -> None:
    """Rest is nothing to rise from: of nothing planned no session is ever evidence for a step."""
    person = steady()
    set_override(person, "fixed_dose", 0, 1, days=3)
    assert person.dose() == 0
    person.tick_to(5)
    assert (person.dose(), person.changes()) == (60, [(600, 0), (0, 60)])

    for day in range(6, 40, 2):
        person.good_day(day)
    assert person.offers()


def test_with_automation_off_the_end_of_a_fixed_dose_on_a_way_back_raises_nothing() -> None:
    """0023, R4: a lower dose stays, and is not lifted to the rung because a day came."""
    person = Person().enrol().plan()
    person.good_day(0)
    set_override(person, "auto", False, 1)
    person.tick_to(10)
    assert (person.state.tracks["walk"].footing.status, person.dose()) == ("RETURNING", 480)
    set_override(person, "fixed_dose", 120, 11)
    end_override(person, "fixed_dose", 13)
    assert person.dose() == 120
