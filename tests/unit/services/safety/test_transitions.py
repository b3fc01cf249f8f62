"""What an answer, a note and an enrolment do to a person."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.safety.store import ANSWERS, SUSPENSIONS
from services.safety.transitions import SERVICE
from shared.contracts.plans import PatientEnrolledV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1, RedflagRaisedV1
from shared.runtime.messages import Refused
from tests.unit.services.safety.person import Person

RAISED, SUSPENDED, RESUMED = (t.__name__ for t in (RedflagRaisedV1, AutomationSuspendedV1, AutomationResumedV1))


def test_all_no_is_kept_and_raises_nothing() -> None:
    person = Person()
    told = person.answer("f1")
    assert told == {"flag_id": "f1", "level": None, "signs": [], "locale": "es-ES", "suspended": False}
    assert person.events == []
    kept = person.records[ANSWERS, "f1"].data
    assert (kept["signs"], kept["level"], kept["suspension_id"]) == ([], None, None)


def test_the_first_yes_raises_a_flag_and_suspends() -> None:
    person = Person()
    told = person.answer("f1", "crash", "trauma")
    assert (told["level"], told["signs"], told["suspended"]) == ("urgent", ["trauma", "crash"], True)
    assert person.types == [RAISED, SUSPENDED]
    raised, suspended = person.events
    assert isinstance(raised, RedflagRaisedV1)
    assert isinstance(suspended, AutomationSuspendedV1)
    assert (raised.flag_id, raised.signs, raised.level, raised.context) == (
        "f1", ("trauma", "crash"), "urgent", "check_in",
    )  # fmt: skip
    assert suspended.suspension_id == raised.suspension_id
    assert person.state.suspension is not None
    assert person.state.suspension.suspension_id == suspended.suspension_id


def test_a_further_yes_raises_a_flag_of_the_same_suspension() -> None:
    person = Person()
    person.answer("f1", "trauma")
    told = person.answer("f2", "chest")
    assert person.types == [RAISED, SUSPENDED, RAISED]
    assert (told["level"], told["suspended"]) == ("emergency", True)
    assert person.events[0].suspension_id == person.events[2].suspension_id  # type: ignore[attr-defined]
    kept = person.records[SUSPENSIONS, person.events[0].suspension_id].data  # type: ignore[attr-defined]
    assert (kept["level"], kept["signs"], kept["flags"]) == ("emergency", ["chest", "trauma"], ["f1", "f2"])


def test_all_no_later_clears_nothing() -> None:
    """domain/safety.md 9.3 no. 2: a flag is never cleared but by a human."""
    person = Person()
    person.answer("f1", "trauma")
    assert person.answer("f2")["suspended"] is True
    assert person.state.suspension is not None


def test_an_answer_counts_for_the_moment_at_which_it_was_given() -> None:
    """What waited on the disk is told with its own time and on the person's own day, not on that of its storing."""
    person = Person()
    given = person.now - timedelta(hours=23)
    person.answer("f1", "chest", at=given)
    raised, suspended = person.events
    assert (raised.answered_at, suspended.since) == (given, given)  # type: ignore[attr-defined]
    assert {(emit.occurred_at, emit.local_date, emit.tz) for emit in person.emits} == {
        (given, date(2026, 3, 1), "Europe/Madrid")
    }
    assert person.records[ANSWERS, "f1"].data["recorded_at"] == person.now.isoformat()


def test_only_the_named_open_suspension_is_ended_and_only_by_a_clinician() -> None:
    person = Person()
    with pytest.raises(Refused, match="not_suspended"):
        person.resume("any")
    person.answer("f1", "trauma")
    id = person.events[0].suspension_id  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="another_suspension"):
        person.resume("another")
    with pytest.raises(Refused, match="clinicians_only"):
        person.resume(id, role="patient")
    person.answer("f2", "chest")
    with pytest.raises(Refused, match="flag_since"):
        person.resume(id, last="f1")
    assert person.resume(id, last="f2") == {"suspension_id": id, "ended_at": person.now.isoformat()}
    assert person.types[-1] == RESUMED
    assert person.state.suspension is None
    kept = person.records[SUSPENSIONS, id].data
    assert (kept["ended_at"], kept["note_sealed"]) == (person.now.isoformat(), "s1.sealed")
    assert kept["ended_by"] == {"role": "clinician", "id": "clinician-1"}
    with pytest.raises(Refused, match="not_suspended"):
        person.resume(id)


def test_a_flag_after_the_end_begins_an_episode_of_its_own() -> None:
    person = Person()
    person.answer("f1", "trauma")
    first = person.events[0].suspension_id  # type: ignore[attr-defined]
    person.resume(first)
    person.answer("f2", "trauma")
    assert person.types == [RAISED, SUSPENDED, RESUMED, RAISED, SUSPENDED]
    assert person.events[3].suspension_id != first  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="another_suspension"):
        person.resume(first)


def test_time_alone_never_does_anything() -> None:
    person = Person()
    person.answer("f1", "trauma")
    assert SERVICE.due(person.state) is None


@pytest.mark.parametrize("role", ["patient", "caregiver"])
def test_the_own_token_is_heard_before_the_enrolment_is(role: str) -> None:
    person = Person(enrolled=False)
    assert person.answer("f1", "chest", role=role)["locale"] is None
    assert person.types == [RAISED, SUSPENDED]
    person.hear(PatientEnrolledV1(tz="Europe/Madrid", locale="ar"))
    assert person.state.suspension is not None
    assert person.answer("f2", role=role)["locale"] == "ar"


def test_staff_reach_nobody_who_is_not_known_to_be_of_their_tenant() -> None:
    person = Person(enrolled=False)
    calls: list[Any] = [lambda: person.answer("f1", "chest", role="clinician"), lambda: person.resume("s")]
    for call in calls:
        with pytest.raises(Refused) as refusal:
            call()
        assert (refusal.value.status, refusal.value.code) == (404, "unknown_person")
    assert (person.events, person.records) == ([], {})


def test_a_record_says_who_answered_and_in_which_role() -> None:
    person = Person()
    person.answer("f1", role="caregiver")
    assert person.records[ANSWERS, "f1"].data["by"] == {"role": "caregiver", "id": "caregiver-1"}
