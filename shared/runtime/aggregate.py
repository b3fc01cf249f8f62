"""The aggregate: one document that holds a person's state together with everything decided and not yet done."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import NoneType
from typing import Any, Self

import orjson
from pydantic import TypeAdapter

from shared.runtime.messages import Service

Document = dict[str, Any]

CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
"""Equal values become equal bytes; an integer beyond 2^53 or a lone surrogate raises."""

EVENT_LIMIT = 256 * 1024
DOCUMENT_LIMIT = 1024 * 1024
SEEN_LIMIT = 500
OUTBOX_ENTRIES_LIMIT = 500
OUTBOX_BYTES_LIMIT = 512 * 1024


_PLAIN = frozenset({str, int, bool, NoneType, datetime, date})
"""What cannot hold a number that is not finite."""

_JSON = frozenset({str, int, bool, NoneType})
"""What is in JSON what it is in Python."""


class NewerSchema(Exception):
    """The document was written by newer code; this instance must not touch it."""


class Unsendable(ValueError):
    """Something that could never be stored or published: too large, not a JSON number, no valid text."""


@dataclass(slots=True)
class Line:
    """One entry of the outbox; `i` counts up per aggregate and is never used twice.

    `kind` is `r` for a record to put, `e` for an event to publish, `x` for an effect, `j` for a journal line. What an
    event made by this process becomes on Kafka is `ready`: topic, value and headers; one that was read has none.
    """

    i: int
    kind: str
    held: dict[str, Any] | None = field(compare=False, repr=False)
    raw: bytes
    ready: tuple[str, bytes, Sequence[tuple[str, bytes]]] | None = field(default=None, compare=False, repr=False)

    @property
    def body(self) -> dict[str, Any]:
        """What is to be done; the caller must not change it."""
        return self.held if self.held is not None else _read(self.raw)[2]

    def done(self) -> None:
        """Hold no more than is stored: what was done is hardly ever looked at again."""
        self.held = self.ready = None

    @classmethod
    def of(
        cls,
        i: int,
        kind: str,
        body: dict[str, Any],
        ready: tuple[str, bytes, Sequence[tuple[str, bytes]]] | None = None,
    ) -> Self:
        """Encode a new line; raises `Unsendable` when it could not be stored or sent."""
        raw = encode({"i": i, "k": kind, **body})
        if len(raw) > EVENT_LIMIT:
            raise Unsendable(f"one outbox line of {len(raw)} bytes is above {EVENT_LIMIT}")
        return cls(i, kind, body, raw, ready)

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read a stored line."""
        return cls(*_read(raw), raw)


def _read(raw: bytes) -> tuple[int, str, dict[str, Any]]:
    body = orjson.loads(raw)
    return body.pop("i"), body.pop("k"), body


def encode(value: Any) -> bytes:
    """Canonical JSON; raises `Unsendable` for what JSON, MongoDB or Kafka could not carry."""
    try:
        return orjson.dumps(value, option=CANONICAL)
    except (TypeError, ValueError) as error:
        raise Unsendable(type(error).__name__) from error


@dataclass(slots=True)
class Aggregate:
    """The decoded document. `v` is the version that was read (0: there is none yet).

    `seq` counts events, `steps` folded messages, `lines` outbox lines. `marks` holds the highest seq seen per producing
    service, `holes` the dead letters missing from this history, `seen` the last event ids routed here from other
    aggregates, `clock` the latest `now` (epoch ms), `snooze` until when a failing tick waits. `before`, which is not
    stored, is what `lines` was before the fold that made this copy: later ones were decided just now.
    """

    key: str
    tenant: str
    v: int
    state: Any
    seq: int = 0
    steps: int = 0
    lines: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    holes: dict[str, str] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    clock: int = 0
    snooze: int = 0
    due: int | None = None
    pending: int | None = None
    outbox: tuple[Line, ...] = ()
    size: int = 0
    before: int = 0

    def copy(self) -> "Aggregate":
        """A working copy; the dictionaries are its own."""
        return Aggregate(
            self.key,
            self.tenant,
            self.v,
            self.state,
            self.seq,
            self.steps,
            self.lines,
            dict(self.marks),
            dict(self.holes),
            self.seen,
            self.clock,
            self.snooze,
            self.due,
            self.pending,
            self.outbox,
            self.size,
            self.before,
        )

    @property
    def full(self) -> bool:
        """Whether so much waits to be forwarded that no more may be added."""
        return (
            len(self.outbox) > OUTBOX_ENTRIES_LIMIT or sum(len(line.raw) for line in self.outbox) > OUTBOX_BYTES_LIMIT
        )

    @property
    def waiting(self) -> str:
        """The outbox as it is stored."""
        return b"\n".join(line.raw for line in self.outbox).decode()


