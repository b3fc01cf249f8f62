"""Alerts on a running stack: brought about, seen true on the real metrics, ended as the runbook says, seen clear.

While each is true the command with which its entry begins is carried out and shows the state; afterwards it shows none.

The expressions are those of the rules, but where it is told below for how long they look back and how many are many.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import httpx
import pytest

from deploy.local.topology import Layout, Ports
from deploy.local.trouble import Trouble
from tests.support.alert_desk import UNREACHABLE, WRONG, Desk, decided_after_ms
from tests.support.cluster import eventually
from tests.support.cluster_alerts import (
    answered,
    ask,
    closed,
    cues,
    enrolled,
    give_up,
    known,
    message_bytes,
    on_the_list,
    resumed,
    spoil,
)
from tests.support.cluster_nursery import Nursery
from tests.support.cluster_services import Patient, ServiceStack, moment, tomorrow
from tests.support.e2e_operator import Operator, operator_of
from tests.support.promql import Series
from tests.support.promql import ask as ask_series
from tests.support.promql_rules import queries, rules, selectors, told_by
from tests.support.promql_watch import Watch, command_of
from tests.support.stack import JARS

SERVED: Final = ("plans", "session_logging", "progression", "reminders", "safety")
CUE: Final = "10:00"
SHORTER: Final = {
    "DeadLettersRise": [("15m", "5s")],
    "ConsumerLag": [("> 1000", "> 10")],
    "NoProgress": [("[5m]", "[3s]")],
    "DependencyDown": [("[1m]", "[6s]")],
    "RequestsFail": [("[5m]", "[6s]")],
    "RequestsSlow": [("[5m]", "[6s]")],
    "LoopStalls": [("[5m]", "[6s]")],
    "SafetyAnswersNotRecorded": [("[15m]", "[6s]")],
    "AuditFileFails": [("[15m]", "[6s]")],
    "DecisionsSlowFast": [("[1h]", "[6s]"), ("[5m]", "[6s]")],
    "DecisionsSlowSteady": [("[6h]", "[6s]"), ("[30m]", "[6s]")],
    "MessagesFail": [("[30m]", "[6s]"), ("> 5", "> 0")],
    "TicksLate": [("[10m]", "[6s]")],
    "OutboxWaits": [("> 15", "> 3")],
}


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> AsyncIterator[ServiceStack]:
    """Five services on stores of their own, which the tests may kill."""
    made = ServiceStack(Layout(tmp_path_factory.mktemp("alerts"), Ports.free(), JARS), nursery)
    try:
        await made.start_stores()
        for service in SERVED:
            await made.serve(service)
        await asyncio.gather(*(member.ready(timeout_s=60) for member in made.members.values()))
        yield made
    except Trouble as trouble:
        pytest.fail(f"The infrastructure of this test is missing: {trouble}", pytrace=False)
    finally:
        await made.end()


@pytest.fixture(scope="module")
async def watch(stack: ServiceStack) -> AsyncIterator[Watch]:
    made = Watch({name: member.url for name, member in stack.members.items()}, SHORTER)
    async with made.going_on():
        yield made


@pytest.fixture(scope="module")
def operator(stack: ServiceStack) -> Operator:
    return operator_of(stack.running, SERVED)


@pytest.fixture(scope="module")
def desk(operator: Operator) -> Desk:
    return Desk(operator)


@pytest.fixture(scope="module")
async def patient(stack: ServiceStack) -> Patient:
    """Somebody whom every service knows."""
    made = Patient(stack)
    await made.enrol(CUE)
    return made


async def test_a_dead_letter_is_seen_and_ends_with_what_the_runbook_says(
    stack: ServiceStack, watch: Watch, operator: Operator, desk: Desk
) -> None:
    await watch.clear("DeadLettersOpen", service="progression")
    await spoil(stack, ["p1"])
    await watch.true("DeadLettersOpen", service="progression")
    (letter,) = await desk.look("DeadLettersOpen", SERVICE="progression")
    assert letter["status"] == "open"

    again = command_of("DeadLettersOpen", "Do", "dead-letters redrive", SERVICE="progression")
    code, became = await ask(operator, *again)
    assert (code, set(became.values())) == (1, {"dead"}), "no code could read this record"
    await give_up(operator)
    await watch.clear("DeadLettersOpen", service="progression")
    assert await desk.look("DeadLettersOpen", SERVICE="progression") == []


async def test_a_consumer_that_stopped_is_seen_and_goes_on_when_resumed(
    stack: ServiceStack, watch: Watch, operator: Operator, desk: Desk
) -> None:
    await watch.clear("ConsumerStopped", service="progression")
    await spoil(stack, [f"p{number % 6}" for number in range(30)])
    await watch.true("ConsumerStopped", service="progression")
    await watch.clear("DeadLettersOpen", service="progression")  # nothing is buried meanwhile
    await watch.true("ConsumerLag", service="progression")
    await watch.true("NoProgress", service="progression")
    status = await desk.look("ConsumerStopped", "ConsumerLag", "NoProgress", code=WRONG)
    assert [one["service"] for one in status["services"] if one["stopped"] and one["lag"] > 10] == ["progression"]

    resume = command_of("ConsumerStopped", "Do", "resume", SERVICE="progression")
    assert (await ask(operator, *resume))[1]["released"] is True
    for alert in ("ConsumerStopped", "ConsumerLag", "NoProgress"):
        await watch.clear(alert, service="progression")
    await watch.true("DeadLettersRise", service="progression")
    assert len(await desk.look("DeadLettersRise", SERVICE="progression")) > 10
    await give_up(operator)
    await watch.clear("DeadLettersRise", service="progression")
    await watch.clear("DeadLettersOpen", service="progression")
    assert await desk.look("DeadLettersRise", SERVICE="progression") == []
    assert (await desk.well())["progression"]["lag"] == 0


async def test_a_process_that_stands_still_is_seen_and_so_are_the_decisions_that_waited_for_it(
    stack: ServiceStack, watch: Watch, desk: Desk, patient: Patient
) -> None:
    slow = ("DecisionsSlowFast", "DecisionsSlowSteady")
    process = stack.members["progression"].child
    process.freeze()
    try:
        session = await patient.log(stack.now() - timedelta(hours=1), pain=9)
        await asyncio.sleep(1.5)  # how long it stands still: three times what an alert calls slow
    finally:
        process.thaw()
    for alert in ("LoopStalls", *slow):
        await watch.true(alert)
    assert (await desk.service("progression", "LoopStalls"))["since_start"]["stalls_over_0.5_s"] > 0
    assert await decided_after_ms(desk, session, *slow) > 500
    session = await patient.log(stack.now() - timedelta(minutes=30))
    for alert in ("LoopStalls", *slow):
        await watch.clear(alert)
    assert await decided_after_ms(desk, session, *slow) < 500
    await desk.grows_no_more("progression", "stalls_over_0.5_s")


async def test_answers_on_the_disk_are_seen_until_the_database_is_back_and_those_set_aside_until_they_are_moved(
    stack: ServiceStack, watch: Watch, desk: Desk
) -> None:
    someone, another = await enrolled(stack), await enrolled(stack)
    engine, spool = stack.running.engines["safety"], stack.layout.spool
    engine.kill()
    try:
        assert [await answered(stack, one) for one in (someone, another)] == ["spooled", "spooled"]
        os.truncate(max(spool.glob("*.sealed")), 20)
        await watch.true("SafetyAnswersWait")
        for _ in range(2):
            failed = await stack.members["safety"].http.get(f"/v1/patients/{someone}/suspension")
            assert failed.status_code == httpx.codes.SERVICE_UNAVAILABLE
        await watch.true("RequestsFail", service="safety")
        await watch.true("RequestsSlow", service="safety")
        safety = await desk.service("safety", "SafetyAnswersWait", "RequestsFail", "RequestsSlow", code=WRONG)
        assert (safety["mongo"], safety["answers_waiting"] > 0) == ("down", True)
        assert min(safety["since_start"][name] for name in ("answers_5xx", "requests_over_1_s")) >= 2
        aside = spool.rename(spool.with_name("away"))
        spool.write_text("no folder")
        assert await answered(stack, another) == "not_recorded"
        await watch.true("SafetyAnswersNotRecorded")
        safety = await desk.service("safety", "SafetyAnswersNotRecorded", code=WRONG)
        assert (safety["mongo"], safety["since_start"]["answers_not_recorded"]) == ("down", 1)
        spool.unlink()
        aside.rename(spool)
    finally:
        await asyncio.to_thread(engine.start)
    for alert in ("SafetyAnswersWait", "SafetyAnswersNotRecorded", "RequestsFail", "RequestsSlow"):
        await watch.clear(alert)
    await eventually(lambda: on_the_list(stack, someone), 30)

    await watch.true("SafetyAnswersSetAside")
    safety = await desk.service("safety", "SafetyAnswersSetAside", code=WRONG)
    assert (safety["mongo"], safety["answers_waiting"], safety["answers_set_aside"]) == ("ok", 0, 1)
    for file in (spool / "refused").iterdir():
        file.rename(stack.layout.home / file.name)
    await watch.clear("SafetyAnswersSetAside")
    assert (await desk.well())["safety"]["answers_set_aside"] == 0
    for count in ("answers_5xx", "requests_over_1_s", "answers_not_recorded"):
        await desk.grows_no_more("safety", count)


async def test_red_flags_and_looks_that_are_overdue_are_seen_until_a_clinician_has_ended_each(
    stack: ServiceStack, watch: Watch, desk: Desk, patient: Patient
) -> None:
    flagged = await enrolled(stack)
    await answered(stack, flagged)
    await patient.log(stack.now() - timedelta(minutes=20), pain=9)
    await eventually(lambda: on_the_list(stack, flagged), 30)
    await eventually(lambda: on_the_list(stack, patient.id, "review"), 30)
    await watch.clear("RedFlagOverdue", urgency="emergency")
    await watch.clear("WorkItemOverdue", kind="review")
    await stack.go(moment(tomorrow(stack) + timedelta(days=1), 9))
    await watch.true("RedFlagOverdue", urgency="emergency")
    await watch.true("WorkItemOverdue", kind="review")
    plans = await desk.service("plans", "RedFlagOverdue", "WorkItemOverdue", code=WRONG)
    assert (plans["mongo"], plans["red_flags_overdue"] > 0, plans["work_items_overdue"] > 0) == ("ok", True, True)

    for item in (await stack.told("plans", "GET", "/work-items?kind=red_flag"))["items"]:
        await resumed(stack, item["patient_id"])
    for item in (await stack.told("plans", "GET", "/work-items?status=open&kind=review"))["items"]:
        await closed(stack, item)
    await watch.clear("RedFlagOverdue", urgency="emergency")
    await watch.clear("WorkItemOverdue", kind="review")
    plans = (await desk.well())["plans"]
    assert (plans["red_flags_overdue"], plans["work_items_overdue"]) == (0, 0)


async def test_messages_that_cannot_be_laid_down_are_seen_and_the_next_one_leaves_when_they_can(
    stack: ServiceStack, watch: Watch, desk: Desk
) -> None:
    person, folder = Patient(stack), stack.layout.messages
    await stack.go(moment(tomorrow(stack), 9))
    await person.enrol(CUE)
    await watch.clear("MessagesFail", channel="file")
    aside = folder.rename(folder.with_name("messages-away"))
    folder.write_text("no folder")
    days = [stack.now().date(), tomorrow(stack)]
    await stack.go(moment(days[0], 10))
    await watch.true("MessagesFail", channel="file")
    failed = (await desk.service("reminders", "MessagesFail"))["since_start"]["messages_failed"]
    assert failed > 0

    folder.unlink()
    aside.rename(folder)
    await watch.clear("MessagesFail", channel="file")
    await stack.go(moment(days[1], 10))
    await eventually(lambda: cues(person, {days[0]: "unknown", days[1]: "sent"}), 30)
    laid = [file for file in (folder / person.id).iterdir() if "Your reminder" in file.read_text("utf-8")]
    assert [days[1].isoformat() in file.name for file in laid] == [True]
    await watch.clear("MessagesFail", channel="file")
    assert (await desk.well())["reminders"]["since_start"]["messages_failed"] == failed


async def test_an_outage_of_kafka_is_seen_in_what_waits_and_who_owns_nothing_and_then_in_what_came_late(
    stack: ServiceStack, watch: Watch, desk: Desk, patient: Patient
) -> None:
    """While Kafka is away reminders is started again, and the hour of a cue goes by."""
    kafka = stack.running.kafka
    outage = {"OutboxWaits": "plans", "DependencyDown": "reminders", "NothingOwned": "reminders"}
    for alert, service in (*outage.items(), ("TicksLate", "reminders")):
        await watch.clear(alert, service=service)
    kafka.kill()
    try:
        await stack.serve("reminders")
        someone = await enrolled(stack, known_to=None)
        for alert, service in outage.items():
            await watch.true(alert, service=service)
        await asyncio.gather(*(member.ready(status="degraded") for member in stack.members.values()))
        seen = {one["service"]: one for one in (await desk.look(*outage, code=WRONG))["services"]}
        assert {one["kafka"] for one in seen.values()} == {"down"}, seen
        assert seen["plans"]["oldest_outbox_s"] > 3
        assert (seen["reminders"]["owned"], seen["reminders"]["since_start"]["dependency_errors"] > 0) == (0, True)
        day = tomorrow(stack)
        await stack.go(moment(day, 13))
    finally:
        await asyncio.to_thread(kafka.start)
    await watch.true("TicksLate", service="reminders")
    late = await desk.service("reminders", "TicksLate", code=None)
    assert late["since_start"]["ticks_over_60_s"] > 0
    for alert, service in outage.items():
        await watch.clear(alert, service=service)
    await eventually(lambda: known(stack, "safety", someone), 30)
    await watch.clear("TicksLate", service="reminders")
    await eventually(lambda: cues(patient, {day: "suppressed"}), 30)
    assert (await desk.well())["reminders"]["owned"] > 0
    await desk.grows_no_more("reminders", "ticks_over_60_s")


async def test_an_outbox_that_kafka_refuses_is_seen_until_the_topic_takes_it_and_it_is_sent_again(
    stack: ServiceStack, watch: Watch, operator: Operator, desk: Desk
) -> None:
    await watch.clear("OutboxSetAside", service="plans")
    await message_bytes(stack, "plans-events", 100)
    someone = await enrolled(stack, known_to=None)
    await watch.true("OutboxSetAside", timeout_s=60, service="plans")
    (letter,) = await desk.look("OutboxSetAside", SERVICE="plans")
    assert letter["id"] == f"outbox:{someone}"

    code, differing = await ask(operator, *command_of("OutboxSetAside", "Do", "topics diff"))
    assert (code, [(d["topic"], d["what"], d["is"]) for d in differing]) == (
        1,
        [("plans-events", "message_bytes", 100)],
    )
    assert (await ask(operator, *command_of("OutboxSetAside", "Do", "topics apply")))[0] == 0
    redrive = command_of("OutboxSetAside", "Do", "dead-letters redrive", SERVICE="plans", ID=f"outbox:{someone}")
    assert (await ask(operator, *redrive))[0] == 0
    await watch.clear("OutboxSetAside", service="plans")
    await eventually(lambda: known(stack, "safety", someone), 30)
    assert await desk.look("OutboxSetAside", SERVICE="plans") == []


async def test_a_process_that_is_down_and_an_audit_file_that_takes_no_more_are_seen_until_it_starts_as_it_should(
    stack: ServiceStack, watch: Watch, desk: Desk
) -> None:
    stack.members["plans"].child.kill()
    await watch.true("ServiceDown", instance="plans")
    assert (await desk.service("plans", "ServiceDown", code=UNREACHABLE))["ready"] == "unreachable"
    await (await stack.serve("plans", audit_file="/dev/full")).ready(timeout_s=60)
    await watch.clear("ServiceDown", instance="plans")
    await desk.well()
    await enrolled(stack, known_to=None)
    await watch.true("AuditFileFails", service="plans")
    assert (await desk.service("plans", "AuditFileFails"))["since_start"]["audit_failures"] > 0
    await (await stack.serve("plans", audit_file=str(stack.layout.home / "audit.log"))).ready(timeout_s=60)
    await enrolled(stack, known_to=None)
    await watch.clear("AuditFileFails", service="plans")
    assert (await desk.well())["plans"]["since_start"]["audit_failures"] == 0


async def test_every_metric_of_rules_and_boards_is_told_by_running_processes_and_every_expression_has_an_answer(
    stack: ServiceStack,
) -> None:
    series, told_names = Series(), {"up"}
    for at_s in (0.0, 10.0):
        for name, member in stack.members.items():
            text = (await member.http.get("/metrics")).text
            told_names |= told_by(text)
            series.add(text, at_s, job="pacewell", instance=name)
    for where, query in queries():
        assert {str(selector.name) for selector in selectors(query)} <= told_names, where
        ask_series(series, query, 10.0)


async def test_every_alert_was_seen_true_and_then_clear_and_its_entrys_command_was_carried_out(
    watch: Watch, desk: Desk
) -> None:
    assert watch.ended == set(rules())
    assert desk.looked == set(rules())
