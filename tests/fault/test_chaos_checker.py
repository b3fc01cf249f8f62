"""The checker of the chaos run sees each kind of wrong when it is planted, and nothing in what is right."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import orjson
import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.topology import CLINICS, SERVICES
from services.reminders.channels import FileChannel
from shared.clinics import read_clinics
from shared.runtime.messages import Effect
from tests.chaos.asking import Asking
from tests.chaos.checker import judge
from tests.chaos.evidence import Event, Journal, Step, Topic
from tests.chaos.ledger import LOGGED, Ledger, Person, Session
from tests.chaos.sabotage import SABOTAGES
from tests.chaos.verdict import Evidence, Reading
from tests.support.laid_down import LaidDown, laid_down

WHO: Final = "p1"
IDS: Final = ("s1", "s2", "s3")


def record(seq: int, id: str, *, event_id: str | None = None, offset: int = 0) -> Any:
    """`session.logged` as it lies on the topic."""
    data = {"session_id": id, "revision": 1}
    body = {"seq": seq, "event_id": event_id or f"e{seq}", "type": LOGGED, "causation_id": id, "data": data}
    return SimpleNamespace(topic="t", partition=0, offset=offset, key=WHO.encode(), value=orjson.dumps(body))


def told() -> tuple[Ledger, Evidence]:
    """One person, three logs, everything as it should be."""
    person = Person(WHO, "clinic", "UTC", "token", steps=[((LOGGED, id, 1),) for id in IDS])
    person.sessions = {id: Session(600) for id in IDS}
    topics = {service: Topic() for service in SERVICES}
    journals = {service: Journal() for service in SERVICES}
    for seq, id in enumerate(IDS, 1):
        topics["session_logging"].add(record(seq, id))
        journals["progression"].steps.setdefault(WHO, []).append(Step(seq, "event", f"e{seq}"))
    read = [{"id": id, "amount": 600, "revision": 1, "status": "active"} for id in IDS]
    reading = Reading(
        sessions=read, mornings=[], decisions=[], messages=[], offers=[], laid=LaidDown(Counter(), Counter())
    )
    lag = dict.fromkeys(SERVICES, 0)
    return Ledger([person], logs=3), Evidence(topics, journals, lag, [], frozenset(), frozenset(), {WHO: reading})


def ended(evidence: Evidence, id: str, kind: str) -> None:
    """A message that was sent, lies there once, and is read as sent."""
    data = {"reminder_id": id, "kind": kind, "outcome": "sent"}
    event = Event(1, f"r-{id}", "reminder.dispatched", "e1", data)
    evidence.topics["reminders"].events.setdefault(WHO, []).append(event)
    reading = evidence.readings[WHO]
    reading.laid.files[id] = 1
    reading.messages.append({"reminder_id": id, "status": "sent"})


def lost_event(_: Ledger, evidence: Evidence) -> None:
    evidence.topics["session_logging"].events[WHO].pop()


def gap(_: Ledger, evidence: Evidence) -> None:
    events = evidence.topics["session_logging"].events[WHO]
    events[2] = events[2]._replace(seq=4)


def swapped(_: Ledger, evidence: Evidence) -> None:
    events = evidence.topics["session_logging"].events[WHO]
    events[0], events[1] = events[1], events[0]


def same_session_twice(_: Ledger, evidence: Evidence) -> None:
    evidence.topics["session_logging"].add(record(4, "s3"))


def two_contents(_: Ledger, evidence: Evidence) -> None:
    evidence.topics["session_logging"].add(record(3, "s9"))


def not_counted(_: Ledger, evidence: Evidence) -> None:
    evidence.journals["progression"].steps[WHO].pop()


def counted_twice(_: Ledger, evidence: Evidence) -> None:
    evidence.journals["progression"].steps[WHO].append(Step(4, "event", "e3"))


def counted_in_another_order(_: Ledger, evidence: Evidence) -> None:
    evidence.journals["progression"].steps[WHO] = [Step(n, "event", f"e{e}") for n, e in enumerate((2, 1, 3), 1)]


def rejected_but_there(ledger: Ledger, _: Evidence) -> None:
    ledger.people[0].rejected.add("s2")


def not_read(_: Ledger, evidence: Evidence) -> None:
    evidence.readings[WHO].sessions.pop()


def sent_twice(_: Ledger, evidence: Evidence) -> None:
    evidence.readings[WHO].laid.files["m1"] = 2


def given_to_its_channel_twice(_: Ledger, evidence: Evidence) -> None:
    ended(evidence, "m1", "change_note")
    evidence.readings[WHO].laid.again["m1"] = 1


def never_handled(_: Ledger, evidence: Evidence) -> None:
    evidence.lag["reminders"] = 1  # type: ignore[index]


def a_letter_that_nobody_laid(_: Ledger, evidence: Evidence) -> None:
    evidence.letters.append({"service": "plans", "id": "t:0:1", "reason": "KeyError"})  # type: ignore[attr-defined]


def refused_though_good(ledger: Ledger, _: Evidence) -> None:
    ledger.surprises.append("a good log was answered 422")


def raised_without_a_restore(_: Ledger, evidence: Evidence) -> None:
    events = evidence.topics["session_logging"].events[WHO]
    events[2] = events[2]._replace(seq=1_000_003)


def test_nothing_is_wrong_with_what_is_right() -> None:
    verdict = judge(*told())
    assert (verdict.well, verdict.line) == (True, "accounted 3, lost 0, doubled 0, reordered 0")


def test_old_records_published_again_are_no_event() -> None:
    ledger, evidence = told()
    evidence.topics["session_logging"].add(record(1, "s1", offset=9))
    verdict = judge(ledger, evidence)
    assert (verdict.well, verdict.repeats) == (True, 1)


def test_a_restored_service_goes_on_exactly_a_million_higher() -> None:
    ledger, evidence = told()
    ledger.restored.add("session_logging")
    raised_without_a_restore(ledger, evidence)
    assert judge(ledger, evidence).well
    events = evidence.topics["session_logging"].events[WHO]
    events[2] = events[2]._replace(seq=1_000_004)
    assert not judge(ledger, evidence).well


@pytest.mark.parametrize(
    "plant",
    [
        lost_event,
        gap,
        swapped,
        same_session_twice,
        two_contents,
        not_counted,
        counted_twice,
        counted_in_another_order,
        rejected_but_there,
        not_read,
        sent_twice,
        given_to_its_channel_twice,
        never_handled,
        a_letter_that_nobody_laid,
        refused_though_good,
        raised_without_a_restore,
    ],
    ids=lambda plant: plant.__name__,
)
def test_each_kind_of_wrong_is_seen(plant: Callable[[Ledger, Evidence], None]) -> None:
    ledger, evidence = told()
    plant(ledger, evidence)
    assert not judge(ledger, evidence).well


def commit_first(_: Ledger, evidence: Evidence) -> None:
    """Progression died after it had committed the second log's offset and before it had written anything."""
    evidence.journals["progression"].steps[WHO] = [Step(1, "event", "e1"), Step(2, "event", "e3")]


