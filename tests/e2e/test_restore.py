"""Three services lose their databases and go on from older backups: nothing is lost, and nothing happens twice."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from deploy.local.process import wait_until_ready
from deploy.local.supervisor import Running
from deploy.operations.installation import of_layout
from deploy.operations.reach import Reach
from shared.runtime.restored import RAISED_BY
from tests.support.e2e_clinic import Clinic, Days, Somebody, eventually, fresh
from tests.support.e2e_operator import Operator, operator_of
from tests.support.e2e_traces import about, marks, records_since

LOST: Final = ("session_logging", "progression", "reminders")


@pytest.fixture(scope="module")
def operator(stack: Running) -> Operator:
    return operator_of(stack)


def test_services_go_on_from_older_backups_with_what_their_journals_have(
    stack: Running, operator: Operator, tmp_path: Path
) -> None:
    clinic, before = Clinic(stack), marks(stack)
    days, person = Days(clinic), clinic.enrol_with_plan()
    days.go(0, 9)
    cue = {"id": fresh(), "time": "18:00", "track_id": "walking"}
    person.ask("patient", "PUT", "reminders", "/patients/{id}/cues/evening", cue)
    logged(person, days, 0)

    gone = clinic.enrol_with_plan()
    for name in (*LOST, "keys"):
        code, found = operator.ask("backup", name, str(tmp_path / name))
        assert (code, any(found["documents"].values())) == (0, True)
    assert operator.ask("erase", gone.id, "--yes", "--wait", "0")[0] == 0

    days.go(1, 18, 1)  # nothing was logged, so that a message leaves
    eventually(lambda: len(letters(stack, person)) == 1, "the message")
    logged(person, days, 2)
    later = clinic.enrol_with_plan()  # whom no backup knows
    logged(later, days, 2)
    code, tried = operator.ask("restore", "progression", str(tmp_path / "progression"), "--dry-run")
    assert (code, tried["folded"] > 0, tried["rewound"]) == (0, True, {})
    refused = operator.ask("restore", "progression", str(tmp_path / "progression"))
    assert refused == (1, {"service": "progression", "refused": "still_serves"})
    eventually(lambda: at_rest(operator), "outboxes that are empty")
    was = {one: one.everything() for one in (person, later)}

    for name in LOST:
        stack.services[name].kill()
        asyncio.run(lose(stack, name))
    for name in LOST:
        backup = [] if name == "reminders" else [str(tmp_path / name)]  # from its journal alone
        code, found = operator.ask("restore", name, *backup)
        assert (code, found["folded"] > 0, found["raised"] > 1) == (0, True, True), found
        assert bool(backup) == bool(found["documents"]) == (found["erased"] > 0), found
        assert found["rewound"] or name == "session_logging", found
        start_again(stack, name)

    assert {one: one.everything() for one in (person, later)} == was
    for one in (person, later):
        logged(one, days, 3)
    days.go(4, 18, 1)
    eventually(lambda: len(letters(stack, person)) == 2, "the message of another day")
    assert highest_seq(stack, person, before, "progression") > RAISED_BY
    assert highest_seq(stack, person, before, "session_logging") > RAISED_BY
    once_each(stack, person, before)
    found = eventually(lambda: verified(operator), "topics and databases that agree")
    assert not found["wrong"].keys() - {"dead letter open"}
    code, replayed = operator.ask("replay", "progression", "--dry-run")
    assert (code, replayed["differences"]) == (0, [])

    assert operator.ask("export", gone.id)[0] == 1
    asyncio.run(forget(stack, person, gone))
    code, keys = operator.ask("restore", "keys", str(tmp_path / "keys"))
    assert (code, keys["returned"], keys["erased"], keys["other"]) == (0, 1, 1, 0)
    assert operator.ask("restore", "keys", str(tmp_path / "keys"))[1]["returned"] == 0


async def lose(stack: Running, name: str) -> None:
    """The database of a service is gone."""
    async with Reach(of_layout(stack.layout)) as reach:
        await reach.whole(name).drop()


async def forget(stack: Running, *people: Somebody) -> None:
    """The database of keys has neither a key nor a tombstone of these people."""
    async with Reach(of_layout(stack.layout)) as reach:
        await reach.whole_keys().remove("keys", [f"{one.clinic.tenant}:{one.id}" for one in people])


def logged(person: Somebody, days: Days, day: int) -> None:
    """A session of that day, and what was decided on it."""
    person.log(pain=2, pain_before=2, started_at=days.go(day, 10).isoformat())
    on = days.date(day).isoformat()
    eventually(lambda: decided(person, on), "the decision of the log")


def decided(person: Somebody, on: str) -> list[dict[str, Any]]:
    return [one for one in person.decisions() if (one["day"], one["trigger"]) == (on, "record")]


def letters(stack: Running, person: Somebody) -> list[Path]:
    """The messages that lie as files for a person."""
    return list((stack.layout.messages / person.id).glob("*.txt"))


def at_rest(operator: Operator) -> bool:
    _, found = operator.ask("status")
    return all(one["oldest_outbox_s"] == 0 and not one["lag"] for one in found["services"])


def verified(operator: Operator) -> Any:
    _, found = operator.ask("verify")
    return found if not found["wrong"].keys() - {"dead letter open"} else None


def start_again(stack: Running, name: str) -> None:
    """The process again, as it was started before; until it answers."""

    def ready() -> bool:
        try:
            return bool(httpx.get(f"{stack.url(name)}/readyz").json()["status"] == "ok")
        except httpx.TransportError:
            return False

    stack.services[name].start()
    wait_until_ready(ready, stack.services[name], 60.0)


def events(stack: Running, person: Somebody, before: Any) -> list[dict[str, Any]]:
    """The person's events on all topics, repetitions included."""
    found = about(records_since(stack, before), person.id)
    return [orjson.loads(record.value) for record in found if record.topic.endswith("-events")]


def highest_seq(stack: Running, person: Somebody, before: Any, service: str) -> int:
    return int(max(one["seq"] for one in events(stack, person, before) if one["service"] == service))


def once_each(stack: Running, person: Somebody, before: Any) -> None:
    """However often an event lies there: each session and each decision is in one event only."""
    ids = {one["event_id"]: one for one in events(stack, person, before)}
    sessions = Counter(one["data"]["session_id"] for one in ids.values() if one["type"] == "session.logged")
    decisions = Counter(one["data"]["decision_id"] for one in ids.values() if one["type"] == "progression.decided")
    assert sessions == Counter(one["id"] for one in person.sessions())
    assert set(decisions.values()) == {1}
    assert set(decisions) == {one["decision_id"] for one in person.decisions()}
