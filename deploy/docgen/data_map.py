"""`data-map.md`: which datum lies where, for how long, sealed or not, and what never travels."""

from collections.abc import Iterable, Iterator

from deploy.docgen import contract_fields, stored
from deploy.docgen.markdown import page as page_of
from deploy.docgen.markdown import table
from shared.contracts.catalog import CATALOG, Row
from shared.contracts.schemas import version_name
from shared.kafka.topics import DAY_MS, Topic, topics

SERVICES = tuple(sorted({row.producer for row in CATALOG} | {name for row in CATALOG for name in row.consumers}))

NEVER = (
    ("a person's name, address, phone, e-mail, date of birth", "nowhere: Pacewell has no field for them"),
    ("a flare plan's phone numbers and steps", "sealed, in `plans`, `session_logging` and in the events of a plan"),
    ("a journal's words", "sealed, in `session_logging`"),
    ("a person's own if-then words", "sealed, in `reminders`"),
    ("what a person calls a caregiver; the name and phone of a human on the care team", "sealed, in `plans`"),
    ("what is adapted for a person, and their own plan for what gets in the way", "sealed, in `plans`"),
    ("a person's goals and why they matter", "sealed, in `plans`; the why also in the events of a goal"),
    ("a person's story, routines, and what they can do", "sealed, in `plans`"),
    ("notes of clinicians", "sealed, in the service that asked for them"),
    ("pseudonyms and names of groups", "in `community`; a group's name sealed"),
    ("raw samples of devices", "nowhere yet"),
)
"""What is never in clear in Kafka, a log line, a metric or a trace, and where it is instead."""


HEALTH = (
    ("pain", ("pain", "pain_before", "usual_pain", "usual_pain_override", "bouts", "mornings")),
    ("fatigue and effort", ("fatigue", "usual_fatigue", "effort", "bouts", "mornings")),
    ("enjoyment", ("enjoyment",)),
    ("why a session ended early", ("stop", "bouts")),
    ("what was done, and when", ("amount", "variant", "started_at", "bouts")),
    ("which activities", ("activity_family", "family", "activity_id")),
    ("ME/CFS or PEM", ("pem",)),
    ("how somebody shares out their strength, and what moves them", ("pacing_style", "motives")),
    ("warning signs answered yes, and how grave", ("signs", "level")),
    ("energy over the day", ("weekday", "weekend", "budget")),
    ("dose, and the rule behind it", ("dose", "dose_now", "new_dose", "rule", "doses")),
)
"""What says how somebody is, with the names of its fields, for the index by datum; `bouts` are rows of several."""


def page() -> str:
    """The whole page."""
    return page_of(
        "# Which datum, where, how long",
        "A person is a random id everywhere; who that is, the clinic's own system knows. Each service has a database "
        "of its own and reads no other's. Words that a person wrote are sealed with a key of that person's own "
        "(AES-SIV; the keys lie in a database of their own, wrapped by the installation's master key); erasing the key "
        "makes them unreadable wherever copies lie, the journals in Kafka and backups included.",
        "**Deletion.** No route deletes a person; an operator does, on request. `pacewell export` hands over what is "
        "held of somebody, `pacewell erase` removes their documents and throws their key away "
        "([operations](operations.md)). A record of the request, its deadline and a legal hold are later work. "
        "Otherwise databases keep what they have, and Kafka as long as *Topics* says.",
        "## Never in clear in Kafka",
        table(["datum", "where it is"], NEVER),
        "## By datum",
        "Where what says how somebody is can be found: the events that carry it, and the services that keep it.",
        table(["datum", "fields", "in events", "kept by"], [*map(_datum, HEALTH), _words()]),
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


def _datum(datum: tuple[str, tuple[str, ...]]) -> tuple[str, str, str, str]:
    what, names = datum
    carrying = [row.type for row in CATALOG if _has(names, (path for path, _ in contract_fields.fields_of(row.model)))]
    keeping = [service for service in SERVICES if _has(names, stored.every_field(service))]
    named = ", ".join(f"`{name}`" for name in names)
    return what, named, ", ".join(f"`{name}`" for name in dict.fromkeys(carrying)), ", ".join(keeping)


def _words() -> tuple[str, str, str, str]:
    carrying = [
        row.type for row in CATALOG if any("sealed" in kind for _, kind in contract_fields.fields_of(row.model))
    ]
    found = [(s, name) for s in SERVICES for name in stored.every_field(s) if stored.is_sealed(s, name)]
    named = sorted({name.rpartition(".")[2] for _, name in found})
    keeping = dict.fromkeys(service for service, _ in found)
    return (
        "words that a person or staff wrote, sealed",
        ", ".join(f"`{name}`" for name in named),
        ", ".join(f"`{name}`" for name in carrying),
        ", ".join(keeping),
    )


def _has(names: tuple[str, ...], paths: Iterable[str]) -> bool:
    return any(path.rpartition(".")[2].removesuffix("[]") in names for path in paths)


def _topic(topic: Topic) -> tuple[str, str, str]:
    kept = "without end" if topic.retention_ms < 0 else f"{topic.retention_ms // DAY_MS} days"
    if topic.name.endswith("-journal"):
        return f"`{topic.name}`", kept, "every message that a service folded, sealed, keyed by the random id"
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
