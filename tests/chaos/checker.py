"""The judge: what was accepted over HTTP against topics, readings over HTTP, dead letters and the messages sent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

from tests.chaos.checker_people import judge_community, judge_decisions, judge_flags, judge_messages
from tests.chaos.evidence import Event, Journal, Topic
from tests.chaos.ledger import AMENDED, LOGGED, MORNING, VOIDED, Ledger, Person, Thing
from tests.chaos.verdict import Evidence, Verdict

RAISED_BY: Final = 1_000_000
"""How much higher a restored service goes on (decision 0019)."""

DECIDED: Final = (LOGGED, AMENDED, VOIDED, MORNING)


def judge(ledger: Ledger, evidence: Evidence) -> Verdict:
    """The whole verdict."""
    verdict = Verdict()
    for service, topic in evidence.topics.items():
        _judge_topic(verdict, service, topic, evidence.poison, restored=service in ledger.restored)
    for service, journal in evidence.journals.items():
        _judge_journal(verdict, service, journal)
    for person in ledger.people:
        _judge_diary(verdict, person, evidence)
        judge_decisions(verdict, person, evidence)
        judge_messages(verdict, person, evidence)
        judge_community(verdict, person, evidence)
        judge_flags(verdict, person, evidence)
    _judge_letters(verdict, evidence)
    for service, behind in evidence.lag.items():
        if behind:
            verdict.tell(service, f"{behind} records are neither handled nor skipped nor dead")
    for surprise in ledger.surprises:
        verdict.tell("HTTP", surprise)
    verdict.accounted = ledger.accepted - verdict.lost
    return verdict


def _judge_topic(
    verdict: Verdict, service: str, topic: Topic, poison: frozenset[tuple[str, int, int]], *, restored: bool
) -> None:
    """First occurrences per key are 1, 2, 3 …; ids are the keys' and seqs' own; nobody else wrote there."""
    verdict.repeats += topic.repeats
    verdict.problems += topic.differing
    if strange := [place for place in topic.unreadable if place not in poison]:
        verdict.tell(service, f"unreadable records at {strange[:3]}")
    ids: set[str] = set()
    for key, events in topic.events.items():
        seqs = [event.seq for event in events]
        missing, early = _gaps(seqs, restored=restored)
        verdict.reordered += early
        if missing or early:
            verdict.tell(f"{service} {key}", f"seq lacks {missing[:5]}, {early} before their turn")
        for event in events:
            if event.id in ids:
                verdict.doubled += 1
                verdict.tell(f"{service} {key}", f"the event id of seq {event.seq} was there before")
            ids.add(event.id)


def _gaps(seqs: Sequence[int], *, restored: bool) -> tuple[list[int], int]:
    """Which numbers are missing, and how many came before their turn; a restored service goes on a million higher."""
    low = [seq for seq in seqs if seq <= RAISED_BY or not restored]
    high = [seq - RAISED_BY for seq in seqs[len(low) :]]
    missing, early = _run([*low, *high], 1)
    return missing, early + sum(a >= b for a, b in pairwise([*low, *high]) if restored)


def _run(seqs: Sequence[int], first: int) -> tuple[list[int], int]:
    early = sum(seq != first + place for place, seq in enumerate(seqs)) if seqs != sorted(seqs) else 0
    return sorted(set(range(first, max(seqs, default=first - 1) + 1)) - set(seqs)), early


def _judge_journal(verdict: Verdict, service: str, journal: Journal) -> None:
    """Every step of every aggregate is there, and no message was taken twice by the same one."""
    verdict.problems += journal.differing
    if journal.unreadable:
        verdict.tell(service, f"{journal.unreadable} journal lines cannot be opened")
    for key, steps in journal.steps.items():
        missing, early = _gaps([step.n for step in steps], restored=False)
        if missing or early:
            verdict.tell(f"{service}'s journal {key}", f"lacks steps {missing[:5]}, {early} before their turn")
        taken = Counter(step.message for step in steps if step.kind in ("event", "routed", "command"))
        if twice := [id for id, times in taken.items() if times > 1]:
            verdict.doubled += len(twice)
            verdict.tell(f"{service} {key}", f"took {twice[:3]} more than once")


def _judge_diary(verdict: Verdict, person: Person, evidence: Evidence) -> None:
    """Each accepted log, correction, void and morning: one event, in order; read once; counted once, in that order."""
    mine = [e for e in evidence.topics["session_logging"].events.get(person.id, []) if e.type in DECIDED]
    things = [_thing(event) for event in mine]
    _compare(verdict, f"{person.id} events", person.steps, things)
    if left := person.rejected & {id for _, id, _ in things}:
        verdict.doubled += len(left)
        verdict.tell(person.id, f"{len(left)} rejected logs left an event")

    by_id = {event.id: thing for event, thing in zip(mine, things, strict=True)}
    steps = sorted(evidence.journals["progression"].steps.get(person.id, []))
    counted = [by_id[step.message] for step in steps if step.message in by_id]
    _compare(verdict, f"{person.id} in progression", person.steps, counted)

    reading = evidence.readings[person.id]
    read: dict[str, list[dict[str, Any]]] = {}
    for session in reading.sessions:
        read.setdefault(session["id"], []).append(session)
    for id, kept in person.sessions.items():
        found = read.get(id, [])
        if len(found) != 1:
            verdict.lost += not found
            verdict.doubled += len(found) > 1
            verdict.tell(person.id, f"session {id} is read {len(found)} times")
        elif (now := tuple(found[0][name] for name in ("amount", "revision", "status"))) != (
            kept.amount,
            kept.revision,
            kept.status,
        ):
            verdict.tell(person.id, f"session {id} is read as {now} and was answered {kept}")
    if strange := read.keys() - person.sessions.keys():
        verdict.doubled += len(strange)
        verdict.tell(person.id, f"{len(strange)} sessions are read that nobody was told were accepted")
    mornings = Counter(id for step in person.steps for kind, id, _ in step if kind == MORNING)
    if Counter(check["id"] for check in reading.mornings) != mornings:
        verdict.tell(person.id, f"{len(mornings)} mornings were accepted, {len(reading.mornings)} are read")


def _compare(verdict: Verdict, who: str, steps: Iterable[Sequence[Thing]], found: Sequence[Thing]) -> None:
    """What was accepted against what is there: all of it, once, in the order of the answers."""
    place = {thing: number for number, step in enumerate(steps) for thing in step}
    times = Counter(found)
    lost, doubled = [t for t in place if t not in times], [t for t, count in times.items() if count > 1]
    strange = [thing for thing in times if thing not in place]
    turns = [place[thing] for thing in found if thing in place]
    early = sum(before > after for before, after in pairwise(turns))
    verdict.lost += len(lost)
    verdict.doubled += len(doubled) + len(strange)
    verdict.reordered += early
    if lost or doubled or strange or early:
        verdict.tell(who, f"lost {lost[:3]}, twice {doubled[:3]}, not accepted {strange[:3]}, {early} out of order")


def _thing(event: Event) -> Thing:
    data = event.data
    if event.type == MORNING:
        return event.type, data["check_id"], 1
    return event.type, data["session_id"], int(data["revision"])


def _judge_letters(verdict: Verdict, evidence: Evidence) -> None:
    """Exactly what was poisoned is dead, in every service that heard it, and nothing else is."""
    found = Counter((str(letter["service"]), str(letter["id"])) for letter in evidence.letters)
    if strange := found.keys() - evidence.expected_letters:
        reasons = Counter(f"{one['service']}: {one['reason']}" for one in evidence.letters)
        verdict.tell("dead letters", f"{len(strange)} that nobody laid: {sorted(strange)[:3]}, of {dict(reasons)}")
    if missing := evidence.expected_letters - found.keys():
        verdict.lost += len(missing)
        verdict.tell("dead letters", f"missing {sorted(missing)[:3]}")
