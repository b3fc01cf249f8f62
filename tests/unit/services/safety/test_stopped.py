"""A clinician stops everything without a red flag; only a clinician's note ends it (progression 2.8, R1; 9.3 no. 2)."""

import pytest

from services.safety.domain.commands import SuspendAutomation
from services.safety.domain.episodes import last_flag
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.runtime.messages import Refused
from tests.unit.services.safety.person import Person


def stopped() -> tuple[Person, str]:
    person = Person()
    told = person.hear(SuspendAutomation("stop-1", "procedure"), "clinician")
    assert told is not None
    assert told.status == 201
    return person, str(told.body["suspension_id"])


def test_a_clinicians_stop_is_told_with_its_reason_and_as_no_red_flag() -> None:
    person, suspension_id = stopped()
    (event,) = person.events
    assert isinstance(event, AutomationSuspendedV1)
    assert (event.suspension_id, event.by, event.reason, event.signs) == (
        suspension_id,
        "clinician",
        "procedure",
        ("clinician",),
    )
    record = person.records["suspensions", suspension_id].data
    assert (record["reason"], record["began_by"], record["signs"]) == (
        "procedure",
        {"role": "clinician", "id": "clinician-1"},
        [],
    )


def test_only_a_clinicians_note_ends_it_and_not_one_for_another_flag() -> None:
    person, suspension_id = stopped()
    with pytest.raises(Refused, match="clinicians_only"):
        person.resume(suspension_id, role="patient")
    with pytest.raises(Refused, match="flag_since"):
        person.resume(suspension_id, last="f-0")
    person.resume(suspension_id)
    assert isinstance(person.events[-1], AutomationResumedV1)
    assert person.state.suspension is None


def test_a_note_that_was_written_before_a_red_flag_joined_does_not_clear_it() -> None:
    person, suspension_id = stopped()
    assert person.state.suspension is not None
    seen = last_flag(person.state.suspension)
    person.answer("f-1", "chest")
    with pytest.raises(Refused, match="flag_since"):
        person.resume(suspension_id, last=seen)
    person.resume(suspension_id, last="f-1")


@pytest.mark.parametrize("role", ["patient", "caregiver", "admin"])
def test_nobody_but_a_clinician_stops_so(role: str) -> None:
    with pytest.raises(Refused, match="clinicians_only"):
        Person().hear(SuspendAutomation("stop-1", "wish"), role)


def test_a_second_stop_is_refused_while_one_is_open() -> None:
    person, _ = stopped()
    with pytest.raises(Refused, match="suspended_already"):
        person.hear(SuspendAutomation("stop-2", "wish"), "clinician")


def test_a_red_flag_that_joins_it_is_told_as_one_and_so_grave_as_it_is() -> None:
    person, suspension_id = stopped()
    person.answer("f-1", "crash")
    raised, joined = person.events[1:]
    assert (type(raised).__name__, joined.suspension_id) == ("RedflagRaisedV1", suspension_id)  # type: ignore[attr-defined]
    assert isinstance(joined, AutomationSuspendedV1)
    assert (joined.by, joined.level, joined.signs) == ("red_flag", "lock", ("crash",))
    person.answer("f-2", "chest")
    assert person.types.count("AutomationSuspendedV1") == 2
    person.resume(suspension_id, last="f-2")
