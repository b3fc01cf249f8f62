"""Late, amended and voided records: what they change now, and what they take back (domain/progression.md 2.7)."""

from datetime import timedelta

from services.progression.domain.table import RULE_SET
from services.progression.store import basis_of
from shared.contracts.progression import DoseChangedV1, ProgressionDecidedV1
from tests.support.progression_person import Person, text_of, track
from tests.support.progression_stops import dose_in_force, resume, suspend


def lowered_by_a_bad_session() -> tuple[Person, str]:
    """Red during, not settled the next morning: R8a, 600 -> 480."""
    person = Person().enrol().plan()
    person.good_day(0)
    session = person.log(2, 600, pain=7)
    person.tick_to(3)
    person.morning(3, 6)
    assert (person.rule(), person.dose()) == ("R8a", 480)
    return person, session


def test_voiding_the_session_that_lowered_the_dose_brings_the_old_dose_back_everywhere() -> None:
    person, session = lowered_by_a_bad_session()
    lowering = person.decisions()[-1]
    person.void(session, 2, at=person.at(3, "12:00"))

    assert person.dose() == 600
    decided, changed = person.last(ProgressionDecidedV1), person.last(DoseChangedV1)
    assert (changed.old_dose, changed.new_dose) == (480, 600)
    assert changed.decision_id == decided.decision_id
    assert decided.supersedes == lowering.decision_id
    assert decided.dose_before == 480
    assert person.records["tracks", "walk"]["dose"] == 600
    assert person.state.tracks["walk"].footing.changed == person.at(0).date()


def test_amending_the_session_to_a_mild_one_brings_the_old_dose_back() -> None:
    person, session = lowered_by_a_bad_session()
    person.amend(session, 2, 600, at=person.at(3, "12:00"), pain=4)

    assert person.dose() == 600
    assert person.rule() == "R9a"


def test_amending_a_detail_leaves_the_lower_dose() -> None:
    person, session = lowered_by_a_bad_session()
    person.amend(session, 2, 600, at=person.at(3, "12:00"), pain=8)

    assert person.dose() == 480
    assert person.changes() == [(600, 480)]


def test_amending_a_session_to_a_worse_one_lowers_the_dose_now() -> None:
    person = Person().enrol().plan()
    session = person.log(0, 600)
    person.tick_to(1)
    person.morning(1, 6)
    assert person.dose() == 600
    person.amend(session, 0, 600, at=person.at(1, "12:00"), pain=8)

    assert (person.rule(), person.dose()) == ("R8a", 480)


def test_the_same_again_after_a_void_is_decided_again() -> None:
    """A-B-A is not swallowed: nothing new is judged against the latest decision only."""
    person, session = lowered_by_a_bad_session()
    person.void(session, 2, at=person.at(3, "12:00"))
    before = len(person.decisions())
    person.log(2, 600, pain=7, recorded=person.at(3, "13:00"))

    assert person.dose() == 480
    assert person.changes() == [(600, 480), (480, 600), (600, 480)]
    assert len(person.decisions()) == before + 1
    assert len({d.decision_id for d in person.decisions()}) == len(person.decisions())


def test_a_day_after_the_lowering_a_void_still_restores() -> None:
    person, session = lowered_by_a_bad_session()
    person.good_day(4)
    assert person.dose() == 480
    person.void(session, 2, at=person.at(6))

    assert person.dose() == 600


def test_when_the_first_of_two_lowerings_loses_its_cause_the_second_is_judged_from_the_old_dose() -> None:
    person, first = lowered_by_a_bad_session()
    person.tick_to(7)
    person.log(7, 480, pain=7)
    person.tick_to(8)
    person.morning(8, 6)
    assert person.dose() == 360
    person.void(first, 2, at=person.at(8, "12:00"))

    # 600 -> (the second bad session) 480 instead of 480 -> 360
    assert person.dose() == 480


def test_voiding_a_good_session_takes_no_accepted_step_back() -> None:
    person = Person().enrol().plan()
    sessions = []
    for day in (0, 2, 4, 7):
        sessions.append(person.log(day, 600))
        person.tick_to(day + 1)
        person.morning(day + 1)
    person.answer("accept", 8)
    person.void(sessions[0], 0, at=person.at(8, "20:00"))

    assert person.dose() == 660


def test_nothing_is_restored_while_a_part_of_the_history_is_missing() -> None:
    person, session = lowered_by_a_bad_session()
    person.incomplete = True
    person.void(session, 2, at=person.at(3, "12:00"))
    assert person.dose() == 480

    person.incomplete = False
    person.amend("s1", 0, 600, at=person.at(3, "13:00"), pain=1)
    assert person.dose() == 600


