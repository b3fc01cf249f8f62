"""A flare: at once on the person's word, less to do, and a way back by its length (progression 2.4, 2.6, W3, W7)."""

from typing import Any

import pytest

from services.progression.domain.away_commands import EndFlare, ReportFlare, TellSettling
from services.progression.domain.state import away_of
from services.progression.domain.wishes import AskLess
from services.progression.store import basis_of
from services.progression.texts import render
from shared.contracts.progression import FlareEndedV1, FlareStartedV1, ProgressionDecidedV1, SettlingAskedV1
from shared.runtime.messages import Refused
from tests.support.progression_episodes import day_of, end_flare, flare, say, settling
from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person, text_of, track
from tests.support.progression_stops import dose_in_force, resume, suspend
from tests.unit.services.progression.test_offers import with_an_offer

TWO = (track(), track("strength", priority=2, start_dose=300))


def active(*tracks: Any, **facts: Any) -> Person:
    """One good session on the first day."""
    person = Person().enrol().plan(*tracks, **facts)
    person.good_day(0)
    return person


@pytest.mark.article("P1.1", "P9.3")
def test_a_flare_takes_effect_at_once_on_every_track_whatever_the_numbers_say() -> None:
    person = active(*TWO)
    person.morning(2, 1)
    told = flare(person, 2)

    assert (told["began"], told["ask_red_flags"]) == (True, True)
    for name, dose in (("walk", 300), ("strength", 120)):
        decided = person.decisions(name)[-1]
        assert (decided.rule, decided.action, decided.dose) == ("R3", "FLARE_DOSE", dose)
        record = person.records["tracks", name]
        assert (record["status"], record["dose"], record["phase"]) == ("FLARE", dose, "GRADED")
    assert sorted(person.changes()) == [(300, 120), (600, 300)]
    started = person.last(FlareStartedV1)
    assert (started.flare_id, started.said_by) == (told["flare_id"], "patient")
    assert person.reviews() == []


def test_the_flare_is_explained_to_both() -> None:
    person = active()
    flare(person, 2)
    person.tick_to(4)
    person.log(4, 300)
    decided = person.decisions()[-1]
    assert render(decided.text_key, decided.text_params).startswith("Sorry you are having a flare.")
    shown = basis_of(person.records["decisions", decided.decision_id])
    params = {**shown["facts"], **shown["text_params"]}
    assert render(decided.text_key, params, "clinician").startswith("Flare day 3. Offered 5 min.")


def test_under_pem_the_flare_dose_is_rest() -> None:
    person = active(pem="unknown")
    flare(person, 2)

    assert (person.rule(), dose_in_force(person)) == ("R3", 0)
    assert person.decisions()[-1].text_key == "rule.R3.rest"


def test_the_same_report_again_and_another_one_change_nothing_in_an_open_flare() -> None:
    person = active()
    first = flare(person, 2)
    before, told = person.state.tracks, len(person.outbox)
    again = flare(person, 3, who="caregiver")

    assert (again["flare_id"], again["began"]) == (first["flare_id"], False)
    assert (person.state.tracks, len(person.outbox)) == (before, told)


@pytest.mark.parametrize(
    ("who", "command", "allowed"),
    [
        ("caregiver", ReportFlare(), True),
        ("clinician", ReportFlare(), True),
        ("device", ReportFlare(), False),
        ("moderator", ReportFlare(), False),
        ("caregiver", EndFlare(), False),
        ("caregiver", TellSettling(settling=True), False),
        ("clinician", EndFlare(), True),
        ("clinician", TellSettling(settling=True), True),
    ],
)
def test_who_may_say_so(who: str, command: Any, allowed: bool) -> None:
    """W3: a caregiver may report a flare; that it is over comes from the patient, or staff noting their words."""
    person = active()
    if not isinstance(command, ReportFlare):
        flare(person, 2)
    if allowed:
        say(person, command, 3, who=who)
        return
    with pytest.raises(Refused) as refusal:
        say(person, command, 3, who=who)
    assert refusal.value.status == 403


