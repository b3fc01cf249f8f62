"""Every rule of a log, an amendment and a void, by folding messages."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.session_logging.domain.commands import AddJournal, Entry, LogSession, MorningCheck, SubmitMorningCheck
from shared.contracts.plans import PlanChangedV1, PlanEndedV1
from shared.contracts.session_logging import (
    JournalRecordedV1,
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.ids import slot_id
from tests.unit.services.session_logging.person import HOBBY, NOW, STAIRS, WALK, Person, plan, refusal, walked

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def logged(person: Person, at: int = -1) -> SessionLoggedV1:
    event = person.events[at].data
    assert isinstance(event, SessionLoggedV1)
    return event


@pytest.mark.article("P2.5")
def test_the_smallest_log_is_a_track_and_an_amount() -> None:
    """Article P2.5: amount only; the unit is the track's, the start is now."""
    person = Person()
    answer = person.log("s1", Entry(track_id="t-walk", amount="10")).answer

    event = logged(person)
    assert (event.amount, event.marker, event.variant) == (600, "duration_s", "full")
    assert (event.started_at, event.ended_at) == (NOW, NOW + 10 * MINUTE)
    assert (event.pain, event.stop, event.revision, event.history_only) == (None, None, 1, False)
    assert answer is not None
    assert answer.status == 201


def test_a_mile_is_stored_in_metres_and_kept_as_it_was_given() -> None:
    person = Person()
    person.log("s1", Entry(track_id="t-route", amount="3.10", unit="mi"))

    assert logged(person).amount == 4989
    record = person.records["sessions"]["s1"]
    assert (record["given_amount"], record["given_unit"]) == ("3.1", "mi")


def test_an_event_lies_on_the_persons_day_and_at_its_own_time() -> None:
    """W1: 01:30 in Berlin belongs to the day before, when the day starts at 03:00."""
    person = Person()
    at = datetime.fromisoformat("2026-01-20T00:30:00+00:00")
    person.log("s1", walked(started_at=at))

    emitted = person.events[-1]
    assert (emitted.occurred_at, str(emitted.local_date), emitted.tz) == (at, "2026-01-19", "Europe/Berlin")
    assert logged(person).slot_id == slot_id("p1", "t-walk", emitted.local_date)  # type: ignore[arg-type]


@pytest.mark.article("P10.4")
def test_bouts_of_one_track_and_day_share_a_slot() -> None:
    """Article P10.4, progression 2.3."""
    person = Person()
    for number, hours in enumerate((0, 2, 4)):
        person.log(f"s{number}", walked("4", started_at=NOW - timedelta(hours=hours)))
    person.log("s3", walked("4", started_at=NOW - DAY))

    slots = [logged(person, place).slot_id for place in range(4)]
    assert slots[0] == slots[1] == slots[2] != slots[3]


