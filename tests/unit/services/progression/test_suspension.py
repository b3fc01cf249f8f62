"""R1 is real: a red flag stops every track until a clinician's clearance of that very stop (progression 2.4, 2.5)."""

import pytest

from services.progression.store import basis_of
from services.progression.texts import render
from shared.contracts.plans import ProposalAnsweredV1
from shared.contracts.progression import (
    AdherenceUpdatedV1,
    DoseChangedV1,
    ProgressionDecidedV1,
    ProposalWithdrawnV1,
    ReviewRequestedV1,
)
from tests.support.progression_person import Person, text_of, track
from tests.support.progression_stops import dose_in_force, happen, resume, resumed, suspend, suspended
from tests.unit.services.progression.test_offers import with_an_offer

TWO = (track(), track("strength", priority=2, start_dose=300))


def active(day: int = 0) -> Person:
    """One good session on a day."""
    person = Person().enrol().plan()
    person.good_day(day)
    return person


def test_a_red_flag_stops_every_track_and_asks_for_a_human() -> None:
    person = Person().enrol().plan(*TWO)
    person.good_day(0)
    suspend(person, 2, signs=("clot", "crash"), level="emergency")

    for name, dose in (("walk", 600), ("strength", 300)):
        decided = person.decisions(name)[-1]
        assert (decided.rule, decided.action, decided.dose, decided.review) == ("R1", "STOP", 0, True)
        assert (decided.dose_before, decided.short_version) == (dose, False)
        assert decided.text_params == {
            "dose": 0,
            "unit": "min",
            "sign": "clot",
            "level": "emergency",
            "date": "2025-03-05",
        }
        record = person.records["tracks", name]
        assert (record["status"], record["dose"], record["phase"]) == ("SUSPENDED", 0, "GRADED")
    assert sorted(person.changes()) == [(300, 0), (600, 0)]
    assert {event.rule for event in person.told(DoseChangedV1)} == {"R1"}
    assert person.reviews() == ["red_flag"]


def test_the_stop_is_explained_to_both() -> None:
    person = active()
    suspend(person, 2)
    key, params = person.decisions()[-1].text_key, person.decisions()[-1].text_params

    assert render(key, params).startswith("Please stop exercise for now.")
    assert render(key, params, "clinician").startswith("Automation suspended: chest signs (emergency) on 5 March.")


def test_a_stop_that_a_clinician_began_speaks_of_no_red_flag_and_asks_for_a_look_until_it_is_over() -> None:
    person = active()
    suspend(person, 2, signs=("clinician",), level="review", by="clinician", reason="procedure")
    decided = person.decisions()[-1]

    assert (decided.rule, decided.action, decided.dose, decided.text_key) == ("R1", "STOP", 0, "rule.R1.clinician")
    assert "Your clinic asked for this" in render(decided.text_key, decided.text_params)
    told = render(decided.text_key, decided.text_params, "clinician")
    assert told.startswith("Automation suspended by a clinician (a procedure) on 5 March.")
    assert person.reviews() == ["stopped_by_clinician"]
    assert person.last(ReviewRequestedV1).suspension_id == "stop-1"

    resume(person, 3)
    assert (dose_in_force(person), person.state.reviews) == (600, ())


def test_a_red_flag_that_joins_a_clinicians_stop_is_told_as_one() -> None:
    person = active()
    suspend(person, 2, signs=("clinician",), level="review", by="clinician", reason="procedure")
    suspend(person, 3)
    assert person.decisions()[-1].text_key == "rule.R1"
    assert person.reviews() == ["stopped_by_clinician", "red_flag"]


def test_an_open_offer_is_withdrawn_and_an_answer_to_it_does_nothing_any_more() -> None:
    person = with_an_offer()
    suspend(person, 8)
    assert person.withdrawn() == ["suspended"]
    before = text_of(person.state)
    offer = person.last(ProposalWithdrawnV1)
    for answer, dose in (("accept", None), ("stay", None), ("less", 300)):
        given = {"proposal_id": offer.proposal_id, "track_id": "walk", "answer": answer, "dose": dose}
        person.tell(ProposalAnsweredV1.model_validate(given), person.at(8, "18:00"))

    assert text_of(person.state) == before
    assert dose_in_force(person) == 0


