"""`shadow --rules NEW`: what another rule set would have decided on every stored decision's own inputs (2.7)."""

from __future__ import annotations

import argparse
import asyncio
import json
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from services.progression.commands.database import (
    UNREACHABLE,
    WELL,
    WRONG,
    WRONG_QUESTION,
    add_database,
    all_decisions,
    complain,
    opened,
    show,
)
from services.progression.commands.plain import table
from services.progression.domain.judge import judge
from services.progression.domain.model import Verdict
from services.progression.domain.rulesets import Candidate, RuleSetUnknown, named, proposed
from services.progression.telling import case_of_record, replays
from shared.runtime.ports import DependencyDown

CHOSEN: Final = frozenset({"W10", "W11"})
"""A dose that the person chose themselves; no table decides it."""


@dataclass(slots=True)
class Found:
    """What the shadow run came to. `unlike` are stored decisions that the table in force does not give again."""

    decisions: int = 0
    people: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    chosen: int = 0
    unlike: list[dict[str, Any]] = field(default_factory=list)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    doses: Counter[str] = field(default_factory=Counter)
    differing: list[dict[str, Any]] = field(default_factory=list)

    def take(self, document: Mapping[str, Any], candidate: Candidate) -> None:
        """Run both rule sets on one stored decision."""
        self.decisions += 1
        self.people.add(document["key"])
        if document["rule"] in CHOSEN:
            self.chosen += 1
            return
        case = case_of_record(document)
        before, after = judge(case), candidate.judged(case)
        place = {name: document[name] for name in ("key", "track_id", "decision_id", "day")}
        if not replays(document, before):
            self.unlike.append({**place, "stored": document["rule"], "now": before.rule})
        if (before.rule, before.dose, before.review) == (after.rule, after.dose, after.review):
            return
        self.touched.add(document["key"])
        self.changes[before.rule, after.rule] += 1
        self.doses[_way(before, after, case.standing.dose)] += 1
        told = {"rule": [before.rule, after.rule], "dose": [before.dose, after.dose]}
        self.differing.append({**place, **told, "review": [before.review, after.review]})

    def as_json(self, candidate: Candidate, most: int) -> dict[str, Any]:
        """Everything as plain values, with at most so many of the differing decisions."""
        return {
            "rule_set": candidate.name,
            "decisions": self.decisions,
            "people": len(self.people),
            "people_touched": len(self.touched),
            "chosen_by_the_person": self.chosen,
            "differing": sum(self.changes.values()),
            "by_rule": [{"from": a, "to": b, "decisions": n} for (a, b), n in self.changes.most_common()],
            "by_dose": dict(self.doses.most_common()),
            "not_replayed": len(self.unlike),
            "examples": self.differing[:most],
            "not_replayed_examples": self.unlike[:most],
        }


def _way(before: Verdict, after: Verdict, dose: int) -> str:
    if after.action == "ADVANCE" and before.action != "ADVANCE":
        return "a step is offered that was not"
    if before.action == "ADVANCE" and after.action != "ADVANCE":
        return "no step is offered that was"
    if before.dose == after.dose:
        return "the same dose for another reason"
    return "a higher dose" if after.dose > before.dose else "a lower dose"


def shadow_command(arguments: Sequence[str]) -> int:
    """Compare; 0 compared, 1 a stored decision does not replay, 2 a wrong question, 3 the database is away."""
    options = _parser().parse_args(arguments)
    try:
        candidate = _candidate(options.rules)
    except RuleSetUnknown as unknown:
        return complain(f"--rules: {unknown}.", WRONG_QUESTION)
    try:
        found = asyncio.run(_run(options, candidate))
    except DependencyDown:
        return complain("The database of progression cannot be reached (see --mongo-url).", UNREACHABLE)
    told = found.as_json(candidate, options.most)
    show(json.dumps(told, indent=2) if options.json else "\n".join(lines_of(told)))
    return WRONG if found.unlike else WELL


async def compared(documents: AsyncIterator[Mapping[str, Any]], candidate: Candidate) -> Found:
    """Every one of these decisions under another rule set."""
    found = Found()
    async for document in documents:
        found.take(document, candidate)
    return found


def lines_of(told: Mapping[str, Any]) -> list[str]:
    """The comparison for a terminal."""
    lines = [
        f"{told['decisions']} decisions of {told['people']} people under {told['rule_set']}: "
        f"{told['differing']} would differ, of {told['people_touched']} people.",
        f"{told['chosen_by_the_person']} were the person's own choice and are left out.",
        "Each decision was run on its own inputs: what a changed one would have led to later is not followed.",
    ]
    if told["not_replayed"]:
        lines.append(f"{told['not_replayed']} stored decisions are not what the table in force gives again:")
        rows = [(o["key"], o["decision_id"], o["stored"], o["now"]) for o in told["not_replayed_examples"]]
        lines += table(("person", "decision", "stored", "now"), rows)
    if told["by_rule"]:
        lines += ["", *table(("decisions", "what changes"), [(n, way) for way, n in told["by_dose"].items()])]
        by_rule = [(one["decisions"], one["from"], one["to"]) for one in told["by_rule"]]
        lines += ["", *table(("decisions", "rule", "would be"), by_rule), ""]
        examples = [
            (one["day"], one["key"], one["track_id"], *(" → ".join(map(str, one[n])) for n in ("rule", "dose")))
            for one in told["examples"]
        ]
        lines += table(("day", "person", "track", "rule", "dose"), examples)
    return lines


def _candidate(asked: str) -> Candidate:
    file = Path(asked)
    if file.suffix not in (".toml", ".json"):
        return named(asked)
    try:
        text = file.read_text(encoding="utf-8")
        return proposed(file.stem, tomllib.loads(text) if file.suffix == ".toml" else json.loads(text))
    except OSError:
        raise RuleSetUnknown("the file cannot be read") from None
    except RuleSetUnknown:
        raise
    except ValueError:
        raise RuleSetUnknown(f"the file is not valid {file.suffix[1:].upper()}") from None


async def _run(options: argparse.Namespace, candidate: Candidate) -> Found:
    where: dict[str, Any] = {}
    if options.patient is not None:
        where["key"] = options.patient
    if options.since is not None:
        where["day"] = {"$gte": options.since.isoformat()}
    async with opened(options) as store:
        return await compared(all_decisions(store, where), candidate)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.progression shadow",
        description="What another rule set would have decided on the stored inputs of every decision.",
        epilog="exit code: 0 compared, 1 a stored decision does not replay, 2 a wrong question, 3 no database. "
        'A file holds {"parameters": {"advance_days": 10}} (TOML or JSON), and "rules": a version, where not the own.',
    )
    parser.add_argument("--rules", required=True, metavar="NEW", help="a version, or a .toml or .json file of defaults")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DATE", help="decisions from this day on")
    parser.add_argument("--patient", help="of this person alone")
    parser.add_argument("--most", type=int, default=20, help="at most so many examples (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_database(parser)
    return parser
