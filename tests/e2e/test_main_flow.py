"""The main job: a log is taken once, progression decides with a reason, a message is decided; nobody reads along."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from deploy.local.supervisor import Running
from tests.chaos.evidence import lag
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh, goal, terms
from tests.support.e2e_problems import not_a_problem
from tests.support.e2e_traces import about, every_record, files_with, marks, records_since, told_in

SESSIONS: Final = "/patients/{id}/sessions"


@pytest.fixture(scope="module")
def clinic(stack: Running) -> Clinic:
    return Clinic(stack)


@pytest.mark.article("P8.5")
def test_a_log_leads_to_a_decision_with_its_reason_and_the_days_reminder_is_decided(clinic: Clinic) -> None:
    before, days, person = marks(clinic.running), Days(clinic), clinic.enrol_with_plan()
    words = {"situation": "the kettle is on", "action": "once round the block"}
    cue = {"id": fresh(), "time": "18:00", "track_id": "walking", "if_then": words}
    days.go(0, 9)
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue)

    began = days.go(0, 10)
    session = person.log(pain=2, pain_before=2, started_at=began.isoformat())
    decision = eventually(lambda: decided_for(person, days.date(0).isoformat()), "the decision of the log")[0]

    assert (decision["rule"], decision["action"]) == ("R10d", "HOLD")
    assert decision["rule_set"]
    assert (decision["dose_before"], decision["dose_in_force"]) == (600, 600)
    assert "10 min" in decision["explanation"]["text"]
    full = person.ask("patient", "GET", "progression", f"/patients/{{id}}/decisions/{decision['decision_id']}")
    assert full["parameters"]
    assert full["units"]
    assert full["explanation"]["clinician_text"] is None
    assert person.track()["decision"]["decision_id"] == decision["decision_id"]

    eventually(lambda: not asyncio.run(lag(clinic.running.kafka.bootstrap))["reminders"], "reminders to have the log")
    days.go(0, 18, 1)
    logged = eventually(lambda: cue_of(person, days.date(0).isoformat()), "the cue of the day with a session")
    days.go(1, 18, 1)
    missed = eventually(lambda: cue_of(person, days.date(1).isoformat()), "the cue of the day without one")
    assert (logged["status"], logged["reason"]) == ("suppressed", "already_logged")
    assert logged["reason_text"]
    assert (missed["status"], missed["reason"]) == ("sent", None)
    told = " ".join(missed["text"])
    assert "kettle" in told
    assert "once round the block" in told
    assert letters(clinic.running.layout.messages, person.id)

    published = about(records_since(clinic.running, before), person.id)
    events = [orjson.loads(record.value) for record in published if on_events(record)]
    by_type = {event["type"]: event for event in events}
    assert by_type["session.logged"]["data"]["session_id"] == session["id"]
    assert by_type["session.logged"]["event_id"] == logged["because_event_id"]
    ids = {event["data"]["decision_id"] for event in events if event["type"] == "progression.decided"}
    assert decision["decision_id"] in ids
    assert {"reminder.suppressed", "reminder.dispatched"} <= set(by_type)


def test_the_same_log_five_times_in_parallel_is_one_session_and_one_decision(clinic: Clinic) -> None:
    days, person = Days(clinic), clinic.enrol_with_plan()
    body = {"id": fresh(), "track_id": "walking", "amount": 10, "unit": "min", "pain": 2}
    body["started_at"] = days.go(0, 10).isoformat()
    before = marks(clinic.running)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: person.send("patient", "POST", "session_logging", SESSIONS, body), range(5)))

    assert [answer.status_code for answer in answers] == [201] * 5
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert [session["id"] for session in person.sessions()] == [body["id"]]
    eventually(lambda: decided_for(person, days.date(0).isoformat()), "the decision")
    # a second day's log has gone the same way, so whatever the first came to is there as well
    person.log(pain=2, started_at=days.go(1, 10).isoformat())
    eventually(lambda: decided_for(person, days.date(1).isoformat()), "the second day's decision")
    assert len(decided_for(person, days.date(0).isoformat())) == 1
    types = Counter(
        record_type(record) for record in about(records_since(clinic.running, before), person.id) if on_events(record)
    )
    assert types["session.logged"] == 2


def test_of_five_different_logs_at_once_under_one_id_one_is_kept(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    id, moment = fresh(), clinic.now().isoformat()

    def log(amount: int) -> int:
        body = {**walk(), "id": id, "amount": amount, "started_at": moment}
        return person.send("patient", "POST", "session_logging", SESSIONS, body).status_code

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(log, range(1, 6)))
    assert sorted(answers) == [201, 409, 409, 409, 409]
    assert [one["amount"] for one in person.sessions()] == [60 * (answers.index(201) + 1)]


def test_the_same_id_with_the_same_content_is_the_same_answer_and_with_other_content_409(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    stranger = fresh()
    moment = clinic.now().isoformat()
    sent: list[tuple[str, str, str, str, dict[str, Any], dict[str, Any]]] = [
        (
            "clinician",
            "POST",
            "plans",
            "/patients",
            {"id": stranger, "tz": "UTC", "adult": True},
            {"tz": "Europe/Dublin"},
        ),
        ("clinician", "POST", "plans", f"/patients/{stranger}/goals", goal(), {"words": "Swim again."}),
        ("clinician", "POST", "plans", f"/patients/{stranger}/plans", terms(), {"usual_pain": 5}),
        ("patient", "POST", "session_logging", SESSIONS, {**walk(), "started_at": moment}, {"amount": 11}),
        ("patient", "POST", "session_logging", f"{SESSIONS}/batch", batch(moment), {"items": [walk()]}),
        ("patient", "POST", "session_logging", "/patients/{id}/morning-checks", check(moment), {"pain": 3}),
        ("patient", "POST", "session_logging", "/patients/{id}/journal-entries", entry(moment), {"text": "other"}),
        ("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue(), {"time": "19:00"}),
        ("patient", "PUT", "reminders", "/patients/{id}/quiet-hours", quiet(), {"start": "23:00"}),
    ]
    wrong = []
    for role, method, service, path, body, other in sent:
        first, again = (person.send(role, method, service, path, body) for _ in range(2))
        changed = person.send(role, method, service, path, {**body, **other})
        if not first.is_success or (again.status_code, again.json()) != (first.status_code, first.json()):
            wrong.append(f"{path}: {first.status_code} {first.text}, then {again.status_code} {again.text}")
        if changed.status_code != 409 or not_a_problem(changed):
            wrong.append(f"{path}: other content {changed.status_code} {changed.text}")
    assert wrong == []


def test_pages_neither_repeat_nor_leave_out_while_new_things_come(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan(record_mode="batch")
    now = clinic.now()
    times = [now - timedelta(hours=3 * n, minutes=n) for n in range(1, 31)]
    logged = [{**walk(), "kind": "session", "started_at": at.isoformat()} for at in times]
    checks = [{"id": fresh(), "kind": "morning_check", "at": at.isoformat(), "pain": 2} for at in times[:20]]
    person.ask("patient", "POST", "session_logging", f"{SESSIONS}/batch", batch_of([*logged, *checks]))

    for path, items in ((SESSIONS, logged), ("/patients/{id}/morning-checks", checks)):
        found: list[str] = []
        cursor = ""
        while True:
            page = person.ask("patient", "GET", "session_logging", f"{path}?limit=7{cursor}")
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
            person.log(pain=2)
            person.morning(2)
        ours = [item["id"] for item in items]
        assert [id for id in found if id in ours] == ours
        assert len(found) == len(set(found))


def test_a_batch_of_two_hundred_has_an_answer_for_every_item(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan(record_mode="batch")
    now = clinic.now()
    good = [
        {**walk(), "kind": "session", "started_at": (now - timedelta(hours=2 * n + 1)).isoformat()} for n in range(150)
    ]
    old = [{**walk(), "started_at": (now - timedelta(days=40 + n)).isoformat()} for n in range(20)]
    mornings = [
        {"id": fresh(), "kind": "morning_check", "at": (now - timedelta(days=n)).isoformat(), "pain": 2}
        for n in range(20)
    ]
    bad: list[dict[str, Any]] = [
        {**good[0], "id": fresh(), "unit": "parsec"},
        {**good[0], "id": fresh(), "amount": -3},
        {**good[0], "id": fresh(), "started_at": (now + timedelta(minutes=11)).isoformat()},
        {**good[0], "id": fresh(), "pain": 11},
        {**good[0], "id": "no uuid"},
        {"kind": "song"},
        {**good[0], "id": fresh(), "mood": "fine"},
        {**good[0], "amount": 99},
        {},
        good[0],
    ]
    items = [*good, *bad, *old, *mornings]
    assert len(items) == 200
    body = batch_of(items)
    answer = person.ask("patient", "POST", "session_logging", f"{SESSIONS}/batch", body)

    outcomes = [item["outcome"] for item in answer["items"]]
    assert [item["index"] for item in answer["items"]] == list(range(200))
    assert outcomes == [*["created"] * 150, *["rejected"] * 9, "exists", *["history_only"] * 20, *["created"] * 20]
    assert answer["counts"] == {"created": 170, "exists": 1, "history_only": 20, "rejected": 9}
    rejected = [item["problem"] for item in answer["items"] if item["outcome"] == "rejected"]
    assert all(problem["code"] and problem["detail"] for problem in rejected)
    assert [problem["field"] for problem in rejected[:4]] == ["/unit", "/amount", "/started_at", "/pain"]

    assert person.ask("patient", "POST", "session_logging", f"{SESSIONS}/batch", body) == answer
    again = person.ask("patient", "POST", "session_logging", f"{SESSIONS}/batch", {**body, "id": fresh()})
    assert again["counts"] == {"created": 0, "exists": 191, "history_only": 0, "rejected": 9}
    assert len(person.sessions()) == 170


def test_a_batch_beyond_two_hundred_is_refused_as_a_whole(clinic: Clinic) -> None:
    person = clinic.enrol_with_plan()
    items = [{**walk(), "started_at": clinic.now().isoformat()} for _ in range(201)]
    answer = person.send("patient", "POST", "session_logging", f"{SESSIONS}/batch", batch_of(items))
    assert answer.status_code == 422
    assert not_a_problem(answer) is None
    assert answer.json()["field"] == "/items"
    assert person.sessions() == []


@pytest.mark.article("P8.4")
def test_what_a_person_wrote_lies_nowhere_in_clear(clinic: Clinic) -> None:
    """Not in a database, not on a topic, not in a log; only the letter laid down for the person holds their words."""
    person = clinic.enrol_with_plan()
    journal, plan_words = f"heron {fresh()} in the reeds", f"otter {fresh()} under the bridge"
    written: dict[str, Any] = {"id": fresh(), "text": journal, "tags": ["barrier"], "bring_to_visit": True}
    path = "/patients/{id}/journal-entries"
    person.ask("patient", "POST", "session_logging", path, written)
    words = {"situation": plan_words, "action": plan_words}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/noon", {**cue(), "time": "12:00", "if_then": words})
    days = Days(clinic)
    days.go(0, 12, 1)
    eventually(lambda: cue_of(person, days.date(0).isoformat()), "the cue")

    assert person.ask("patient", "GET", "session_logging", path)["items"][0]["text"] == journal
    assert person.ask("patient", "GET", "reminders", "/patients/{id}/cues")["cues"][0]["situation"] == plan_words
    records, home = every_record(clinic.running), clinic.running.layout.home
    for sentence in (journal, plan_words):
        assert told_in(records, sentence.encode()) == []
        assert [file for file in files_with(home, sentence.encode()) if not file.startswith("data/messages/")] == []
    assert files_with(home, journal.encode()) == []

    # the same search finds what is not sealed: the id of the entry
    assert "session-logging-events" in told_in(records, written["id"].encode())
    assert any(file.startswith("data/engines/session_logging/") for file in files_with(home, written["id"].encode()))
    assert not [file for file in files_with(home, written["id"].encode()) if file.startswith("logs/")]


def decided_for(person: Somebody, day: str) -> list[dict[str, Any]]:
    """The decisions that a record of this local day led to, not those that time alone did."""
    return [one for one in person.decisions() if one["day"] == day and one["trigger"] == "record"]


def cue_of(person: Somebody, day: str) -> dict[str, Any]:
    """What became of the day's cue, once it is decided; empty before."""
    ended = ("sent", "suppressed", "unknown", "failed")
    cues = (one for one in person.reminders()["items"] if one["kind"] == "cue" and one["local_date"] == day)
    return next((one for one in cues if one["status"] in ended), {})


def letters(folder: Path, patient_id: str) -> list[Path]:
    """The messages that lie as files for a person."""
    return [path for path in folder.rglob("*") if path.is_file() and patient_id in str(path)]


def record_type(record: Any) -> str:
    """The type that a record's headers tell."""
    return str(dict(record.headers)["ce_type"], "utf-8")


def on_events(record: Any) -> bool:
    """Whether a record lies on a topic of events."""
    return str(record.topic).endswith("-events")


def walk() -> dict[str, Any]:
    return {"id": fresh(), "track_id": "walking", "amount": 10, "unit": "min"}


def check(moment: str) -> dict[str, Any]:
    return {"id": fresh(), "at": moment, "pain": 2}


def entry(moment: str) -> dict[str, Any]:
    return {"id": fresh(), "at": moment, "text": "the hill was kind today"}


def cue() -> dict[str, Any]:
    return {"id": fresh(), "time": "18:00", "track_id": "walking"}


def quiet() -> dict[str, Any]:
    return {"id": fresh(), "start": "22:00", "end": "07:00"}


def batch(moment: str) -> dict[str, Any]:
    return batch_of([{**walk(), "started_at": moment}])


def batch_of(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": fresh(), "source": "paper", "items": items}
