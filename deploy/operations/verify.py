"""`verify`: what the mechanism promises, counted in topics and databases as they lie there now."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from deploy.operations.histories import Histories
from deploy.operations.reach import Reach, service_of
from deploy.operations.status import OLD_OUTBOX_S
from deploy.operations.telling import WELL, WRONG, Advance, Answer, table
from shared.contracts.catalog import CATALOG
from shared.kafka.reader import Lying
from shared.runtime.incoming import COMMANDS
from shared.runtime.letters import COLLECTION as LETTERS
from shared.runtime.replay import AGGREGATES

MOST: Final = 20
"""So many findings of a kind are told, though all are counted."""


@dataclass(slots=True)
class Findings:
    """What was counted, and what is wrong: a kind, then where."""

    counts: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def count(self, what: str, by: int = 1) -> None:
        """Count something that was looked at."""
        self.counts[what] = self.counts.get(what, 0) + by

    def find(self, kind: str, where: str) -> None:
        """Note something wrong."""
        self.wrong.setdefault(kind, []).append(where)


@dataclass(frozen=True, slots=True)
class Person:
    """What counts of an aggregate: steps folded, of which so many journal lines still wait, and its holes' letters."""

    steps: int
    waiting: int
    letters: frozenset[str]


async def verify(reach: Reach, advance: Advance) -> Answer:
    """Look through all event and journal topics and all databases; 1 when anything is wrong."""
    findings = Findings()
    for topic in sorted({row.topic for row in CATALOG}):
        await _events(reach, topic, findings, advance)
    for name in reach.names():
        await _service(reach, name, findings, advance)
    wrong = [(kind, len(where), ", ".join(where[:3])) for kind, where in sorted(findings.wrong.items())]
    looked = ", ".join(f"{count} {what}" for what, count in findings.counts.items())
    told = {kind: {"count": len(where), "where": where[:MOST]} for kind, where in findings.wrong.items()}
    found = {"well": not wrong, "looked_at": findings.counts, "wrong": told}
    lines = (f"Looked at {looked}.", "Something is wrong." if wrong else "Nothing is wrong.")
    shown = table(("what is wrong", "how often", "for example"), wrong) if wrong else None
    return Answer(found, WRONG if wrong else WELL, lines, shown)


async def _events(reach: Reach, topic: str, findings: Findings, advance: Advance) -> None:
    """Every key's events have seq 1, 2, 3 … by first occurrence."""
    histories = await _histories(reach, topic, "ce_seq", advance)
    findings.count("events", histories.records)
    findings.count("repeated events", histories.repeated)
    for key, expected, number in histories.gaps:
        findings.find("seq gap", f"{topic} {key}: {number} where {expected} was due")


async def _service(reach: Reach, name: str, findings: Findings, advance: Advance) -> None:
    people = await _people(reach, name, findings)
    await _letters(reach, name, people, findings)
    await _records(reach, name, people, findings)
    await _journal(reach, name, people, findings, advance)


async def _people(reach: Reach, name: str, findings: Findings) -> dict[str, Person]:
    people: dict[str, Person] = {}
    now = time.time_ns() // 1_000_000
    async for page in reach.whole(name).pages(AGGREGATES):
        for document in page:
            key = document["_id"]
            people[key] = _person(document)
            if document["outbox"] and document["pending"] is None:
                findings.find("outbox set aside", f"{name} {key}")
            elif document["pending"] is not None and now - document["pending"] > OLD_OUTBOX_S * 1000:
                findings.find("old outbox", f"{name} {key}: {(now - document['pending']) // 1000} s")
    findings.count("people and groups", len(people))
    return people


async def _letters(reach: Reach, name: str, people: dict[str, Person], findings: Findings) -> None:
    """Open letters, and holes whose letter is not open: nothing would ever close them."""
    open_letters: set[str] = set()
    async for page in reach.whole(name).pages(LETTERS, {"status": "open"}):
        open_letters |= {letter["_id"] for letter in page}
    for id in sorted(open_letters):
        findings.find("dead letter open", f"{name} {id}")
    for key, person in people.items():
        if lonely := person.letters - open_letters:
            findings.find("hole without a letter", f"{name} {key}: {min(lonely)}")


async def _records(reach: Reach, name: str, people: dict[str, Person], findings: Findings) -> None:
    """No record may come from a step that its person's history does not have."""
    known = dict(people)
    for collection in (COMMANDS, *service_of(name).collections):
        async for page in reach.whole(name).pages(collection):
            findings.count("records", len(page))
            newer = [r["key"] for r in page if r["key"] not in known or r["seq"] > known[r["key"]].steps]
            known.update(await _again(reach, name, newer))  # written while this looks
            for record in page:
                person = known.get(record["key"])
                if person is None or record["seq"] > person.steps:
                    findings.find("record ahead of its history", f"{name} {collection} {record['_id']}")


async def _journal(reach: Reach, name: str, people: dict[str, Person], findings: Findings, advance: Advance) -> None:
    """Every step of every history lies in the journal, or waits in the outbox for it."""
    topic = service_of(name).journal_topic
    histories = await _histories(reach, topic, "n", advance)
    findings.count("journal lines", histories.records)
    for key, expected, number in histories.gaps:
        findings.find("journal gap", f"{topic} {key}: {number} where {expected} was due")
    for key, person in people.items():
        if histories.highest.get(key, 0) < person.steps - person.waiting:
            findings.find("step without a journal line", f"{topic} {key}")
    ahead = [key for key, n in histories.highest.items() if key not in people or n > people[key].steps]
    known = await _again(reach, name, ahead)  # written while this looks
    ring = await reach.sealer().load_people([(histories.tenants[key], key) for key in ahead], create=False)
    for key in ahead:
        known_steps = known[key].steps if key in known else 0
        if histories.highest[key] > known_steps and not ring.erased(histories.tenants[key], key):
            findings.find("journal ahead of the database", f"{topic} {key}")


async def _histories(reach: Reach, topic: str, header: str, advance: Advance) -> Histories:
    reader, histories = await reach.reader(), Histories()
    span = await reader.span(topic)
    async for page in reader.read(topic, span.begins, span.ends):
        for lying in page:
            _add(histories, lying, header, from_the_beginning=span.begins[lying.raw.partition] == 0)
        advance(topic, histories.records, span.count)
    return histories


def _add(histories: Histories, lying: Lying, header: str, *, from_the_beginning: bool) -> None:
    """A record counts when a service of ours can have written it; what strangers lay down is a dead letter's matter."""
    number = lying.raw.header(header)
    if lying.raw.key is None or number is None or not (number.isascii() and number.isdecimal()):
        return
    key = lying.raw.key.decode(errors="replace")
    histories.tenants.setdefault(key, lying.raw.header("tenant") or "")
    histories.add(key, int(number), from_the_beginning=from_the_beginning)


def _person(document: dict[str, Any]) -> Person:
    meta = orjson.loads(document["state"])
    lines = [orjson.loads(line) for line in document["outbox"].split("\n")] if document["outbox"] else []
    return Person(meta["steps"], sum(line["k"] == "j" for line in lines), frozenset(meta["holes"].values()))


async def _again(reach: Reach, name: str, keys: list[str]) -> dict[str, Person]:
    """These people as they are now."""
    wanted = sorted(set(keys))
    found: dict[str, Person] = {}
    for start in range(0, len(wanted), 500):
        for document in await reach.store(name).load(wanted[start : start + 500]):
            found[document["_id"]] = _person(document)
    return found
