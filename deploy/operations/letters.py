"""`dead-letters`: look at what could not be handled, fold it again in that service alone, or give it up; `resume`."""

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import orjson

from deploy.operations.reach import Reach
from deploy.operations.telling import WELL, WRONG, Advance, Answer, table
from deploy.operations.wrong import WrongQuestion
from shared.clock import from_ms
from shared.runtime.aggregate import Document
from shared.runtime.letters import COLLECTION
from shared.runtime.runtime import Runtime

STATUSES = ("open", "redriven", "discarded")
_SHOWN = ("id", "reason", "attempts", "code_version", "at")


async def listed(reach: Reach, service: str | None, status: str, limit: int) -> Answer:
    """Letters of a status, oldest first; at most so many of each service."""
    found = []
    for name in reach.names(service):
        letters = await reach.store(name).find(COLLECTION, {"status": status}, [("at", 1)], limit)
        found += [{"service": name, **_head(letter)} for letter in letters]
    rows = [(letter["service"], *(letter[field] for field in _SHOWN)) for letter in found]
    lines = () if found else (f"No dead letter is {status}.",)
    return Answer(found, WELL, lines, table(("service", *_SHOWN), rows) if found else None)


async def shown(reach: Reach, service: str, id: str) -> Answer:
    """One letter with what it holds; words in it stay sealed."""
    (name,) = reach.names(service)
    letter = await _letter(reach, name, id)
    found = {"service": name, **_head(letter), "headers": _headers(letter), "content": _content(letter)}
    return Answer(found, lines=(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode(),))


async def redriven(
    reach: Reach, advance: Advance, service: str, ids: Sequence[str], reason: str | None, every: bool
) -> Answer:
    """Fold letters again by the service's own code; those that die once more stay open (exit code 1)."""
    (name,) = reach.names(service)
    if not ids and not every and reason is None:
        raise WrongQuestion("Say which letters: their ids, --reason or --all.")
    if not ids:
        ids = [letter["_id"] for letter in await _open(reach, name, reason)]
    runtime = reach.runtime(name)
    became = {}
    for number, id in enumerate(ids):
        advance("Redriving", number, len(ids))
        became[id] = await runtime.redrive(id)
    return _became(became, "redriven")


async def discarded(reach: Reach, service: str, ids: Sequence[str]) -> Answer:
    """Give letters up for good: their holes close, and what they held never takes effect."""
    (name,) = reach.names(service)
    runtime = reach.runtime(name)
    return _became({id: await _given_up(runtime, id) for id in ids}, "discarded")


async def resumed(reach: Reach, service: str) -> Answer:
    """Let a service go on that stopped because too much died."""
    (name,) = reach.names(service)
    released = await reach.runtime(name).brake.release()
    said = "goes on with its next batch" if released else "was not stopped"
    return Answer({"service": name, "released": released}, lines=(f"{name} {said}.",))


async def _given_up(runtime: Runtime, id: str) -> str:
    letter = await runtime.letters.get(id)
    return "redriven" if letter is not None and letter["status"] == "redriven" else await runtime.discard(id)


def _became(became: dict[str, str], wanted: str) -> Answer:
    if unknown := [number for number, what in enumerate(became.values(), 1) if what == "unknown"]:
        raise WrongQuestion(f"The service has no dead letter of id number {unknown[0]}.")
    right = all(what in (wanted, "redriven", "discarded") for what in became.values())
    lines = [f"{id}: {what}" for id, what in became.items()] or ["There was nothing to do."]
    return Answer(became, WELL if right else WRONG, lines)


async def _open(reach: Reach, name: str, reason: str | None) -> list[Document]:
    """Open letters, oldest first."""
    found = [
        letter
        async for page in reach.whole(name).pages(COLLECTION, {"status": "open"})
        for letter in page
        if reason in (None, letter["reason"])
    ]
    return sorted(found, key=lambda letter: (letter["at"], letter["_id"]))


async def _letter(reach: Reach, name: str, id: str) -> Document:
    found = await reach.store(name).find(COLLECTION, {"_id": id}, limit=1)
    if not found:
        raise WrongQuestion(f"There is no such dead letter in {name}.")
    return found[0]


def _head(letter: Document) -> dict[str, Any]:
    fields = ("status", "reason", "key", "tenant", "topic", "partition", "offset", "attempts", "code_version")
    at = from_ms(letter["at"]).astimezone(UTC).isoformat(timespec="seconds")
    return {"id": letter["_id"], **{field: letter[field] for field in fields}, "at": at}


def _headers(letter: Document) -> dict[str, str | None]:
    return {
        name: None if value is None else base64.b64decode(value).decode(errors="replace")
        for name, value in letter["headers"]
    }


def _content(letter: Document) -> Any:
    """What the record held: as JSON where it is, else as text."""
    if letter["raw"] is None:
        return None
    raw = base64.b64decode(letter["raw"])
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode(errors="replace")
