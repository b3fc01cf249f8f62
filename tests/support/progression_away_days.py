"""What may happen on one day of a generated life beyond logging: flares, pauses, and what a clinician sets aside."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any, Final

from services.progression.domain.away_commands import (
    AnswerFlareQuestions,
    EndFlare,
    ReportFlare,
    RequestPause,
    RequestResume,
    TellSettling,
)
from services.progression.domain.state import away_of
from services.progression.domain.wishes import ApproveStep, AskLess, AskStep, ChooseBouts
from shared.contracts.plans import OverrideEndedV1, OverrideSetV1
from shared.runtime.messages import Actor, Message, Refused
from tests.support.progression_lives import START, Life

SET_ASIDE: Final[tuple[tuple[str, tuple[int | bool | str, ...]], ...]] = (
    ("fixed_dose", (120, 480, 1200, 0)),
    ("auto", (False, False)),
    ("advance_days", (3, 14)),
    ("flare_pct", (0, 30, 80)),
    ("regress_pct", (50, 90)),
    ("dose_max", (240, 600)),
    ("goal_dose", (300, 6000)),
    ("apply_up", ("clinician_approves", "clinician_approves")),
    ("usual_pain", (2, 6)),
    ("gap_t1", (4, 10)),
    ("ladder", ("80-100", "50-75-100")),
    ("allow_increase", (False, False)),
)


def say(life: Life, command: Any, clock: str, who: str = "patient") -> None:
    """A command of a person or of somebody beside them; one that breaks a rule leaves everything as it was."""
    at = life.at(clock)
    life.tick_until(at)
    before = life.state
    try:
        life.fold(Message(command, life.key, "t1", f"c{life.steps}", at, at, Actor(who, who), "app"))
    except Refused:
        assert life.state is before


def flares(life: Life, person: Any, dice: random.Random) -> None:
    """Reported, said to settle or not, said to be over; the three questions answered."""
    act, letter = dice.random(), dice.random()
    away = away_of(life.state)
    if away.question is not None and act < 0.5:
        worse, hard, limits = (dice.random() < 0.7 for _ in range(3))
        say(life, AnswerFlareQuestions(worse, hard, limits, away.question.question_id), "11:00")
    elif away.flare is None and act < 0.015:
        say(life, ReportFlare(), "11:00", dice.choice(["patient", "patient", "caregiver", "clinician"]))
    elif away.flare is not None and act < 0.35:
        say(life, TellSettling(letter < 0.7), "11:00")
    elif away.flare is not None and act < 0.42:
        say(life, EndFlare(), "11:00", "caregiver" if letter < 0.1 else "patient")
    elif away.flare is not None and act < 0.45:
        say(life, ReportFlare(), "11:00")


def pauses(life: Life, person: Any, dice: random.Random) -> None:
    """Asked for, with a day to end on or without, and ended."""
    act, days = dice.random(), dice.choice([None, 3, 9, 20])
    if away_of(life.state).pause is None and act < 0.012:
        today: date = START + timedelta(days=life.day)
        say(life, RequestPause("travel", None if days is None else today + timedelta(days=days)), "12:00")
    elif away_of(life.state).pause is not None and act < 0.1:
        say(life, RequestResume(), "12:00")


def wishes(life: Life, person: Any, dice: random.Random) -> None:
    """One step, or less, asked for of one's own accord; a clinician's word on a step that waits for it."""
    act, track = dice.random(), dice.choice(person.tracks).track_id
    dose, offer = dice.choice([None, 0, 60, 240, 900]), life.state.proposal
    if act < 0.02:
        say(life, AskLess(track, dose), "17:00", dice.choice(["patient", "clinician", "caregiver"]))
    elif act < 0.07:
        say(life, AskStep(track), "17:00")
    elif act > 0.98:
        say(life, ChooseBouts(track, 1 + int(act > 0.985)), "17:00")
    elif offer is not None and offer.stage == "clinician" and act < 0.3:
        say(life, ApproveStep(offer.proposal_id, dice.random() < 0.7), "17:00", "clinician")


def overrides(life: Life, person: Any, dice: random.Random) -> None:
    """Something is set for a while, or ended before its time; the rule comes back by itself. In a flare more often, and
    then a dose as often as all else."""
    flare = away_of(life.state).flare is not None
    act, often = dice.random(), 0.1 if flare else 0.02
    name, values = SET_ASIDE[0] if flare and dice.random() < 0.5 else dice.choice(SET_ASIDE)
    value, days, of_all = dice.choice(values), dice.choice([4, 12, 30]), dice.random() < 0.5
    at = life.at("14:00")
    if act < often:
        life.moods["override"] = number = life.moods.get("override", 0) + 1
        data = OverrideSetV1(
            override_id=f"o{number}",
            track_id=None if of_all or name == "usual_pain" else "walk",
            parameter=name,
            value=value,
            reason="clinical_judgement",
            set_at=at,
            until=at + timedelta(days=days),
        )
        life.tell(data, at, actor="clinician")
    elif life.state.overrides and act < often + 0.04:
        one = dice.choice(life.state.overrides)
        ended = OverrideEndedV1(override_id=one.override_id, track_id=one.track_id, parameter=one.name, because="ended")
        life.tell(ended, at, actor="clinician")
