"""A red flag over HTTP stops every track; a clinician's note lets it go on, by the gap rule on the days since."""

from functools import partial
from typing import Any

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import TRACK, Clinic, Days, Somebody, eventually, fresh


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def raise_flag(person: Somebody, *signs: str) -> None:
    """The person answers yes to these signs and is told that automation stopped."""
    body = {"id": fresh(), "context": "check_in", "yes": list(signs)}
    assert person.ask("patient", "POST", "safety", "/patients/{id}/red-flags", body)["suspended"] is True


def clear(person: Somebody) -> None:
    """A clinician has seen the person and says so."""
    open_now = person.ask("clinician", "GET", "safety", "/patients/{id}/suspension")
    body = {"id": fresh(), "suspension_id": open_now["suspension_id"], "note": "Seen today; may go on."}
    person.ask("clinician", "POST", "safety", "/patients/{id}/suspension/resume", body)


def tracks(person: Somebody) -> list[dict[str, Any]]:
    """Every track as the person reads it."""
    found: list[dict[str, Any]] = person.ask("patient", "GET", "progression", "/patients/{id}/tracks")["tracks"]
    return found


def standing(person: Somebody, status: str) -> list[dict[str, Any]]:
    """The tracks once all of them have this status, else nothing."""
    found = tracks(person)
    return found if {track["status"] for track in found} == {status} else []


def test_a_red_flag_stops_every_track_and_its_clearance_brings_the_dose_back_by_the_gap_rule(clinic: Clinic) -> None:
    days = Days(clinic)
    stairs = {**TRACK, "track_id": "stairs", "activity_family": "stairs", "priority": 2, "start_dose": 300}
    person = clinic.enrol_with_plan(tracks=[TRACK, stairs])
    person.log(pain=2, started_at=days.go(0, 10).isoformat())

    raise_flag(person, "clot")
    stopped = eventually(partial(standing, person, "SUSPENDED"), "the stop of both tracks")
    assert [track["dose"] for track in stopped] == [0, 0]
    for track in stopped:
        decision = track["decision"]
        assert (decision["rule"], decision["action"], decision["dose"], decision["review"]) == ("R1", "STOP", 0, True)
        assert decision["explanation"]["text"].startswith("Please stop exercise for now.")
        assert decision == track["last_change"]

    days.go(2, 10)
    person.log(pain=2)
    eventually(lambda: len([d for d in person.decisions() if d["rule"] == "R1"]) == 3, "the record of that session")
    assert {track["dose"] for track in tracks(person)} == {0}

    days.go(12, 9)
    assert [track["status"] for track in tracks(person)] == ["SUSPENDED", "SUSPENDED"]
    clear(person)
    back = eventually(partial(standing, person, "RETURNING"), "both tracks on their way back")
    assert {track["track_id"]: track["dose"] for track in back} == {"walking": 480, "stairs": 240}
    assert {track["decision"]["rule"] for track in back} == {"R7a"}
    assert {track["decision"]["trigger"] for track in back} == {"resumed"}


def test_cleared_at_once_the_dose_is_what_it_was(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    person.log(pain=2)
    raise_flag(person, "infection")
    eventually(partial(standing, person, "SUSPENDED"), "the stop")
    clear(person)
    (track,) = eventually(partial(standing, person, "ACTIVE"), "the end of the stop")

    assert (track["dose"], track["proposal"]) == (600, None)
    assert track["decision"]["explanation"]["text"] == "The stop is over. 10 min again, or less if you like."