@pytest.mark.parametrize(
    ("entry", "status", "code", "field"),
    [
        (walked(unit="furlong"), 422, "unknown_unit", "/unit"),
        (walked("13", unit="h"), 422, "amount_out_of_range", "/amount"),
        (walked("many"), 422, "amount_not_a_number", "/amount"),
        (walked(amount=None), 422, "amount_required", "/amount"),
        (walked(variant="rest"), 422, "rest_has_no_amount", "/amount"),
        (walked("2", unit="km"), 422, "marker_mismatch", "/unit"),
        (walked(track_id="t-nobody"), 422, "unknown_track", "/track_id"),
        (walked(activity="swimming"), 422, "activity_not_of_track", "/activity"),
        (walked(track_id=None), 422, "track_or_activity_required", "/track_id"),
        (Entry(activity="chess", amount="3"), 422, "unit_required", "/unit"),
        (walked(started_at=NOW + timedelta(minutes=10, seconds=1)), 422, "clock_skew", "/started_at"),
        (walked(ended_at=NOW + timedelta(minutes=11)), 422, "clock_skew", "/ended_at"),
        (walked(started_at=NOW - 41 * 366 * DAY), 422, "too_long_ago", "/started_at"),
        (walked(ended_at=NOW - MINUTE), 422, "session_ends_before_it_starts", "/ended_at"),
        (walked(started_at=NOW - DAY, ended_at=NOW), 422, "session_too_long", "/ended_at"),
        (walked(pain=11), 422, "score_out_of_range", "/pain"),
        (walked(fatigue=-1), 422, "score_out_of_range", "/fatigue"),
        (walked(enjoyment=4), 422, "enjoyment_out_of_range", "/enjoyment"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_name(entry: Entry, status: int, code: str, field: str) -> None:
    person = Person()
    refused = refusal(person.log, "s1", entry)

    assert (refused.status, refused.code, refused.field) == (status, code, field)
    assert person.events == []


def test_a_start_ten_minutes_ahead_is_still_a_clock_that_may_be_wrong() -> None:
    """2.7: more than 10 minutes is too much."""
    person = Person()
    person.log("s1", walked(started_at=NOW + 10 * MINUTE))
    assert len(person.events) == 1


def test_what_is_older_than_28_of_the_persons_days_is_history_only() -> None:
    person = Person()
    person.log("s1", walked(started_at=NOW - 28 * DAY))
    answer = person.log("s2", walked(started_at=NOW - 29 * DAY)).answer

    assert [logged(person, 0).history_only, logged(person, 1).history_only] == [False, True]
    assert answer is not None
    assert answer.body["outcome"] == "history_only"


def test_a_person_never_enrolled_has_no_diary() -> None:
    person = Person()
    person.state = type(person.state)()
    assert refusal(person.log, "s1", walked()).status == 404


def test_before_a_plan_is_known_a_track_is_taken_as_it_comes() -> None:
    """Between topics there is no order: the plan may be on its way."""
    person = Person(tracks=())
    person.log("s1", walked(track_id="t-soon"))
    assert (logged(person).track_id, logged(person).activity_family) == ("t-soon", "unknown")


@pytest.mark.article("P7.4")
def test_gardening_counts_to_the_hobby_track() -> None:
    """Article P7.4."""
    person = Person()
    person.log("s1", Entry(activity="gardening", amount="15", unit="min", enjoyment=3))
    assert (logged(person).track_id, logged(person).activity_family, logged(person).enjoyment) == (
        "t-hobby",
        "hobby",
        3,
    )


def test_an_activity_without_a_track_is_accepted_and_counts_to_none() -> None:
    person = Person()
    person.log("s1", Entry(activity="swimming", amount="0.35", unit="km"))
    event = logged(person)
    assert (event.track_id, event.slot_id, event.activity_family, event.amount) == (None, None, "swimming", 350)


def test_an_activity_that_fits_two_tracks_is_not_guessed() -> None:
    second = HOBBY.model_copy(update={"track_id": "t-hobby-2"})
    counted = HOBBY.model_copy(update={"track_id": "t-hobby-3", "marker": "reps", "unit": "reps"})
    person = Person(tracks=(HOBBY, second, counted))

    assert refusal(person.log, "s1", Entry(activity="gardening", amount="15")).code == "track_ambiguous"
    person.log("s2", Entry(activity="gardening", amount="15", unit="reps"))
    assert logged(person).track_id == "t-hobby-3"


@pytest.mark.article("P1.4")
def test_a_swap_counts_to_its_track_under_its_own_family() -> None:
    person = Person()
    person.log("s1", walked(variant="swap", activity="swimming"))
    assert (logged(person).track_id, logged(person).activity_family) == ("t-walk", "swimming")


@pytest.mark.article("P1.4")
def test_rest_is_a_record_of_amount_zero() -> None:
    """2.3: "not today" is a valid record."""
    person = Person()
    person.log("s1", Entry(track_id="t-stairs", variant="rest"))
    assert (logged(person).amount, logged(person).marker) == (0, "reps")


def test_a_track_that_left_the_plan_still_takes_late_logs_but_no_new_activity() -> None:
    person = Person()
    person.hear(PlanChangedV1.model_validate(plan(STAIRS, version=2).model_dump()))
    person.log("s1", walked())
    person.log("s2", Entry(activity="walking", amount="10", unit="min"))
    assert [logged(person, 0).track_id, logged(person, 1).track_id] == ["t-walk", None]


def test_after_the_plan_ended_the_diary_stays_open() -> None:
    person = Person()
    person.hear(PlanEndedV1(plan_id="plan", reason="completed"))
    person.log("s1", walked())
    assert logged(person).track_id == "t-walk"


def test_an_older_plan_that_comes_late_overrides_nothing() -> None:
    """Invariant 4: a lower seq never overrides."""
    person = Person(tracks=(WALK,))
    known = person.state
    person.hear(plan(WALK.model_copy(update={"marker": "reps"}), STAIRS), seq=1)

    assert person.state.tracks["t-walk"] == known.tracks["t-walk"]
    assert person.state.tracks["t-stairs"].current is False
    assert person.state.plan_seq == known.plan_seq


@pytest.mark.article("P1.1")
@pytest.mark.parametrize("role", ["caregiver", "device"])
def test_a_caregiver_or_a_device_logs_amounts_and_nothing_else(role: str) -> None:
    """W3, and the answer has no number that says how it felt (community 6.3)."""
    person = Person()
    answer = person.log("s1", walked(), role=role).answer
    assert logged(person).reporter == role
    assert answer is not None
    assert "pain" not in answer.body["session"]
    for told in ({"pain": 3}, {"effort": 3}, {"fatigue": 3}, {"stop": "pain"}, {"enjoyment": 1}):
        refused = refusal(person.log, "s2", walked(**told), role=role)
        assert (refused.status, refused.code) == (403, "amounts_only")
    assert refusal(person.tell, SubmitMorningCheck("c1", MorningCheck(NOW, 3)), role=role).code == "amounts_only"
    assert refusal(person.tell, AddJournal("j1", NOW, ("easy",), False, None), role=role).code == "amounts_only"


def test_a_clinician_notes_the_persons_words() -> None:
    person = Person()
    person.log("s1", walked(pain=4), role="clinician")
    assert (logged(person).reporter, logged(person).pain) == ("staff", 4)


def test_the_same_log_again_changes_nothing_and_other_content_is_refused() -> None:
    person = Person()
    person.log("s1", walked("2.50"))
    before = person.state
    again = person.log("s1", walked("2.5"))

    assert again.state is before
    assert again.answer is not None
    assert (again.answer.status, again.answer.body["outcome"]) == (200, "exists")
    assert refusal(person.log, "s1", walked("3")).code == "id_used_for_other_content"
    assert len(person.events) == 1


def test_an_amendment_supersedes_with_the_whole_new_content() -> None:
    person = Person()
    person.log("s1", walked("10", pain=2, stop="time"))
    answer = person.amend("s1", 1, amount="12", stop=None).answer

    event = person.events[-1].data
    assert isinstance(event, SessionAmendedV1)
    assert (event.revision, event.amount, event.pain, event.stop) == (2, 720, 2, None)
    assert answer is not None
    assert answer.body["session"]["revision"] == 2


def test_an_amendment_of_a_revision_that_is_no_longer_right_is_refused() -> None:
    person = Person()
    person.log("s1", walked())
    person.amend("s1", 1, pain=3)
    refused = refusal(person.amend, "s1", 1, pain=4)
    assert (refused.status, refused.code) == (412, "revision_stale")


def test_an_amendment_that_says_nothing_new_makes_no_revision() -> None:
    person = Person()
    person.log("s1", walked(pain=3))
    before = person.state
    assert person.amend("s1", 1, pain=3, amount="10.0").state is before
    assert len(person.events) == 1


def test_an_amended_start_moves_the_session_to_its_new_day() -> None:
    person = Person()
    person.log("s1", walked())
    person.amend("s1", 1, started_at=NOW - DAY)
    emitted = person.events[-1]
    assert str(emitted.local_date) == "2026-01-19"
    assert emitted.data.slot_id == slot_id("p1", "t-walk", emitted.local_date)  # type: ignore[attr-defined,arg-type]


def test_a_new_zone_does_not_move_a_day_that_was_recorded() -> None:
    """W1: the day is fixed when recorded."""
    person = Person()
    person.log("s1", walked())
    person.hear(Person.enrolment("Pacific/Auckland"))
    person.amend("s1", 1, pain=2)
    assert (str(person.events[-1].local_date), person.events[-1].tz) == ("2026-01-20", "Europe/Berlin")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"variant": "rest", "amount": "3"}, "rest_has_no_amount"),
        ({"unit": "km"}, "marker_mismatch"),
        ({"track_id": "t-nobody"}, "unknown_track"),
        ({"started_at": NOW + DAY}, "clock_skew"),
    ],
)
def test_an_amendment_keeps_the_rules_of_a_log(changes: dict[str, Any], code: str) -> None:
    person = Person()
    person.log("s1", walked())
    assert refusal(person.amend, "s1", 1, **changes).code == code