def test_late_records_that_close_a_gap_undo_the_way_back() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    person.tick_to(9)
    assert person.dose() == 480
    lowering = next(d for d in person.decisions() if d.rule == "R7a")
    person.log(4, 600, recorded=person.at(9, "12:00"))

    assert person.dose() == 600
    footing = person.state.tracks["walk"].footing
    assert (footing.status, footing.changed) == ("ACTIVE", person.at(0).date())
    assert person.decisions()[-1].supersedes == lowering.decision_id


def test_late_records_that_only_shorten_a_gap_make_the_way_back_lighter() -> None:
    person = Person().enrol().plan()
    for day in (0, 2, 4):
        person.good_day(day)
    person.tick_to(25)
    assert person.dose() == 300
    person.log(14, 480, recorded=person.at(25, "12:00"))

    footing = person.state.tracks["walk"].footing
    assert (person.dose(), footing.ladder, footing.d_pre) == (480, (80, 100), 600)


def test_a_session_older_than_28_days_is_history_only() -> None:
    person = Person().enrol().plan()
    person.tick_to(40)
    state, decisions = text_of(person.state), len(person.decisions())
    person.log(5, 600, pain=9, recorded=person.at(40), history_only=True)
    person.log(6, 600, pain=9, recorded=person.at(40))

    assert len(person.decisions()) == decisions
    assert text_of(person.state) == state


def test_the_same_revision_again_changes_nothing() -> None:
    person = Person().enrol().plan()
    session = person.log(0, 600)
    again = person.session(0, 600, session_id=session)
    message = person.message(again, person.at(0, "13:00"), service="session_logging", day=person.at(0).date())
    done = person.fold(message)

    assert done.state is not None
    assert (done.events, done.records) == ((), ())
    assert len(person.decisions()) == 2


def test_an_older_revision_never_brings_a_voided_session_back() -> None:
    person = Person().enrol().plan()
    session = person.log(0, 600)
    person.void(session, 0, at=person.at(0, "14:00"), revision=3)
    person.amend(session, 0, 700, at=person.at(0, "15:00"), revision=2)

    assert person.state.tracks["walk"].bouts == ()


def test_bouts_of_one_day_are_one_session() -> None:
    person = Person().enrol().plan()
    person.log(0, 300, clock="10:00", pain=3)
    person.log(0, 300, clock="16:00", pain=6)
    unit = basis_of(person.records["decisions", person.decisions()[-1].decision_id])["units"][0]

    assert (unit["amount"], unit["planned"], unit["pain"], unit["before"]) == (600, 600, 6, 2)


def test_the_session_that_caused_a_decrease_is_not_counted_against_the_new_dose() -> None:
    person, _ = lowered_by_a_bad_session()
    person.tick_to(8)

    assert person.dose() == 480
    assert person.rules().count("R8a") == 1


def test_a_gap_that_no_tick_has_seen_is_judged_before_the_session_that_ends_it() -> None:
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7, 9, 11):
        person.good_day(day)
    person.log(26, 600)

    assert person.rules()[-2:] == ["R7b", "R5d"]
    assert person.dose() == 300


def test_numbers_from_a_caregiver_are_no_evidence() -> None:
    """W3: a caregiver logs amounts and nothing else."""
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7, 9):
        person.log(day, 600, reporter="caregiver", pain=None, pain_before=None)
        person.morning(day + 1, 9, reporter="caregiver")
        person.tick_to(day + 1)

    assert person.rule() == "R10e"
    assert person.decisions()[-1].text_key == "rule.R10e.pain_missing"
    assert person.state.mornings == ()


def test_a_night_workers_afternoon_check_is_the_morning_of_the_session_at_two() -> None:
    """Story 7: the day starts at 15:00."""
    person = Person(day_starts_at="15:00").enrol().plan(day=0)
    person.log(2, 600, clock="02:00")
    person.morning(2, 6, clock="14:30")
    unit = basis_of(person.records["decisions", person.decisions()[-1].decision_id])["units"][0]

    assert unit["morning"] == 6
    assert unit["day"] == (person.at(1).date()).isoformat()


def test_sessions_of_one_batch_are_judged_once() -> None:
    person = Person().enrol().plan()
    before = len(person.decisions())
    recorded = person.at(6, "20:00")
    for day in (0, 2, 4):
        person.log(day, 600, recorded=recorded, more_follow=True)
    assert len(person.decisions()) == before
    person.log(6, 600, recorded=recorded + timedelta(seconds=1))

    assert len(person.decisions()) == before + 1


