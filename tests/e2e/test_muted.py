"""What must stay unsaid: nothing leaves after the end of a plan, and in a suspension nothing but the safety message."""

import time
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh

AT_MOST_S: Final = 60.0
"""So long after `plan.ended` a message may still leave (domain/progression.md 2.11 W16)."""


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def test_a_cue_due_in_two_minutes_does_not_leave_once_the_plan_has_ended(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol()
    plan_id = person.plan()
    person.until_known()
    days.go(0, 9)
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", {"id": fresh(), "time": "18:00"})
    days.go(0, 17, 58)
    eventually(lambda: not waiting(person), "everything that was due before to have left")
    before = files(clinic, person)
    person.ask("clinician", "POST", "plans", f"/patients/{{id}}/plans/{plan_id}/end", {"id": fresh(), "reason": "died"})
    ended = time.monotonic()
    eventually(lambda: the_cue(person)["reason"] == "no_active_plan", "reminders to hear of the end")
    assert time.monotonic() - ended < AT_MOST_S

    days.go(0, 18, 1)
    eventually(lambda: messages(person, "cue"), "the cue's moment to be decided on")
    days.go(2, 12)
    days.go(3, 12)
    assert {(one["status"], one["reason"]) for one in messages(person, "cue")} == {("suppressed", "no_active_plan")}
    assert files(clinic, person) == before


def test_in_a_suspension_only_the_safety_message_leaves_until_a_clinicians_note(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol(locale="es-MX")
    person.plan()
    person.until_known()
    days.go(0, 9)
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", {"id": fresh(), "time": "18:00"})
    days.go(0, 18, 1)
    (sent,) = eventually(lambda: messages(person, "cue"), "the cue of the first day")
    assert (sent["status"], sent["reason"]) == ("sent", None)
    days.go(0, 22)
    eventually(lambda: not waiting(person), "everything that was due before to have left")
    before = files(clinic, person)
    answer = {"id": fresh(), "context": "check_in", "yes": ["new_weakness"]}
    person.ask("patient", "POST", "safety", "/patients/{id}/red-flags", answer)

    (told,) = eventually(lambda: messages(person, "safety", "sent"), "the safety message, in quiet hours")
    assert told["text"][0] == "Por favor, deje de hacer ejercicio por ahora."
    assert "+1 555 0199" in told["text"][1]
    days.go(1, 18, 1)
    (resting,) = eventually(lambda: of_day(person, days.date(1).isoformat()), "the cue of the second day")
    assert (resting["status"], resting["reason"]) == ("suppressed", "suspended")
    (file,) = files(clinic, person) - before
    lines = file.read_text("utf-8").splitlines()
    assert lines[2] == "Asunto: Por favor, lea esto ahora"
    assert lines[-1].startswith("Clinic: +1 555 0199, lun–vie 9:00–16:00.")

    suspension = person.ask("clinician", "GET", "safety", "/patients/{id}/suspension")
    note = {"id": fresh(), "suspension_id": suspension["suspension_id"], "note": "seen"}
    person.ask("clinician", "POST", "safety", "/patients/{id}/suspension/resume", note)
    eventually(lambda: the_cue(person)["reason"] is None, "reminders to hear of the note")
    days.go(2, 18, 1)
    (again,) = eventually(lambda: of_day(person, days.date(2).isoformat()), "the cue of the third day")
    assert (again["status"], again["reason"]) == ("sent", None)


def the_cue(person: Somebody) -> dict[str, Any]:
    (cue,) = person.ask("patient", "GET", "reminders", "/patients/{id}/cues")["cues"]
    assert isinstance(cue, dict)
    return cue


def messages(person: Somebody, kind: str, *statuses: str) -> list[dict[str, Any]]:
    return [
        one
        for one in person.reminders()["items"]
        if one["kind"] == kind and one["status"] in (statuses or ("sent", "suppressed"))
    ]


def of_day(person: Somebody, day: str) -> list[dict[str, Any]]:
    return [one for one in messages(person, "cue") if one["local_date"] == day]


def waiting(person: Somebody) -> list[dict[str, Any]]:
    """Messages on the way, and notes and offers that may leave by now."""
    told = person.reminders()
    coming = [one for one in told["upcoming"] if one["kind"] != "cue" and one["at"] is not None]
    return coming + [one for one in told["items"] if one["status"] == "sending"]


def files(clinic: Clinic, person: Somebody) -> set[Path]:
    return set((clinic.running.layout.messages / person.id).glob("*.txt"))
