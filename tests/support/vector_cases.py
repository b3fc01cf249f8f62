"""Cases of the decision table turned into what a person would have logged, and a generator of such cases.

A case (one JSON line of a vector file) gives the table its inputs ready made. A reachable one can also be brought about
from outside: a clinician activates a plan, the person sends one batch of sessions and morning checks, and the decision
that follows must be the one that the case expects.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any, Final

from services.progression.domain.cases import case_from
from services.progression.domain.table import decide

TRACK: Final = "walk"
PLAN_AT: Final = time(3, 1)
FIRST_START: Final = time(3, 10)
LAST_START: Final = time(5, 0)
CHECK_AT: Final = time(18, 0)
BATCH_AT: Final = time(23, 0)
"""Times of the day (UTC, day starts at 03:00). A check at 18:00 is 8-36 h after the session of that morning, and more
than 36 h after the one of the day before, so each check belongs to one session only."""

_BY_FATIGUE: Final = ("R10i", "R11", "R11s")
"""The rules that the usual fatigue can lead to; those before them do not look at it."""

_ON_TRACK: Final = ("freq", "step", "dose_min", "dose_max", "goal_dose", "allow_increase")
_MARKERS: Final = {60: ("duration_s", "min"), 50: ("distance_m", "m"), 1: ("reps", "reps")}


@dataclass(frozen=True, slots=True)
class LoggedCase:
    """One case as a person's record: the plan a clinician activates at `plan_at`, and the batch logged at `batch_at`.

    `plan` has the fields of `plan.activated` but ids, version and `effective_at`. `sessions` and `mornings` are in
    order of time; amounts are in the marker's base unit, `started_at`, `ended_at` and `at` moments in UTC. The person
    lives in UTC, the day starts at 03:00, and `record_mode` is `batch`. `held` is what the same case expects where the
    record looks like a flare, so that nothing rises until the person has answered (2.6, W9).
    """

    name: str
    plan_at: datetime
    batch_at: datetime
    plan: dict[str, Any]
    sessions: tuple[dict[str, Any], ...]
    mornings: tuple[dict[str, Any], ...]
    expect: dict[str, Any]
    held: dict[str, Any]

    def moved(self, today: date) -> "LoggedCase":
        """The same record so many days later or earlier that its batch is logged on `today`."""
        by = today - self.batch_at.date()
        move = {"started_at", "ended_at", "at"}
        shift = [
            tuple({k: v + by if k in move else v for k, v in item.items()} for item in items)
            for items in (self.sessions, self.mornings)
        ]
        return replace(
            self,
            plan_at=self.plan_at + by,
            batch_at=self.batch_at + by,
            sessions=shift[0],
            mornings=shift[1],
        )


def logged_case(line: Mapping[str, Any]) -> LoggedCase | None:
    """The record behind a case, or None where no record can lead to it.

    Left out: any status but ACTIVE, past regresses and red flags (they need a history of their own), sessions in the
    future or two on a day, amounts planned other than the dose in force, what was done only more than 28 days ago
    (history only, 2.7), a usual fatigue other than the median of the logged ones, plans that no clinician may set, and
    symptoms that contradict each other (no morning although the next session's `before` would be one).
    """
    state = line["state"]
    if state["status"] != "ACTIVE" or state["red_flag"] or state["last_regress"] or state["regress_28d"]:
        return None
    today = date.fromisoformat(line["today"])
    sessions = sorted(line["sessions"], key=lambda session: session["day"])
    days = [date.fromisoformat(session["day"]) for session in sessions]
    changed = date.fromisoformat(state["changed"])
    if not days or len(set(days)) < len(days) or days[-1] > today or changed > today:
        return None
    if _history_only(sessions, today):
        return None
    if line["expect"].get("rule", "R10i") in _BY_FATIGUE and _other_median(sessions, today, state["usual_fatigue"]):
        return None
    fixed = line["config"]["fixed_dose"]
    if fixed is not None and fixed != state["dose"]:
        return None  # what was planned would be the fixed dose, not the one of the case
    plan_day = min(changed, days[0]) if state["phase"] == "BASELINE" else changed
    for session, day in zip(sessions, days, strict=True):
        rest = session["planned"] == 0 and session["amount"] == 0
        if day >= plan_day and not rest and session["planned"] != state["dose"] and state["phase"] != "BASELINE":
            return None
    starts = _starts(sessions, days)
    plan = _plan(line)
    if starts is None or not _accepted(plan["tracks"][0]):
        return None
    return LoggedCase(
        name=line["name"],
        plan_at=datetime.combine(plan_day, PLAN_AT, UTC),
        batch_at=datetime.combine(today, BATCH_AT, UTC),
        plan=plan,
        sessions=tuple(
            _session(session, start, line["config"]["step"]) for session, start in zip(sessions, starts, strict=True)
        ),
        mornings=tuple(
            {
                "at": datetime.combine(day, CHECK_AT, UTC),
                "pain": session["morning"],
                "fatigue": session["fatigue_morning"],
            }
            for session, day in zip(sessions, days, strict=True)
            if session["morning"] is not None or session["fatigue_morning"] is not None
        ),
        expect=dict(line["expect"]),
        held=answer({**line, "config": {**line["config"], "allow_increase": False}}),
    )


def _history_only(sessions: list[dict[str, Any]], today: date) -> bool:
    done = [date.fromisoformat(session["day"]) for session in sessions if session["amount"] > 0]
    latest = done or [date.fromisoformat(session["day"]) for session in sessions]
    return (today - max(latest)).days > 28


def _other_median(sessions: list[dict[str, Any]], today: date, usual: float | None) -> bool:
    """Whether fatigue was noted on so many days that its median replaces the one of the plan (2.3)."""
    noted = [
        session["fatigue_morning"]
        for session in sessions
        if session["fatigue_morning"] is not None and 0 <= (today - date.fromisoformat(session["day"])).days < 14
    ]
    return len(noted) >= 4 and median(noted) != usual


def _length(session: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=max(60, min(session["amount"], 3600)))


def _starts(sessions: list[dict[str, Any]], days: list[date]) -> list[datetime] | None:
    """When each session began, so that no `before` is within 48 h of a session whose morning is not known."""
    starts: list[datetime] = []
    unknown: datetime | None = None
    for session, day in zip(sessions, days, strict=True):
        start = datetime.combine(day, FIRST_START, UTC)
        rest = session["planned"] == 0 and session["amount"] == 0
        if unknown is not None and session["before"] is not None and not rest:
            start = max(start, unknown + timedelta(hours=48, minutes=1))
        if start > datetime.combine(day, LAST_START, UTC):
            return None
        starts.append(start)
        if not rest:
            unknown = start + _length(session) if session["morning"] is None else None
    return starts


def _plan(line: Mapping[str, Any]) -> dict[str, Any]:
    config, state = line["config"], line["state"]
    marker, unit = _MARKERS.get(config["step"], ("duration_s", "s"))
    goal = config["goal_dose"]
    if state["phase"] == "MAINTENANCE":
        goal = state["dose"] if goal is None else min(goal, state["dose"])
    elif goal is not None and config["dose_max"] is not None and goal > config["dose_max"]:
        goal = None  # a goal above the ceiling is never reached; the ceiling alone says the same
    elif goal is None and config["dose_max"] is None:
        goal = 2 * state["dose"] + 2 * config["step"]
    freq = config["freq"]
    t1 = max(7, 2 * -(-7 // freq))
    parameters = {"gap_t1": t1, "gap_t2": max(14, t1 + 7)}
    parameters |= {name: value for name, value in config.items() if name not in _ON_TRACK and value is not None}
    return {
        "usual_pain": None,
        "usual_pain_override": state["usual_pain"],
        "usual_fatigue": None if state["usual_fatigue"] is None else int(state["usual_fatigue"]),
        "flare_plan": True,
        "pem": "no",
        "tracks": [
            {
                "track_id": TRACK,
                "activity_family": "walking",
                "marker": marker,
                "unit": unit,
                "freq": freq,
                "priority": 1,
                "goal_dose": goal,
                "dose_max": config["dose_max"],
                "dose_min": config["dose_min"],
                "step": config["step"],
                "start_phase": "BASELINE" if state["phase"] == "BASELINE" else "GRADED",
                "start_dose": state["dose"],
                "parameters": parameters,
                "increase_locked": not config["allow_increase"],
            }
        ],
    }


def _accepted(track: Mapping[str, Any]) -> bool:
    """Whether a clinician may set such a plan at all: amounts from 1 up, nothing above the ceiling."""
    amounts = {name: track[name] for name in ("start_dose", "dose_min", "goal_dose") if track[name] is not None}
    ceiling = track["dose_max"]
    if ceiling is not None and (ceiling < 1 or max(amounts.values()) > ceiling):
        return False
    return (
        min(amounts.values()) >= 1
        and track["dose_min"] >= track["step"]
        and (track["goal_dose"] is None or track["goal_dose"] >= track["dose_min"])
    )


def _session(session: Mapping[str, Any], started: datetime, step: int) -> dict[str, Any]:
    rest = session["planned"] == 0 and session["amount"] == 0
    return {
        "variant": "rest" if rest else "full",
        "started_at": started,
        "ended_at": started + _length(session),
        "amount": session["amount"],
        "marker": _MARKERS.get(step, ("duration_s", "s"))[0],
        "pain": session["pain"],
        "pain_before": session["before"],
        "effort": session["effort"],
        "stop": session["stop"],
    }


def answer(line: Mapping[str, Any]) -> dict[str, Any]:
    """What the table says to a case."""
    verdict = decide(case_from(dict(line)))
    told = {name: getattr(verdict, name) for name in ("rule", "action", "dose", "review")}
    return {**told, "notes": list(verdict.notes)}


def generate_cases(seed: int, n: int) -> Iterator[dict[str, Any]]:
    """`n` cases in the format of the vector files, each reachable by a record, with the table's own answer expected."""
    dice = random.Random(seed)
    made = 0
    while made < n:
        line = _drawn(dice, f"g{seed}-{made}")
        record = logged_case(line)
        if record is None:
            continue
        line["expect"] = answer(line)
        made += 1
        yield line


def _drawn(dice: random.Random, name: str) -> dict[str, Any]:
    today = date(2025, 3, 31)
    step, dose = dice.choice([(60, 600), (60, 1200), (60, 60), (50, 500), (1, 3), (1, 10)])
    phase = dice.choice(["GRADED"] * 5 + ["BASELINE"] * 2 + ["MAINTENANCE"])
    changed = dice.randint(2, 26)
    usual = dice.choice([1, 2, 2, 3, 4.5, 6, 8])
    rough = dice.random() < 0.5
    sessions = [
        _drawn_session(dice, today - timedelta(days=age), dose, usual, rough=rough)
        for age in sorted(dice.sample(range(1, 27), dice.randint(1, 12)), reverse=True)
    ]
    for session in sessions[3:]:
        session["fatigue_morning"] = None
    config: dict[str, Any] = {
        "profile": dice.choice(["symptom_guided"] * 4 + ["quota"]),
        "freq": dice.randint(1, 7),
        "step": step,
        "dose_min": step,
        "dose_max": dice.choice([None, None, dose, 2 * dose]),
        "goal_dose": dice.choice([3 * dose, 3 * dose, dose]),
        "baseline_window": dice.choice([14, 21, 28]),
        "advance_days": dice.choice([3, 7, 7]),
        "evidence_window": dice.choice([10, 14, 21]),
        "coarse_pct": dice.choice([20, 35]),
        "auto": dice.random() > 0.05,
        "allow_increase": dice.random() > 0.1,
        "fixed_dose": None,
    }
    return {
        "name": name,
        "today": today.isoformat(),
        "config": config,
        "state": {
            "status": "ACTIVE",
            "red_flag": False,
            "phase": phase,
            "dose": dose,
            "changed": (today - timedelta(days=changed)).isoformat(),
            "last_regress": None,
            "regress_28d": 0,
            "usual_pain": usual,
            "usual_fatigue": dice.choice([None, 3]),
            "d_pre": None,
            "ladder": [],
            "idx": 0,
            "step_since": None,
            "step_min_days": 3,
        },
        "sessions": sessions,
        "expect": {},
    }


def _drawn_session(dice: random.Random, day: date, dose: int, usual: float, *, rough: bool) -> dict[str, Any]:
    part = dice.choice([100, 100, 100, 90, 80, 130, 40, 0]) if rough else dice.choice([100, 100, 95, 110])
    rest = dice.random() < 0.05
    before = dice.choice([None, int(usual), int(usual) + 1])
    worst = 4 if rough else 2
    return {
        "day": day.isoformat(),
        "amount": 0 if rest else dose * part // 100,
        "planned": 0 if rest else dose,
        "pain": dice.choice([None] * rough + [min(10, int(usual) + dice.randint(0, worst)) for _ in range(4)]),
        "before": before,
        "morning": dice.choice([None, *(min(10, int(usual) + dice.randint(0, worst // 2)) for _ in range(4))]),
        "fatigue_morning": dice.choice([None, None, 3, 5]),
        "stop": dice.choice([None, "pain", "fatigue", "time"]) if part < 80 else None,
        "effort": dice.choice([None, 2, 4, 6]),
    }