def test_a_correction_to_another_activity_looks_for_its_track_anew() -> None:
    person = Person()
    person.log("s1", walked())
    person.amend("s1", 1, activity="gardening")
    event = person.events[-1].data
    assert isinstance(event, SessionAmendedV1)
    assert (event.track_id, event.activity_family) == ("t-hobby", "hobby")


def test_a_correction_from_movement_to_rest_leaves_no_amount() -> None:
    person = Person()
    person.log("s1", walked())
    person.amend("s1", 1, variant="rest")
    assert person.events[-1].data.amount == 0  # type: ignore[attr-defined]
    assert refusal(person.amend, "s1", 2, variant="full").code == "amount_required"


def test_a_caregiver_corrects_only_what_caregivers_logged() -> None:
    person = Person()
    caregiver = {"role": "caregiver"}
    person.log("s1", walked(), **caregiver)
    person.log("s2", walked(pain=2))

    person.amend("s1", 1, caregiver, amount="11")
    assert refusal(person.amend, "s1", 2, caregiver, pain=2).code == "amounts_only"
    assert refusal(person.amend, "s2", 1, caregiver, amount="11").code == "own_entries_only"
    assert refusal(person.void, "s2", **caregiver).code == "own_entries_only"


def test_a_void_is_final_and_a_second_one_does_nothing() -> None:
    person = Person()
    person.log("s1", walked())
    first = person.void("s1")
    event = person.events[-1].data
    assert isinstance(event, SessionVoidedV1)
    assert (event.revision, event.reason) == (2, "mistake")

    second = person.void("s1")
    assert second.state is first.state
    assert second.answer == first.answer
    assert len(person.events) == 2
    assert refusal(person.amend, "s1", 2, pain=1).code == "session_voided"
    assert person.log("s1", walked()).answer.body["outcome"] == "exists"  # type: ignore[union-attr]


