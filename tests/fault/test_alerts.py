"""Alerts on a running stack: brought about, seen true on the real metrics, ended as the runbook says, seen clear.

The expressions are those of the rules, but where it is told below for how long they look back and how many are many.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.topology import Layout, Ports
from deploy.local.trouble import Trouble
from tests.support.cluster import TENANT, eventually
from tests.support.cluster_nursery import Nursery
from tests.support.cluster_services import Patient, ServiceStack
from tests.support.e2e_operator import Operator, operator_of
from tests.support.promql import Series
from tests.support.promql import ask as ask_series
from tests.support.promql_rules import queries, rules, selectors, told_by
from tests.support.promql_watch import Watch, command_of
from tests.support.stack import JARS

SERVED: Final = ("plans", "session_logging", "progression", "reminders", "safety")
HEADERS: Final = [("ce_type", b"work_item.closed"), ("ce_version", b"1")]
"""Nobody but progression reads this event."""

SHORTER: Final = {
    "DeadLettersRise": [("15m", "5s")],
    "ConsumerLag": [("> 1000", "> 10")],
    "NoProgress": [("[5m]", "[3s]")],
    "DependencyDown": [("[1m]", "[6s]")],
    "RequestsFail": [("[5m]", "[12s]")],
    "RequestsSlow": [("[5m]", "[12s]")],
    "LoopStalls": [("[5m]", "[12s]")],
    "SafetyAnswersNotRecorded": [("[15m]", "[12s]")],
    "AuditFileFails": [("[15m]", "[12s]")],
    "DecisionsSlowFast": [("[1h]", "[12s]"), ("[5m]", "[12s]")],
    "DecisionsSlowSteady": [("[6h]", "[12s]"), ("[30m]", "[12s]")],
}

UNSEEN: Final = {"WorkItemOverdue", "MessagesFail", "TicksLate", "NothingOwned", "OutboxSetAside"}
"""Nothing here brings these about; tests/unit/deploy/test_alerts.py shows when they are true."""


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> AsyncIterator[ServiceStack]:
    """Five services on stores of their own, which the tests may kill."""
    made = ServiceStack(Layout(tmp_path_factory.mktemp("alerts"), Ports.free(), JARS), nursery)
    try:
        await made.start_stores()
        for service in SERVED:
            await made.serve(service)
        await asyncio.gather(*(member.ready(timeout_s=60) for member in made.members.values()))
        yield made
    except Trouble as trouble:
        pytest.fail(f"The infrastructure of this test is missing: {trouble}", pytrace=False)
    finally:
        await made.end()


@pytest.fixture(scope="module")
async def watch(stack: ServiceStack) -> AsyncIterator[Watch]:
    made = Watch({name: member.url for name, member in stack.members.items()}, SHORTER)
    async with made.going_on():
        yield made


@pytest.fixture(scope="module")
def operator(stack: ServiceStack) -> Operator:
    return operator_of(stack.running, SERVED)


@pytest.fixture(scope="module")
async def patient(stack: ServiceStack) -> Patient:
    """Somebody whom every service knows."""
    made = Patient(stack)
    await made.enrol("10:00")
    return made


async def test_a_dead_letter_is_seen_and_ends_with_what_the_runbook_says(
    stack: ServiceStack, watch: Watch, operator: Operator
) -> None:
    await watch.clear("DeadLettersOpen", service="progression")
    await spoil(stack, ["p1"])
    await watch.true("DeadLettersOpen", service="progression")

    again = command_of("DeadLettersOpen", "Do", "dead-letters redrive", SERVICE="progression")
    code, became = await ask(operator, *again)
    assert (code, set(became.values())) == (1, {"dead"}), "no code could read this record"
    await give_up(operator)
    await watch.clear("DeadLettersOpen", service="progression")


async def test_a_consumer_that_stopped_is_seen_and_goes_on_when_resumed(
    stack: ServiceStack, watch: Watch, operator: Operator
) -> None:
    await watch.clear("ConsumerStopped", service="progression")
    await spoil(stack, [f"p{number % 6}" for number in range(30)])
    await watch.true("ConsumerStopped", service="progression")
    code, status = await ask(operator, *command_of("ConsumerStopped", "Look", "status"))
    stopped = {one["service"]: one["stopped"] for one in status["services"]}
    assert (code, [name for name, is_so in stopped.items() if is_so]) == (1, ["progression"])
    await watch.clear("DeadLettersOpen", service="progression")  # nothing is buried meanwhile
    await watch.true("ConsumerLag", service="progression")
    await watch.true("NoProgress", service="progression")

    resume = command_of("ConsumerStopped", "Do", "resume", SERVICE="progression")
    assert (await ask(operator, *resume))[1]["released"] is True
    for alert in ("ConsumerStopped", "ConsumerLag", "NoProgress"):
        await watch.clear(alert, service="progression")
    await watch.true("DeadLettersRise", service="progression")
    await give_up(operator)
    await watch.clear("DeadLettersRise", service="progression")
    await watch.clear("DeadLettersOpen", service="progression")


async def test_a_process_that_stands_still_is_seen_and_so_are_the_decisions_that_waited_for_it(
    stack: ServiceStack, watch: Watch, patient: Patient
) -> None:
    slow = ("DecisionsSlowFast", "DecisionsSlowSteady")
    process = stack.members["progression"].child
    process.freeze()
    try:
        await patient.log(stack.now() - timedelta(hours=1), pain=9)
        await asyncio.sleep(1.5)
    finally:
        process.thaw()
    for alert in ("LoopStalls", *slow):
        await watch.true(alert)
    await patient.log(stack.now() - timedelta(minutes=30))
    for alert in ("LoopStalls", *slow):
        await watch.clear(alert)


async def test_answers_on_the_disk_are_seen_until_the_database_is_back_and_those_set_aside_until_they_are_moved(
    stack: ServiceStack, watch: Watch
) -> None:
    someone, another = await enrolled(stack), await enrolled(stack)
    engine, spool = stack.running.engines["safety"], stack.layout.spool
    engine.kill()
    try:
        assert [await answered(stack, one) for one in (someone, another)] == ["spooled", "spooled"]
        os.truncate(max(spool.glob("*.sealed")), 20)
        await watch.true("SafetyAnswersWait")
        for _ in range(3):
            failed = await stack.members["safety"].http.get(f"/v1/patients/{someone}/suspension")
            assert failed.status_code == httpx.codes.SERVICE_UNAVAILABLE
        await watch.true("RequestsFail", service="safety")
        await watch.true("RequestsSlow", service="safety")
        aside = spool.rename(spool.with_name("away"))
        spool.write_text("no folder")
        assert await answered(stack, another) == "not_recorded"
        await watch.true("SafetyAnswersNotRecorded")
        spool.unlink()
        aside.rename(spool)
    finally:
        await asyncio.to_thread(engine.start)
    for alert in ("SafetyAnswersWait", "SafetyAnswersNotRecorded", "RequestsFail", "RequestsSlow"):
        await watch.clear(alert)

    await watch.true("SafetyAnswersSetAside")
    for file in (spool / "refused").iterdir():
        file.rename(stack.layout.home / file.name)
    await watch.clear("SafetyAnswersSetAside")


async def test_a_red_flag_that_is_overdue_is_seen_until_a_clinician_ends_it(stack: ServiceStack, watch: Watch) -> None:
    flagged = await enrolled(stack)
    await answered(stack, flagged)
    await eventually(lambda: on_the_list(stack, flagged), 30)
    await watch.clear("RedFlagOverdue", urgency="emergency")
    await stack.go(stack.now() + timedelta(minutes=6))
    await watch.true("RedFlagOverdue", urgency="emergency")
    suspension = await stack.told("safety", "GET", f"/patients/{flagged}/suspension")
    note = {"id": str(uuid.uuid4()), "suspension_id": suspension["suspension_id"], "note": "Seen at the clinic."}
    await stack.told("safety", "POST", f"/patients/{flagged}/suspension/resume", note)
    await watch.clear("RedFlagOverdue", urgency="emergency")


async def test_an_outbox_that_cannot_leave_is_seen_until_kafka_is_back(
    stack: ServiceStack, watch: Watch, operator: Operator
) -> None:
    kafka = stack.running.kafka
    await watch.clear("OutboxWaits", service="plans")
    kafka.kill()
    try:
        someone = await enrolled(stack, known_to=None)
        await watch.true("OutboxWaits", service="plans")
        await watch.true("DependencyDown", service="plans", dependency="kafka")
        _, status = await ask(operator, *command_of("OutboxWaits", "Look", "status"))
        assert {one["kafka"] for one in status["services"]} == {"down"}, status
    finally:
        await asyncio.to_thread(kafka.start)
    await watch.clear("OutboxWaits", service="plans")
    await eventually(lambda: known(stack, "safety", someone), 30)


async def test_a_process_that_is_down_and_an_audit_file_that_takes_no_more_are_seen_until_it_starts_as_it_should(
    stack: ServiceStack, watch: Watch
) -> None:
    stack.members["plans"].child.kill()
    await watch.true("ServiceDown", instance="plans")
    await (await stack.serve("plans", audit_file="/dev/full")).ready(timeout_s=60)
    await watch.clear("ServiceDown", instance="plans")
    for _ in range(2):
        await enrolled(stack, known_to=None)
        await asyncio.sleep(1)
    await watch.true("AuditFileFails", service="plans")
    await (await stack.serve("plans", audit_file=str(stack.layout.home / "audit.log"))).ready(timeout_s=60)
    await enrolled(stack, known_to=None)
    await watch.clear("AuditFileFails", service="plans")


async def test_every_metric_of_rules_and_boards_is_told_by_running_processes_and_every_expression_has_an_answer(
    stack: ServiceStack,
) -> None:
    series, told_names = Series(), {"up"}
    for at_s in (0.0, 10.0):
        for name, member in stack.members.items():
            text = (await member.http.get("/metrics")).text
            told_names |= told_by(text)
            series.add(text, at_s, job="pacewell", instance=name)
    for where, query in queries():
        assert {str(selector.name) for selector in selectors(query)} <= told_names, where
        ask_series(series, query, 10.0)


def test_the_other_alerts_are_those_that_are_true_on_made_up_series_alone() -> None:
    with open(__file__, encoding="utf-8") as file:
        text = file.read()
    assert {name for name in rules() if f'"{name}"' not in text.split("@pytest", 1)[1]} == UNSEEN


async def ask(operator: Operator, *words: str) -> tuple[int, Any]:
    """A command in a thread of its own, as it runs a loop of its own."""
    return await asyncio.to_thread(operator.ask, *words)


async def give_up(operator: Operator) -> None:
    """Discard every open letter of progression, as the runbook's last step has it."""
    _, waiting = await ask(operator, *command_of("DeadLettersOpen", "Look", "dead-letters list", SERVICE="progression"))
    discard = command_of("DeadLettersOpen", "If that fails", "dead-letters discard", SERVICE="progression")
    code, became = await ask(operator, *discard[:-1], *[letter["id"] for letter in waiting])
    assert (code, set(became.values())) == (0, {"discarded"})


