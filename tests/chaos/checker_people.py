"""The judge of what follows from a log: decisions, messages, groups and celebrations, red flags."""

from collections import Counter

from tests.chaos.ledger import Person
from tests.chaos.verdict import Evidence, Verdict


def judge_decisions(verdict: Verdict, person: Person, evidence: Evidence) -> None:
    """Every decision that was published can be read, once, and no other."""
    events = evidence.topics["progression"].events.get(person.id, [])
    published = {event.data["decision_id"] for event in events if event.type == "progression.decided"}
    read = Counter(decision["decision_id"] for decision in evidence.readings[person.id].decisions)
    if published != read.keys() or any(count > 1 for count in read.values()):
        verdict.tell(person.id, f"{len(published)} decisions were published and {read.total()} are read")


def judge_messages(verdict: Verdict, person: Person, evidence: Evidence) -> None:
    """Each message has one ending and leaves at most once; a cue speaks at most once a day.

    A message of safety may be given to its channel again after a crash, which keeps one by its id; no other may.
    """
    reading = evidence.readings[person.id]
    files, again = reading.laid
    endings: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    slots: Counter[tuple[str, str]] = Counter()
    for event in evidence.topics["reminders"].events.get(person.id, []):
        data = event.data
        sent = event.type == "reminder.dispatched"
        kinds[data["reminder_id"]] = data["kind"]
        endings.setdefault(data["reminder_id"], []).append(data["outcome"] if sent else "suppressed")
        if sent and data["kind"] == "cue":
            slots[data["cue_id"], data["local_date"]] += 1
    for id, ended in endings.items():
        if len(ended) != 1:
            verdict.doubled += 1
            verdict.tell(person.id, f"message {id} ended as {ended}")
        if ended[0] == "sent" and files[id] != 1:
            verdict.lost += files[id] == 0
            verdict.tell(person.id, f"message {id} was sent and lies there {files[id]} times")
    for id, times in again.items():
        if kinds.get(id) != "safety":
            verdict.doubled += 1
            verdict.tell(person.id, f"message {id} was given to its channel {times + 1} times")
    for id, times in files.items():
        if times > 1 or endings.get(id, [""])[0] not in ("sent", "unknown"):
            verdict.doubled += times > 1
            verdict.tell(person.id, f"message {id} lies there {times} times and ended as {endings.get(id)}")
    if twice := [slot for slot, times in slots.items() if times > 1]:
        verdict.doubled += len(twice)
        verdict.tell(person.id, f"a cue spoke twice on {twice[:3]}")
    for message in reading.messages:
        id, status = message["reminder_id"], message["status"]
        verdict.endings[status] += 1
        if status == "sending" and not person.poisoned:
            verdict.tell(person.id, f"message {id} has no ending")
        elif status != "sending" and id not in endings:
            verdict.tell(person.id, f"message {id} is read as {status}, and no event says how it ended")
    if missing := endings.keys() - {message["reminder_id"] for message in reading.messages}:
        verdict.lost += len(missing)
        verdict.tell(person.id, f"{len(missing)} messages ended and cannot be read")


def judge_community(verdict: Verdict, person: Person, evidence: Evidence) -> None:
    """Each joining and each sharing that was accepted: one event; each milestone: one offer."""
    topic = evidence.topics["community"]
    for group in person.groups:
        joined = [
            event
            for event in topic.events.get(group, [])
            if event.type == "member.joined" and event.data["patient_id"] == person.id
        ]
        _once(verdict, f"{person.id} joined {group}", len(joined))
    mine = topic.events.get(person.id, [])
    for offer in person.shared:
        shared = [e for e in mine if e.type == "celebration.shared" and e.data["offer_id"] == offer]
        _once(verdict, f"{person.id} shared {offer}", len(shared))
    posts = [e for g in person.groups for e in topic.events.get(g, []) if e.type == "post.published"]
    if len({event.data["post_id"] for event in posts}) != len(posts):
        verdict.doubled += 1
        verdict.tell(person.id, "a post was published twice")
    reached = Counter(
        event.data["milestone_id"]
        for event in evidence.topics["progression"].events.get(person.id, [])
        if event.type == "milestone.reached"
    )
    offered = {event.data["milestone_id"] for event in mine if event.type == "celebration.offered"}
    if any(times > 1 for times in reached.values()) or offered - reached.keys():
        verdict.tell(person.id, f"milestones {dict(reached)} were reached and {len(offered)} offered")


def judge_flags(verdict: Verdict, person: Person, evidence: Evidence) -> None:
    """Each red flag that was answered: one event, one work item's worth of it in plans."""
    raised = [e for e in evidence.topics["safety"].events.get(person.id, []) if e.type == "redflag.raised"]
    for flag in person.flags:
        mine = [event for event in raised if event.data["flag_id"] == flag]
        _once(verdict, f"{person.id} red flag {flag}", len(mine))
        taken = {step.message for step in evidence.journals["plans"].steps.get(person.id, [])}
        if mine and mine[0].id not in taken:
            verdict.lost += 1
            verdict.tell(person.id, f"red flag {flag} never reached the care team's work list")


def _once(verdict: Verdict, what: str, times: int) -> None:
    verdict.lost += times == 0
    verdict.doubled += times > 1
    if times != 1:
        verdict.tell(what, f"{times} events say so")
