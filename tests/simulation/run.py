"""Many lives side by side, and what they have in common by profile."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median, quantiles
from typing import Any

from tests.simulation.lives import Outcome, lived
from tests.simulation.people import PROFILES, drawn

Advance = Callable[[int, int], None]


def simulated(
    people: int,
    weeks: int,
    seed: int,
    processes: int,
    advance: Advance = lambda *_: None,
    *,
    only: int | None = None,
) -> list[Outcome]:
    """The lives of so many people, in the same order for the same seed, however many processes. Raises `PromiseBroken`
    as soon as one life breaks a promise. `only` so many of them are lived, always the same ones, of all profiles."""
    asked = [(number, profile.name, weeks) for number, profile in drawn(people, seed)]
    if only is not None:
        random.Random(0).shuffle(asked)
        asked = sorted(asked[:only])
    if processes == 1:
        return list(_told(map(_one, asked), len(asked), advance))
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return list(_told(pool.imap(_one, asked, chunksize=5), len(asked), advance))


def _told(lives: Iterable[Outcome], people: int, advance: Advance) -> Iterable[Outcome]:
    for done, outcome in enumerate(lives, 1):
        advance(done, people)
        yield outcome


def _one(asked: tuple[int, str, int]) -> Outcome:
    number, name, weeks = asked
    profile = next(one for one in PROFILES if one.name == name)
    return lived(number, profile, weeks)


def summed(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of each profile and of all, and the paths that the plots are drawn from."""
    groups = {profile.name: [o for o in outcomes if o.profile == profile.name] for profile in PROFILES}
    found = {name: _figures(group) for name, group in groups.items() if group}
    paths = {
        name: {"dose": _paths(group, "path"), "capacity": _paths(group, "capacity_path")}
        for name, group in groups.items()
        if group
    }
    return {"profiles": found, "all": _figures(outcomes), "paths": paths, "spread": _spread(groups)}


def _figures(group: Sequence[Outcome]) -> dict[str, Any]:
    days = sum(o.days for o in group)
    sessions = sum(o.sessions for o in group)
    reached = sorted(o.days_to_goal for o in group if o.days_to_goal is not None)
    reviews: Counter[str] = Counter()
    for outcome in group:
        reviews.update(outcome.reviews)
    rules: Counter[str] = Counter()
    for outcome in group:
        rules.update(outcome.rules)
    return {
        "people": len(group),
        "messages": sum(o.steps for o in group),
        "sessions_a_week": round(7 * sessions / days, 2),
        "offers": _mean(o.offers for o in group),
        "increases": _mean(o.rises for o in group),
        "regressions": _mean(o.regresses for o in group),
        "ladders": _mean(o.ladders for o in group),
        "restarts": _mean(o.restarts for o in group),
        "flare_days_pct": round(100 * sum(o.true_flare_days for o in group) / days, 1),
        "flare_days_known_pct": round(100 * sum(o.flare_days for o in group) / days, 1),
        "flares_reported": _mean(o.flares for o in group),
        "flare_questions": _mean(o.asked for o in group),
        "too_much_pct": round(100 * sum(o.overloads for o in group) / max(1, sessions), 1),
        "reached_goal_pct": round(100 * len(reached) / len(group)),
        "days_to_goal": None if not reached else round(median(reached)),
        "dose_of_capacity_at_start": round(median(_share(o, 3) for o in group), 2),
        "dose_of_capacity_at_end": round(median(_share(o, -1) for o in group), 2),
        "work_items": _mean(sum(o.reviews.values()) for o in group),
        "work_items_by_reason": dict(reviews.most_common()),
        "rules": dict(rules.most_common()),
    }


def _share(outcome: Outcome, week: int) -> float:
    place = min(week, len(outcome.path) - 1)
    return outcome.path[place] / max(1, outcome.capacity_path[place])


def _mean(values: Iterable[int]) -> float:
    found = list(values)
    return round(sum(found) / len(found), 2)


def _paths(group: Sequence[Outcome], name: str) -> dict[str, list[float]]:
    """Quartiles by week, each life as a share of what its person tolerated at the start."""
    weeks = min(len(o.path) for o in group)
    lines: dict[str, list[float]] = {"low": [], "middle": [], "high": []}
    for week in range(weeks):
        shares = [getattr(o, name)[week] / o.capacity for o in group]
        parts = quantiles(shares, n=4) if len(shares) > 1 else [shares[0]] * 3
        for line, value in zip(lines.values(), parts, strict=True):
            line.append(round(value, 3))
    return lines


def _spread(groups: dict[str, list[Outcome]]) -> dict[str, dict[str, list[float]]]:
    """The values of each person that the plots show as boxes."""
    return {
        "increases": {name: [o.rises for o in group] for name, group in groups.items()},
        "regressions": {name: [o.regresses for o in group] for name, group in groups.items()},
        "flare": {name: [round(100 * o.true_flare_days / o.days, 1) for o in g] for name, g in groups.items()},
        "goal": {name: [o.days_to_goal for o in g if o.days_to_goal is not None] for name, g in groups.items()},
    }