def test_sessions_meanwhile_are_recorded_and_nothing_else_is_decided() -> None:
    person = with_an_offer()
    suspend(person, 8)
    offers = len(person.offers())
    for day in (9, 11, 13, 15, 18):
        person.log(day, 600)
        person.tick_to(day + 1)
        person.morning(day + 1)
    person.tick_to(30)

    assert {decided.rule for decided in person.decisions()[-3:]} == {"R1"}
    assert dose_in_force(person) == 0
    assert len(person.offers()) == offers
    assert person.changes() == [(600, 0)]
    assert [row[2].day for row in person.state.tracks["walk"].bouts][-1] == 21


def test_ticks_alone_say_nothing_new_about_a_stop() -> None:
    person = active()
    suspend(person, 2)
    before = len(person.outbox)
    person.tick_to(20)

    assert {type(event) for event in person.outbox[before:]} == {AdherenceUpdatedV1}


@pytest.mark.parametrize(
    ("cleared", "rule", "dose", "status", "ladder"),
    [
        (5, "R10a", 600, "ACTIVE", ()),
        (9, "R7a", 480, "RETURNING", (80, 100)),
        (22, "R7b", 300, "RETURNING", (50, 70, 80, 90, 100)),
        (30, "R7c", 300, "ACTIVE", ()),
    ],
)
def test_back_by_the_gap_rule_on_the_days_since_the_last_session(
    cleared: int, rule: str, dose: int, status: str, ladder: tuple[int, ...]
) -> None:
    """2.4, on leaving SUSPENDED: none, below 80 %, below 50 %, baseline anew."""
    person = active()
    suspend(person, 2)
    person.tick_to(cleared)
    resume(person, cleared)

    footing = person.state.tracks["walk"].footing
    assert (person.rule(), dose_in_force(person), person.dose()) == (rule, dose, dose)
    assert (footing.status, footing.ladder) == (status, ladder)
    assert person.changes() == [(600, 0), (0, dose)]
    assert person.records["tracks", "walk"]["status"] == status
    assert footing.d_pre == (600 if ladder else None)
    assert footing.phase == ("BASELINE" if rule == "R7c" else "GRADED")


def test_a_paper_persons_stop_ends_by_the_gap_rule_too() -> None:
    person = Person(mode="batch").enrol().plan()
    person.log(0, 600)
    suspend(person, 1)
    resume(person, 22)

    assert (person.rule(), dose_in_force(person)) == ("R7b", 300)


def test_only_the_clearance_of_this_stop_ends_it() -> None:
    person = active()
    suspend(person, 2)
    resume(person, 3, id="stop-0")
    assert dose_in_force(person) == 0

    resume(person, 4)
    assert dose_in_force(person) == 600


def test_a_suspension_that_comes_again_after_its_end_never_suspends_again() -> None:
    person = active()
    first = suspended(person, person.at(2))
    happen(person, first)
    resume(person, 3)
    before = text_of(person.state), len(person.outbox)
    happen(person, first)

    assert (text_of(person.state), len(person.outbox)) == before


def test_a_clearance_that_comes_before_its_suspension_is_the_end_of_it_all_the_same() -> None:
    person = active()
    stop, clear = suspended(person, person.at(2)), resumed(person, person.at(3))
    happen(person, clear)
    happen(person, stop)

    assert person.state.suspension is None
    assert (person.changes(), dose_in_force(person)) == ([], 600)


def test_an_older_suspension_never_takes_the_place_of_a_newer_one() -> None:
    person = active()
    old, new = suspended(person, person.at(2), "stop-1"), suspended(person, person.at(4), "stop-2")
    happen(person, new)
    happen(person, old)
    resume(person, 5, id="stop-2")

    assert dose_in_force(person) == 600