def test_only_what_was_logged_can_be_changed() -> None:
    person = Person()
    assert refusal(person.amend, "s9", 1, pain=1).status == 404
    assert refusal(person.void, "s9").status == 404


def test_a_morning_check_is_recorded_once_on_its_day() -> None:
    person = Person()
    check = SubmitMorningCheck("c1", MorningCheck(None, 3, None))
    person.tell(check)
    again = person.tell(check)

    event = person.events[-1].data
    assert isinstance(event, MorningCheckRecordedV1)
    assert (event.at, event.pain, event.fatigue, event.reporter) == (NOW, 3, None, "patient")
    assert again.answer is not None
    assert again.answer.body["outcome"] == "exists"
    assert len(person.events) == 1
    assert refusal(person.tell, SubmitMorningCheck("c2", MorningCheck(NOW))).code == "morning_check_empty"
    assert refusal(person.tell, SubmitMorningCheck("c3", MorningCheck(NOW + DAY, 1))).code == "clock_skew"


@pytest.mark.article("P4.4")
def test_a_journal_entry_tells_the_others_its_tags_and_nothing_of_its_words() -> None:
    person = Person()
    entry = AddJournal("j1", None, ("barrier", "hard"), True, "s1.sealed")
    person.tell(entry)
    person.tell(entry)

    told = JournalRecordedV1(entry_id="j1", tags=("barrier", "hard"), bring_to_visit=True)
    assert [emitted.data for emitted in person.events] == [told]
    assert person.records["journal"]["j1"]["sealed_text"] == "s1.sealed"
    assert refusal(person.tell, AddJournal("j1", None, ("easy",), True, "s1.sealed")).status == 409


def test_a_log_decided_on_an_outdated_reading_is_read_again() -> None:
    """Two writers: what was read before the first one's write does not log it a second time."""
    person = Person()
    late = person.read(LogSession("s1", walked()))
    person.log("s1", walked())

    assert refusal(person.fold, late).code == "basis_outdated"
    assert person.tell(LogSession("s1", walked())).answer.body["outcome"] == "exists"  # type: ignore[union-attr]
    assert len(person.events) == 1
