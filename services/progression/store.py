"""What progression keeps to be read: every decision with all it rests on, and each track as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from services.progression.domain.asked import Asked
from services.progression.domain.decisions import Decision, overrides_used, parameters_used, standing_used, units_used
from services.progression.domain.halves import halves_of
from services.progression.domain.offers import DIMENSION
from services.progression.domain.state import PatientState, Proposal, dose_hidden
from services.progression.domain.suspending import in_force, status_of
from shared.clock import from_ms
from shared.runtime.messages import Record, as_text

DECISIONS: Final = "decisions"
QUESTIONS: Final = "questions"
TRACKS: Final = "tracks"
ADHERENCE: Final = "adherence"
FLARE_PLANS: Final = "flare_plans"

WRITTEN_ONCE: Final = frozenset({DECISIONS})
COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    DECISIONS: ((("key", 1), ("number", -1)), (("key", 1), ("track_id", 1), ("number", -1))),
    QUESTIONS: ((("key", 1), ("asked_at", -1)),),
    TRACKS: ((("key", 1), ("active", 1)),),
    ADHERENCE: ((("key", 1),),),
    FLARE_PLANS: ((("key", 1),),),
}


def decision_record(state: PatientState, decision: Decision) -> Record:
    """One decision, replayable bit by bit (2.7): rule, parameters, standing, units used, locks, text key and numbers.

    `number` counts the person's decisions and sorts them; `at` is epoch milliseconds. What it rests on is one text,
    which nobody filters by: as nested fields it takes the embedded engine three times as long to store and to find.
    """
    verdict, config = decision.verdict, state.tracks[decision.track_id].config
    return Record(
        DECISIONS,
        decision.decision_id,
        {
            "decision_id": decision.decision_id,
            "number": decision.number,
            "track_id": decision.track_id,
            "day": decision.day.isoformat(),
            "at": decision.at,
            "rule_set": decision.case.rule_set,
            "rule": verdict.rule,
            "action": verdict.action,
            "dose": verdict.dose,
            "dose_before": decision.dose_before,
            "dose_in_force": decision.dose_after,
            "marker": config.marker,
            "unit": config.unit,
            "review": verdict.review,
            "notes": list(verdict.notes),
            "locks": list(decision.locks),
            "text_key": decision.text.text_key,
            "short_version": int(decision.short_version),
            "trigger": decision.trigger,
            "supersedes": decision.supersedes,
            "basis": as_text(
                {
                    "facts": dict(verdict.facts),
                    "text_params": dict(decision.text.params),
                    "judged_on": decision.case.today.isoformat(),
                    "parameters": parameters_used(decision.case),
                    "standing": standing_used(decision.case),
                    "units": units_used(decision.case),
                    **({"overrides": overrides_used(decision.case)} if decision.case.overrides else {}),
                }
            ),
        },
    )


def basis_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a stored decision rests on: facts and numbers of its texts, parameters, standing, and the units used."""
    basis: dict[str, Any] = json.loads(document["basis"])
    return basis


def track_record(state: PatientState, track_id: str) -> Record:
    """A track as it stands: the dose in force, where it is on its way, its latest decision and the open offer.

    `change_id` is the decision that last changed the dose in force: a later one that changes nothing does not hide it.

    A track that left the plan stays readable with `active` 0. Until a start is found (R6b) the dose shown is none (W4),
    and in a pause too (R2).
    """
    track = state.tracks.get(track_id)
    if track is None or not state.active:
        return Record(TRACKS, track_id, {"track_id": track_id, "active": 0})
    footing, offer, status = track.footing, state.proposal, status_of(state, track.footing)
    none = status == "PAUSED" or (dose_hidden(track) and status != "SUSPENDED")
    return Record(
        TRACKS,
        track_id,
        {
            "track_id": track_id,
            "active": 1,
            "priority": track.config.priority,
            "marker": track.config.marker,
            "unit": track.config.unit,
            "dose": None if none else in_force(state, track),
            "halves": None if none or (halves := halves_of(track)) is None else list(halves),
            "freq": track.config.freq,
            "goal_dose": track.config.goal_dose,
            "phase": footing.phase,
            "status": status,
            "changed": footing.changed.isoformat(),
            "ladder": list(footing.ladder),
            "rung": footing.idx,
            "decision_id": track.latest.decision_id if track.latest else None,
            "change_id": track.changed_by,
            "proposal": _offer(offer) if offer is not None and offer.track_id == track_id else None,
        },
    )


def question_record(asked: Asked, at: int, ended: Mapping[str, Any] | None) -> Record:
    """A question as it stands: since when (epoch ms), until when it can be answered, and how it ended.

    `ended` tells why, what was answered part by part, by which role and when; the answers are one text.
    """
    over = dict(ended or {})
    answers = over.get("answers")
    return Record(
        QUESTIONS,
        asked.question_id,
        {
            "question_id": asked.question_id,
            "kind": asked.kind,
            "track_id": asked.track_id,
            "about": asked.about,
            "asked_at": at,
            "until": asked.until,
            "open": 0 if over else 1,
            "reason": over.get("reason"),
            "answers": None if answers is None else as_text(dict(answers)),
            "answered_by": over.get("by"),
            "ended_at": over.get("at"),
        },
    )


def adherence_record(today: date, content: Mapping[str, Any]) -> Record:
    """The person's adherence as of a day: its content as one text, which nobody filters by."""
    return Record(ADHERENCE, "latest", {"as_of": today.isoformat(), "content": as_text(content)})


def flare_plan_record(sealed: str | None) -> Record:
    """The words of the flare plan in force, sealed as `plans` told them; None where there are none."""
    return Record(FLARE_PLANS, "latest", {"sealed": sealed})


def options_of(offer: Proposal, dose_now: int) -> list[dict[str, Any]]:
    """Which doses the person may choose (W10): the step, a smaller one where there is one, to stay, or less; after a
    reached goal to stay or less, beside what no dose tells (2.4)."""
    stay, less = {"kind": "stay", "dose": dose_now}, {"kind": "less", "dose": offer.less}
    if offer.kind == DIMENSION:
        return [stay, less]
    smaller = [] if offer.smaller is None else [{"kind": "smaller", "dose": offer.smaller}]
    return [{"kind": "step", "dose": offer.dose}, *smaller, stay, less]


def _offer(offer: Proposal) -> dict[str, Any]:
    return {
        "proposal_id": offer.proposal_id,
        "kind": offer.kind,
        "dose": offer.dose,
        "halves": None if offer.halves is None else list(offer.halves),
        "freq": offer.freq,
        "waits_for": offer.stage,
        "expires_at": from_ms(offer.expires_at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
