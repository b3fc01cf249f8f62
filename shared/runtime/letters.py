"""Dead letters: what could not be handled, kept as documents with their reason until a person or newer code decides."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import structlog

from shared.observability.metrics import Metrics
from shared.runtime.aggregate import EVENT_LIMIT
from shared.runtime.incoming import Incoming, Outcome, Verdict
from shared.runtime.messages import Message
from shared.runtime.ports import Crash, CrashPoint, Publisher, Store, survive
from shared.runtime.wire import Outgoing, Raw, Undecodable, message_json

COLLECTION = "dead_letters"
CODE_VERSION = "0.1.0"

_log = structlog.get_logger(__name__)


class Letters:
    """Stores dead letters before the offsets are committed, and mirrors them to a topic for other tools."""

    def __init__(
        self,
        topic: str,
        store: Store,
        publisher: Publisher,
        metrics: Metrics,
        wall: Callable[[], int],
        crash: Crash = survive,
    ) -> None:
        self._topic = topic
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._wall = wall
        self._crash = crash

    async def bury(self, dead: Sequence[tuple[Incoming | Raw, Exception]]) -> None:
        """Store one letter per failure; the same failure again only raises its `attempts`. Raises `DependencyDown`."""
        if not dead:
            return
        ids = [_id(what) for what, _ in dead]
        known = {x["_id"]: x for x in await self._store.find(COLLECTION, {"_id": {"$in": ids}}, limit=len(ids))}
        letters = [self._letter(what, error, known.get(_id(what))) for what, error in dead]
        await self._store.put({COLLECTION: letters})
        for letter in letters:
            if letter["_id"] not in known:
                self._metrics.dead_letters(letter["reason"]).inc()
            _log.error("dead_letter", reason=letter["reason"])
        self._crash(CrashPoint.AFTER_DEAD_LETTER)
        await self._publisher.publish([self._mirrored(letter) for letter in letters])  # the document is what counts

    async def list(self, status: str = "open", limit: int = 200, **where: Any) -> list[dict[str, Any]]:
        """Letters of a status, oldest first; `where` narrows them down."""
        return await self._store.find(COLLECTION, {"status": status, **where}, [("at", 1)], limit)

    async def get(self, id: str) -> dict[str, Any] | None:
        """One letter."""
        found = await self._store.find(COLLECTION, {"_id": id}, limit=1)
        return found[0] if found else None

    async def close(self, letter: dict[str, Any], status: str) -> None:
        """Mark a letter as `redriven` or `discarded`."""
        await self._store.put({COLLECTION: [{**letter, "status": status, "seq": letter["seq"] + 1}]})

    def _letter(self, what: Incoming | Raw, error: Exception, known: dict[str, Any] | None) -> dict[str, Any]:
        raw = what if isinstance(what, Raw) else what.raw
        message: Message[Any] | None = what.message if isinstance(what, Incoming) else None
        value = raw.value if raw is not None else orjson.dumps(message_json(message)) if message is not None else None
        attempts = (known["attempts"] if known else 0) + 1
        return {
            "_id": _id(what),
            "status": "open",
            "reason": reason(error),
            "key": message.key if message else (raw.key or b"").decode(errors="replace") if raw else "",
            "tenant": message.tenant if message else "",
            "raw": None if value is None else base64.b64encode(value).decode(),
            "headers": [[k, None if v is None else base64.b64encode(v).decode()] for k, v in raw.headers]
            if raw
            else [],
            "topic": raw.topic if raw else "",
            "partition": raw.partition if raw else -1,
            "offset": raw.offset if raw else -1,
            "raw_key": base64.b64encode(raw.key).decode() if raw and raw.key is not None else None,
            "attempts": attempts,
            "code_version": CODE_VERSION,
            "at": known["at"] if known else self._wall(),
            "seq": (known["seq"] if known else 0) + 1,
        }

    def _mirrored(self, letter: dict[str, Any]) -> Outgoing:
        """The copy for other tools; what is too large for Kafka is left to the document."""
        whole = orjson.dumps(letter, option=orjson.OPT_SORT_KEYS)
        if len(whole) > EVENT_LIMIT:
            whole = orjson.dumps({**letter, "raw": None, "headers": []}, option=orjson.OPT_SORT_KEYS)
        return Outgoing(self._topic, letter["key"] or letter["_id"], whole, (), 0)


def dead_of(batch: Sequence[Incoming], outcomes: Sequence[Outcome]) -> list[tuple[Incoming | Raw, Exception]]:
    """The messages of a batch that became dead letters of their own."""
    return [
        (incoming, outcome.error or RuntimeError())
        for incoming, outcome in zip(batch, outcomes, strict=True)
        if outcome.verdict is Verdict.DEAD and outcome.letter in (None, incoming.id)
    ]


def raw_of(letter: dict[str, Any]) -> Raw:
    """The record that a letter holds, byte for byte."""
    headers = tuple((k, None if v is None else base64.b64decode(v)) for k, v in letter["headers"])
    value = None if letter["raw"] is None else base64.b64decode(letter["raw"])
    key = None if letter["raw_key"] is None else base64.b64decode(letter["raw_key"])
    return Raw(letter["topic"], letter["partition"], letter["offset"], key, value, headers)


def reason(error: Exception) -> str:
    """A code for why something died; never the text of an error, which may hold what was sent."""
    if isinstance(error, Undecodable):
        return error.reason
    text = str(error)
    own = text.replace("_", "").isalpha() and text.islower() and len(text) < 40
    return f"{type(error).__name__}:{text}" if isinstance(error, ValueError) and own else type(error).__name__


def _id(what: Incoming | Raw) -> str:
    return what.id