def no_fence(_: Ledger, evidence: Evidence) -> None:
    """Two processes read the same state; the later write took the other's log away and gave its seq out again."""
    topic = evidence.topics["session_logging"] = Topic()  # type: ignore[index]
    for seq, id in ((1, "s1"), (2, "s2"), (2, "s3")):
        topic.add(record(seq, id))
    evidence.journals["progression"].steps[WHO] = [Step(1, "event", "e1"), Step(2, "event", "e2")]


def no_sweeper(_: Ledger, evidence: Evidence) -> None:
    """A process was killed with a log in its outbox, which is read over HTTP, and nobody else ever hears of it."""
    del evidence.topics["session_logging"].events[WHO][2:]
    del evidence.journals["progression"].steps[WHO][2:]


def send_again(_: Ledger, evidence: Evidence) -> None:
    """A process died between a message and its end, and the next one sent it again."""
    ended(evidence, "m1", "cue")
    evidence.topics["reminders"].events[WHO][0].data.update(cue_id="c", local_date="2025-03-31")  # type: ignore[attr-defined]
    evidence.readings[WHO].laid.again["m1"] = 1


@pytest.mark.parametrize(
    ("history", "line"),
    [
        (commit_first, "accounted 2, lost 1, doubled 0, reordered 0"),
        (no_fence, "accounted 1, lost 2, doubled 0, reordered 0"),  # as an event, and in progression
        (no_sweeper, "accounted 1, lost 2, doubled 0, reordered 0"),
        (send_again, "accounted 3, lost 0, doubled 1, reordered 0"),
    ],
    ids=SABOTAGES,
)
def test_what_each_sabotaged_build_leaves_behind_is_caught(
    history: Callable[[Ledger, Evidence], None], line: str
) -> None:
    ledger, evidence = told()
    history(ledger, evidence)
    assert judge(ledger, evidence).line == line


def test_a_seq_that_was_given_out_twice_is_told_even_where_nothing_is_missing() -> None:
    ledger, evidence = told()
    evidence.topics["session_logging"].add(record(3, "s2"))
    assert judge(ledger, evidence).problems == ["t: p1 has seq 3 with two contents"]


@pytest.mark.parametrize(("kind", "doubled"), [("change_note", 1), ("safety", 0)])
async def test_a_message_sent_twice_is_doubled_by_what_the_channel_left_unless_it_is_of_safety(
    tmp_path: Path, kind: str, doubled: int
) -> None:
    """The real channel, asked twice: a person sees one file, and the judge both sendings."""

    async def unsealed(*_: str) -> str:
        return ""

    about = {"kind": kind, "cause_event_id": "e1", "lines": [], "locale": "en", "tz": "UTC"}
    effect = Effect("m1", "file", datetime.max.replace(tzinfo=UTC), {**about, "local_time": "2025-03-31T15:30:00"})
    channel = FileChannel(tmp_path, unsealed, read_clinics(CLINICS))
    ledger, evidence = told()
    ended(evidence, "m1", kind)
    for times in (0, 1):
        await channel.send(effect, WHO, "clinic")
        laid = laid_down(tmp_path / WHO)
        assert (laid.files, laid.again.total()) == ({"m1": 1}, times)
        evidence.readings[WHO].laid = laid
        assert judge(ledger, evidence).doubled == times * doubled


async def test_a_500_is_told_as_a_surprise_also_when_one_process_was_asked_before_the_others() -> None:
    statuses = iter((500, 503, 201))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(f"HTTP/1.1 {next(statuses)} .\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    ledger = Ledger()
    async with await asyncio.start_server(answer, LOOPBACK, 0) as server:
        port = server.sockets[0].getsockname()[1]
        one: Any = SimpleNamespace(service="plans", url=f"http://{LOOPBACK}:{port}")
        bed: Any = SimpleNamespace(serving=lambda _: [one])
        reply = await Asking(bed, ledger).ask_one(one, "POST", "/v1/patients", "token", {})
    assert (reply.status, dict(ledger.answers), ledger.unknown) == (201, {"500": 1, "201": 1}, 2)
    assert [said.split(":")[0] for said in ledger.surprises] == ["POST plans answered 500"]
