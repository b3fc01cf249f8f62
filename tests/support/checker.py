"""An independent judge: what was accepted against what topics, HTTP answers and sent messages show, nothing else."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

ENDINGS: Final = frozenset({"sent", "unknown", "suppressed", "failed"})


@dataclass
class Accepted:
    """What one person's toy was given: `amounts` by id are all different; `totals` is what each command was told.

    `told` are the ids whose message must have been decided; `steps` counts what else moves the journal on (ticks).
    """

    amounts: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)


@dataclass
class Verdict:
    """How many were accepted, lost, doubled and out of order; how messages ended; what is wrong in words."""

    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    problems: list[str] = field(default_factory=list)

    def merge(self, other: "Verdict") -> None:
        """Add another verdict to this one."""
        for name in ("accepted", "lost", "doubled", "reordered", "repeats"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.endings += other.endings
        self.problems += other.problems


def in_order(numbers: Iterable[int]) -> tuple[int, list[int], int]:
    """First occurrences of what must be 1, 2, 3 …: how many there are, which are missing, how many came too early."""
    seen: set[int] = set()
    early = 0
    for number in numbers:
        if number not in seen:
            early += number != len(seen) + 1
            seen.add(number)
    missing = sorted(set(range(1, max(seen, default=0) + 1)) - seen)
    return len(seen), missing, early


def judge_topic(records: Iterable[Any]) -> tuple[dict[str, list[dict[str, Any]]], Verdict]:
    """The first occurrence of each event by key, as it lies in its partition, and whether seq is 1, 2, 3 … per key."""
    verdict = Verdict()
    seqs: dict[str, list[int]] = {}
    bodies: dict[tuple[str, int], bytes] = {}
    for record in records:
        if record.key is None:
            continue  # rubbish that a test laid there
        key, seq = record.key.decode(), orjson.loads(record.value)["seq"]
        seqs.setdefault(key, []).append(seq)
        if bodies.setdefault((key, seq), record.value) != record.value:
            verdict.problems.append(f"{key}: seq {seq} was published with two contents")
    events: dict[str, list[dict[str, Any]]] = {}
    for key, numbers in seqs.items():
        count, missing, early = in_order(numbers)
        verdict.repeats += len(numbers) - count
        verdict.reordered += early
        if missing or early:
            verdict.problems.append(f"{key}: seq not 1, 2, 3 …: missing {missing[:5]}, {early} before their turn")
        events[key] = [orjson.loads(bodies[key, seq]) for seq in sorted(set(numbers))]
    return events, verdict


def judge_person(
    key: str,
    accepted: Accepted,
    events: Iterable[Mapping[str, Any]],
    tally: Mapping[str, Any],
    sent: Iterable[str],
) -> Verdict:
    """One person: every accepted amount is in exactly one event, one record and the answer; messages end once."""
    verdict = Verdict(accepted=len(accepted.amounts))
    doses = [event["data"]["dose"] for event in events if event["data"]["dose"] > 0]
    steps = [now - before for before, now in zip([0, *doses], doses, strict=False)]
    wanted, found = Counter(accepted.amounts.values()), Counter(steps)
    lost, doubled = wanted - found, found - wanted
    verdict.lost, verdict.doubled = lost.total(), doubled.total()
    if lost or doubled:
        verdict.problems.append(f"{key}: lost {sorted(lost)[:5]}, beyond what was accepted {sorted(doubled)[:5]}")

    by_total = dict(zip(doses, steps, strict=True))
    for id, total in accepted.totals.items():
        if by_total.get(total) != accepted.amounts[id]:
            verdict.problems.append(f"{key}: {id} was told a total that no event of its own shows")
    records: dict[str, int] = dict(tally["records"])
    if (latest := records.pop("latest", None)) != (doses[-1] if doses else None):
        verdict.problems.append(f"{key}: the record of the latest total shows {latest}, the last event {doses[-1:]}")
    if records.keys() != accepted.amounts.keys():
        missing, extra = accepted.amounts.keys() - records.keys(), records.keys() - accepted.amounts.keys()
        verdict.problems.append(f"{key}: records missing {sorted(missing)[:5]}, extra {sorted(extra)[:5]}")
    for id, total in records.items():
        if by_total.get(total) != accepted.amounts.get(id):
            verdict.problems.append(f"{key}: the record of {id} differs from its event")

    outcomes: dict[str, str] = tally["outcomes"] or {}
    verdict.endings = Counter(outcomes.values())
    left = Counter(sent)
    for id in accepted.told:
        times, ending = left.pop(f"e-{id}", 0), outcomes.get(f"e-{id}")
        agrees = (times == 1 and ending in ("sent", "unknown")) or (times == 0 and ending in ENDINGS - {"sent"})
        if not agrees:
            verdict.problems.append(f"{key}: message {id} left {times} times and ended as {ending}")
    if left:
        verdict.problems.append(f"{key}: messages that nobody decided: {sorted(left)[:5]}")
    return verdict


def judge_journal(records: Iterable[Any]) -> Verdict:
    """Whether each key's journal holds step 1, 2, 3 … with no gap, first occurrences in order."""
    verdict = Verdict()
    numbers: dict[str, list[int]] = {}
    for record in records:
        numbers.setdefault(record.key.decode(), []).append(int(dict(record.headers)["n"]))
    for key, found in numbers.items():
        _, missing, early = in_order(found)
        if missing or early:
            verdict.problems.append(f"{key}: journal lacks steps {missing[:5]}, {early} before their turn")
    return verdict
