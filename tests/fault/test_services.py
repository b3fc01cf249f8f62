"""kill -9 of each service while people log: one session, one decision, one ending for every message."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.topology import SERVICES, Layout, Ports
from deploy.local.trouble import Trouble
from shared.runtime.ports import CrashPoint
from tests.fault.conftest import Note
from tests.support.checker import Verdict
from tests.support.checker_services import judge_services
from tests.support.cluster import Member, eventually
from tests.support.cluster_nursery import Nursery
from tests.support.cluster_services import Patient, ServiceStack, moment, tomorrow
from tests.support.stack import JARS
from tests.support.topics import read_topic

ONLY_SOME_PASS: Final = {
    CrashPoint.AFTER_RECORDS: set(SERVICES) - {"safety"},
    CrashPoint.BEFORE_ANSWER: {"plans", "session_logging", "reminders", "community"},
    CrashPoint.AFTER_CLAIM: {"reminders"},
    CrashPoint.AFTER_SEND: {"reminders"},
    CrashPoint.AFTER_OUTCOME: {"reminders"},
}
"""Progression has no commands, nobody raises a red flag in these days, and only reminders speaks to people.

Every other point is passed by all six.
"""


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> AsyncIterator[ServiceStack]:
    """All six services on stores of their own."""
    made = ServiceStack(Layout(tmp_path_factory.mktemp("services"), Ports.free(), JARS), nursery)
    try:
        await made.start_stores()
        await made.serve_all()
        yield made
    except Trouble as trouble:
        pytest.fail(f"The infrastructure of this test is missing: {trouble}", pytrace=False)
    finally:
        await made.end()


@pytest.fixture(scope="module")
async def people(stack: ServiceStack) -> list[Patient]:
    """Two people with a plan and a daily cue, who take part in every test."""
    await stack.go(moment(tomorrow(stack), 9))
    found = [Patient(stack) for _ in range(2)]
    await asyncio.gather(*(person.enrol() for person in found))
    return found


@pytest.mark.parametrize("point", list(CrashPoint), ids=lambda point: point.value)
async def test_services_killed_while_people_log_leave_one_decision_for_each_log_and_one_ending_for_each_message(
    stack: ServiceStack, people: list[Patient], point: CrashPoint, note: Note
) -> None:
    """Every service that passes the point dies there, in two days with a newcomer, sessions, mornings and cues."""
    here = [*people]
    before = await _at_rest(stack, here)
    services = sorted(ONLY_SOME_PASS.get(point, set(SERVICES)))
    doomed = [await stack.serve(service, crash_at=point.value) for service in services]
    if point is CrashPoint.AFTER_DEAD_LETTER:
        await _lay_rubbish(stack)
    living = asyncio.create_task(_two_days(here, tomorrow(stack)))
    try:
        await asyncio.gather(*(_die_and_come_back(stack, member) for member in doomed))
    finally:
        await living
    verdict = await _at_rest(stack, here)
    verdict.accepted -= before.accepted
    verdict.repeats -= before.repeats
    verdict.endings -= before.endings
    note(
        f"kill -9 of {', '.join(services) if len(services) < len(SERVICES) else 'all six services'} at {point.value}",
        verdict,
    )


async def test_the_same_log_five_times_in_parallel_is_one_session_and_one_decision(
    stack: ServiceStack, people: list[Patient], note: Note
) -> None:
    person = people[0]
    day = tomorrow(stack)
    await stack.go(moment(day, 10))
    id = str(uuid.uuid4())
    body = {"id": id, "track_id": "walking", "amount": 10, "unit": "min", "pain": 2}
    path = f"/patients/{person.id}/sessions"
    answers = await asyncio.gather(*(stack.ask("session_logging", "POST", path, body) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json() == answers[0].json() for answer in answers)
    person.sessions.append(id)
    verdict = await _at_rest(stack, [person])
    note("the same log five times in parallel", Verdict(accepted=1, problems=verdict.problems))


async def test_a_session_that_lowers_the_dose_is_voided_and_every_service_is_back_at_the_old_dose(
    stack: ServiceStack,
) -> None:
    """The dose is read, published, and planned in the evening's message: ten minutes, fewer, and ten again."""
    person = Patient(stack)
    days = [tomorrow(stack) + timedelta(days=number) for number in range(3)]
    await stack.go(moment(days[0], 9))
    await person.enrol()
    await stack.go(moment(days[0], 10))
    hard = await person.log(moment(days[0], 10), amount=11, pain=7)
    await stack.go(moment(days[1], 8, 30))
    await person.morning(moment(days[1], 8, 30), pain=6)
    lower = await eventually(lambda: _dose(person, changes=1))
    assert lower < 600
    await stack.go(moment(days[1], 18, 1))
    await eventually(lambda: _evening_says(person, days[1], f"{lower // 60} minutes"))

    await stack.told("session_logging", "POST", f"/patients/{person.id}/sessions/{hard}/void", {"reason": "mistake"})
    assert await eventually(lambda: _dose(person, changes=2)) == 600
    await stack.go(moment(days[2], 18, 1))
    await eventually(lambda: _evening_says(person, days[2], "10 minutes"))