def test_no_flare_is_reported_of_somebody_who_is_stopped_or_has_no_plan() -> None:
    stopped = active()
    suspend(stopped, 1)
    for person, code in ((stopped, "suspended"), (Person().enrol(), "no_active_plan"), (Person(), "unknown_person")):
        with pytest.raises(Refused) as refusal:
            flare(person, 2)
        assert refusal.value.code == code


def test_an_open_offer_is_withdrawn_at_once_and_a_late_yes_does_nothing() -> None:
    """Story 22: offer on Monday, flare on Tuesday, yes on Wednesday."""
    person = with_an_offer()
    flare(person, 8)
    assert person.withdrawn() == ["flare"]
    before = text_of(person.state)
    person.answer("accept", 9)

    assert text_of(person.state) == before
    assert person.dose() == 600


def test_nothing_rises_during_a_flare() -> None:
    person = with_an_offer()
    offers = len(person.offers())
    flare(person, 8)
    for day in range(9, 25, 2):
        person.good_day(day, 300)

    assert len(person.offers()) == offers
    assert set(person.rules()[-8:]) == {"R3"}
    assert dose_in_force(person) == 300


@pytest.mark.parametrize(
    ("days", "ladder", "min_days", "first"),
    [
        (0, (75, 100), 3, 420),
        (3, (75, 100), 3, 420),
        (4, (50, 75, 100), 3, 300),
        (14, (50, 75, 100), 3, 300),
        (15, (50, 70, 80, 90, 100), 7, 300),
    ],
)
def test_the_way_back_is_a_ladder_by_the_length_of_the_flare(
    days: int, ladder: tuple[int, ...], min_days: int, first: int
) -> None:
    person = active()
    flare(person, 2)
    for day in range(2, 2 + days, 3):  # gentle movement meanwhile, so that no gap weighs more than the flare
        person.good_day(day, 300, clock="15:00")
    person.tick_to(2 + days)
    end_flare(person, 2 + days)

    footing = person.state.tracks["walk"].footing
    assert (footing.status, footing.ladder, footing.step_min_days) == ("RETURNING", ladder, min_days)
    assert (footing.d_pre, footing.idx, person.dose(), person.rule()) == (600, 0, first, "R5d")
    assert person.decisions()[-1].text_key == "rule.R3.over"
    assert person.last(FlareEndedV1).days == days
    assert person.last(FlareEndedV1).reason == "told"
    assert person.records["tracks", "walk"]["status"] == "RETURNING"


def test_a_gap_that_weighs_more_than_the_flare_decides_the_way_back() -> None:
    person = active()
    flare(person, 2)
    person.tick_to(31)
    end_flare(person, 31)

    assert person.rule() == "R7c"
    assert person.state.tracks["walk"].footing.phase == "BASELINE"
    assert person.dose() == 300


def test_story_5_after_six_days_of_flare_half_then_three_quarters_then_all_by_day_12() -> None:
    person = active()
    flare(person, 2)
    person.tick_to(8)
    end_flare(person, 8, "09:00")
    for day in range(8, 40, 2):
        person.tick_to(day)
        person.log(day, person.dose())
        person.tick_to(day + 1)
        person.morning(day + 1)
        if person.state.proposal is not None:
            break
    footing, offer = person.state.tracks["walk"].footing, person.state.proposal

    assert person.changes() == [(600, 300), (300, 420), (420, 600)]
    assert (footing.changed - day_of(8)).days <= 12
    assert offer is not None
    assert (offer.made_on - footing.changed).days >= 7


def test_story_6_four_short_flares_in_six_weeks_keep_what_was_before_and_call_a_human() -> None:
    person = active()
    lowest = 600
    for begins in (2, 13, 24, 35):
        person.tick_to(begins)
        flare(person, begins)
        person.good_day(begins + 1)
        person.tick_to(begins + 2)
        end_flare(person, begins + 2)
        assert person.state.tracks["walk"].footing.d_pre == 600
        assert person.dose() == 420
        lowest = min(lowest, person.dose())
        person.good_day(begins + 3)
        person.good_day(begins + 6)

    assert lowest == 420
    assert "flares_repeated" in person.reviews()


