"""The judge of the real services: what was accepted, against topics, readings over HTTP and messages as files."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.support.checker import ENDINGS, Verdict, judge_topic
from tests.support.cluster_services import Patient, ServiceStack
from tests.support.laid_down import LaidDown, laid_down
from tests.support.topics import read_topic

TOPICS: Final = ("plans-events", "session-logging-events", "progression-events", "reminders-events", "community-events")
Events = Mapping[str, list[dict[str, Any]]]


async def judge_services(stack: ServiceStack, people: Iterable[Patient]) -> Verdict:
    """Every topic in order, and for every person: each accepted thing once everywhere, each message at most once."""
    verdict = Verdict()
    by_topic: dict[str, Events] = {}
    for topic in TOPICS:
        events, found = judge_topic(await read_topic(stack.running.kafka.bootstrap, topic))
        by_topic[topic] = events
        verdict.merge(found)
    for person in people:
        mine = {topic: events.get(person.id, []) for topic, events in by_topic.items()}
        kept = (await person.read("session_logging", "sessions?limit=200"))["items"]
        messages = await _all_messages(person)
        laid = await asyncio.to_thread(laid_down, stack.layout.messages / person.id)
        verdict.merge(_judge_logs(person, mine["session-logging-events"], mine["progression-events"], kept))
        verdict.merge(_judge_messages(person, mine["reminders-events"], messages, laid))
        verdict.merge(_judge_community(person, mine["community-events"], by_topic["community-events"]))
    return verdict


def _judge_logs(
    person: Patient, logged: Iterable[dict[str, Any]], decided: Iterable[dict[str, Any]], kept: Iterable[dict[str, Any]]
) -> Verdict:
    """One session and one event for each accepted log, and one decision because of each event."""
    verdict = Verdict(accepted=len(person.sessions) + person.mornings)
    sessions = Counter(event["data"]["session_id"] for event in logged if event["type"] == "session.logged")
    mornings = [event for event in logged if event["type"] == "morning_check.recorded"]
    read = Counter(session["id"] for session in kept)
    wanted = Counter(person.sessions)
    if not sessions == read == wanted or len(mornings) != person.mornings:
        verdict.problems.append(
            f"{person.id}: {wanted.total()} logs accepted, {sessions.total()} events, {read.total()} sessions read; "
            f"{person.mornings} morning checks accepted, {len(mornings)} events"
        )
    causes = [event["event_id"] for event in logged if event["type"] in ("session.logged", "morning_check.recorded")]
    decisions = Counter(event["causation_id"] for event in decided if event["type"] == "progression.decided")
    verdict.lost = sum(decisions[cause] == 0 for cause in causes) + (wanted - sessions).total()
    verdict.doubled = sum(max(0, decisions[cause] - 1) for cause in causes) + (sessions - wanted).total()
    if verdict.lost or verdict.doubled:
        verdict.problems.append(f"{person.id}: {verdict.lost} without a decision, {verdict.doubled} with a second one")
    return verdict


def _judge_messages(
    person: Patient, told: Iterable[dict[str, Any]], messages: Iterable[dict[str, Any]], laid: LaidDown
) -> Verdict:
    """Each message has one ending and was given to its channel once; what was sent lies there, and nothing else."""
    files, again = laid
    verdict = Verdict()
    endings: dict[str, list[str]] = {}
    for event in told:
        data = event["data"]
        ending = data["outcome"] if event["type"] == "reminder.dispatched" else f"suppressed:{data['reason']}"
        endings.setdefault(data["reminder_id"], []).append(ending)
    for id, ended in endings.items():
        if len(ended) != 1:
            verdict.problems.append(f"{person.id}: message {id} ended as {ended}")
        if ended[0] == "sent" and files[id] != 1:
            verdict.problems.append(f"{person.id}: message {id} was sent, and lies there {files[id]} times")
    for id, times in again.items():
        verdict.problems.append(f"{person.id}: message {id} was given to its channel {times + 1} times")
    for id in files:
        if endings.get(id, [""])[0] not in ("sent", "unknown"):
            verdict.problems.append(f"{person.id}: message {id} lies there and ended as {endings.get(id)}")
    read = {message["reminder_id"]: message["status"] for message in messages}
    for id, status in read.items():
        if status not in ENDINGS or id not in endings:
            verdict.problems.append(f"{person.id}: message {id} is read as {status} and ended as {endings.get(id)}")
    verdict.endings = Counter(read.values())
    return verdict


def _judge_community(person: Patient, mine: Iterable[dict[str, Any]], everybodys: Events) -> Verdict:
    """One offer for each milestone, the first session's among them, and one event for each group that took them in."""
    verdict = Verdict(accepted=len(person.groups))
    offered = Counter(event["data"]["kind"] for event in mine if event["type"] == "celebration.offered")
    if offered["first_session"] != bool(person.sessions) or any(count != 1 for count in offered.values()):
        verdict.problems.append(f"{person.id}: offered to celebrate {dict(offered)}")
    for group in person.groups:
        joined = [
            event
            for event in everybodys.get(group, [])
            if event["type"] == "member.joined" and event["data"]["patient_id"] == person.id
        ]
        if len(joined) != 1:
            verdict.problems.append(f"{person.id}: joined a group once, and {len(joined)} events say so")
    return verdict


async def _all_messages(person: Patient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await person.read("reminders", f"reminders?limit=200{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"
