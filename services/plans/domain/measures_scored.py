"""Answers to questionnaires: checked, scored, never filled in, compared with the last (domain/measures.md 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.plans.domain import instruments as known
from services.plans.domain.instruments import Instrument
from services.plans.domain.measures import Missing, Scores
from services.plans.domain.rules import RuleBroken

Outcome = Literal["answered", "declined", "not_now"]

PHQ4_BANDS: Final = ((9, "severe"), (6, "moderate"), (3, "mild"), (0, "none"))
PSEQ2_BANDS: Final = ((8, "desirable"), (6, "between"), (0, "low"))
RESPONDER_UP_TO: Final = 2
"""Much or very much improved (PGIC 1 and 2, V9)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One item: its value, or why there is none."""

    item: str
    value: int | None
    reason: Missing | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The difference from the last value of this score; whether it is more than chance, None where nobody knows."""

    score: str
    by: float
    detectable: bool | None


def answers(
    instrument: Instrument, values: Mapping[str, int | None], reasons: Mapping[str, Missing]
) -> tuple[Answered, ...]:
    """Every item with a value in its range or the reason why there is none; one that is not spoken of was not asked.

    Raises `RuleBroken` for an item or a number that the instrument does not have, and where neither or both are given.
    """
    named = tuple(dict.fromkeys((*values, *reasons)))
    if instrument.code == known.PSFS and not known.PSFS_ITEMS[0] <= len(named) <= known.PSFS_ITEMS[1]:
        raise RuleBroken("activities_count", "Three to five activities are rated.", "/values")
    items = known.items_of(instrument, named)
    if not set(named) <= {item.code for item in items}:
        raise RuleBroken("unknown_item", "This instrument has no such item.", "/values")
    if items and not named:
        raise RuleBroken("nothing_answered", "An item is answered, or it is said why not.", "/values")
    found = []
    for item in items:
        value, reason = values.get(item.code), reasons.get(item.code)
        if value is not None and reason is not None:
            raise RuleBroken("value_or_reason", "An item has a value, or a reason why there is none.", "/reasons")
        if value is not None and not item.low <= value <= item.high:
            raise RuleBroken("item_range", f"This item is answered from {item.low} to {item.high}.", "/values")
        if value is None and reason is None and item.code in values:
            raise RuleBroken(
                "reason_needed", "An item without a value says why: not_now, declined, not_asked.", "/reasons"
            )
        found.append(Answered(item.code, value, None if value is not None else reason or "not_asked"))
    return tuple(found)


def how(answered: Iterable[Answered]) -> Outcome:
    """Whether anything was answered; else whether the person declined, or only passed over it."""
    answered = tuple(answered)
    if any(one.value is not None for one in answered):
        return "answered"
    return "declined" if any(one.reason == "declined" for one in answered) else "not_now"


def scores(instrument: Instrument, answered: tuple[Answered, ...], reversed_items: tuple[int, ...] = ()) -> Scores:
    """The scores that these answers give, by name; nothing is put in the place of what is missing.

    PEG 0 to 10 (mean, one decimal); PSFS the mean and each activity; PHQ-4 `anxiety`, `depression`, `total`; sums
    else. A PHQ-4, PEG, PSFS, PSEQ-2, EARS or PROMIS form with an item missing has no score (3.2).
    """
    values = {one.item: one.value for one in answered if one.value is not None}
    if instrument.whole and len(values) < len(answered):
        return ()
    each = tuple((item, float(value)) for item, value in values.items())
    match instrument.scoring:
        case "mean":
            mean = ("mean", round(sum(values.values()) / len(values), 1))
            return (mean, *each) if instrument.code == known.PSFS else (mean,)
        case "sum":
            numbers = [
                known.BY_CODE[instrument.code].items[index].high - value if index + 1 in reversed_items else value
                for index, value in enumerate(values.values())
            ]
            total = ("total", float(sum(numbers)))
            return (*_halves(values), total) if instrument.code == known.PHQ4 else (total,)
        case "product":
            if {"days", "minutes"} <= values.keys():
                return (("minutes_a_week", float(values["days"] * values["minutes"])), *each)
            return each
        case "none":
            return each


def changes(instrument: Instrument, now: Scores, last: Scores) -> tuple[Change, ...]:
    """The difference of each score that was known before."""
    before = dict(last)
    return tuple(
        Change(
            name, round(value - before[name], 1), _detectable(instrument.code, name, value - before[name], before[name])
        )
        for name, value in now
        if name in before
    )


def band(instrument: str, scored: Mapping[str, float]) -> str | None:
    """The band of a score, for clinicians alone: PHQ-4 (V21), PSEQ-2 [G], PGIC (V9); None where there is none."""
    if instrument == known.PHQ4 and "total" in scored:
        return next(name for least, name in PHQ4_BANDS if scored["total"] >= least)
    if instrument == "pseq2" and "total" in scored:
        return next(name for least, name in PSEQ2_BANDS if scored["total"] >= least)
    if instrument == "pgic" and "change" in scored:
        return "responder" if scored["change"] <= RESPONDER_UP_TO else "no_responder"
    return None


def phq4_flag(answered: tuple[Answered, ...]) -> Literal["phq4_severe", "phq4_positive"] | None:
    """Why a human acts on a PHQ-4: a total of 9 or more, or a half of 3 or more (9.1 no. 14).

    What is missing counts as nothing here: it could only add, so what was said may already be enough.
    """
    values = {one.item: one.value or 0 for one in answered}
    if sum(values.values()) >= known.PHQ4_SEVERE:
        return "phq4_severe"
    positive = any(half >= known.PHQ4_POSITIVE for _, half in _halves(values))
    return "phq4_positive" if positive else None


def _halves(values: Mapping[str, int]) -> Scores:
    return tuple((name, float(sum(values.get(item, 0) for item in of))) for name, of in known.PHQ4_PARTS.items())


def _detectable(instrument: str, score: str, by: float, before: float) -> bool | None:
    of = "item" if instrument == known.PSFS and score != "mean" else score
    points, part = known.DETECTABLE.get((instrument, of)), known.DETECTABLE_PART.get((instrument, of))
    if points is None and part is None:
        return None
    enough = points is not None and round(abs(by), 6) >= points
    return enough or (part is not None and before > 0 and round(abs(by) / before, 6) >= part)