def test_a_flare_on_the_way_back_gives_half_of_the_rung_and_never_a_higher_rung_after_it() -> None:
    person = active()
    flare(person, 2)
    person.good_day(3, 300)
    person.tick_to(8)
    end_flare(person, 8)
    assert person.dose() == 300
    flare(person, 9)
    assert dose_in_force(person) == 120
    end_flare(person, 10)
    footing = person.state.tracks["walk"].footing

    assert (footing.d_pre, footing.ladder, footing.idx, person.dose()) == (600, (50, 75, 100), 0, 300)


def test_a_track_that_has_no_start_goes_on_finding_it_without_what_was_done_in_the_flare() -> None:
    person = active(track(start_phase="BASELINE", start_dose=None))
    flare(person, 2)
    person.log(3, 60)
    person.tick_to(5)
    end_flare(person, 5)
    for day in (6, 8):
        person.good_day(day, 600)

    assert "R6b" in person.rules()
    assert person.dose() == 300


def test_usual_pain_stands_still_during_a_flare_and_knows_nothing_of_it_afterwards() -> None:
    person = active()
    for day in range(2, 6):
        person.morning(day, 2)
    flare(person, 6)
    for day in range(7, 20):
        person.tick_to(day)
        person.morning(day, 7)
        person.log(day, 200, pain_before=7)
    assert basis_of(person.records["decisions", person.decisions()[-1].decision_id])["standing"]["usual_pain"] == 2
    end_flare(person, 20)
    person.log(21, 300)

    assert basis_of(person.records["decisions", person.decisions()[-1].decision_id])["standing"]["usual_pain"] == 2
    assert "usual_pain_up" not in person.reviews()


@pytest.mark.article("P9.2")
def test_it_is_asked_on_day_3_7_and_14_and_a_human_hears_after_7_14_and_21() -> None:
    person = active()
    flare(person, 2)
    asked: dict[int, int] = {}
    reviews: dict[str, int] = {}
    for day in range(3, 30):
        person.tick_to(day)
        for event in person.told(SettlingAskedV1):
            asked.setdefault(event.day, day - 2)
        for reason in person.reviews():
            reviews.setdefault(reason, day - 2)

    assert asked == {3: 3, 7: 7, 14: 14}
    assert reviews == {"flare_over_7_days": 8, "flare_over_14_days": 15, "flare_without_end": 21}
    assert away_of(person.state).flare is not None


def test_a_flare_ends_by_two_recorded_days_of_low_pain_and_the_persons_word() -> None:
    person = active()
    flare(person, 2)
    person.morning(3, 6)
    assert settling(person, 3)["over"] is False
    person.morning(4, 3)
    assert away_of(person.state).flare is not None
    person.morning(6, 3)

    assert away_of(person.state).flare is None
    assert person.last(FlareEndedV1).reason == "settled"
    assert person.rule() == "R5d"


def test_low_pain_alone_ends_nothing_and_the_word_may_come_after_it() -> None:
    person = active()
    flare(person, 2)
    for day in (3, 4, 5):
        person.morning(day, 2)
    assert away_of(person.state).flare is not None
    assert settling(person, 5, yes=False)["over"] is False
    assert settling(person, 6)["over"] is True


def test_a_worse_day_takes_the_word_back() -> None:
    person = active()
    flare(person, 2)
    settling(person, 3)
    for day, pain in ((4, 6), (5, 2), (6, 2)):
        person.morning(day, pain)

    assert away_of(person.state).flare is not None


def test_with_usual_pain_unknown_the_persons_word_alone_ends_it() -> None:
    """W7."""
    person = Person().enrol().plan(usual_pain=None)
    flare(person, 1)

    assert settling(person, 3)["over"] is True


def test_a_late_end_of_an_earlier_flare_does_not_end_the_next() -> None:
    person = active()
    first = flare(person, 2)["flare_id"]
    end_flare(person, 4, flare_id=first)
    second = flare(person, 5)["flare_id"]
    before = text_of(person.state)
    told = end_flare(person, 6, flare_id=first)

    assert told["flare_id"] == first != second
    assert text_of(person.state) == before
    with pytest.raises(Refused) as refusal:
        end_flare(person, 6, flare_id="never-heard-of")
    assert refusal.value.code == "no_flare"


def test_a_stop_stands_over_a_flare_which_goes_on_after_it() -> None:
    person = active()
    flare(person, 2)
    suspend(person, 3)
    assert (person.rule(), dose_in_force(person)) == ("R1", 0)
    resume(person, 5)

    assert (person.rule(), dose_in_force(person)) == ("R3", 300)


