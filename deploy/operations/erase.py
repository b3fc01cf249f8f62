"""`erase`: a person's documents and messages are removed, their key is thrown away, and a scan looks for traces."""

import asyncio
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from deploy.operations.person import Place, checked, databases_aside, names, places, tenant_of
from deploy.operations.reach import Reach, service_of
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from shared.kafka.partition import partition_of
from shared.kafka.reader import partitions
from shared.kafka.topics import topics
from shared.runtime.replay import AGGREGATES
from shared.sealing import key_id

REMEMBERED_S: Final = 65
"""Every process forgets a key after 60 s; until then it could write of the person once more."""

_CHUNK: Final = 1 << 20
_SPARSE: Final = (".index", ".timeindex", ".txnindex")
"""Kafka's index files hold offsets alone, and megabytes of nothing each."""

_SPOOLED: Final = "pacewell_safety_spool_waiting"


@dataclass(frozen=True, slots=True)
class Scan:
    """Where else to look, and for which words: what the person is known to have written."""

    words: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()


@dataclass(slots=True)
class Traces:
    """What is left of a person: documents that name their id, places where their words are, topics that hold ids."""

    own: list[str] = field(default_factory=list)
    named_in: list[str] = field(default_factory=list)
    words_in: list[str] = field(default_factory=list)
    sealed_journal_lines: int = 0
    records_in_topics: dict[str, int] = field(default_factory=dict)


async def erase(
    reach: Reach, advance: Advance, person: str, told_tenant: str | None, scan: Scan, wait_s: int = REMEMBERED_S
) -> Answer:
    """Erase a person for ever; may be called again. 1 when somebody must act first, or a trace was found.

    Kafka's topics keep what they hold until it ages out: pseudonymous ids, and words that nobody can open any more.
    """
    tenant = await tenant_of(reach, checked(reach, person), told_tenant)
    if (before := await _not_yet(reach, person)) is not None:
        return Answer({"patient_id": person, "refused": before[0]}, WRONG, (before[1],))
    await reach.sealer().erase(tenant, person)
    for second in range(wait_s):
        advance("Waiting until every process has forgotten the key", second, wait_s)
        await asyncio.sleep(1.0)
    removed = await _remove(reach, person)
    messages = await asyncio.to_thread(_remove_messages, reach.installation.messages, person)
    traces = await _traces(reach, advance, person, scan)
    gone = (await reach.keys().get([key_id(tenant, person)])).get(key_id(tenant, person), "") is None
    right = gone and not traces.own and not traces.words_in
    found: dict[str, Any] = {
        "patient_id": person,
        "key_thrown_away": gone,
        "documents_removed": removed,
        "messages_removed": messages,
        "left": {
            "own_documents": traces.own,
            "words_found_in": traces.words_in,
            "documents_naming_the_id": traces.named_in,
            "journal_lines_nobody_can_open": traces.sealed_journal_lines,
            "records_that_age_out": traces.records_in_topics,
        },
    }
    return Answer(found, WELL if right else WRONG, _lines(found, scan))


async def _not_yet(reach: Reach, person: str) -> tuple[str, str] | None:
    """What must happen first: old databases are dropped, memberships end, and what waits on a disk is stored."""
    if aside := await databases_aside(reach):
        said = f"{', '.join(aside)} may hold something of them and no service runs on it: drop it first."
        return "database_not_in_use", said
    async for place in places(reach, person):
        if not place.own and place.collection == AGGREGATES:
            return "still_a_member", "The person is still a member of a group: end their plan or let them leave first."
    if "safety" in reach.names():
        for address in reach.installation.place("safety").http:
            answer = await reach.http.get(f"{address}/metrics")
            if any(
                s.value for f in text_string_to_metric_families(answer.text) for s in f.samples if s.name == _SPOOLED
            ):
                return "spooled", "An answer waits on the disk of safety: bring its database back first."
    return None


async def _remove(reach: Reach, person: str) -> int:
    found: dict[tuple[str, str], list[str]] = {}
    async for place in places(reach, person):
        if place.own:
            found.setdefault((place.service, place.collection), []).append(place.document["_id"])
    return sum([await reach.whole(name).remove(collection, ids) for (name, collection), ids in found.items()])


