"""Requests that are wrong in one place: a good body per route, and all that can be done to each of its fields."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from tests.support.e2e_clinic import TRACK, fresh, terms
from tests.support.e2e_routes import Route

DEEP: Final = "[" * 40 + "]" * 40
ABSURD: Final = ("9007199254740992", "-9007199254740992", "1e400", "-1e400", "1e308", "NaN", "Infinity", "-Infinity")
_PLACE: Final = "@@here@@"
_FREE_TEXT: Final = frozenset(
    {"text", "situation", "action", "steps", "label", "note", "name", "words", "why"}
    | {"agenda", "gains", "still_hard", "targets", "story", "preferences", "explanation"}
)

MOMENT: Final = "2026-01-05T10:00:00Z"
TERMS: Final[dict[str, Any]] = {
    **terms(id="plan-1"),
    "usual_pain_override": 2.5,
    "usual_fatigue": 3,
    "usual_pain_declined": False,
    "why": {"reason": "review", "words": "It went well."},
    "next_change_on": (datetime.now(UTC).date() + timedelta(days=28)).isoformat(),
    "tracks": [
        {
            **TRACK,
            "priority": 1,
            "dose_max": 3600,
            "dose_min": 60,
            "step": 60,
            "parameters": {"rise_percent": 10},
            "increase_locked": False,
        }
    ],
}
SESSION: Final[dict[str, Any]] = {
    "track_id": "walking",
    "activity": "walking",
    "variant": "full",
    "started_at": MOMENT,
    "ended_at": "2026-01-05T10:10:00Z",
    "amount": 10,
    "unit": "min",
    "pain": 2,
    "pain_before": 2,
    "effort": 3,
    "fatigue": 3,
    "stop": "time",
    "enjoyment": 2,
}
_ID: Final = "7c6b3e0a-9a53-4b7e-8d0e-0f6f6b8f2a10"
GOOD: Final[Mapping[Route, dict[str, Any]]] = {
    Route("plans", "POST", "/patients"): {
        "id": "somebody",
        "tz": "Europe/Dublin",
        "locale": "en",
        "adult": True,
        "day_starts_at": "03:00",
        "record_mode": "live",
    },
    Route("plans", "POST", "/patients/{patient_id}/plans"): TERMS,
    Route("plans", "PUT", "/patients/{patient_id}/plans/{plan_id}"): TERMS,
    Route("plans", "PUT", "/patients/{patient_id}/drafts/{draft_id}"): TERMS,
    Route("plans", "POST", "/patients/{patient_id}/drafts/{draft_id}/accept"): {"id": "accept-1", "source": "paper"},
    Route("plans", "POST", "/patients/{patient_id}/drafts/{draft_id}/decline"): {
        "id": "decline-1",
        "reason": "too_much",
        "words": "Three times a week is a lot.",
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/drafts/{draft_id}/withdraw"): {
        "id": "withdraw-1",
        "reason": "talk_first",
    },
    Route("plans", "POST", "/patients/{patient_id}/changes/{change_id}/seen"): {"id": "seen-1", "source": "paper"},
    Route("plans", "POST", "/patients/{patient_id}/plans/{plan_id}/end"): {"id": "end-1", "reason": "completed"},
    Route("plans", "POST", "/patients/{patient_id}/proposals/{proposal_id}/answer"): {
        "id": "answer-1",
        "answer": "stay",
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/work-items/{item_id}/take"): {"id": "take-1", "force": False},
    Route("plans", "POST", "/patients/{patient_id}/transfer"): {
        "id": "move-1",
        "to_site": "north",
        "note": "Moved house; the plan goes on.",
    },
    Route("plans", "POST", "/patients/{patient_id}/work-items/{item_id}/release"): {"id": "release-1"},
    Route("plans", "POST", "/patients/{patient_id}/work-items/{item_id}/close"): {
        "id": "close-1",
        "note": "Called; all is well.",
    },
    Route("session_logging", "POST", "/patients/{patient_id}/sessions"): {"id": _ID, "source": "app", **SESSION},
    Route("session_logging", "POST", "/patients/{patient_id}/sessions/batch"): {
        "id": _ID,
        "source": "paper",
        "items": [{"id": _ID, "kind": "session", **SESSION}],
    },
    Route("session_logging", "PATCH", "/patients/{patient_id}/sessions/{session_id}"): {"source": "app", **SESSION},
    Route("session_logging", "POST", "/patients/{patient_id}/sessions/{session_id}/void"): {
        "reason": "mistake",
        "source": "app",
    },
    Route("session_logging", "POST", "/patients/{patient_id}/morning-checks"): {
        "id": _ID,
        "at": MOMENT,
        "pain": 2,
        "fatigue": 2,
        "source": "app",
    },
    Route("session_logging", "POST", "/patients/{patient_id}/journal-entries"): {
        "id": _ID,
        "at": MOMENT,
        "tags": ["easy"],
        "text": "it went well",
        "bring_to_visit": False,
        "source": "app",
    },
    Route("progression", "POST", "/patients/{patient_id}/tracks/{track_id}/step"): {"id": "step-1"},
    Route("progression", "POST", "/patients/{patient_id}/tracks/{track_id}/less"): {"id": "less-1", "dose": 300},
    Route("progression", "POST", "/patients/{patient_id}/tracks/{track_id}/bouts"): {"id": "bouts-1", "bouts": 2},
    Route("progression", "POST", "/patients/{patient_id}/proposals/{proposal_id}/approve"): {
        "id": "approve-1",
        "approve": True,
    },
    Route("plans", "POST", "/patients/{patient_id}/overrides"): {
        "id": "override-1",
        "track_id": "walking",
        "name": "rpe_cap",
        "value": 5,
        "reason": "symptoms",
        "words": "Because of the new medicine.",
        "days": 14,
    },
    Route("plans", "POST", "/patients/{patient_id}/overrides/{override_id}/end"): {"id": "end-1"},
    Route("plans", "POST", "/patients/{patient_id}/measures"): {
        "id": "measure-1",
        "instrument": "peg",
        "values": {"pain": 3},
        "reasons": {"activity": "not_now"},
        "words": "it went well",
        "review_id": "review-1",
        "domain": "mood",
        "adjust_plan": False,
        "source": "paper",
    },
    Route("plans", "PUT", "/patients/{patient_id}/review-protocol"): {
        "id": "protocol-1",
        "owner": "user-1",
        "agenda": "The stairs.",
        "next_on": (datetime.now(UTC).date() + timedelta(days=42)).isoformat(),
    },
    Route("plans", "POST", "/patients/{patient_id}/reviews"): {"id": "review-1"},
    Route("plans", "POST", "/patients/{patient_id}/reviews/{review_id}/complete"): {
        "id": "complete-1",
        "gains": "Longer walks.",
        "still_hard": "The stairs.",
        "targets": "The park.",
        "next_on": (datetime.now(UTC).date() + timedelta(days=42)).isoformat(),
    },
    Route("plans", "POST", "/patients/{patient_id}/lessons"): {"id": "lesson-1", "lesson_id": "walking"},
    Route("plans", "POST", "/patients/{patient_id}/lessons/{lesson_id}/viewed"): {"id": "viewed-1", "source": "app"},
    Route("plans", "POST", "/patients/{patient_id}/consents"): {
        "id": "consent-1",
        "purpose": "group",
        "text_version": 1,
        "language": "en",
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/consents/{consent_id}/withdraw"): {"id": "back-1", "source": "app"},
    Route("plans", "POST", "/patients/{patient_id}/caregivers"): {
        "id": "caregiver-1",
        "label": "My sister",
        "scopes": ["plan"],
        "goal_ids": ["goal-1"],
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/caregivers/{caregiver_id}/accept"): {"id": "accept-1"},
    Route("plans", "PUT", "/patients/{patient_id}/caregivers/{caregiver_id}/scopes"): {
        "id": "scopes-1",
        "scopes": ["plan"],
        "goal_ids": ["goal-1"],
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/caregivers/{caregiver_id}/end"): {
        "id": "end-1",
        "safeguarding": False,
        "source": "app",
    },
    Route("plans", "PUT", "/patients/{patient_id}/care-team/{member_id}"): {
        "id": "member-1",
        "subject": "somebody-1",
        "role": "nurse",
        "site": "main",
        "last_day": "2099-01-05",
        "contact": {"label": "Nurse Kim", "number": "+1 555 010 0199"},
    },
    Route("plans", "POST", "/patients/{patient_id}/care-team/{member_id}/end"): {"id": "end-1"},
    Route("plans", "PUT", "/patients/{patient_id}/features/{feature}"): {
        "id": "feature-1",
        "on": True,
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/accommodations"): {
        "id": "accommodation-1",
        "kind": "equipment",
        "code": "chair",
        "words": "The blue one.",
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/accommodations/{accommodation_id}/end"): {
        "id": "end-1",
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/barriers"): {
        "id": "barrier-1",
        "code": "weather",
        "words": "I walk in the hall.",
        "activity_id": "walk_indoors",
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/barriers/{barrier_id}/end"): {"id": "end-1", "source": "app"},
    Route("plans", "PUT", "/patients/{patient_id}/energy"): {
        "id": "energy-1",
        "starts": ["02:00", "06:00", "10:00", "14:00", "18:00", "22:00"],
        "weekday": [0, 1, 3, 2, 1, 0],
        "weekend": [0, 1, 2, 3, 1, 0],
        "budget": 12,
        "points": [{"track_id": "walking", "points": 2}],
        "source": "app",
    },
    Route("plans", "POST", "/patients/{patient_id}/goals"): {
        "id": "goal-1",
        "author": "patient",
        "words": "To the park with the children.",
        "why": "They wait for it.",
        "life_area": "family",
        "priority": 1,
        "objective": False,
        "actions": [{"words": "Ten stairs at home.", "marker": "reps", "amount": 10, "track_id": "walking"}],
        "track_ids": ["walking"],
        "source": "paper",
    },
    Route("plans", "PATCH", "/patients/{patient_id}/goals/{goal_id}"): {
        "id": "change-1",
        "words": "To the lake with the children.",
        "why": "They wait for it.",
        "life_area": "family",
        "priority": 1,
        "actions": [{"words": "Ten stairs at home.", "marker": "reps", "amount": 10, "track_id": "walking"}],
        "track_ids": ["walking"],
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/goal-checks"): {
        "id": "confirm-1",
        "answer": "same",
        "words": "All as it was.",
        "source": "phone",
    },
    Route("plans", "POST", "/patients/{patient_id}/intake"): {
        "id": "intake-1",
        "revision": 0,
        "story": "It began after the move.",
        "preferences": "Mornings.",
        "explanation": "My back is worn.",
        "routines": [{"words": "After breakfast", "at": "08:30"}],
        "pacing_style": "steady",
        "group_preference": "any",
        "values": ["family"],
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/motives"): {
        "id": "motives-1",
        "motives": ["sleep", "family"],
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/abilities"): {
        "id": "ability-1",
        "words": "Round the block.",
        "on": "2026-01-05",
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/abilities/{ability_id}/remove"): {
        "id": "remove-1",
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/life-events"): {
        "id": "event-1",
        "kind": "moved",
        "on": "2026-01-05",
        "words": "To a house with stairs.",
        "source": "phone",
    },
    Route("plans", "POST", "/patients/{patient_id}/goals/{goal_id}/end"): {
        "id": "end-1",
        "because": "reached",
        "source": "paper",
    },
    Route("plans", "POST", "/patients/{patient_id}/tracks/{track_id}/tryout"): {
        "id": "tryout-1",
        "keep": True,
        "source": "paper",
    },
    Route("progression", "POST", "/patients/{patient_id}/flare"): {"id": "flare-1"},
    Route("progression", "POST", "/patients/{patient_id}/flare/end"): {"id": "end-1", "flare_id": "flare-1"},
    Route("progression", "POST", "/patients/{patient_id}/flare/settling"): {"id": "settling-1", "settling": True},
    Route("progression", "POST", "/patients/{patient_id}/flare/questions"): {
        "id": "answers-1",
        "worse": True,
        "hard": True,
        "limits": False,
        "question_id": "question-1",
    },
    Route("progression", "POST", "/patients/{patient_id}/questions/{question_id}/answer"): {
        "id": "answer-1",
        "answers": {"worse": "yes", "hard": "yes", "limits": "no", "settling": "yes", "usual": "no", "moving": "same"},
    },
    Route("progression", "POST", "/patients/{patient_id}/pause"): {
        "id": "pause-1",
        "reason": "travel",
        "until": "2026-04-03",
    },
    Route("progression", "POST", "/patients/{patient_id}/pause/resume"): {"id": "resume-1", "pause_id": "pause-1"},
    Route("reminders", "PUT", "/patients/{patient_id}/cues/{cue_id}"): {
        "id": "cue-1",
        "time": "18:00",
        "track_id": "walking",
        "if_then": {"situation": "after tea", "action": "walk"},
        "enabled": True,
    },
    Route("reminders", "PUT", "/patients/{patient_id}/quiet-hours"): {
        "id": "quiet-1",
        "start": "22:00",
        "end": "07:00",
        "enabled": True,
    },
    Route("reminders", "PUT", "/patients/{patient_id}/blocked-days/{block_id}"): {
        "id": "block-1",
        "first": (datetime.now(UTC).date() + timedelta(days=30)).isoformat(),
        "last": (datetime.now(UTC).date() + timedelta(days=33)).isoformat(),
        "kind": "travel",
    },
    Route("safety", "POST", "/patients/{patient_id}/red-flags"): {"id": _ID, "context": "check_in", "yes": ["chest"]},
    Route("safety", "POST", "/patients/{patient_id}/suspension"): {"id": _ID, "reason": "medical"},
    Route("safety", "POST", "/patients/{patient_id}/suspension/resume"): {
        "id": "resume-1",
        "suspension_id": "suspension-1",
        "note": "Seen today.",
        "last_flag_id": "flag-1",
    },
    Route("community", "POST", "/groups"): {
        "id": "group-1",
        "name": "The walkers",
        "language": "en",
        "run_by": "clinic",
        "member_limit": 30,
    },
    Route("community", "POST", "/groups/{group_id}/members"): {
        "id": "join-1",
        "consent": True,
        "pseudonym": "Quiet River 42",
        "avatar": "kite",
    },
    Route("community", "POST", "/groups/{group_id}/leave"): {"id": "leave-1", "posts": "anonymise"},
    Route("community", "POST", "/patients/{patient_id}/celebrations/{offer_id}/share"): {
        "id": "share-1",
        "group_id": "group-1",
        "template": "first_session.plain",
    },
    Route("community", "POST", "/patients/{patient_id}/celebrations/{offer_id}/dismiss"): {"id": "dismiss-1"},
}


class Spoiled(NamedTuple):
    """A body as bytes, and the JSON pointer of what is wrong in it."""

    pointer: str
    sent: bytes


def spoiled(good: Mapping[str, Any], canary: str) -> Iterator[Spoiled]:
    """Each field of a good body replaced by each kind of nonsense, and each object with a field nobody knows."""
    for path, value in _nodes(good):
        name = next(str(step) for step in reversed(path) if isinstance(step, str))
        for token in _nonsense(value, name, canary):
            yield Spoiled(_pointer(path), _with(good, path, token))
    for path, value in [((), good), *_nodes(good)]:
        if isinstance(value, dict) and path[-1:] != ("parameters",):
            yield Spoiled(_pointer(path), _with(good, (*path, canary), "1"))
            yield Spoiled(_pointer(path), _with(good, (*path, "remark"), json.dumps(canary)))


def not_bodies(good: Mapping[str, Any], canary: str) -> Iterator[bytes]:
    """What is no JSON object in UTF-8 at all."""
    whole = json.dumps({**good, "note": canary})
    yield from (whole[:-1].encode(), (whole + "}").encode(), whole.replace('"', "'").encode(), f"<{canary}/>".encode())
    yield from (b"", b" ", canary.encode(), json.dumps(canary).encode(), json.dumps([canary]).encode(), b"null", b"7")
    yield from (whole.encode("utf-16"), whole.replace(canary, f"{canary}\u00e9").encode("latin-1"))
    yield from (b"\xef\xbb\xbf" + whole.encode(), whole.encode() + b"\x00", b"\xff\xfe" + canary.encode())
    yield from (f'{{"note": "{canary}", "a": {DEEP}}}'.encode(), b"[" * 100_000, b'{"a":' * 50_000)


def _nonsense(value: Any, name: str, canary: str) -> Iterator[str]:
    yield from ABSURD
    yield from (DEEP, f'"\\ud800 {canary}"', f'"{canary}\\u0000"', json.dumps({canary: canary}))
    yield from ("-1", json.dumps(canary * 200))
    if name not in _FREE_TEXT or isinstance(value, dict):
        yield json.dumps(canary)
    if name not in _FREE_TEXT or not isinstance(value, list):
        yield json.dumps([canary])
    if isinstance(value, int) and not isinstance(value, bool):
        yield from ("8675309421877", "true")
        if name != "amount":
            yield "2.5"
    if isinstance(value, str):
        yield from ('""', "7", "true")
    if isinstance(value, bool):
        yield from ("0", '"yes"', "null")
    if name == "unit":
        yield from ('"parsec"', '"MIN"', '"min "')
    if name in ("started_at", "ended_at", "at"):
        yield from ('"2026-01-05"', '"2026-01-05T10:00:00"', '"2026-02-30T10:00:00Z"', '"0001-01-01T00:00:00+23:59"')


def _nodes(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in children:
        yield (*path, name), value
        yield from _nodes(value, (*path, name))


def _with(good: Mapping[str, Any], path: tuple[str | int, ...], token: str) -> bytes:
    body: Any = json.loads(json.dumps({**good, "id": fresh()} if "id" in good else good))
    at = body
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = _PLACE
    return json.dumps(body).replace(f'"{_PLACE}"', token).encode()


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{step}" for step in path)