def test_an_amended_session_that_moves_to_another_track_counts_there() -> None:
    person = Person().enrol().plan(track(), track("strength", priority=2))
    session = person.log(0, 600)
    person.amend(session, 0, 600, at=person.at(0, "14:00"), track_id="strength")

    assert person.state.tracks["walk"].bouts == ()
    assert len(person.state.tracks["strength"].bouts) == 1


def test_voiding_one_of_two_red_sessions_takes_the_regress_back() -> None:
    person = Person().enrol().plan()
    person.good_day(0)
    person.log(1, 600, pain=6)
    second = person.log(2, 600, pain=6)
    assert (person.rule(), person.dose()) == ("R8b", 480)
    person.void(second, 2, at=person.at(2, "15:00"))

    assert (person.rule(), person.dose()) == ("R9a", 600)


def test_a_start_that_was_set_from_a_slip_of_the_hand_is_set_again() -> None:
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))
    person.log(0, 600)
    slip = person.log(2, 6000)
    person.log(4, 600)
    assert (person.rule(), person.dose()) == ("R6b", 1920)
    person.amend(slip, 2, 600, at=person.at(4, "15:00"))

    assert person.dose() == 480
    assert person.changes() == [(0, 1920), (1920, 480)]


def test_a_start_with_too_few_sessions_left_is_found_again() -> None:
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))
    sessions = [person.log(day, 600) for day in (0, 2, 4)]
    assert person.records["tracks", "walk"]["dose"] == 480
    person.void(sessions[1], 2, at=person.at(4, "15:00"))

    assert person.rule() == "R6a"
    assert person.records["tracks", "walk"]["dose"] is None


def test_until_a_start_is_found_no_dose_is_shown() -> None:
    """W4."""
    person = Person().enrol().plan(track(start_phase="BASELINE", start_dose=None))

    assert person.records["tracks", "walk"]["dose"] is None
    assert "dose" not in person.decisions()[-1].text_params


def test_a_void_of_a_session_that_is_history_by_now_is_not_remembered_anew() -> None:
    person = Person().enrol().plan()
    session = person.log(0, 600)
    person.void(session, 0, at=person.at(0, "14:00"))
    void = person.history[-1][0]
    for day in range(2, 60, 2):
        person.good_day(day)
    state = text_of(person.state)
    person.fold(void)

    assert text_of(person.state) == state


def with_a_step_taken() -> Person:
    """Four steady sessions, 11 minutes offered and taken on day 8."""
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7):
        person.good_day(day)
    person.answer("accept", 8)
    assert person.dose() == 660
    return person


def test_an_accepted_step_falls_when_an_amended_session_is_one_that_lowers() -> None:
    """2.7: not withdrawn unless R1 or R8 now match; the decision is a new one, and the old ones stay as they were."""
    person = with_a_step_taken()
    session = person.log(9, 660)
    person.tick_to(10)
    person.morning(10, 6)
    assert (person.rule(), person.dose()) == ("R9a", 660)
    before = {key: dict(row) for key, row in person.records.items() if key[0] == "decisions"}
    latest = person.decisions()[-1].decision_id
    person.amend(session, 9, 660, at=person.at(10, "12:00"), pain=8)

    assert (person.rule(), person.dose()) == ("R8a", 480)
    assert person.decisions()[-1].supersedes == latest
    assert {key: person.records[key] for key in before} == before


def test_an_accepted_step_falls_when_a_stop_comes_and_comes_back_with_its_end() -> None:
    person = with_a_step_taken()
    suspend(person, 9)
    assert (person.rule(), dose_in_force(person)) == ("R1", 0)
    resume(person, 10)

    assert dose_in_force(person) == 660


def test_a_paper_diary_that_fills_a_long_gap_undoes_every_lowering_of_it_with_one_decision() -> None:
    person = Person().enrol().plan()
    for day in (0, 2, 4):
        person.good_day(day)
    person.tick_to(25)
    lowered = [one for one in person.decisions() if one.rule.startswith("R7")]
    assert [one.rule for one in lowered] == ["R7a", "R7b"]
    decided = len(person.decisions())
    for day in (7, 10, 13, 16, 19, 22, 24):
        person.log(day, 600, recorded=person.at(25, "12:00"), more_follow=day < 24)

    footing = person.state.tracks["walk"].footing
    assert (footing.status, footing.dose, footing.changed) == ("ACTIVE", 600, person.at(0).date())
    assert len(person.decisions()) == decided + 1
    assert person.decisions()[-1].supersedes == lowered[0].decision_id


def test_every_decision_tells_the_version_of_its_rules() -> None:
    person = with_a_step_taken()

    assert {one.rule_set for one in person.decisions()} == {RULE_SET}
    assert {row["rule_set"] for (kind, _), row in person.records.items() if kind == "decisions"} == {RULE_SET}