async def spoil(stack: ServiceStack, keys: list[str]) -> None:
    """One record for each key that says to be an event and is none."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.running.kafka.bootstrap)
    await producer.start()
    try:
        value = orjson.dumps({"spoiled": True})
        await asyncio.gather(
            *[await producer.send("plans-events", value, key.encode(), headers=HEADERS) for key in keys]
        )
    finally:
        await producer.stop()


async def enrolled(stack: ServiceStack, known_to: str | None = "safety") -> str:
    """Somebody new; on return this service has heard of them."""
    patient = str(uuid.uuid4())
    await stack.told("plans", "POST", "/patients", {"id": patient, "tz": "UTC", "locale": "en", "adult": True})
    if known_to is not None:
        await eventually(lambda: known(stack, known_to, patient), 30)
    return patient


async def known(stack: ServiceStack, service: str, patient: str) -> None:
    answer = await stack.ask(service, "GET", f"/patients/{patient}/suspension")
    assert answer.is_success, answer.text


async def on_the_list(stack: ServiceStack, patient: str, kind: str = "red_flag") -> str:
    """The id of the one item of this kind that waits for somebody of the clinic."""
    items = (await stack.told("plans", "GET", f"/patients/{patient}/work-items"))["waiting"]
    found = [str(item["item_id"]) for item in items if item["kind"] == kind]
    assert found, items
    return found[0]


async def answered(stack: ServiceStack, patient: str) -> str:
    """Somebody says yes to a pain in the chest; what became of the answer."""
    own = stack.running.issuer.mint(["patient"], TENANT, patient_id=patient)
    body = {"id": str(uuid.uuid4()), "context": "check_in", "yes": ["chest"]}
    return str((await stack.told("safety", "POST", f"/patients/{patient}/red-flags", body, own))["recorded"])