def test_days_alone_say_nothing_new_about_a_flare() -> None:
    person = active()
    flare(person, 2)
    told = len(person.told(ProgressionDecidedV1))
    person.tick_to(12)

    assert len(person.told(ProgressionDecidedV1)) == told


def test_a_ladder_that_a_clinician_set_is_the_way_back_from_a_flare_too() -> None:
    person = active(track(parameters={"ladder": "50-70-80-90-100", "ladder_entry": 2, "ladder_days": 5}))
    flare(person, 2)
    end_flare(person, 4)
    footing = person.state.tracks["walk"].footing

    assert (footing.ladder, footing.idx, footing.step_min_days, person.dose()) == ((50, 70, 80, 90, 100), 1, 5, 420)


def test_a_flare_that_ends_after_a_worrying_session_still_speaks_of_the_worry_in_words_that_can_be_told() -> None:
    person = active()
    flare(person, 2)
    person.log(3, 300, pain=9)
    end_flare(person, 3)

    decided = person.decisions()[-1]
    assert (decided.rule, decided.text_key) == ("R5d", "rule.W15")
    assert render(decided.text_key, decided.text_params).startswith("Thank you for telling us.")


def test_story_4_under_pem_a_flare_of_six_days_is_rest_and_the_way_back_is_only_offered() -> None:
    person = active(pem="unknown")
    flare(person, 2)
    assert dose_in_force(person) == 0
    person.tick_to(8)
    end_flare(person, 8)
    assert person.dose() == 300
    for day in (8, 10, 12):
        person.good_day(day, clock="15:00")

    assert person.dose() == 300
    assert person.offers() == [420]
    assert "rule.R5a.offer" in {decided.text_key for decided in person.decisions()}


def test_late_records_that_close_the_gap_give_back_the_way_of_the_flare() -> None:
    """2.4, 2.7: what R7 made of leaving the flare is undone, the ladder of the flare is not."""
    person = active()
    flare(person, 2)
    person.tick_to(31)
    end_flare(person, 31)
    assert person.rule() == "R7c"
    for day in (10, 20, 28):
        person.log(day, 200, recorded=person.at(31, "15:00"))
    footing = person.state.tracks["walk"].footing

    assert (footing.status, footing.phase, footing.d_pre) == ("RETURNING", "GRADED", 600)
    assert (footing.ladder, person.dose()) == ((50, 70, 80, 90, 100), 300)


def test_a_flare_ends_with_its_plan() -> None:
    person = active()
    flare(person, 2)
    person.end_plan(4)

    assert person.last(FlareEndedV1).reason == "plan_ended"
    assert away_of(person.state).flare is None


def test_rest_that_was_chosen_stays_rest_after_a_flare() -> None:
    person = active()
    say(person, AskLess("walk", 0), 2)
    flare(person, 3)
    assert dose_in_force(person) == 0
    end_flare(person, 8)

    assert (dose_in_force(person), person.dose()) == (0, 0)


def test_less_that_is_chosen_in_a_flare_is_less_at_once_and_on_the_way_back() -> None:
    """W11."""
    person = active()
    flare(person, 2)
    say(person, AskLess("walk", 200), 3)
    assert dose_in_force(person) <= 200
    end_flare(person, 8)

    assert person.dose() <= 200
    assert person.state.tracks["walk"].footing.d_pre == 200


def test_rest_that_was_chosen_stays_rest_after_a_gap() -> None:
    person = active()
    say(person, AskLess("walk", 0), 2)
    person.tick_to(20)

    assert (dose_in_force(person), person.dose()) == (0, 0)


@pytest.mark.parametrize(("name", "value", "before"), [("auto", False, 300), ("fixed_dose", 1200, 600)])
def test_under_an_override_too_a_flare_halves_what_is_in_force(name: str, value: int, before: int) -> None:
    """2.4, R3: on the way back that is the rung, and neither what was fixed nor what was before it."""
    person = active()
    set_override(person, name, value, 1)
    person.tick_to(24)
    assert dose_in_force(person) == before
    flare(person, 24)

    assert dose_in_force(person) <= before // 2
