"""One person's weeks: what they do and note each day, folded by the service, and what came of it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta
from typing import Any, Final

from services.progression.commands.living import Life
from services.progression.domain.away_commands import AnswerFlareQuestions, EndFlare, ReportFlare
from shared.contracts.plans import TrackV1
from shared.contracts.progression import (
    DoseChangedV1,
    FlareEndedV1,
    FlareStartedV1,
    FlareSuspectedV1,
    ProgressionDecidedV1,
    ProgressionProposedV1,
    ReviewRequestedV1,
)
from tests.simulation.people import Body, Profile
from tests.simulation.promises import Promises

START: Final = date(2025, 3, 3)
_SESSIONS_ON: Final = frozenset({0, 2, 4})


@dataclass(slots=True)
class Outcome:
    """What came of one life. Doses are seconds; days count from the start; `path` is the dose at the end of each week.

    `true_flare_days` are those of the hidden body, `flare_days` those that the service knew of.
    """

    number: int
    profile: str
    days: int = 0
    steps: int = 0
    capacity: int = 0
    capacity_at_end: int = 0
    goal: int = 0
    path: list[int] = field(default_factory=list)
    capacity_path: list[int] = field(default_factory=list)
    offers: int = 0
    rises: int = 0
    regresses: int = 0
    ladders: int = 0
    restarts: int = 0
    days_to_goal: int | None = None
    true_flare_days: int = 0
    flare_days: int = 0
    flares: int = 0
    asked: int = 0
    overloads: int = 0
    sessions: int = 0
    reviews: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


@dataclass(slots=True)
class _Person:
    dice: random.Random
    body: Body
    life: Life
    track: TrackV1
    found: Outcome
    promises: Promises = field(default_factory=Promises)
    morning_due: int | None = None
    reviews: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    in_flare: bool = False
    question: str | None = None


def lived(number: int, profile: Profile, weeks: int) -> Outcome:
    """A life of so many weeks, the same for the same number. Raises `PromiseBroken`."""
    dice = random.Random(number)
    body = Body.of(profile, dice)
    goal = max(300, round(body.capacity * dice.uniform(1.2, 3.0) / 60) * 60)
    finds_start = dice.random() < 0.5
    start = max(60, round(body.capacity * 0.8 / 15) * 15)
    track = TrackV1(
        track_id="walk",
        activity_family="walking",
        marker="duration_s",
        unit="min",
        freq=3,
        goal_dose=goal,
        start_phase="BASELINE" if finds_start else "GRADED",
        start_dose=None if finds_start else start,
    )
    life = Life(tz="Europe/Vienna", key=f"person-{number}")
    life.begin(
        START,
        track,
        usual_pain=round(body.usual) if dice.random() < 0.8 else None,
        flare_plan=True,
        pem="unknown" if dice.random() < 0.03 else "no",
    )
    found = Outcome(number, profile.name, days=7 * weeks, capacity=round(body.capacity), goal=goal)
    person = _Person(dice, body, life, track, found)
    for day in range(7 * weeks):
        _day(person, day, START + timedelta(days=day))
        if day % 7 == 6:
            known = life.state.tracks["walk"].footing
            found.path.append(0 if known.phase == "BASELINE" and not found.rises and finds_start else known.dose)
            found.capacity_path.append(round(body.capacity))
    found.capacity_at_end = round(body.capacity)
    found.true_flare_days, found.overloads, found.steps = body.flare_days, body.overloads, life.steps
    found.reviews, found.rules = dict(person.reviews), dict(person.rules)
    return found


def _day(person: _Person, number: int, day: date) -> None:
    dice, body, life, profile = person.dice, person.body, person.life, person.body.profile
    body.wakes(dice)
    silent = body.gap_left > 0
    morning, person.morning_due = person.morning_due, None
    if not silent and morning is not None and dice.random() < profile.checks:
        told = round(body.usual) if dice.random() < profile.untrue else morning
        life.check(day, time(7, 30), told, None)
    _flare(person, day, silent)
    planned = number % 7 in _SESSIONS_ON
    if (planned and dice.random() < profile.keeps) or (not planned and dice.random() < 0.05):
        _session(person, day, silent)
    life.tick_until(life.at(day, time(20)))
    _answers(person, day)
    _count(person, number, day)


def _session(person: _Person, day: date, silent: bool) -> None:
    dice, body, life, profile = person.dice, person.body, person.life, person.body.profile
    plan = life.state.tracks["walk"].doses[-1][1]
    finding = life.state.tracks["walk"].footing.phase == "BASELINE"
    wished = body.tolerated * dice.uniform(0.8, 1.2) if finding else float(plan)
    share = dice.uniform(*profile.more) if not profile.good_day or dice.random() < profile.good_day else 1.0
    amount = max(0.0, wished * share * dice.uniform(0.95, 1.05))
    stop: str | None = None
    if amount > 1.6 * body.tolerated and dice.random() < 0.5:
        amount, stop = 1.3 * body.tolerated, "pain"
    if amount < 15:
        return
    before = body.feels(dice)
    during, after = body.does(amount, dice)
    person.morning_due = after
    person.found.sessions += 1
    if silent or dice.random() >= profile.logs:
        return
    if dice.random() < profile.untrue:
        amount, during, before, stop = float(max(plan, 60)), round(body.usual), round(body.usual), None
    noted = dice.random() < profile.scores
    life.log(
        day,
        time(11),
        round(amount / 15) * 15 or 15,
        person.track,
        timedelta(seconds=min(amount, 7200)),
        pain=during if noted else None,
        pain_before=before if noted else None,
        stop=stop,
    )


def _flare(person: _Person, day: date, silent: bool) -> None:
    """A person says that a flare began, and that it is over; not everybody does, and nobody who has stopped to log."""
    dice, body, life, profile = person.dice, person.body, person.life, person.body.profile
    if silent or profile.untrue:
        return
    at = life.at(day, time(9))
    if body.flare_left and not person.in_flare and dice.random() < profile.reports_flare / 2:
        life.command(ReportFlare(), at)
    elif person.in_flare and not body.flare_left and dice.random() < 0.7:
        life.command(EndFlare(), at)


def _answers(person: _Person, day: date) -> None:
    dice, life, body, profile = person.dice, person.life, person.body, person.body.profile
    at = life.at(day, time(20, 30))
    if person.question is not None and dice.random() < 0.6:
        hurts = body.flare_left > 0
        life.command(AnswerFlareQuestions(hurts, hurts and dice.random() < 0.8, hurts, person.question), at)
        person.question = None
    if life.state.proposal is None or dice.random() < 0.3:
        return
    drawn = dice.random()
    if drawn < profile.accepts:
        life.answer("accept", at)
    else:
        life.answer("stay", at)


def _count(person: _Person, number: int, day: date) -> None:
    found = person.found
    for event in person.promises.watch(person.life, day):
        if isinstance(event, ProgressionDecidedV1):
            person.rules[event.rule] += 1
            found.regresses += event.action == "REGRESS"
            found.ladders += event.rule in ("R7a", "R7b")
            found.restarts += event.rule == "R7c"
        elif isinstance(event, DoseChangedV1):
            found.rises += event.rule in ("R11", "R11s") and event.new_dose > event.old_dose
        elif isinstance(event, ProgressionProposedV1):
            found.offers += 1
        elif isinstance(event, ReviewRequestedV1):
            person.reviews[event.reason] += 1
        elif isinstance(event, FlareStartedV1):
            found.flares += 1
            person.in_flare = True
        elif isinstance(event, FlareEndedV1):
            person.in_flare = False
        elif isinstance(event, FlareSuspectedV1):
            found.asked += 1
            person.question = event.question_id
    found.flare_days += person.in_flare
    phase = person.life.state.tracks["walk"].footing.phase
    if found.days_to_goal is None and phase == "MAINTENANCE":
        found.days_to_goal = number + 1
