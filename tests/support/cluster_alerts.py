"""What tests of alerts do to running services, as people, clinicians, an operator, and whoever spoils things."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local.topology import SERVICES
from shared.kafka.topics import topics
from tests.support.cluster import TENANT, eventually
from tests.support.cluster_services import Patient, ServiceStack
from tests.support.e2e_operator import Operator
from tests.support.promql_watch import command_of

HEADERS: Final = [("ce_type", b"work_item.closed"), ("ce_version", b"1")]
"""Nobody but progression reads this event."""


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


async def closed(stack: ServiceStack, item: Mapping[str, Any]) -> None:
    """A clinician says that this item is done, with a note."""
    path = f"/patients/{item['patient_id']}/work-items/{item['item_id']}/close"
    await stack.told("plans", "POST", path, {"id": str(uuid.uuid4()), "note": "Called; all is well."})


async def resumed(stack: ServiceStack, patient: str) -> None:
    """A clinician ends the suspension of somebody with a note, which closes the red flag."""
    suspension = await stack.told("safety", "GET", f"/patients/{patient}/suspension")
    note = {"id": str(uuid.uuid4()), "suspension_id": suspension["suspension_id"], "note": "Seen at the clinic."}
    await stack.told("safety", "POST", f"/patients/{patient}/suspension/resume", note)


async def cues(person: Patient, endings: Mapping[date, str]) -> None:
    """The cue of each of these days ended so."""
    messages = (await person.read("reminders", "reminders"))["items"]
    found = {message["local_date"]: message["status"] for message in messages if message["kind"] == "cue"}
    assert {day: found.get(day.isoformat()) for day in endings} == endings, found


async def message_bytes(stack: ServiceStack, topic: str, most: int) -> None:
    """Have a topic take no longer messages than these; its retention stays as it is."""
    (wanted,) = [one for one in topics(SERVICES) if one.name == topic]
    settings = {"retention.ms": str(wanted.retention_ms), "cleanup.policy": "delete", "max.message.bytes": str(most)}
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.running.kafka.bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])
    finally:
        await admin.close()


async def answered(stack: ServiceStack, patient: str) -> str:
    """Somebody says yes to a pain in the chest; what became of the answer."""
    own = stack.running.issuer.mint(["patient"], TENANT, patient_id=patient)
    body = {"id": str(uuid.uuid4()), "context": "check_in", "yes": ["chest"]}
    return str((await stack.told("safety", "POST", f"/patients/{patient}/red-flags", body, own))["recorded"])