class Codec:
    """Turns aggregates into documents and back, for one service."""

    def __init__(self, service: Service, shard_of: Any) -> None:
        self._service = service
        self._shard_of = shard_of
        self._states: TypeAdapter[Any] = TypeAdapter(service.state)
        self._has_floats = '"float"' in repr(self._states.core_schema).replace("'", '"')

    def new(self, key: str) -> Aggregate:
        """The aggregate of a person never heard of; the first message that takes effect gives it its tenant."""
        return Aggregate(key=key, tenant="", v=0, state=self._service.state())

    def encode_state(self, aggregate: Aggregate) -> bytes:
        """The canonical text of the state; equal states give equal text."""
        if self._has_floats:
            refuse_nan(aggregate.state)
        return encode(
            {
                "clock": aggregate.clock,
                "holes": aggregate.holes,
                "lines": aggregate.lines,
                "marks": aggregate.marks,
                "seen": aggregate.seen,
                "seq": aggregate.seq,
                "snooze": aggregate.snooze,
                "state": self._service.stored(aggregate.state),
                "steps": aggregate.steps,
            }
        )

    def encode(self, aggregate: Aggregate, limit: int = DOCUMENT_LIMIT) -> Document:
        """The document to store as version `aggregate.v + 1`; raises `Unsendable` when it is too large."""
        state = self.encode_state(aggregate)
        outbox = b"\n".join(line.raw for line in aggregate.outbox)
        aggregate.size = len(state) + len(outbox)
        if aggregate.size > limit:
            raise Unsendable(f"a document of {aggregate.size} bytes is above {limit}")
        return {
            "_id": aggregate.key,
            "tenant": aggregate.tenant,
            "schema": self._service.schema,
            "v": aggregate.v + 1,
            "shard": self._shard_of(aggregate.key),
            "due": aggregate.due,
            "pending": aggregate.pending,
            "state": state.decode(),
            "outbox": outbox.decode(),
        }

    def decode(self, document: Document) -> Aggregate:
        """Read a stored document; raises `NewerSchema` when newer code wrote it."""
        self._check(document)
        text = document["state"]
        meta = orjson.loads(text)
        outbox = document["outbox"]
        return Aggregate(
            key=document["_id"],
            tenant=document["tenant"],
            v=document["v"],
            state=self.state_of(document["schema"], meta["state"]),
            seq=meta["seq"],
            steps=meta["steps"],
            lines=meta["lines"],
            before=meta["lines"],
            marks=meta["marks"],
            holes=meta["holes"],
            seen=tuple(meta["seen"]),
            clock=meta["clock"],
            snooze=meta["snooze"],
            due=document["due"],
            pending=document["pending"],
            outbox=tuple(Line.parse(raw.encode()) for raw in outbox.split("\n")) if outbox else (),
            size=len(text) + len(outbox),
        )

    def state_of(self, schema: int, state: dict[str, Any]) -> Any:
        """The state that was stored under this schema or the one before, as it is now."""
        if schema < self._service.schema and self._service.upgrade is not None:
            state = self._service.upgrade(schema, state)
        return self._states.validate_python(state)

    def decode_records(self, document: Document) -> Aggregate:
        """A stored document without its state, and of its outbox only the records. Raises `NewerSchema`."""
        self._check(document)
        lines = [Line.parse(raw.encode()) for raw in document["outbox"].split("\n") if '"k":"r"' in raw]
        records = tuple(line for line in lines if line.kind == "r")
        return Aggregate(document["_id"], document["tenant"], document["v"], None, outbox=records)

    def _check(self, document: Document) -> None:
        if document["schema"] > self._service.schema:
            raise NewerSchema(self._service.name)


def is_plain(data: Mapping[str, Any]) -> bool:
    """Whether it holds text, whole numbers, truth values and lists of text alone: JSON gives back the very same."""
    for item in data.values():
        kind = type(item)
        if kind not in _JSON and not (kind is list and all(type(one) is str for one in item)):
            return False
    return True


def refuse_nan(value: Any) -> None:
    """Raise `Unsendable` when a number inside is not finite: JSON would silently turn it into null."""
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is dict:
        for item in value.values():
            if type(item) not in _PLAIN:
                refuse_nan(item)
    elif kind is list or kind is tuple:
        for item in value:
            if type(item) not in _PLAIN:
                refuse_nan(item)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise Unsendable("a number that is not finite")
    elif isinstance(value, Mapping):
        refuse_nan(dict(value))
    elif isinstance(value, list | tuple):
        refuse_nan(list(value))
    elif (names := getattr(kind, "__dataclass_fields__", None)) is not None:
        for name in names:
            item = getattr(value, name)
            if type(item) not in _PLAIN:
                refuse_nan(item)
