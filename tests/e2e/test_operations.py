"""The operations command on the running stack: what it says of it, one log's path, a dead letter's end."""

import asyncio
from functools import partial
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.supervisor import Running
from deploy.local.topology import SERVICES
from tests.support.e2e_clinic import CELEBRATIONS, Clinic, Days, Somebody, eventually, fresh
from tests.support.e2e_operator import Operator, operator_of


@pytest.fixture(scope="module")
def operator(stack: Running) -> Operator:
    return operator_of(stack)


@pytest.fixture(scope="module")
def person(stack: Running) -> Somebody:
    return Clinic(stack).enrol_with_plan()


def test_the_status_of_a_stack_names_every_service_and_finds_each_ready(operator: Operator) -> None:
    _, status = operator.ask("status")

    assert [service["service"] for service in status["services"]] == list(SERVICES)
    assert {service["ready"] for service in status["services"]} == {"ok"}
    assert not any(service["stopped"] for service in status["services"])


def test_every_topic_is_as_the_catalog_asks_for(operator: Operator) -> None:
    assert operator.ask("topics", "diff") == (0, [])
    assert operator.ask("topics", "apply")[0] == 0


def test_a_log_is_traced_to_what_it_led_to(operator: Operator, person: Somebody) -> None:
    days = Days(person.clinic)
    session = person.log(pain=2, pain_before=2, started_at=days.go(0, 10).isoformat())
    eventually(lambda: [d for d in person.decisions() if d["rule"] == "R10d"], "the decision of the log")

    def traced() -> dict[str, Any] | None:
        code, found = operator.ask("trace", session["id"])
        kinds = {step["type"] for step in found["path"]["led_to"]} if code == 0 else set()
        return found["path"] if {"progression.decided", "milestone.reached"} <= kinds else None

    path = eventually(traced, "the path of the log") or {}
    assert path["type"] == "session.logged"
    assert path["after_ms"] == 0
    assert all(step["after_ms"] >= 0 for step in path["led_to"])
    assert operator.ask("trace", person.id) == (1, {"session_id": person.id, "found": False})


def test_the_path_of_a_log_leads_into_the_group_with_which_it_was_shared(stack: Running, operator: Operator) -> None:
    clinic = Clinic(stack)
    person = clinic.enrol_with_plan()
    opened = {"id": fresh(), "name": "Waders by the weir", "language": "en", "run_by": "clinic"}
    group = clinic.send(clinic.token("moderator"), "community", "POST", "/groups", opened).json()["group_id"]
    person.ask("patient", "POST", "community", f"/groups/{group}/members", {"id": fresh(), "consent": True})
    session = person.log(pain=2)
    open_offers = partial(person.ask, "patient", "GET", "community", CELEBRATIONS)
    (offer,) = eventually(lambda: open_offers()["open"], "the offer to celebrate")
    sharing = {"id": fresh(), "group_id": group, "template": offer["wordings"][0]["template"]}
    person.ask("patient", "POST", "community", f"{CELEBRATIONS}/{offer['offer_id']}/share", sharing)

    def published() -> list[str] | None:
        steps = flat(operator.ask("trace", session["id"])[1].get("path", {"type": "", "led_to": []}))
        return steps if "post.published" in steps else None

    path = eventually(published, "the post among what the log led to") or []
    assert path.index("milestone.reached") < path.index("celebration.shared") < path.index("post.published")


def test_a_dead_letter_is_found_shown_tried_again_and_given_up(operator: Operator, person: Somebody) -> None:
    place = asyncio.run(_spoiled(person))
    id = f"session-logging-events:{place.partition}:{place.offset}"

    def buried() -> bool:
        return id in {letter["id"] for letter in operator.ask("dead-letters", "list", "progression")[1]}

    eventually(buried, "the dead letter")
    _, shown = operator.ask("dead-letters", "show", "progression", id)
    assert (shown["reason"], shown["key"], shown["content"]) == ("invalid_event", person.id, {"spoiled": True})
    assert wrong_of(operator, "dead letter open", id)

    assert operator.ask("dead-letters", "redrive", "progression", id) == (1, {id: "dead"})
    for service in ("progression", "reminders"):
        for _ in range(2):
            assert operator.ask("dead-letters", "discard", service, id) == (0, {id: "discarded"})
    assert operator.ask("dead-letters", "redrive", "progression", id) == (0, {id: "discarded"})
    assert not wrong_of(operator, "dead letter open", id)


def test_nothing_is_missing_in_what_lies_on_the_stack(operator: Operator) -> None:
    def verified() -> dict[str, Any] | None:
        _, found = operator.ask("verify")
        return found if not found["wrong"].keys() - {"dead letter open"} else None

    found = eventually(verified, "topics and databases that agree") or {}
    assert all(found["looked_at"][what] for what in ("events", "journal lines", "records", "people and groups"))


def test_a_service_that_was_not_stopped_is_not_resumed(operator: Operator) -> None:
    assert operator.ask("resume", "session-logging") == (0, {"service": "session_logging", "released": False})


def test_a_token_of_the_local_issuer_opens_a_route(operator: Operator, person: Somebody) -> None:
    _, minted = operator.ask("token", "--role", "clinician", "--tenant", person.clinic.tenant)

    answer = person.clinic.send(minted["token"], "plans", "GET", f"/patients/{person.id}")
    assert answer.is_success


def flat(step: dict[str, Any]) -> list[str]:
    """The types of a path, from the log on, each followed by what it led to."""
    return [step["type"], *(type for child in step["led_to"] for type in flat(child))]


def wrong_of(operator: Operator, kind: str, where: str) -> bool:
    """Whether `verify` finds this wrong there."""
    _, found = operator.ask("verify")
    return any(where in place for place in found["wrong"].get(kind, {"where": []})["where"])


async def _spoiled(person: Somebody) -> Any:
    """A record that says to be a session of the person, and is none."""
    producer = AIOKafkaProducer(bootstrap_servers=person.clinic.running.kafka.bootstrap)
    await producer.start()
    try:
        headers = [("ce_type", b"session.logged"), ("ce_version", b"1")]
        value = orjson.dumps({"spoiled": True})
        return await producer.send_and_wait("session-logging-events", value, person.id.encode(), headers=headers)
    finally:
        await producer.stop()
