"""`backup`: a service's documents in a folder, with what a restore must know of Kafka; taken while the service runs.

No snapshot is needed. A person is one document, which holds everything decided and not yet done; so documents that
were read at different moments are each right. Aggregates are read before records: a record that a person's document
does not hold in its outbox any more was put before. Whoever has a record of a later step than their document wrote
meanwhile, and is read once more.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from deploy.operations.folder import Manifest, Writing
from deploy.operations.reach import Reach, service_of
from deploy.operations.rebuild import POSITIONS
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from shared.kafka.groups import Groups
from shared.mongo.store import MongoStore
from shared.mongo.whole import Whole
from shared.runtime.aggregate import Document
from shared.runtime.brake import COLLECTION as STOPS
from shared.runtime.incoming import COMMANDS
from shared.runtime.messages import Service
from shared.runtime.replay import AGGREGATES

KEYS: Final = "keys"
OF_THE_MOMENT: Final = (POSITIONS, STOPS)
"""Collections that say how far a work is, or that a service stopped: not to be brought back."""

ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the database that another tool made, by its suffix, and when. It must be consistent in itself."""

    suffix: str
    made_at: datetime


async def backup(reach: Reach, advance: Advance, service: str, folder: Path, copy: Copy | None = None) -> Answer:
    """Write a service's database, or with `keys` people's wrapped keys, into an empty folder. 1 when what was read
    never fits together.
    """
    if service == KEYS:
        if copy is not None:
            raise WrongQuestion("Keys are taken from the database of keys.")
        return await _keys(reach, advance, folder)
    (name,) = reach.names(service)
    suffix = None if copy is None else copy.suffix
    described, whole, store = service_of(name), reach.whole(name, suffix), reach.store(name, suffix)
    with Writing(folder) as writing:
        manifest = await _now(reach, name, described, copy)
        steps: dict[str, int] = {}
        async for page in whole.pages(AGGREGATES):
            writing.write(AGGREGATES, page)
            steps |= _steps(page)
            advance(AGGREGATES, writing.counts[AGGREGATES], 0)
        records = {COMMANDS, *described.collections}
        behind: set[str] = set()
        for collection in await whole.collections():
            if collection in (AGGREGATES, *OF_THE_MOMENT):
                continue
            async for page in whole.pages(collection):
                writing.write(collection, page)
                advance(collection, writing.counts[collection], 0)
                if collection in records:
                    behind |= _ahead(page, steps)
        again = len(behind)
        for _ in range(ROUNDS):
            if not behind:
                break
            behind = await _once_more(store, whole, records, behind, steps, writing)
        if behind:
            said = f"{len(behind)} people of {name} write without a pause: take it again in a quieter moment."
            return Answer({"service": name, "refused": "never_at_rest"}, WRONG, (said,))
        manifest = writing.finish(manifest)
    return _told(manifest, folder, again)


async def _now(reach: Reach, name: str, described: Service, copy: Copy | None) -> Manifest:
    """Where Kafka is now, before anything is read: whatever the documents lack lies beyond. For a copy nobody knows."""
    installation, reader = reach.installation, await reach.reader()
    if copy is not None:
        namespace, schema = installation.namespace, described.schema
        return Manifest(service=name, namespace=namespace, state_schema=schema, taken_at=copy.made_at)
    taken_at = datetime.fromtimestamp(time.time_ns() // 1_000_000_000, UTC)
    return Manifest(
        service=name,
        namespace=installation.namespace,
        state_schema=described.schema,
        taken_at=taken_at,
        group=await groups_of(reach).committed(name),
        journal=(await reader.span(described.journal_topic)).ends,
        events=(await reader.span(described.events_topic)).ends,
        dead_letters=(await reader.span(described.dead_letters_topic)).ends,
    )


def groups_of(reach: Reach) -> Groups:
    """The consumer groups of an installation."""
    kafka = reach.installation.kafka
    return Groups(kafka.servers, namespace=reach.installation.namespace, security=kafka.options())


async def _once_more(
    store: MongoStore,
    whole: Whole,
    records: Iterable[str],
    behind: Iterable[str],
    steps: dict[str, int],
    writing: Writing,
) -> set[str]:
    """Read these people again, documents first; who has written meanwhile once more."""
    still: set[str] = set()
    keys = sorted(behind)
    for start in range(0, len(keys), 500):
        documents = await store.load(keys[start : start + 500])
        writing.write(AGGREGATES, documents)
        steps |= _steps(documents)
    for key in keys:
        for collection in records:
            async for page in whole.pages(collection, after=f"{key}:", before=f"{key};"):  # ids begin with the key
                writing.write(collection, page)
                still |= _ahead(page, steps)
    return still


def _steps(documents: Iterable[Document]) -> dict[str, int]:
    return {document["_id"]: orjson.loads(document["state"])["steps"] for document in documents}


def _ahead(records: Iterable[Document], steps: dict[str, int]) -> set[str]:
    return {record["key"] for record in records if record["seq"] > steps.get(record["key"], 0)}


async def _keys(reach: Reach, advance: Advance, folder: Path) -> Answer:
    """People's keys, wrapped as they are stored: useless without the master key, and tombstones among them."""
    with Writing(folder) as writing:
        taken_at = datetime.fromtimestamp(time.time_ns() // 1_000_000_000, UTC)
        async for page in reach.whole_keys().pages(KEYS):
            writing.write(KEYS, page)
            advance(KEYS, writing.counts[KEYS], 0)
        manifest = Manifest(service=KEYS, namespace=reach.installation.namespace, state_schema=1, taken_at=taken_at)
        return _told(writing.finish(manifest), folder, 0)


def _told(manifest: Manifest, folder: Path, again: int) -> Answer:
    found = {
        "service": manifest.service,
        "taken_at": manifest.taken_at.isoformat(),
        "documents": manifest.documents,
        "read_again": again,
        "folder": str(folder),
    }
    what = ", ".join(f"{count} {name}" for name, count in manifest.documents.items()) or "nothing"
    lines = [f"{manifest.service} as of {manifest.taken_at.isoformat()}: {what}, in {folder}."]
    if manifest.service == KEYS:
        lines.append("Keep it apart from the master key, and for no longer than you must: it outlives an erasure.")
    return Answer(found, WELL, lines)
