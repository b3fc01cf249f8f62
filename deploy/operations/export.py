"""`export`: everything that the services hold of one person, as one JSON, their words opened."""

from datetime import UTC
from typing import Any

from deploy.operations.person import Place, checked, places, tenant_of, unsealed
from deploy.operations.reach import Reach
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from shared.runtime.letters import COLLECTION as LETTERS
from shared.runtime.replay import AGGREGATES

_ITS_OWN = ("_id", "key", "tenant", "seq")
"""Fields by which a database finds a record; they say nothing of the person."""


async def export(reach: Reach, advance: Advance, person: str, told_tenant: str | None) -> Answer:
    """The person's states, records, dead letters, memberships and delivered messages; 1 when nobody knows them."""
    checked(reach, person)
    try:
        tenant = await tenant_of(reach, person, told_tenant)
    except WrongQuestion as unknown:
        return Answer({"patient_id": person, "services": {}}, WRONG, (str(unknown),))
    ring = await reach.sealer().load(tenant, [person], create=False)
    services: dict[str, Any] = {}
    async for place in places(reach, person):
        told = _told(place, person)
        if told is not None:
            kept = services.setdefault(place.service, {}).setdefault(place.collection, [])
            kept.append(unsealed(told, tenant, person, ring))
            advance("Collecting", sum(len(part) for part in services[place.service].values()), 0)
    found = {
        "patient_id": person,
        "tenant": tenant,
        "exported_at": reach.clock().now().astimezone(UTC).isoformat(timespec="seconds"),
        "services": services,
        "messages": _messages(reach, person),
    }
    count = sum(len(documents) for service in services.values() for documents in service.values())
    said = f"{count} documents of {len(services)} services and {len(found['messages'])} messages; --json gives them."
    return Answer(found, WELL, (said,))


def _told(place: Place, person: str) -> dict[str, Any] | None:
    """What is the person's of a document: theirs without its bookkeeping, another's only where it is about them."""
    document = place.document
    if place.own and place.collection == AGGREGATES:
        return {"state": document["state"], "waiting": document["outbox"].split("\n") if document["outbox"] else []}
    if place.own and place.collection == LETTERS:
        return document
    if place.own or document.get("patient_id") == person:
        return {name: value for name, value in document.items() if name not in _ITS_OWN}
    return None


def _messages(reach: Reach, person: str) -> list[dict[str, str]]:
    """What the file channel laid down for the person."""
    folder = reach.installation.messages
    if folder is None or not (folder / person).is_dir():
        return []
    return [
        {"file": file.name, "text": file.read_text(encoding="utf-8")} for file in sorted((folder / person).iterdir())
    ]
