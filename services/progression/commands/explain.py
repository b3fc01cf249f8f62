"""`explain PATIENT`: what holds now for each track, since when, why, what counted, and why not more."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING
from functools import lru_cache
from typing import Any, Final

from services.progression.commands.database import (
    UNREACHABLE,
    WELL,
    WRONG_QUESTION,
    add_database,
    complain,
    opened,
    show,
)
from services.progression.commands.lines import lines_of
from services.progression.domain.described import SAID
from services.progression.domain.explain import reviews_for
from services.progression.domain.model import Verdict
from services.progression.domain.parameters import Parameters
from services.progression.store import DECISIONS, TRACKS, basis_of
from services.progression.telling import case_of_record, next_up_of
from services.progression.texts import Audience, render
from services.progression.texts.explain import words
from shared.clinics import DEFAULT_LANGUAGE, LANGUAGES
from shared.runtime.ports import DependencyDown

AUDIENCES: Final = ("patient", "clinician")
_ALWAYS: Final = ("freq", "step", "profile")
_OF_THE_PLAN: Final = frozenset({"freq", "goal_dose", "dose_max", "fixed_dose"})
_WORKED_OUT: Final = frozenset({"step", "dose_min", "gap_t1", "gap_t2", "baseline_window"})
_FIRST: Final = ("override", "set", "own", "plan", "default")
_DEFAULTS: Final[Mapping[str, Any]] = {
    name: field.default for name, field in Parameters.__dataclass_fields__.items() if field.default is not MISSING
}


def explain_command(arguments: Sequence[str]) -> int:
    """Print the latest decision on each track of a person; 2 for a wrong question, 3 when the database is away."""
    options = _parser().parse_args(arguments)
    say = words(options.language)
    try:
        told = asyncio.run(_read(options))
    except DependencyDown:
        return complain(say.say("answer.away"), UNREACHABLE)
    if isinstance(told, str):
        return complain(say.say(told), WRONG_QUESTION)
    if options.json:
        show(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        show("\n\n".join("\n".join(lines_of(one)) for one in told))
    return WELL


def explained(
    document: Mapping[str, Any],
    audience: Audience,
    track: Mapping[str, Any] | None = None,
    language: str = DEFAULT_LANGUAGE,
) -> dict[str, Any]:
    """A stored decision with everything that its reader may want to know, as plain values, its texts in a language.

    `track` is the stored track as it stands; without it nothing is said of an open offer.
    """
    basis = basis_of(document)
    facts = {"dose": document["dose"], **basis["facts"], **basis["text_params"]}
    up = next_up_of(document, audience, basis, language)
    rules = (document["rule"], *(one["rule"] for one in up["conditions"] if not one["met"]))
    clinical = render(document["text_key"], facts, "clinician", language) if audience == "clinician" else None
    parameters = {**_DEFAULTS, **basis["parameters"]}
    return {
        **{name: document[name] for name in ("track_id", "decision_id", "number", "day", "rule_set", "rule", "action")},
        **{name: document[name] for name in ("unit", "dose", "dose_before", "dose_in_force", "review", "supersedes")},
        "language": language,
        "audience": audience,
        "free": document["action"] == "BASELINE" and (track is None or track.get("dose") is None),
        "since": basis["standing"]["changed"],
        "status": basis["standing"]["status"],
        "phase": basis["standing"]["phase"],
        "usual_pain": basis["standing"]["usual_pain"],
        "notes": list(document["notes"]),
        "reviews": _reviews(document, basis),
        "text": render(document["text_key"], basis["text_params"], "patient", language),
        "clinician_text": clinical,
        "rule_in_words": words(language).rule(document["rule"], parameters, document["unit"]),
        "units": basis["units"],
        "parameters": _that_counted(rules, parameters, basis.get("overrides", ())),
        "next_up": up,
        "locks": [
            {
                "lock": name,
                "text": render(f"rule.R10a.{name}", {**facts, "unit": document["unit"]}, "patient", language),
            }
            for name in document["locks"]
        ],
        "offer": None if track is None else track.get("proposal"),
    }


def _reviews(document: Mapping[str, Any], basis: Mapping[str, Any]) -> list[str]:
    """Why a human is asked to look, as codes; one that is open already is not asked again (W12)."""
    decided = Verdict(
        document["rule"],
        document["action"],
        document["dose"],
        bool(document["review"]),
        tuple(document["notes"]),
        basis["facts"],
    )
    return list(reviews_for(decided, case_of_record(document, basis)))


def _that_counted(
    rules: Iterable[str], parameters: Mapping[str, Any], overrides: Iterable[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The thresholds that these rules speak of, each with where it is from; what is not the default comes first."""
    names = {name for rule in rules for name in _named(rule)} | set(_ALWAYS)
    set_by = {one["name"]: one for one in overrides}
    found = {
        name: {"value": parameters[name], **_origin(name, parameters[name], set_by.get(name))}
        for name in parameters
        if name in names or name in set_by
    }
    found |= {
        name: {"value": one["value"], **_origin(name, one["value"], one)}
        for name, one in set_by.items()
        if name not in parameters
    }
    return dict(sorted(found.items(), key=lambda one: _FIRST.index(one[1]["from"])))


@lru_cache(maxsize=64)
def _named(rule: str) -> frozenset[str]:
    text = " ".join(f"{one.condition} {one.dose}" for one in SAID if one.rule == rule)
    return frozenset(re.findall(r"`([a-z_0-9]+)`", text))


def _origin(name: str, value: Any, override: Mapping[str, Any] | None) -> dict[str, Any]:
    default = {} if name not in _DEFAULTS or name in _OF_THE_PLAN | _WORKED_OUT else {"default": _DEFAULTS[name]}
    if override is not None:
        return {"from": "override", "until": override["until"], "reason": override["reason"], **default}
    if name in _OF_THE_PLAN:
        return {"from": "plan"}
    if name in _WORKED_OUT:
        return {"from": "own"}
    return {"from": "default"} if value == default["default"] else {"from": "set", **default}


async def _read(options: argparse.Namespace) -> list[dict[str, Any]] | str:
    where: dict[str, Any] = {"key": options.patient}
    async with opened(options) as store:
        tracks = await store.find(TRACKS, {**where, "active": 1})
        known = {track["track_id"]: track for track in tracks if track.get("decision_id")}
        if options.track is not None and options.track not in known:
            latest = await store.find(DECISIONS, {**where, "track_id": options.track}, [("number", -1)], 1)
            if not latest:
                return "answer.no_track" if known else _NOBODY
            return [explained(latest[0], options.audience, None, options.language)]
        wanted = [known[options.track]] if options.track is not None else list(known.values())
        if not wanted:
            return _NOBODY
        wanted.sort(key=lambda track: (track.get("priority", 1), track["track_id"]))
        ids = [f"{options.patient}:{track['decision_id']}" for track in wanted]
        found = {document["_id"]: document for document in await store.find(DECISIONS, {"_id": {"$in": ids}})}
    return [
        explained(found[id_], options.audience, track, options.language)
        for id_, track in zip(ids, wanted, strict=True)
        if id_ in found
    ]


_NOBODY: Final = "answer.nobody"


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
    parser.add_argument(
        "--language", choices=LANGUAGES, default=DEFAULT_LANGUAGE, help="in which words (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_database(parser)
    return parser
