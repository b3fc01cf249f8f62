"""What may happen on one day of a generated life: sessions, mornings, silences, answers, corrections, stops, plans."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from shared.contracts.plans import (
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanChangedV1,
    PlanEndedV1,
    ProposalAnsweredV1,
    TrackV1,
    WorkItemClosedV1,
)
from shared.contracts.progression import FrequencyAgreedV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from tests.support.progression_away_days import flares, overrides, pauses, wishes
from tests.support.progression_days_off import blocks
from tests.support.progression_lives import LOGGING, SAFETY, Life, Logged, moment_of

AWAY: Final = ("flares", "pauses", "overrides", "wishes")
RARE: Final = (
    "late",
    "silence",
    "corrections",
    "stops",
    "plans",
    "twice",
    "holes",
    "rough",
    "travel",
    "wild",
    "mute",
    *AWAY,
)
"""What only some lives have; a life is drawn with any of them, so that each is met with and without the others."""


@dataclass(frozen=True, slots=True)
class Person:
    """What does not change in a life: habits, and the plan it began with."""

    has: frozenset[str]
    usual: int
    diligence: float
    mornings: float
    agrees: float
    tracks: tuple[TrackV1, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def born(seed: int, has: frozenset[str]) -> tuple[Life, Person]:
    """A person of this number on the day their plan begins."""
    dice = random.Random(seed)
    usual = dice.choice([1, 2, 2, 3, 5, 6, 8])
    said = dice.choice([usual, usual, usual, None])
    facts = {
        "usual_pain": said,
        "usual_pain_override": dice.choice([None, None, None, float(usual)]),
        "usual_fatigue": dice.choice([None, 3]),
        "flare_plan": dice.random() < 0.95,
        "pem": dice.choice(["no"] * 18 + ["yes", "unknown"]),
    }
    tracks = [_track(dice, "walk", 1)]
    if dice.random() < 0.35:
        tracks.append(_track(dice, "strength", 2))
    person = Person(
        has=has,
        usual=usual,
        diligence=dice.choice([0.5, 1.0, 1.2, 1.5]),
        mornings=dice.choice([0.0, 0.3, 0.8, 1.0]),
        agrees=dice.choice([0.0, 0.5, 0.9, 1.0]),
        tracks=tuple(tracks),
        facts=facts,
    )
    life = Life(seed=seed, mode="batch" if "late" in has and dice.random() < 0.4 else "live")
    life.tz = dice.choice(["UTC", "Europe/Vienna", "America/St_Johns", "Pacific/Auckland"])
    life.now = moment_of(life.tz, 0, "05:00")
    return life, person


def begin(life: Life, person: Person) -> None:
    """Enrolment and the first plan."""
    _enrol(life)
    at = life.at("06:30")
    plan = PlanActivatedV1(plan_id="plan-1", plan_version=1, tracks=person.tracks, effective_at=at, **person.facts)
    life.moods["plan"] = plan
    life.tell(plan, at)


def live_a_day(life: Life, person: Person) -> None:
    """Everything that happens on one day, in a fixed order; then it is the next one."""
    life.tick_until(life.at("06:00"))
    for number, (rare, act) in enumerate(ACTS):
        if rare == "" or rare in person.has:
            act(life, person, life.dice(number))
    life.day += 1


def _enrol(life: Life) -> None:
    data = PatientEnrolledV1(tz=life.tz, locale="en", record_mode=life.mode)  # type: ignore[arg-type]
    life.tell(data, life.at("06:00"))


def _track(dice: random.Random, track_id: str, priority: int) -> TrackV1:
    dose = dice.choice([60, 300, 600, 600, 1200, 1800])
    parameters: dict[str, int | bool | str] = {}
    if dice.random() < 0.2:
        parameters["profile"] = "quota"
    if dice.random() < 0.15:
        parameters["apply_up"] = "clinician_approves"
    if dice.random() < 0.15:
        parameters["advance_days"] = dice.choice([3, 10, 14])
    if dice.random() < 0.1:
        parameters["regress_cooldown"] = dice.choice([1, 7])
    return TrackV1(
        track_id=track_id,
        activity_family="walking",
        marker="duration_s",
        unit="min",
        freq=dice.choice([1, 2, 3, 3, 3, 5, 7]),
        priority=priority,
        goal_dose=dice.choice([7200, 7200, 7200, dose + 120, dose, None]),
        dose_max=dice.choice([None, None, 9000, dose + 90]),
        step=dice.choice([None, 60]),
        start_phase=dice.choice(["GRADED", "GRADED", "BASELINE"]),
        start_dose=dice.choice([dose, dose, dose, None]),
        parameters=parameters,
        increase_locked=dice.random() < 0.05,
    )


def mute(life: Life, person: Person) -> bool:
    """Who leaves all numbers out: some weeks of those who do so at all."""
    return "mute" in person.has and life.day // 14 % 2 == 1


def _silences(life: Life, person: Person, dice: random.Random) -> None:
    if dice.random() < 0.015:
        life.moods["silent_until"] = life.day + dice.choice([8, 12, 16, 22, 30, 40])


def _rough_days(life: Life, person: Person, dice: random.Random) -> None:
    if dice.random() < 0.06:
        life.moods["rough_until"] = life.day + dice.randint(2, 7)


def _score(person: Person, dice: random.Random, worst: int) -> int:
    return max(0, min(10, person.usual + dice.randint(-1, worst)))


def _mornings(life: Life, person: Person, dice: random.Random) -> None:
    if life.moods.get("silent_until", 0) > life.day or dice.random() >= person.mornings * 0.9:
        return
    rough = life.moods.get("rough_until", 0) > life.day
    at = life.at(dice.choice(["06:30", "08:00", "09:30"]))
    data = MorningCheckRecordedV1(
        check_id=f"m{life.day}",
        at=at,
        pain=None if mute(life, person) else _score(person, dice, 5 if rough else 1),
        fatigue=dice.choice([None, 2, 3, 6]),
        reporter=dice.choice(["patient"] * 9 + ["caregiver"]),  # type: ignore[arg-type]
    )
    _note(life, person, dice, data, at)


def _sessions(life: Life, person: Person, dice: random.Random) -> None:
    if life.moods.get("silent_until", 0) > life.day:
        return
    rough, wild = life.moods.get("rough_until", 0) > life.day, "wild" in person.has and dice.random() < 0.5
    for place, track in enumerate(person.tracks):
        tried, clock = dice.random() * 7, f"{10 + 4 * place}:{dice.randint(0, 59):02}"
        part = dice.choice([150, 130, 40, 60, 100, 0] if wild else [100, 100, 100, 100, 95, 85, 70])
        if rough and dice.random() < 0.5:
            part = dice.choice([100, 40, 30])
        pain, before = _score(person, dice, 5 if rough else 2), _score(person, dice, 1)
        silent = mute(life, person) or dice.random() < 0.1
        if tried >= track.freq * person.diligence:
            continue
        dose = life.state.tracks[track.track_id].footing.dose if track.track_id in life.state.tracks else 600
        started = life.at(clock)
        session = Logged(f"s{life.day}-{place}", track.track_id, started, 1, dose * part // 100)
        life.sessions.append(session)
        data = _session(
            life,
            session,
            pain=None if silent else pain,
            pain_before=None if silent else before,
            effort=dice.choice([None, 2, 3, 4, 6]),
            stop=dice.choice(["pain", "fatigue", "time", "wrong"]) if part < 60 else None,
            variant="rest" if part == 0 and dice.random() < 0.5 else "full",
            reporter=dice.choice(["patient"] * 9 + ["caregiver"]),
        )
        _note(life, person, dice, data, started + timedelta(minutes=dice.randint(12, 90)))


def _session(life: Life, session: Logged, model: Callable[..., Any] = SessionLoggedV1, **said: Any) -> Any:
    return model(
        session_id=session.session_id,
        revision=session.revision,
        track_id=session.track_id,
        slot_id=life.slot(session.track_id, session.started),
        activity_family="walking",
        started_at=session.started,
        ended_at=session.started + timedelta(minutes=10),
        amount=session.amount,
        marker="duration_s",
        **said,
    )


def _note(life: Life, person: Person, dice: random.Random, data: Any, at: Any) -> None:
    """Recorded at once, or on a later day with others, as paper is."""
    wait = 0
    if life.mode == "batch":
        wait = 7 - life.day % 7
    elif "late" in person.has and dice.random() < 0.2:
        wait = dice.choice([1, 2, 3, 9, 15, 25, 31])
    if wait:
        life.later.append((life.day + wait, data))
    else:
        life.tell(data, at, LOGGING, day=life.day_of(_time_of(data)))


def _time_of(data: Any) -> Any:
    return data.at if isinstance(data, MorningCheckRecordedV1) else data.started_at


def late_records(life: Life, person: Person, dice: random.Random) -> None:
    """What was noted arrives in any order; more follows until the last of it."""
    come = [data for day, data in life.later if day <= life.day]
    life.later = [entry for entry in life.later if entry[0] > life.day]
    dice.shuffle(come)
    at = life.at("20:30")
    for place, data in enumerate(come):
        day = life.day_of(_time_of(data))
        old = (life.day_of(at) - day).days > 28
        more: dict[str, Any] = {"more_follow": place < len(come) - 1}
        if old and not isinstance(data, MorningCheckRecordedV1):
            more["history_only"] = True
        life.tell(data.model_copy(update=more), at, LOGGING, day=day)


def what_if_it_hurt_more(life: Life, person: Person, dice: random.Random) -> tuple[Life, Life, str]:
    """Two ends of one life: the same session now, and the same with more pain; with the track that it was."""
    mild, hard = life.fork(life.seed), life.fork(life.seed)
    track = dice.choice(person.tracks)
    dose = life.state.tracks[track.track_id].footing.dose if track.track_id in life.state.tracks else 600
    started = life.at("18:00")
    session = Logged(f"x{life.day}", track.track_id, started, 1, dose * dice.choice([100, 100, 80, 40, 130]) // 100)
    pain, stop = dice.randint(0, 9), dice.choice([None, None, "pain", "time"])
    for other, score in ((mild, pain), (hard, dice.randint(pain + 1, 10))):
        said: dict[str, Any] = {
            "pain": score,
            "pain_before": pain,
            "stop": stop,
            "variant": "full",
            "reporter": "patient",
        }
        other.tell(_session(other, session, **said), started + timedelta(minutes=15), LOGGING, day=life.day_of(started))
    return mild, hard, track.track_id


def _answers(life: Life, person: Person, dice: random.Random) -> None:
    """An open offer is answered, or left; now and then one that is gone is answered too."""
    offer, late = life.state.proposal, life.moods.get("late_answer")
    at = life.at("19:00")
    choice = "accept" if dice.random() < person.agrees else dice.choice(["accept", "smaller", "stay", "less", "none"])
    dose, by = dice.choice([None, None, 120, 300]), dice.choice(["patient", "patient", "clinician"])
    chosen: dict[str, Any] = {}
    if choice == "accept":
        widens = offer is not None and offer.kind == "next_dimension"
        chosen = {"dimension": dice.choice(["frequency", "frequency", "activity"])} if widens else {}
        chosen = chosen or {"bouts": dice.choice([None, 2])}
    if offer is not None and offer.stage == "clinician" and dice.random() < 0.6:
        choice, by = "accept", "clinician"
    if offer is not None and dice.random() < 0.5:
        if choice == "none":
            life.moods["late_answer"] = (offer.proposal_id, offer.track_id)
            return
        _answer(life, (offer.proposal_id, offer.track_id), choice, dose, at, by, **chosen)
    elif late is not None and dice.random() < 0.1:
        _answer(life, late, dice.choice(["accept", "less", "stay"]), dose, at, "patient")


def _answer(life: Life, offer: tuple[str, str], answer: str, dose: int | None, at: Any, by: str, **more: Any) -> None:
    said: dict[str, Any] = {"answer": answer, "dose": dose, **more}
    done = life.tell(ProposalAnsweredV1(proposal_id=offer[0], track_id=offer[1], **said), at, actor=by)
    for emit in done.events:
        if isinstance(emit.data, FrequencyAgreedV1):
            _more_often(life, emit.data, at)


def _more_often(life: Life, agreed: FrequencyAgreedV1, at: Any) -> None:
    """The plan's next version with the cadence that was agreed, as `plans` makes it."""
    plan = life.moods["plan"]
    tracks = tuple(
        one.model_copy(update={"freq": agreed.freq}) if one.track_id == agreed.track_id else one for one in plan.tracks
    )
    values = {**plan.model_dump(), "plan_version": plan.plan_version + 1, "tracks": tracks, "effective_at": at}
    life.moods["plan"] = PlanChangedV1.model_validate({**values, "because": "more_often"})
    life.tell(life.moods["plan"], at)


