"""`explain PATIENT`: what holds now for each track, since when, why, what counted, and why not more."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from babel.dates import format_date

from services.progression.commands.database import (
    UNREACHABLE,
    WELL,
    WRONG_QUESTION,
    add_database,
    complain,
    opened,
    show,
)
from services.progression.commands.plain import said, table
from services.progression.domain.described import SAID
from services.progression.domain.parameters import Parameters
from services.progression.store import DECISIONS, TRACKS, basis_of
from services.progression.telling import next_up_of
from services.progression.texts import Audience, amount, render
from shared.runtime.ports import DependencyDown

AUDIENCES: Final = ("patient", "clinician")
_ALWAYS: Final = ("freq", "step", "profile")
_AMOUNTS: Final = ("step", "dose_min", "dose_max", "goal_dose", "fixed_dose")
_LATEST: Final = 12
"""So many sessions are shown; the table counts all of those that were stored."""


def explain_command(arguments: Sequence[str]) -> int:
    """Print the latest decision on each track of a person; 2 for a wrong question, 3 when the database is away."""
    options = _parser().parse_args(arguments)
    try:
        told = asyncio.run(_read(options))
    except DependencyDown:
        return complain("The database of progression cannot be reached (see --mongo-url).", UNREACHABLE)
    if isinstance(told, str):
        return complain(told, WRONG_QUESTION)
    if options.json:
        show(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        show("\n\n".join("\n".join(lines_of(one)) for one in told))
    return WELL


def explained(
    document: Mapping[str, Any], audience: Audience, track: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A stored decision with everything that its reader may want to know, as plain values.

    `track` is the stored track as it stands; without it nothing is said of an open offer.
    """
    basis = basis_of(document)
    facts = {"dose": document["dose"], **basis["facts"], **basis["text_params"]}
    up = next_up_of(document, audience, basis)
    rules = (document["rule"], *(one["rule"] for one in up["conditions"] if not one["met"]))
    clinical = render(document["text_key"], facts, "clinician") if audience == "clinician" else None
    return {
        **{name: document[name] for name in ("track_id", "decision_id", "number", "day", "rule_set", "rule", "action")},
        **{name: document[name] for name in ("unit", "dose", "dose_before", "dose_in_force", "review", "supersedes")},
        "since": basis["standing"]["changed"],
        "status": basis["standing"]["status"],
        "phase": basis["standing"]["phase"],
        "usual_pain": basis["standing"]["usual_pain"],
        "notes": list(document["notes"]),
        "text": render(document["text_key"], basis["text_params"]),
        "clinician_text": clinical,
        "in_the_table": next((one.condition for one in SAID if one.rule == document["rule"]), None),
        "units": basis["units"],
        "parameters": _that_mattered(rules, basis["parameters"]),
        "next_up": up,
        "locks": [
            {"lock": name, "text": render(f"rule.R10a.{name}", {**facts, "unit": document["unit"]})}
            for name in document["locks"]
        ],
        "offer": None if track is None else track.get("proposal"),
    }


def lines_of(told: Mapping[str, Any]) -> list[str]:
    """What was explained, for a terminal."""
    unit = told["unit"]
    now = amount(told["dose_in_force"], unit) or "nothing"
    lines = [
        f"Track {told['track_id']}: decision {told['number']} of {_day(told['day'])}, rule set {told['rule_set']}",
        "",
        f"Now       {now} ({told['status'].lower()}, {told['phase'].lower()}), last changed {_day(told['since'])}",
        f"Decided   {told['rule']} {told['action']} {amount(told['dose'], unit)}"
        + (f" (before: {amount(told['dose_before'], unit)})" if told["dose_before"] != told["dose"] else ""),
        f"In words  {told['text']}",
    ]
    if told["clinician_text"]:
        lines.append(f"          {told['clinician_text']}")
    if told["in_the_table"]:
        lines.append(f"The rule  {told['in_the_table']}")
    if told["notes"]:
        lines.append(f"Notes     {', '.join(told['notes'])}")
    if told["review"]:
        lines.append("          A human is asked to look.")
    if told["supersedes"]:
        lines.append("          It takes the place of an earlier decision: records were corrected or came late.")
    if told["offer"]:
        offer = told["offer"]
        lines.append(f"Offered   {amount(offer['dose'], unit)}, waits for the {offer['waits_for']}")
    return [*lines, "", *_counted(told), "", *_thresholds(told), "", *_why_not(told)]


