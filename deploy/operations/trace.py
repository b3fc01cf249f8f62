"""`trace`: the whole path of one logged session through the topics, as a tree of what led to what, with times."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from deploy.operations.reach import Reach
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from shared.clock import from_ms
from shared.contracts.catalog import CATALOG
from shared.kafka.partition import partition_of
from shared.kafka.reader import Lying, partitions

BEGINS_IN: Final = "session-logging-events"
_LINKS: Final = ("session_id", "cause_event_id", "decision_id", "supersedes", "proposal_id", "milestone_id")
"""Fields of an event's data by which it names another thing that happened."""

_ABOUT: Final = ("rule", "action", "track_id", "reason", "code", "kind")


@dataclass(slots=True)
class Step:
    """One event of a path: `recorded_at` is when its service decided it, `at_ms` when Kafka took it."""

    event: dict[str, Any]
    at_ms: int
    children: list["Step"] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.event["event_id"])

    def told(self, began_ms: int) -> dict[str, Any]:
        """For programs: what, when, how long after the log, and what it led to."""
        data = self.event["data"]
        return {
            "type": self.event["type"],
            "event_id": self.id,
            "service": self.event["service"],
            "seq": self.event["seq"],
            "recorded_at": self.event["recorded_at"],
            "published_at": from_ms(self.at_ms).astimezone(UTC).isoformat(timespec="milliseconds"),
            "after_ms": self.at_ms - began_ms,
            "about": {name: data[name] for name in _ABOUT if data.get(name)},
            "led_to": [child.told(began_ms) for child in self.children],
        }


async def trace(reach: Reach, advance: Advance, session_id: str) -> Answer:
    """The path of a session; 1 when no topic holds it (any more)."""
    found = await _logged(reach, advance, session_id)
    if found is None:
        return Answer({"session_id": session_id, "found": False}, WRONG, ("No topic holds this session (any more).",))
    people = sorted({row.topic for row in CATALOG})
    events = await _of_keys(reach, advance, people, {found})
    root = tree(events, session_id)
    if root is not None and (groups := _groups(root)):
        beside = sorted({row.topic for row in CATALOG if row.key == "group_id"})
        root = tree(events + await _of_keys(reach, advance, beside, groups), session_id)
    if root is None:
        return Answer({"session_id": session_id, "found": False}, WRONG, ("No topic holds this session (any more).",))
    told = root.told(root.at_ms)
    return Answer({"session_id": session_id, "found": True, "path": told}, WELL, tuple(_lines(told)))


def tree(events: list[Step], session_id: str) -> Step | None:
    """What followed from a session's log, each event below the one that caused it; None when it is not among them.

    An event belongs to the path when the envelope says so (causation, correlation), or when its data name what does.
    """
    latest_first = sorted(events, key=lambda step: step.at_ms, reverse=True)
    first = {step.id: Step(step.event, step.at_ms) for step in latest_first}
    rest = sorted(first.values(), key=lambda step: (step.at_ms, step.event["service"], step.event["seq"]))
    root = next((s for s in rest if s.event["type"] == "session.logged" and _names(s, session_id)), None)
    if root is None:
        return None
    known: dict[str, Step] = {session_id: root}
    _learn(known, root)
    rest.remove(root)
    while caused := [(step, cause) for step in rest if (cause := _cause(step, known)) is not None]:
        for step, cause in caused:
            cause.children.append(step)
            _learn(known, step)
            rest.remove(step)
    for step in rest:
        if _correlated(step, root) and step.event.get("causation_id") not in first:
            root.children.append(step)
    return root


def _correlated(step: Step, root: Step) -> bool:
    """Whether another service says that it belongs to the same request; a request may have logged several sessions."""
    told = root.event.get("correlation_id")
    return (
        told is not None and step.event.get("correlation_id") == told and step.event["service"] != root.event["service"]
    )


def _cause(step: Step, known: dict[str, Step]) -> Step | None:
    named = [step.event.get("causation_id"), *(step.event["data"].get(name) for name in _LINKS)]
    return next((known[name] for name in named if isinstance(name, str) and name in known), None)


def _learn(known: dict[str, Step], step: Step) -> None:
    known[step.id] = step
    for name in _LINKS[1:]:
        if isinstance(id := step.event["data"].get(name), str):
            known.setdefault(id, step)


def _names(step: Step, session_id: str) -> bool:
    return bool(step.event["data"].get("session_id") == session_id)


async def _logged(reach: Reach, advance: Advance, session_id: str) -> str | None:
    """Whose session it is."""
    reader, wanted, read = await reach.reader(), session_id.encode(), 0
    span = await reader.span(BEGINS_IN)
    async for page in reader.read(BEGINS_IN, span.begins, span.ends):
        read += len(page)
        advance("Looking for the session", read, span.count)
        for lying in page:
            step = _step(lying) if wanted in (lying.raw.value or b"") else None
            if step is not None and _names(step, session_id):
                return (lying.raw.key or b"").decode()
    return None


def _groups(step: Step) -> set[str]:
    """The groups with which the person shared something of the path."""
    shared = step.event["data"].get("group_id") if step.event["type"] == "celebration.shared" else None
    return set[str]().union({shared} if isinstance(shared, str) else (), *(_groups(child) for child in step.children))


async def _of_keys(reach: Reach, advance: Advance, topics: list[str], keys: set[str]) -> list[Step]:
    """Every event of a person or of groups: of each topic only their partitions are read."""
    reader, found, wanted = await reach.reader(), list[Step](), {key.encode() for key in keys}
    for number, topic in enumerate(topics):
        advance("Following it", number, len(topics))
        span = await reader.span(topic)
        if not span.ends:
            continue
        begins, ends = partitions(span, {partition_of(key, len(span.ends)) for key in keys})
        async for page in reader.read(topic, begins, ends):
            found += [step for lying in page if lying.raw.key in wanted and (step := _step(lying)) is not None]
    return found


def _step(lying: Lying) -> Step | None:
    """An event as it lies there; None for what is none."""
    try:
        event = orjson.loads(lying.raw.value or b"")
        is_event = {"event_id", "type", "service", "seq", "recorded_at", "data"} <= event.keys()
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return Step(event, lying.at_ms) if is_event and isinstance(event["data"], dict) else None


def _lines(told: dict[str, Any], before: str = "", branch: str = "", below: str = "") -> list[str]:
    about = " ".join(str(value) for value in told["about"].values())
    moment = datetime.fromisoformat(told["published_at"])
    line = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} +{told['after_ms'] / 1000:.3f} s"
    lines = [f"{line}  {before}{branch}{told['type']}  {about}".rstrip()]
    for number, child in enumerate(told["led_to"]):
        last = number == len(told["led_to"]) - 1
        lines += _lines(child, before + below, "└ " if last else "├ ", "  " if last else "│ ")
    return lines