def test_a_second_red_flag_stops_again() -> None:
    person = active()
    suspend(person, 2)
    resume(person, 3)
    suspend(person, 4, id="stop-2")

    assert person.changes() == [(600, 0), (0, 600), (600, 0)]
    assert person.reviews() == ["red_flag", "red_flag"]
    resume(person, 5, id="stop-2")
    assert dose_in_force(person) == 600


def test_a_further_sign_of_the_same_stop_stays_one_stop() -> None:
    person = active()
    suspend(person, 2)
    suspend(person, 3, signs=("stroke",))
    assert person.changes() == [(600, 0)]

    resume(person, 4)
    assert dose_in_force(person) == 600


def test_suspended_before_any_plan_the_first_plan_starts_stopped() -> None:
    person = Person()
    suspend(person, 0)
    person.enrol(1)
    person.plan(*TWO, day=2)

    assert (person.rules("walk"), person.rules("strength")) == (["R1"], ["R1"])
    assert (dose_in_force(person), dose_in_force(person, "strength")) == (0, 0)
    resume(person, 3)
    assert (dose_in_force(person), dose_in_force(person, "strength")) == (600, 300)


def test_suspended_and_cleared_before_any_plan_nothing_is_left_of_it() -> None:
    person = Person()
    suspend(person, 0)
    resume(person, 1)
    person.enrol(1).plan(day=2)

    assert (dose_in_force(person), person.changes()) == (600, [])


def test_a_plan_that_changes_meanwhile_holds_from_the_clearance_on() -> None:
    person = active()
    suspend(person, 2)
    person.plan(track(dose_max=480), track("strength", start_dose=300), day=3)
    assert (dose_in_force(person), dose_in_force(person, "strength")) == (0, 0)

    resume(person, 4)
    assert (dose_in_force(person), dose_in_force(person, "strength")) == (480, 300)
    assert sorted(person.changes()) == [(0, 300), (0, 480), (300, 0), (600, 0)]


def test_a_track_that_leaves_the_plan_meanwhile_does_not_come_back() -> None:
    person = Person().enrol().plan(*TWO)
    suspend(person, 2)
    person.plan(TWO[0], day=3)
    resume(person, 4)

    assert set(person.state.tracks) == {"walk"}
    assert person.rule("strength") == "R1"
    assert person.records["tracks", "strength"]["active"] == 0


def test_after_the_plan_has_ended_a_clearance_decides_nothing() -> None:
    person = active()
    suspend(person, 2)
    person.end_plan(3)
    told = len(person.outbox)
    resume(person, 4)

    assert len(person.outbox) == told
    assert person.state.suspension is None


def test_a_new_plan_after_an_ended_one_is_stopped_as_long_as_the_person_is() -> None:
    person = active()
    suspend(person, 2)
    person.end_plan(3)
    new = person.plan(day=4).history[-1][0]
    assert new.data.plan_version == 2
    happen(
        person,
        person.message(
            new.data.model_copy(update={"plan_id": "next", "plan_version": 1}), person.at(5), service="plans"
        ),
    )

    assert (person.rule(), dose_in_force(person)) == ("R1", 0)
    resume(person, 6)
    assert dose_in_force(person) == 600


def test_a_running_way_back_goes_on_where_the_gap_is_no_heavier() -> None:
    person = active()
    person.tick_to(8)
    assert "R7a" in person.rules()
    person.log(8, 480)
    suspend(person, 9)
    resume(person, 11)

    footing = person.state.tracks["walk"].footing
    assert (dose_in_force(person), footing.status, footing.ladder, footing.d_pre) == (480, "RETURNING", (80, 100), 600)