def _counted(told: Mapping[str, Any]) -> list[str]:
    unit, units = told["unit"], told["units"]
    usual = said(told["usual_pain"])
    if not units:
        return [f"What counted: no session is known. Usual pain: {usual}."]
    head = ("day", "done", "planned", "before", "pain", "morning", "stop", "zone", "settled", "counts as")
    rows = [
        (
            one["day"],
            amount(one["amount"], unit) or "rest",
            amount(one["planned"], unit) or "–",
            *(said(one[name]) for name in ("before", "pain", "morning", "stop", "zone", "settled")),
            "ok" if one["ok"] else "bad" if one["bad"] else "–",
        )
        for one in units[-_LATEST:]
    ]
    earlier = len(units) - len(rows)
    more = f", the latest {len(rows)} are shown" if earlier else ""
    return [f"What counted: {len(units)} days with a session{more}. Usual pain: {usual}.", *table(head, rows)]


def _thresholds(told: Mapping[str, Any]) -> list[str]:
    unit = told["unit"]
    rows = [
        (name, amount(one["value"], unit) if name in _AMOUNTS and one["value"] else said(one["value"]), one["from"])
        for name, one in told["parameters"].items()
    ]
    return ["Thresholds that mattered:", *table(("name", "value", "from"), rows)]


def _why_not(told: Mapping[str, Any]) -> list[str]:
    up = told["next_up"]
    to = f", to {amount(up['dose'], told['unit'])}" if up["dose"] is not None else ""
    missing = [one for one in up["conditions"] if not one["met"]]
    met = [_condition(one) for one in up["conditions"] if one["met"]]
    what = f"{len(missing)} of {len(up['conditions'])} conditions are not met" if missing else "nothing is missing"
    lines = [f"Why not more: next would come {up['rule']}{to}; {what}."]
    if missing:
        rows = [(_condition(one), one["text"] or "") for one in missing]
        lines += table(("not met", "words"), rows)
    if met:
        lines.append(f"  met: {', '.join(met)}")
    lines += [f"Lock {lock['lock']}, told to the person as: {lock['text']}" for lock in told["locks"]]
    return lines


def _condition(one: Mapping[str, Any]) -> str:
    counted = "" if one["have"] is None else f" ({one['have']} of {one['need']} {one['measure']})"
    lock = f" {one['lock']}" if one["lock"] else ""
    return f"{one['rule']}{lock}{counted}"


def _that_mattered(rules: Iterable[str], parameters: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The thresholds that these rules speak of, each with whether it is the default."""
    names = {name for rule in rules for name in _named(rule) if name in parameters} | set(_ALWAYS)
    return {
        name: {"value": parameters[name], "from": _origin(name, parameters[name])}
        for name in parameters
        if name in names
    }


@lru_cache(maxsize=64)
def _named(rule: str) -> frozenset[str]:
    text = " ".join(f"{one.condition} {one.dose}" for one in SAID if one.rule == rule)
    return frozenset(re.findall(r"`([a-z_0-9]+)`", text))


def _origin(name: str, value: Any) -> str:
    if name in ("freq", "goal_dose", "dose_max", "fixed_dose"):
        return "plan"
    field = Parameters.__dataclass_fields__[name]
    own = name in ("step", "dose_min", "gap_t1", "gap_t2", "baseline_window")
    if own:
        return "worked out, or set"
    return "default" if value == field.default else f"set; default {said(field.default)}"


def _day(text: str) -> str:
    return str(format_date(date.fromisoformat(text), "EEEE d MMMM y", locale="en"))


async def _read(options: argparse.Namespace) -> list[dict[str, Any]] | str:
    where: dict[str, Any] = {"key": options.patient}
    async with opened(options) as store:
        tracks = await store.find(TRACKS, {**where, "active": 1})
        known = {track["track_id"]: track for track in tracks if track.get("decision_id")}
        if options.track is not None and options.track not in known:
            latest = await store.find(DECISIONS, {**where, "track_id": options.track}, [("number", -1)], 1)
            if not latest:
                return "Nothing was decided on a track of that name." if known else _NOBODY
            return [explained(latest[0], options.audience)]
        wanted = [known[options.track]] if options.track is not None else list(known.values())
        if not wanted:
            return _NOBODY
        wanted.sort(key=lambda track: (track.get("priority", 1), track["track_id"]))
        ids = [f"{options.patient}:{track['decision_id']}" for track in wanted]
        found = {document["_id"]: document for document in await store.find(DECISIONS, {"_id": {"$in": ids}})}
    return [
        explained(found[id_], options.audience, track) for id_, track in zip(ids, wanted, strict=True) if id_ in found
    ]


_NOBODY: Final = "Nothing was decided for a person of that id: no plan is in force, or the id is another's."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.progression explain",
        description="Print the latest decision on each track of a person as a person would want to read it.",
        epilog="exit code: 0 printed, 2 nothing of that name, 3 the database cannot be reached",
    )
    parser.add_argument("patient", help="the person's id")
    parser.add_argument("--track", help="this track alone, of an ended plan too")
    parser.add_argument(
        "--as", dest="audience", choices=AUDIENCES, default="clinician", help="for whom (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_database(parser)
    return parser