def _corrections(life: Life, person: Person, dice: random.Random) -> None:
    unsent = {data.session_id for _, data in life.later if isinstance(data, SessionLoggedV1)}
    sent = [session for session in life.sessions[-12:] if session.session_id not in unsent]
    if dice.random() >= 0.12 or not sent:
        return
    session = dice.choice(sent)
    session.revision += 1
    at, day = life.at("21:00"), life.day_of(session.started)
    if dice.random() < 0.4:
        data: Any = SessionVoidedV1(
            session_id=session.session_id,
            revision=session.revision,
            track_id=session.track_id,
            slot_id=None,
            started_at=session.started,
            reason="mistake",
        )
    else:
        session.amount = session.amount * dice.choice([100, 100, 50, 150]) // 100
        data = _session(
            life,
            session,
            SessionAmendedV1,
            pain=_score(person, dice, 6),
            pain_before=_score(person, dice, 1),
            variant="full",
            reporter="patient",
        )
    life.tell(data, at, LOGGING, day=day)


def _stops(life: Life, person: Person, dice: random.Random) -> None:
    stopped, number = life.state.suspension is not None, life.moods.get("stop", 0)
    if dice.random() >= (0.2 if stopped else 0.012):
        return
    number = life.moods["stop"] = number if stopped else number + 1
    at, name = life.at("13:00"), f"stop-{number}"
    if stopped:
        life.tell(AutomationResumedV1(suspension_id=name, resumed_at=at), at, SAFETY, actor="clinician")
        return
    flag = {"suspension_id": name, "flag_id": f"flag-{name}", "level": "emergency", "signs": ("chest",), "since": at}
    life.tell(AutomationSuspendedV1.model_validate(flag), at, SAFETY)