def test_a_running_way_back_gets_longer_where_the_gap_is_heavier_and_keeps_where_it_leads() -> None:
    person = active()
    person.tick_to(8)
    person.log(8, 480)
    suspend(person, 9)
    resume(person, 30)

    footing = person.state.tracks["walk"].footing
    assert (person.rule(), dose_in_force(person)) == ("R7b", 300)
    assert (footing.ladder, footing.d_pre) == ((50, 70, 80, 90, 100), 600)


def test_nothing_rises_on_the_day_of_the_clearance() -> None:
    """The dose that comes back is that day's one upward change (2.5, one thing at a time)."""
    person = with_an_offer()
    suspend(person, 8)
    resume(person, 9)
    assert (person.rule(), person.offers()) == ("R10a", [660])
    assert person.decisions()[-1].text_key == "rule.R1.cleared"

    person.tick_to(11)
    assert person.offers() == [660, 660]


def test_a_step_of_the_way_back_waits_for_the_day_after_the_clearance() -> None:
    person = active()
    person.tick_to(8)
    for day in (8, 9):
        person.log(day, 480)
    suspend(person, 9, "20:00")
    resume(person, 12)
    assert dose_in_force(person) == 480

    person.tick_to(14)
    assert "R5a" in person.rules()
    assert dose_in_force(person) == 600


def test_late_records_that_close_the_gap_take_the_ladder_of_the_clearance_back() -> None:
    person = active()
    suspend(person, 2)
    resume(person, 9)
    assert dose_in_force(person) == 480
    person.log(6, 200, recorded=person.at(10))

    assert dose_in_force(person) == 600
    assert person.decisions()[-1].supersedes is not None


def test_a_session_before_the_flag_still_counts_against_the_dose_after_the_clearance() -> None:
    """Cleared the same day, and the next morning is bad: R8a as ever."""
    person = active()
    person.log(2, 600, pain=8, pain_before=2)
    suspend(person, 2, "14:00")
    resume(person, 2, "16:00")
    person.morning(3, 7)

    assert (person.rule(), dose_in_force(person)) == ("R8a", 480)


def test_a_session_during_the_stop_is_neither_for_nor_against_the_dose() -> None:
    person = active()
    suspend(person, 2)
    person.log(3, 600, pain=8)
    person.morning(4, 8)
    resume(person, 5)

    assert dose_in_force(person) == 600
    assert [
        unit["planned"] for unit in basis_of(person.records["decisions", person.decisions()[-1].decision_id])["units"]
    ] == [
        600,
        0,
    ]


def test_what_is_done_during_the_stop_is_no_measure_of_a_start() -> None:
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))
    person.log(0, 600)
    suspend(person, 1)
    assert person.changes() == []
    person.log(2, 900)
    person.log(3, 900)
    resume(person, 4)
    assert (person.rule(), person.records["tracks", "walk"]["dose"], person.changes()) == ("R6a", None, [])

    person.log(5, 600)
    person.log(6, 600)
    assert (person.rule(), dose_in_force(person)) == ("R6b", 480)


def test_a_correction_during_the_stop_moves_what_comes_back_and_nothing_before() -> None:
    person = active()
    cause = person.log(2, 600, pain=8)
    person.morning(3, 7)
    assert dose_in_force(person) == 480
    suspend(person, 3)
    person.void(cause, 2, at=person.at(3, "18:00"))
    assert dose_in_force(person) == 0

    resume(person, 4)
    assert dose_in_force(person) == 600


def test_a_fixed_dose_of_the_clinic_waits_for_the_clearance_too() -> None:
    person = Person().enrol().plan(track(parameters={"fixed_dose": 300}))
    person.log(0, 300)
    suspend(person, 1)
    assert dose_in_force(person) == 0

    resume(person, 2)
    assert (person.rule(), dose_in_force(person)) == ("R4", 300)


def test_every_decision_of_a_stop_can_be_told() -> None:
    person = with_an_offer()
    suspend(person, 8)
    person.log(9, 600)
    resume(person, 20)

    for decided in person.told(ProgressionDecidedV1):
        assert render(decided.text_key, decided.text_params)
