"""What goes into a transition and what comes out of it: the whole vocabulary a service author needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

import orjson
from pydantic import BaseModel

T_co = TypeVar("T_co", covariant=True)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused a message: `kind` is an `ActorKind` of the envelope, `id` random."""

    kind: str
    id: str


SYSTEM = Actor("system", "system")


@dataclass(frozen=True, slots=True)
class Message(Generic[T_co]):
    """One thing that happened to one aggregate: an event, a command, a tick or the outcome of an effect.

    `incomplete` is true while a dead letter leaves a hole in this history, or the message itself fills one: then
    nothing upward is decided.
    """

    data: T_co
    key: str
    tenant: str
    id: str
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor = SYSTEM
    source: str = "system"
    local_date: date | None = None
    tz: str | None = None
    correlation_id: str | None = None
    service: str | None = None
    seq: int | None = None
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Emit:
    """An event to publish under the aggregate's own key; what is None is taken from the message being handled."""

    data: BaseModel
    occurred_at: datetime | None = None
    local_date: date | None = None
    tz: str | None = None
    actor: Actor | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A document that people and other services read; stored as `{_id: "key:id", id, key, tenant, seq, **data}`.

    Fields that a query filters or sorts by are text or integers (times as epoch milliseconds);
    indexes use `id`, since the embedded engine takes no `_id` in a compound index.
    """

    collection: str
    id: str
    data: Mapping[str, Any]


def as_text(value: Any) -> str:
    """One text for a part of a record that nobody filters by: JSON, sorted, so that equal values are equal texts.

    Its numbers are finite and its integers below 2^63; whatever else is no JSON is a `TypeError`.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


@dataclass(frozen=True, slots=True)
class Effect:
    """A message to a person: sent at most once (prompts) or at least once (`safety`), never after `not_after`."""

    id: str
    channel: str
    not_after: datetime
    data: Mapping[str, Any]
    safety: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller of a command is told; kept with the command id, so that a repeated call gets the same answer."""

    status: int
    body: Mapping[str, Any]


class Refused(Exception):
    """A command that breaks a rule: nothing is stored, and the caller gets the rule as problem+json.

    `code` names the rule (`clock_skew`), `detail` says it in one sentence without echoing what was sent, `field` is a
    JSON pointer into the request. Where several rules are broken at once, `errors` tells each as `(field, code,
    detail)`; the first is the one told in full.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.headers = dict(headers or {})
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """What a message did: the next state and, in order, what is to be put, published and sent because of it."""

    state: S
    events: tuple[Emit, ...] = ()
    records: tuple[Record, ...] = ()
    effects: tuple[Effect, ...] = ()
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time alone acts: the aggregate's `due` moment has come."""

    due: datetime


@dataclass(frozen=True, slots=True)
class EffectOutcome:
    """How a message to a person ended: `sent`, or `unknown`, `suppressed` or `failed` with a reason."""

    effect_id: str
    outcome: str
    reason: str | None
    at: datetime


class Handler(Protocol):
    """A pure transition: no I/O, no clock, the same result for the same input."""

    def __call__(self, state: Any, message: Message[Any], now: datetime, /) -> Transition[Any]: ...


@dataclass(frozen=True, slots=True)
class To:
    """Routes an event to another aggregate of the service ([7]), which deduplicates it by its event id."""

    handler: Handler
    key: Callable[[Message[Any]], str]


def never_due(_: Any) -> datetime | None:
    """The `due` of a service in which time alone never acts."""
    return None


def as_it_is(state: Any) -> Any:
    """The `stored` of a service that writes all of its state."""
    return state


def always_wanted(_: Any, __: str) -> str | None:
    """The `recall` of a service that never takes a message back."""
    return None


@dataclass(frozen=True, slots=True)
class Service:
    """One service as data: its state, its transitions, when time alone must act, and the records it keeps.

    `state` is a frozen dataclass whose defaults are the state of an aggregate never heard of; `due(state)` is the
    moment (UTC) when a `Tick` must be handled; `collections` maps each record collection to its indexes (tuples of
    `(field, direction)`), and those named in `once` hold records that are hardly ever put a second time; `schema` is
    the version of the state's text, and `upgrade(schema, state)` turns the text of the version before into this one.
    `stored(state)` is what of it is written, where fields that are at their default are left out.

    `recall(state, effect_id)` is asked in the write that claims an effect, the last moment before it leaves: a reason
    ends it as `suppressed`, a safety message too.
    """

    name: str
    state: type
    transitions: Mapping[type, Handler | To]
    due: Callable[[Any], datetime | None] = never_due
    recall: Callable[[Any, str], str | None] = always_wanted
    schema: int = 1
    upgrade: Callable[[int, dict[str, Any]], dict[str, Any]] | None = None
    stored: Callable[[Any], Any] = as_it_is
    collections: Mapping[str, tuple[tuple[tuple[str, int], ...], ...]] = field(default_factory=dict)
    once: frozenset[str] = frozenset()

    @property
    def events_topic(self) -> str:
        """The topic that carries this service's events."""
        return f"{self.name.replace('_', '-')}-events"

    @property
    def journal_topic(self) -> str:
        """The topic that carries this service's sealed journal."""
        return f"{self.name.replace('_', '-')}-journal"

    @property
    def dead_letters_topic(self) -> str:
        """The topic that mirrors this service's dead letters for other tools."""
        return f"{self.name.replace('_', '-')}-dead-letters"