def _plans(life: Life, person: Person, dice: random.Random) -> None:
    if dice.random() >= 0.02:
        return
    at, plan = life.at("15:00"), life.moods["plan"]
    if dice.random() < 0.15:
        life.tell(PlanEndedV1(plan_id=plan.plan_id, reason="completed"), at)
        values = {**plan.model_dump(), "plan_id": f"{plan.plan_id}.n", "plan_version": 1, "effective_at": at}
        life.moods["plan"] = PlanActivatedV1.model_validate(values)
        life.tell(life.moods["plan"], at)
        return
    first = plan.tracks[0]
    fixed = dice.choice([None, None, 480, 1200])
    parameters = {key: value for key, value in first.parameters.items() if key != "fixed_dose"}
    changes = {
        "goal_dose": dice.choice([7200, first.goal_dose]),
        "dose_max": dice.choice([None, 9000, 480]),
        "freq": dice.choice([first.freq, first.freq, 2, 4]),
        "parameters": parameters if fixed is None else {**parameters, "fixed_dose": fixed},
    }
    tracks = (first.model_copy(update=changes), *plan.tracks[1:])
    values = {**plan.model_dump(), "plan_version": plan.plan_version + 1, "tracks": tracks, "effective_at": at}
    life.moods["plan"] = PlanChangedV1.model_validate(values)
    life.tell(life.moods["plan"], at)


