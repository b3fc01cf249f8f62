"""Alerts on a running stack: brought about, seen true on the real metrics, ended as the runbook says, seen clear."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.topology import Layout, Ports
from deploy.local.trouble import Trouble
from tests.support.cluster import TENANT, eventually
from tests.support.cluster_nursery import Nursery
from tests.support.cluster_services import ServiceStack
from tests.support.e2e_operator import Operator, operator_of
from tests.support.promql_watch import Watch, command_of
from tests.support.stack import JARS

SERVED: Final = ("plans", "progression", "safety")
SESSIONS: Final = "session-logging-events"
HEADERS: Final = [("ce_type", b"session.logged"), ("ce_version", b"1")]


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> AsyncIterator[ServiceStack]:
    """Three services on stores of their own, which the tests may kill."""
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
def watch(stack: ServiceStack) -> Watch:
    return Watch({name: member.url for name, member in stack.members.items()})


@pytest.fixture(scope="module")
def operator(stack: ServiceStack) -> Operator:
    return operator_of(stack.running, SERVED)


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
    assert (code, stopped) == (1, {"plans": False, "progression": True, "safety": False})
    await watch.clear("DeadLettersOpen", service="progression")  # nothing is buried meanwhile

    resume = command_of("ConsumerStopped", "Do", "resume", SERVICE="progression")
    assert (await ask(operator, *resume))[1]["released"] is True
    await watch.clear("ConsumerStopped", service="progression")
    await watch.true("DeadLettersOpen", service="progression")
    await give_up(operator)
    await watch.clear("DeadLettersOpen", service="progression")


async def test_an_answer_that_waits_on_the_disk_is_seen_until_the_database_is_back_and_a_red_flag_until_it_is_cleared(
    stack: ServiceStack, watch: Watch
) -> None:
    patient = await enrolled(stack)
    own = stack.running.issuer.mint(["patient"], TENANT, patient_id=patient)
    engine = stack.running.engines["safety"]
    await watch.clear("SafetyAnswersWait")
    engine.kill()
    try:
        body = {"id": str(uuid.uuid4()), "context": "check_in", "yes": ["chest"]}
        answer = await stack.told("safety", "POST", f"/patients/{patient}/red-flags", body, own)
        assert answer["recorded"] == "spooled"
        await watch.true("SafetyAnswersWait")
    finally:
        await asyncio.to_thread(engine.start)
    await watch.clear("SafetyAnswersWait")

    await eventually(lambda: on_the_list(stack, patient), 30)
    await watch.clear("RedFlagOverdue", urgency="emergency")
    await stack.go(stack.now() + timedelta(minutes=6))
    await watch.true("RedFlagOverdue", urgency="emergency")
    suspension = await stack.told("safety", "GET", f"/patients/{patient}/suspension")
    note = {"id": str(uuid.uuid4()), "suspension_id": suspension["suspension_id"], "note": "Seen at the clinic."}
    await stack.told("safety", "POST", f"/patients/{patient}/suspension/resume", note)
    await watch.clear("RedFlagOverdue", urgency="emergency")


async def test_an_outbox_that_cannot_leave_is_seen_until_kafka_is_back(
    stack: ServiceStack, watch: Watch, operator: Operator
) -> None:
    kafka = stack.running.kafka
    await watch.clear("OutboxWaits", service="plans")
    kafka.kill()
    try:
        patient = await enrolled(stack, known_to=None)
        await watch.true("OutboxWaits", service="plans")
        await watch.true("DependencyDown", service="plans", dependency="kafka")
        _, status = await ask(operator, *command_of("OutboxWaits", "Look", "status"))
        assert {one["kafka"] for one in status["services"]} == {"down"}
    finally:
        await asyncio.to_thread(kafka.start)
    await watch.clear("OutboxWaits", service="plans")
    await eventually(lambda: known(stack, "safety", patient), 30)


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
    """One record for each key that says to be a session and is none."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.running.kafka.bootstrap)
    await producer.start()
    try:
        value = orjson.dumps({"spoiled": True})
        await asyncio.gather(*[await producer.send(SESSIONS, value, key.encode(), headers=HEADERS) for key in keys])
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


async def on_the_list(stack: ServiceStack, patient: str) -> None:
    items = (await stack.told("plans", "GET", f"/patients/{patient}/work-items"))["waiting"]
    assert [item["kind"] for item in items] == ["red_flag"], items
