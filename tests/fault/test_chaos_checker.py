"""The checker of the chaos run sees each kind of wrong when it is planted, and nothing in what is right."""

import asyncio
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import orjson
import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.topology import SERVICES
from tests.chaos.asking import Asking
from tests.chaos.checker import judge
from tests.chaos.evidence import Journal, Step, Topic
from tests.chaos.ledger import LOGGED, Ledger, Person, Session
from tests.chaos.verdict import Evidence, Reading

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
    reading = Reading(sessions=read, mornings=[], decisions=[], messages=[], offers=[], files=Counter())
    lag = dict.fromkeys(SERVICES, 0)
    return Ledger([person], logs=3), Evidence(topics, journals, lag, [], frozenset(), frozenset(), {WHO: reading})


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
    evidence.readings[WHO].files["m1"] = 2


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