def _twice(life: Life, person: Person, dice: random.Random) -> None:
    """A record comes again, near or far: whoever watches sees that it changes nothing."""
    again = [entry for entry in life.sent if entry[0].service in (LOGGING, SAFETY)]
    if again and dice.random() < 0.15:
        life.fold(dice.choice(again)[0])


def _holes(life: Life, person: Person, dice: random.Random) -> None:
    life.incomplete = dice.random() < 0.08


def _travels(life: Life, person: Person, dice: random.Random) -> None:
    if dice.random() < 0.03:
        life.tz = dice.choice(["Pacific/Apia", "Pacific/Honolulu", "Europe/Vienna"])
        _enrol(life)


def _closed_reviews(life: Life, person: Person, dice: random.Random) -> None:
    if not life.state.reviews or dice.random() >= 0.15:
        return
    track_id, _, reason = dice.choice(life.state.reviews).partition(":")
    item = WorkItemClosedV1(
        item_id=f"item-{life.steps}",
        kind="review",
        reason=reason,
        track_id=track_id or None,
    )
    life.tell(item, life.at("16:00"), actor="clinician")


Act = Callable[[Life, Person, random.Random], None]

ACTS: Final[tuple[tuple[str, Act], ...]] = (
    ("holes", _holes),
    ("travel", _travels),
    ("silence", _silences),
    ("rough", _rough_days),
    ("", _mornings),
    ("", _sessions),
    ("stops", _stops),
    ("plans", _plans),
    ("", _closed_reviews),
    ("", _answers),
    ("late", late_records),
    ("corrections", _corrections),
    ("twice", _twice),
    ("flares", flares),
    ("pauses", pauses),
    ("overrides", overrides),
    ("wishes", wishes),
    ("", blocks),
)
"""Each act with the rarity it needs, in the order of a day; an act's place names its dice."""
