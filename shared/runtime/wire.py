"""Events between bytes and messages: how a Kafka record is read on its own, and how an outbox line becomes one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from shared.clock import to_ms
from shared.contracts.catalog import BY_MODEL, BY_TYPE, LATEST, Row
from shared.contracts.envelope import Event
from shared.ids import event_id
from shared.runtime.aggregate import Aggregate, Line, encode
from shared.runtime.messages import Actor, Emit, Message

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Raw:
    """A Kafka record as it lies in its partition; `topic` is without the installation's namespace."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def id(self) -> str:
        """Where it lies: the id of its dead letter, should it become one."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    def header(self, name: str) -> str | None:
        """A header's text, or None when it is missing, null or no UTF-8."""
        for key, value in self.headers:
            if key == name and value is not None:
                try:
                    return value.decode()
                except UnicodeDecodeError:
                    return None
        return None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish; `line` is the outbox line it stands for."""

    topic: str
    key: str
    value: bytes
    headers: Headers
    line: int


class NotWanted(Exception):
    """This service has no transition for the record, or nobody knows its type; it is skipped and counted."""

    def __init__(self, event_type: str) -> None:
        super().__init__(event_type)
        self.event_type = event_type


class Undecodable(Exception):
    """The record can never be handled by this code; `service` and `seq` are what could still be read."""

    def __init__(self, reason: str, service: str | None = None, seq: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.service = service
        self.seq = seq


@cache
def _event_model(model: type[BaseModel]) -> type[Event[Any]]:
    return Event[model]  # type: ignore[valid-type]


def decode(raw: Raw, wanted: Iterable[type]) -> Message[Any]:
    """Read one record; raises `NotWanted` to skip it and `Undecodable` to put it among the dead letters.

    The type is read from the header where there is one, so that unwanted records cost nothing; the body decides.
    """
    if raw.value is None:
        raise Undecodable("no_value", *_origin(raw))
    name, version = raw.header("ce_type"), raw.header("ce_version")
    if name is None or version is None or not _is_number(version):
        name, version = _peek(raw)
    row = BY_TYPE.get((name, int(version)))
    if row is None:
        if name not in LATEST:
            raise NotWanted("unknown")
        raise Undecodable("newer_version" if int(version) > LATEST[name] else "no_such_version", *_origin(raw))
    if row.model not in wanted:
        raise NotWanted(row.type)
    try:
        event = _event_model(row.model).model_validate_json(raw.value)
    except ValidationError:
        raise Undecodable("invalid_event", *_origin(raw)) from None
    _check(raw, row, event)
    return Message(
        data=event.data,
        key=event.key,
        tenant=event.tenant_id,
        id=event.event_id,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=Actor(event.actor.kind, event.actor.id),
        source=event.source,
        local_date=event.local_date,
        tz=event.tz,
        correlation_id=event.correlation_id,
        service=event.service,
        seq=event.seq,
    )


def _peek(raw: Raw) -> tuple[str, str]:
    try:
        body = orjson.loads(raw.value or b"")
        name, version = body["type"], body["version"]
    except (ValueError, KeyError, TypeError):
        raise Undecodable("not_an_event", *_origin(raw)) from None
    if not isinstance(name, str) or type(version) is not int or not 0 < version < 2**31:
        raise Undecodable("not_an_event", *_origin(raw))
    return name, str(version)


def _origin(raw: Raw) -> tuple[str | None, int | None]:
    """Producing service and seq, as far as headers or body still tell them."""
    source, seq = raw.header("ce_source"), raw.header("ce_seq")
    if source is None or seq is None or not _is_number(seq):
        try:
            body = orjson.loads(raw.value or b"")
            source, seq = body["service"], str(body["seq"])
        except (ValueError, KeyError, TypeError):
            return None, None
    service = source.removeprefix("/pacewell/") if isinstance(source, str) else ""
    known = {row.producer for row in BY_TYPE.values()}
    return (service, int(seq)) if service in known and _is_number(seq) and int(seq) <= 2**53 else (None, None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20


def _check(raw: Raw, row: Row, event: Event[Any]) -> None:
    try:
        key = event.key
    except ValueError:
        raise Undecodable("no_key", event.service, event.seq) from None
    if event.type != row.type or event.version != row.version:
        raise Undecodable("type_differs_from_header", event.service, event.seq)
    if event.service != row.producer or raw.topic != row.topic:
        raise Undecodable("wrong_producer")  # its seq counts in nobody's history, nor does that of
    if raw.key is None or raw.key != key.encode():
        raise Undecodable("key_differs_from_body")
    if (event.patient_id is None) == (row.key == "patient_id"):
        raise Undecodable("wrong_key_field", event.service, event.seq)


def event_line(aggregate: Aggregate, service: str, emit: Emit, cause: Message[Any], now_ms: int, now: Any) -> Line:
    """The outbox line of an event; takes the next seq of the aggregate. Raises `Unsendable` when it is too large."""
    row = BY_MODEL[type(emit.data)]
    if row.producer != service:
        raise ValueError(f"{service} does not produce {row.type}")
    aggregate.seq += 1
    aggregate.lines += 1
    actor = emit.actor or cause.actor
    body: dict[str, Any] = {
        "event_id": event_id(service, aggregate.key, aggregate.seq),
        "type": row.type,
        "version": row.version,
        "service": service,
        "seq": aggregate.seq,
        "occurred_at": emit.occurred_at or cause.occurred_at,
        "recorded_at": now,
        "local_date": emit.local_date or cause.local_date,
        "tz": emit.tz or cause.tz,
        "tenant_id": aggregate.tenant,
        row.key: aggregate.key,
        "actor": {"kind": actor.kind, "id": actor.id},
        "source": emit.source or cause.source,
        "causation_id": cause.id,
        "correlation_id": cause.correlation_id or cause.id,
        "data": emit.data.model_dump(),
    }
    value, time = encode(body), encode(now)[1:-1]
    ready = (row.topic, value, _headers(aggregate.key, body, time))
    return Line.of(aggregate.lines, "e", {"b": orjson.Fragment(value), "at": now_ms}, ready)


def outgoing_event(key: str, line: Line) -> Outgoing:
    """The Kafka record of an event line: the envelope as its value, CloudEvents attributes as its headers."""
    if line.ready is not None:
        return Outgoing(line.ready[0], key, line.ready[1], line.ready[2], line.i)
    body = orjson.loads(line.raw)["b"]
    topic = BY_TYPE[(body["type"], body["version"])].topic
    headers = _headers(key, body, body["recorded_at"].encode())
    return Outgoing(topic, key, orjson.dumps(body, option=orjson.OPT_SORT_KEYS), headers, line.i)


def _headers(key: str, body: dict[str, Any], time: bytes) -> Headers:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", body["event_id"].encode()),
        ("ce_type", body["type"].encode()),
        ("ce_version", str(body["version"]).encode()),
        ("ce_source", f"/pacewell/{body['service']}".encode()),
        ("ce_time", time),
        ("ce_subject", key.encode()),
        ("ce_seq", str(body["seq"]).encode()),
        ("content-type", b"application/json"),
    )


def outgoing_journal(topic: str, aggregate: Aggregate, line: Line) -> Outgoing:
    """The Kafka record of a journal line: sealed, with its place in the person's history and who can open it."""
    headers = (("n", str(line.body["n"]).encode()), ("tenant", aggregate.tenant.encode()))
    return Outgoing(topic, aggregate.key, line.body["s"].encode(), headers, line.i)


def message_json(message: Message[Any]) -> dict[str, Any]:
    """A message as the journal keeps it."""
    return {
        "type": type(message.data).__name__,
        "data": message.data.model_dump() if isinstance(message.data, BaseModel) else message.data,
        "id": message.id,
        "occurred_at": to_ms(message.occurred_at),
        "recorded_at": to_ms(message.recorded_at),
        "actor": {"kind": message.actor.kind, "id": message.actor.id},
        "source": message.source,
        "local_date": message.local_date,
        "tz": message.tz,
        "correlation_id": message.correlation_id,
        "service": message.service,
        "seq": message.seq,
        "incomplete": message.incomplete,
    }
