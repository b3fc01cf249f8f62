"""Cases as JSON lines: one line in, checked field by field, one decision out."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final, get_args

from services.progression.domain.model import Case, Phase, Standing, Status, Unit
from services.progression.domain.parameters import ParameterOutOfRange, default_gap_limits, parameters_from
from services.progression.domain.table import decide

STATUSES: Final = frozenset(get_args(Status))
PHASES: Final = frozenset(get_args(Phase))


class CaseMalformed(ValueError):
    """A case line is not what the table can read; says which field and what it must be, never what it was."""


def _need(source: dict[str, Any], name: str, where: str) -> Any:
    if name not in source:
        raise CaseMalformed(f"{where}{name} is missing")
    return source[name]


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CaseMalformed(f"{what} must be an object")
    return value


def _date(value: Any, what: str) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise CaseMalformed(f"{what} must be a date like 2025-03-31") from None
    if not 1900 <= day.year <= 2200:
        raise CaseMalformed(f"{what} must lie between 1900 and 2200")
    return day


def _whole(value: Any, what: str, low: int = 0, high: int | None = None) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < low or (high is not None and value > high):
        raise CaseMalformed(f"{what} must be a whole number from {low}" + ("" if high is None else f" to {high}"))
    return value


def _score(value: Any, what: str) -> int | None:
    return None if value is None else _whole(value, what, 0, 10)


def _usual(value: Any, what: str) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 10:
        raise CaseMalformed(f"{what} must be a number from 0 to 10 or null")
    return value


def _unit(raw: Any, where: str) -> Unit:
    raw = _object(raw, where.rstrip("."))
    stop = raw.get("stop")
    if stop is not None and not isinstance(stop, str):
        raise CaseMalformed(f"{where}stop must be a word or null")
    return Unit(
        day=_date(_need(raw, "day", where), f"{where}day"),
        amount=_whole(_need(raw, "amount", where), f"{where}amount"),
        planned=_whole(_need(raw, "planned", where), f"{where}planned"),
        pain=_score(raw.get("pain"), f"{where}pain"),
        before=_score(raw.get("before"), f"{where}before"),
        morning=_score(raw.get("morning"), f"{where}morning"),
        fatigue_morning=_score(raw.get("fatigue_morning"), f"{where}fatigue_morning"),
        stop=stop,
        effort=_score(raw.get("effort"), f"{where}effort"),
    )


def _choice(value: Any, allowed: frozenset[str], what: str) -> Any:
    if not isinstance(value, str) or value not in allowed:
        raise CaseMalformed(f"{what} must be one of {', '.join(sorted(allowed))}")
    return value


def _standing(raw: dict[str, Any]) -> Standing:
    def day(name: str) -> date | None:
        return None if raw.get(name) is None else _date(raw[name], f"state.{name}")

    ladder = raw.get("ladder") or []
    if not isinstance(ladder, list):
        raise CaseMalformed("state.ladder must be a list of whole numbers")
    red_flag = raw.get("red_flag", False)
    if not isinstance(red_flag, bool):
        raise CaseMalformed("state.red_flag must be true or false")
    rungs = tuple(_whole(pct, "state.ladder", 0, 100) for pct in ladder)
    return Standing(
        status=_choice(_need(raw, "status", "state."), STATUSES, "state.status"),
        phase=_choice(_need(raw, "phase", "state."), PHASES, "state.phase"),
        dose=_whole(_need(raw, "dose", "state."), "state.dose"),
        changed=_date(_need(raw, "changed", "state."), "state.changed"),
        red_flag=red_flag,
        last_regress=day("last_regress"),
        regress_28d=_whole(raw.get("regress_28d", 0), "state.regress_28d"),
        usual_pain=_usual(raw.get("usual_pain"), "state.usual_pain"),
        usual_fatigue=_usual(raw.get("usual_fatigue"), "state.usual_fatigue"),
        d_pre=None if raw.get("d_pre") is None else _whole(raw["d_pre"], "state.d_pre"),
        ladder=rungs,
        idx=_whole(raw.get("idx", 0), "state.idx", 0, max(0, len(rungs) - 1)),
        step_since=day("step_since"),
        step_min_days=_whole(raw.get("step_min_days", 3), "state.step_min_days"),
    )


def case_from(raw: dict[str, Any]) -> Case:
    """Read one case; gap limits that are not given follow from `freq` (Fs = F). Raises `CaseMalformed`."""
    config = dict(_object(_need(raw, "config", ""), "config"))
    freq = _whole(_need(config, "freq", "config."), "config.freq", 1, 7)
    t1, t2 = default_gap_limits(freq)
    try:
        parameters = parameters_from({"gap_t1": t1, "gap_t2": t2, **config})
    except ParameterOutOfRange as error:
        raise CaseMalformed(f"config: {error}") from None
    sessions = _need(raw, "sessions", "")
    if not isinstance(sessions, list):
        raise CaseMalformed("sessions must be a list")
    return Case(
        today=_date(_need(raw, "today", ""), "today"),
        parameters=parameters,
        standing=_standing(_object(_need(raw, "state", ""), "state")),
        units=tuple(_unit(session, f"sessions[{n}].") for n, session in enumerate(sessions)),
    )


def answer_line(line: str) -> str:
    """Decide one JSON line; raises `CaseMalformed`."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        raise CaseMalformed("not valid JSON") from None
    raw = _object(raw, "a case")
    name = raw.get("name", "")
    if not isinstance(name, str):
        raise CaseMalformed("name must be text")
    verdict = decide(case_from(raw))
    answer = {
        "name": name,
        "rule": verdict.rule,
        "action": verdict.action,
        "dose": verdict.dose,
        "review": verdict.review,
        "notes": list(verdict.notes),
    }
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