async def _two_days(people: list[Patient], day: date) -> None:
    """A newcomer, who joins a group; a session, so that the evening's cue stays away; a morning check; and a cue."""
    stack = people[0].stack
    next_day = day + timedelta(days=1)
    await stack.go(moment(day, 10))
    newcomer = Patient(stack)
    await newcomer.enrol()
    people.append(newcomer)
    await newcomer.join(await stack.open_group())
    await asyncio.gather(*(person.log(moment(day, 10)) for person in people))
    await stack.go(moment(day, 18, 1))
    await asyncio.sleep(0.5)  # a few ticks at that hour: who should send something has begun to
    await stack.go(moment(next_day, 8, 30))
    await asyncio.gather(*(person.morning(moment(next_day, 8, 30)) for person in people))
    await stack.go(moment(next_day, 18, 1))


async def _die_and_come_back(stack: ServiceStack, doomed: Member) -> None:
    try:
        await doomed.died_by_kill(60)
    finally:
        await (await stack.serve(doomed.name)).ready()


async def _lay_rubbish(stack: ServiceStack) -> None:
    """One record on every topic that nobody can read."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.running.kafka.bootstrap)
    await producer.start()
    try:
        for service in SERVICES:
            await producer.send_and_wait(f"{service.replace('_', '-')}-events", b"{}")
    finally:
        await producer.stop()


async def _at_rest(stack: ServiceStack, people: list[Patient]) -> Verdict:
    verdict = Verdict()

    async def probe() -> None:
        nonlocal verdict
        verdict = await judge_services(stack, people)
        assert not verdict.problems, verdict.problems[:3]

    with suppress(AssertionError):
        await eventually(probe, 30, every_s=0.5)
    return verdict


async def _dose(person: Patient, *, changes: int) -> int:
    """The dose in force, once it changed so often; read from progression and the same in its last event."""
    (track,) = (await person.read("progression", "tracks"))["tracks"]
    records = await read_topic(person.stack.running.kafka.bootstrap, "progression-events")
    mine = {e["seq"]: e for r in records if r.key == person.id.encode() and (e := orjson.loads(r.value))}
    changed = [event["data"]["new_dose"] for _, event in sorted(mine.items()) if event["type"] == "dose.changed"]
    assert len(changed) == changes, changed
    assert changed[-1] == track["dose"], (changed, track["dose"])
    return int(track["dose"])


async def _evening_says(person: Patient, day: date, words: str) -> None:
    """The cue of that day was sent with these words."""
    messages = (await person.read("reminders", "reminders"))["items"]
    cues = [m for m in messages if m["kind"] == "cue" and m["local_date"] == day.isoformat()]
    assert [(cue["status"], words in " ".join(cue["text"])) for cue in cues] == [("sent", True)], cues
