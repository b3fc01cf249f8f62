"""`data-map.md`: which datum lies where, for how long, sealed or not, and what never travels."""

from collections.abc import Iterator

from deploy.docgen import contract_fields, stored
from deploy.docgen.markdown import page as page_of
from deploy.docgen.markdown import table
from shared.contracts.catalog import CATALOG, Row
from shared.contracts.schemas import version_name
from shared.kafka.topics import DAY_MS, Topic, topics

SERVICES = tuple(sorted({row.producer for row in CATALOG} | {name for row in CATALOG for name in row.consumers}))

NEVER = (
    ("names, addresses, phone numbers, e-mail, dates of birth", "nowhere: Pacewell has no field for them"),
    ("a flare plan's phone numbers and steps", "sealed with the person's key, in `plans` and in `plan.*`"),
    ("a journal's words", "sealed, in `session_logging`"),
    ("a person's own if-then words", "sealed, in `reminders`"),
    ("notes of clinicians", "sealed, in the service that asked for them"),
    ("pseudonyms of a group", "in `community`"),
    ("raw samples of devices", "nowhere yet"),
)
"""What is never in clear in Kafka, a log line, a metric or a trace, and where it is instead."""


def page() -> str:
    """The whole page."""
    return page_of(
        "# Which datum, where, how long",
        "A person is a random id everywhere; who that is, the clinic's own system knows. Each service has a database "
        "of its own and reads no other's. Words that a person wrote are sealed with a key of that person's own "
        "(AES-SIV; the keys lie in a database of their own, wrapped by the installation's master key); erasing the key "
        "makes them unreadable wherever copies lie, the journals in Kafka and backups included.",
        "**Deletion.** No route of this release deletes a person; export and erasure on request are later work. Until "
        "then databases keep what they have, and Kafka as long as the next table says.",
        "## Never in clear in Kafka",
        table(["datum", "where it is"], NEVER),
        "## Topics",
        "An installation may put a prefix before each name. Nothing is compacted; after its days a record is gone.",
        table(["topic", "kept", "what it carries"], map(_topic, topics(SERVICES))),
        "## Events, field by field",
        "No field has room for free text: each is an id, a code of a closed vocabulary, a moment, a day, a number, a "
        "switch, or words sealed with the person's key; a test proves it for every field.",
        "### The envelope of every event",
        table(["field", "what"], contract_fields.envelope()),
        *_events(),
        "## Databases",
        "Every service has these collections, and those named with it.",
        table(["collection", "holds", "sealed", "how long"], stored.COMMON),
        *_databases(),
        "## Outside databases and Kafka",
        table(["place", "what", "how long"], stored.OUTSIDE),
    )


def problems() -> list[str]:
    """Fields whose kind nobody named, and collections that nobody described."""
    found = [
        f"{version_name(row)} has a field that may hold free text: {path}"
        for row in CATALOG
        for path, kind in contract_fields.fields_of(row.model)
        if kind == contract_fields.FREE_TEXT
    ]
    return [*found, *stored.problems(SERVICES)]


def _topic(topic: Topic) -> tuple[str, str, str]:
    kept = "without end" if topic.retention_ms < 0 else f"{topic.retention_ms // DAY_MS} days"
    if topic.name.endswith("-journal"):
        return f"`{topic.name}`", kept, "every message a service folded, sealed with the person's key"
    if topic.name.endswith("-dead-letters"):
        return f"`{topic.name}`", kept, "a mirror of the dead letters: ids, the reason and the record as it came"
    types = sorted(row.type for row in CATALOG if f"{row.topic}" == topic.name)
    return f"`{topic.name}`", kept, ", ".join(f"`{name}`" for name in types)


def _events() -> Iterator[str]:
    for row in CATALOG:
        yield f"### `{row.type}` version {row.version}\n\n{_about(row)}\n"
        yield table(["field", "what"], [(f"`{path}`", kind) for path, kind in contract_fields.fields_of(row.model)])


def _about(row: Row) -> str:
    readers = ", ".join(row.consumers) or "nobody yet"
    return (
        f"{_first_sentence(row.model.__doc__)} From {row.producer}, on `{row.topic}`, keyed by `{row.key}`, kept "
        f"{row.retention_days} days, read by {readers}."
    )


def _databases() -> Iterator[str]:
    for service in SERVICES:
        yield f"### `{service}`\n"
        yield table(["collection", "fields", "sealed", "how long"], stored.rows(service))


def _first_sentence(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words.partition(". ")[0].rstrip(".") + "."
