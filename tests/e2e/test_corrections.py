"""A session that is amended or voided changes what followed from it, in every service; and nobody overwrites unseen."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.local.supervisor import Running
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, terms
from tests.support.e2e_problems import not_a_problem

SESSION = "/patients/{id}/sessions/"


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


def test_an_amendment_needs_the_etag_that_was_read(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    session = person.log(pain=2)
    path = SESSION + session["id"]
    tag = person.send("patient", "GET", "session_logging", path).headers["etag"]

    without = person.send("patient", "PATCH", "session_logging", path, {"effort": 4})
    assert (without.status_code, not_a_problem(without)) == (428, None)
    stale = person.send("patient", "PATCH", "session_logging", path, {"effort": 4}, If_Match='"7"')
    assert (stale.status_code, not_a_problem(stale)) == (412, None)
    amended = person.send("patient", "PATCH", "session_logging", path, {"effort": 4, "pain": None}, If_Match=tag)
    assert amended.status_code == 200
    assert amended.headers["etag"] != tag
    kept = amended.json()["session"]
    assert (kept["effort"], kept["pain"], kept["revision"]) == (4, None, session["revision"] + 1)
    assert (kept["amount"], kept["started_at"]) == (session["amount"], session["started_at"])

    late = person.send("patient", "PATCH", "session_logging", path, {"effort": 9}, If_Match=tag)
    assert (late.status_code, not_a_problem(late)) == (412, None)
    again = person.send("patient", "PATCH", "session_logging", path, {"effort": 4, "pain": None}, If_Match=tag)
    assert (again.status_code, again.json()) == (200, amended.json())
    assert [(one["effort"], one["revision"]) for one in person.sessions()] == [(4, kept["revision"])]


def test_of_five_amendments_at_once_made_from_the_same_version_one_is_kept(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    path = SESSION + person.log(pain=2)["id"]

    def amend(effort: int) -> int:
        return person.send("patient", "PATCH", "session_logging", path, {"effort": effort}, If_Match='"1"').status_code

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(amend, range(1, 6)))
    assert sorted(answers) == [200, 412, 412, 412, 412]
    assert [(one["effort"], one["revision"]) for one in person.sessions()] == [(answers.index(200) + 1, 2)]


def test_a_plan_is_changed_only_by_who_read_the_version_in_force(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    read = person.send("clinician", "GET", "plans", "/patients/{id}/plan")
    path = f"/patients/{{id}}/plans/{read.json()['plan_id']}"
    why = {"reason": "review", "words": "It hurts a little more than we wrote down."}
    agreed = terms(id="change-1", usual_pain=3, tracks=_tracks(read.json()), why=why)

    without = person.send("clinician", "PUT", "plans", path, agreed)
    stale = person.send("clinician", "PUT", "plans", path, agreed, If_Match='"9"')
    assert (without.status_code, stale.status_code) == (428, 412)
    done = person.send("clinician", "PUT", "plans", path, agreed, If_Match=read.headers["etag"])
    assert done.status_code == 200
    assert done.headers["etag"] == person.send("clinician", "GET", "plans", "/patients/{id}/plan").headers["etag"]
    second = person.send("clinician", "PUT", "plans", path, {**agreed, "id": "change-2"}, If_Match=read.headers["etag"])
    assert second.status_code == 412


def test_voiding_the_session_that_lowered_the_dose_brings_the_old_dose_back_in_every_service(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol_with_plan()
    plan = person.ask("patient", "GET", "plans", "/patients/{id}/plan")
    cause = lowered(days, person)

    assert told_doses(person) == [("10 minutes", "8 minutes")]
    voided = person.ask("patient", "POST", "session_logging", f"{SESSION}{cause}/void", {"reason": "mistake"})
    assert voided["session"]["status"] == "voided"
    eventually(lambda: person.track()["dose"] == 600, "the old dose")

    restored = next(one for one in person.decisions() if one["dose_before"] == 480 and one["dose_in_force"] == 600)
    assert restored["supersedes"] in {one["decision_id"] for one in person.decisions()}
    eventually(lambda: len(told_doses(person)) == 2, "the note on the old dose")
    assert told_doses(person) == [("8 minutes", "10 minutes"), ("10 minutes", "8 minutes")]
    cue = {"id": "cue-1", "time": "18:00", "track_id": "walking"}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue)
    days.go(3, 18, 1)
    sent = eventually(lambda: [one for one in person.reminders()["items"] if one["kind"] == "cue"], "the cue")[0]
    assert any("10 minutes" in line for line in sent["text"])
    assert person.ask("patient", "GET", "plans", "/patients/{id}/plan") == plan
    assert person.ask("patient", "GET", "plans", "/patients/{id}/proposals")["open"] == []
    assert cause not in {one["id"] for one in person.sessions("?limit=200")}

    again = person.ask("patient", "POST", "session_logging", f"{SESSION}{cause}/void", {"reason": "mistake"})
    assert again == voided
    tag = f'"{voided["session"]["revision"]}"'
    amended = person.send("patient", "PATCH", "session_logging", SESSION + cause, {"pain": 1}, If_Match=tag)
    assert (amended.status_code, not_a_problem(amended)) == (409, None)


def test_amending_the_session_to_a_mild_one_brings_the_old_dose_back_too(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol_with_plan()
    cause = lowered(days, person)
    person.ask("patient", "PATCH", "session_logging", SESSION + cause, {"pain": 3}, If_Match='"1"')
    eventually(lambda: person.track()["dose"] == 600, "the old dose")


def lowered(days: Days, person: Somebody) -> str:
    """A good day, then a red one that did not settle: 600 s become 480 (R8a); the id of the session that did it."""
    person.log(pain=2, started_at=days.go(0, 10).isoformat())
    days.go(1, 8, 30)
    person.morning(2)
    began = days.go(2, 10)
    session = person.log(amount=11, pain=7, pain_before=2, started_at=began.isoformat())
    days.go(3, 8, 30)
    person.morning(6)
    eventually(lambda: person.track()["dose"] == 480, "the lower dose")
    decision = next(one for one in person.decisions() if one["dose_in_force"] == 480 and one["dose_before"] == 600)
    assert (decision["rule"], decision["action"]) == ("R8a", "REGRESS")
    eventually(lambda: told_doses(person), "the note on the lower dose")
    return str(session["id"])


def told_doses(person: Somebody) -> list[tuple[str, str]]:
    """What the notes on changed doses say, the latest first: (old, new)."""
    notes = [one for one in person.reminders()["items"] if one["kind"] == "change_note"]
    lines = [line for note in notes for line in note["text"] if line.startswith("From now on: ")]
    return [(line[:-2].split("(it was ")[1], line.removeprefix("From now on: ").split(" (")[0]) for line in lines]


def _tracks(plan: dict[str, object]) -> object:
    return plan["tracks"]