def _remove_messages(folder: Path | None, person: str) -> int:
    if folder is None or not (folder / person).is_dir():
        return 0
    count = sum(1 for _ in (folder / person).iterdir())
    shutil.rmtree(folder / person)
    return count


async def _traces(reach: Reach, advance: Advance, person: str, scan: Scan) -> Traces:
    traces = Traces()
    async for place in places(reach, person):
        (traces.own if place.own else traces.named_in).append(place.name)
    words = tuple(word.encode() for word in scan.words)
    await _look_at_topics(reach, advance, person, words, traces)
    if words:
        async for place in _documents(reach):
            if any(names(place.document, word) for word in scan.words):
                traces.words_in.append(place.name)
        folders = [*scan.folders, *([reach.installation.messages] if reach.installation.messages else [])]
        traces.words_in += await asyncio.to_thread(files_with, folders, words)
    return traces


async def _look_at_topics(reach: Reach, advance: Advance, person: str, words: Sequence[bytes], traces: Traces) -> None:
    """Of each topic the person's partition, or all of them where words are looked for."""
    reader, wanted = await reach.reader(), topics(reach.names())
    journals = {service_of(name).journal_topic for name in reach.names()}
    for number, topic in enumerate(wanted):
        advance("Looking through the topics", number, len(wanted))
        span = await reader.span(topic.name)
        if not span.ends:
            continue
        some = partitions(span, [partition_of(person, len(span.ends))])
        begins, ends = (span.begins, span.ends) if words else some
        async for page in reader.read(topic.name, begins, ends):
            for lying in page:
                value = lying.raw.value or b""
                if any(word in value for word in words):
                    traces.words_in.append(lying.raw.id)
                if lying.raw.key != person.encode():
                    continue
                if topic.name in journals:
                    traces.sealed_journal_lines += 1
                else:
                    traces.records_in_topics[topic.name] = traces.records_in_topics.get(topic.name, 0) + 1


async def _documents(reach: Reach) -> Any:
    for name in reach.names():
        whole = reach.whole(name)
        for collection in await whole.collections():
            async for page in whole.pages(collection):
                for document in page:
                    yield Place(name, collection, document, False)


def files_with(folders: Iterable[Path], words: Sequence[bytes]) -> list[str]:
    """The files below these folders in which any of the words stands."""
    return sorted(str(file) for folder in folders for file in _files(folder) if _occurs(file, words))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix not in _SPARSE)


def _occurs(path: Path, words: Sequence[bytes]) -> bool:
    longest, tail = max(len(word) for word in words), b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if any(word in tail + chunk for word in words):
                    return True
                tail = (tail + chunk)[-longest:]
    except FileNotFoundError:  # cleared meanwhile
        return False
    return False


def read_words(file: Path) -> tuple[str, ...]:
    """One phrase a line; `WrongQuestion` when the file cannot be read or holds none."""
    try:
        found = tuple(line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, ValueError):
        raise WrongQuestion(f"{file} cannot be read.") from None
    if not found:
        raise WrongQuestion(f"{file} holds no words.")
    return found


def _lines(found: dict[str, Any], scan: Scan) -> list[str]:
    left = found["left"]
    ageing = ", ".join(f"{count} in {topic}" for topic, count in left["records_that_age_out"].items()) or "none"
    lines = [
        f"The key is thrown away; {found['documents_removed']} documents and {found['messages_removed']} messages are "
        "removed.",
        f"{left['journal_lines_nobody_can_open']} journal lines can be opened by nobody any more.",
        f"Records under the pseudonymous id that age out: {ageing}.",
    ]
    lines += [f"Still theirs: {name}" for name in left["own_documents"]]
    lines += [f"Names the id: {name}" for name in left["documents_naming_the_id"]]
    if scan.words:
        lines.append(f"Of {len(scan.words)} phrases, found in: {', '.join(left['words_found_in']) or 'nowhere'}.")
    return lines
