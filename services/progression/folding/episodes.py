"""What is said of flares and pauses (domain/progression.md 2.4, 2.6, W3, W7, W14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from services.progression.domain import asking, flares, pausing
from services.progression.domain.away_commands import (
    MAY_REPORT,
    MAY_SAY,
    AnswerFlareQuestions,
    EndFlare,
    ReportFlare,
    RequestPause,
    RequestResume,
    TellSettling,
)
from services.progression.domain.episodes import Away, Kind, Over, id_of
from services.progression.domain.kept_moving import ask_if_back
from services.progression.domain.rounds import Round, run_round
from services.progression.domain.state import PatientState, away_of
from services.progression.domain.suspending import in_force
from services.progression.folding.turn import Turn
from shared.clock import from_ms
from shared.ids import named_id
from shared.runtime.messages import Answer, Handler, Message, Refused, Transition

Result = Transition[PatientState]

RED_FLAGS_NEXT: Final = {"ask_red_flags": True}
"""Each report of a flare is followed by the red-flag list (domain/safety.md 9.1)."""


def report_flare(state: PatientState, message: Message[ReportFlare], now: datetime) -> Result:
    """FLARE at once, whatever the numbers say (2.6, P1.1); reported again, the open one goes on."""
    may(message, MAY_REPORT)
    turn, round_ = begun(state, message, "flare")
    _not_suspended(state)
    flare = away_of(state).flare
    began = flare is None
    if flare is None:
        flare = flares.begin(round_, named_id("flare", message.key, message.id), message.actor.kind)
        _judge_all(turn, round_)
    body = {"flare_id": flare.flare_id, "since": _iso(flare.since), "began": began, **RED_FLAGS_NEXT}
    return _told(turn, {**body, "doses": _doses(turn.state)})


def end_flare(state: PatientState, message: Message[EndFlare], now: datetime) -> Result:
    """The way back begins, by the length of the flare (2.4); what is over stays over."""
    return _ended(state, message, "flare", message.data.flare_id, flares.end)


def tell_settling(state: PatientState, message: Message[TellSettling], now: datetime) -> Result:
    """The person's word on day 3, 7, 14 or any other; with two recorded days of low pain it ends the flare (2.4)."""
    may(message, MAY_SAY)
    turn, round_ = begun(state, message, "flare")
    turn.answers["settling"] = {"settling": _yes(message.data.settling)}
    before = away_of(state).flare
    if before is None:
        raise Refused(409, "no_flare", "There is no open flare.")
    flares.heard(round_, settling=message.data.settling)
    if away_of(round_.state).flare is None:
        _judge_all(turn, round_)
    else:
        turn.finish(round_)
    is_over = away_of(turn.state).flare is None
    return _told(turn, {"flare_id": before.flare_id, "over": is_over})


def answer_flare_questions(state: PatientState, message: Message[AnswerFlareQuestions], now: datetime) -> Result:
    """FLARE, a rough patch, or neither (2.6); under a rough patch a lower dose may be had for each track."""
    may(message, MAY_SAY)
    turn, round_ = begun(state, message, "flare_questions", gap_rule=state.record_mode == "live")
    _not_suspended(state)
    answers, away = message.data, away_of(state)
    if away.flare is not None:
        raise Refused(409, "flare_open", "There is an open flare already.")
    if answers.question_id is not None and (away.question is None or away.question.question_id != answers.question_id):
        raise Refused(409, "question_closed", "That question is not open any more.", "/question_id")
    flare_id = named_id("flare", message.key, message.id)
    told = {"worse": answers.worse, "hard": answers.hard, "limits": answers.limits}
    turn.answers["flare"] = {name: _yes(value) for name, value in told.items()}
    result = asking.take_answers(round_, flare_id, worse=answers.worse, hard=answers.hard, limits=answers.limits)
    _judge_all(turn, round_)
    body: dict[str, Any] = {"result": result}
    if result == "flare":
        body |= {"flare_id": flare_id, **RED_FLAGS_NEXT}
    if result == "rough_patch":
        body["less"] = [{"track_id": name, "dose": asking.lower_dose(round_, name)} for name in round_.state.tracks]
    return _told(turn, body)


def request_pause(state: PatientState, message: Message[RequestPause], now: datetime) -> Result:
    """PAUSED at once (2.4, P9.1); asked for again, the open pause goes on with the new reason and end."""
    may(message, MAY_SAY)
    turn, round_ = begun(state, message, "pause")
    until, today = message.data.until, round_.moment.today
    if until is not None and not today < until <= today + timedelta(days=pausing.LONGEST_DAYS):
        raise Refused(422, "pause_until", "A pause ends on a later day, at most a year from now.", "/until")
    pause = pausing.begin(round_, named_id("pause", message.key, message.id), message.data.reason, until)
    _judge_all(turn, round_)
    ends = None if pause.until is None else pause.until.isoformat()
    return _told(turn, {"pause_id": pause.pause_id, "since": _iso(pause.since), "until": ends})


def request_resume(state: PatientState, message: Message[RequestResume], now: datetime) -> Result:
    """Back by the gap rule on the days since the last session (2.4); an open flare goes on."""
    return _ended(state, message, "pause", message.data.pause_id, pausing.end)


def _ended(
    state: PatientState, message: Message[Any], kind: Kind, asked: str | None, end: Callable[[Round, str], None]
) -> Result:
    """What is open of this kind ends, where it is what was asked for; of what is over already, that is told again."""
    may(message, MAY_SAY)
    turn, round_ = begun(state, message, f"{kind}_ended")
    away = away_of(state)
    episode = away.flare if kind == "flare" else away.pause
    if episode is None or asked not in (None, id_of(episode)):
        return _told(turn, _of_over(away, kind, asked))
    end(round_, "told")
    run_round(round_, round_.state.tracks)
    ask_if_back(round_, state.heard)
    turn.finish(round_)
    return _told(turn, _of_over(away_of(turn.state), kind, id_of(episode)))


def begun(state: PatientState, message: Message[Any], trigger: str, *, gap_rule: bool = True) -> tuple[Turn, Round]:
    """A round on what a person said; `Refused` where there is no such person or no plan in force."""
    if not state.tz:
        raise Refused(404, "unknown_person", "There is no such person.")
    if not state.active:
        raise Refused(409, "no_active_plan", "There is no plan in force.")
    turn = Turn(state, message)
    return turn, turn.round(trigger, gap_rule=gap_rule)


def _judge_all(turn: Turn, round_: Round) -> None:
    run_round(round_, round_.state.tracks)
    turn.finish(round_)


def _told(turn: Turn, body: dict[str, Any]) -> Result:
    done = turn.result()
    return Transition(done.state, done.events, done.records, answer=Answer(200, body))


def _doses(state: PatientState) -> list[dict[str, Any]]:
    """What each track asks for while the flare lasts, with the key of the words for it: numbers and codes alone."""
    told = []
    for track_id, track in sorted(state.tracks.items(), key=lambda one: (one[1].config.priority, one[0])):
        dose = in_force(state, track)
        key = "rule.R3" if dose else "rule.R3.rest"
        measure = {"marker": track.config.marker, "unit": track.config.unit}
        told.append({"track_id": track_id, "dose": dose, **measure, "text_key": key})
    return told


def _of_over(away: Away, kind: Kind, name: str | None) -> dict[str, Any]:
    """The latest episode of a kind that is over, or the one of this name; 409 where there is none."""
    found: list[Over] = [one for one in away.over if one.kind == kind and name in (None, one.episode_id)]
    if not found:
        raise Refused(409, f"no_{kind}", f"There is no open {kind}.")
    over = found[-1]
    return {f"{kind}_id": over.episode_id, "since": _iso(over.since), "ended_at": _iso(over.until)}


def may(message: Message[Any], kinds: frozenset[str]) -> None:
    """`Refused` for a role that may not say so (W3)."""
    if message.actor.kind not in kinds:
        raise Refused(403, "forbidden", "This role may not say so for the person.")


def _not_suspended(state: PatientState) -> None:
    if state.suspension is not None:
        raise Refused(409, "suspended", "Exercise is stopped for now, until your clinic has looked at it with you.")


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _iso(at: int) -> str:
    return from_ms(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


EPISODES: Final[Mapping[type, Handler]] = {
    ReportFlare: report_flare,
    EndFlare: end_flare,
    TellSettling: tell_settling,
    AnswerFlareQuestions: answer_flare_questions,
    RequestPause: request_pause,
    RequestResume: request_resume,
}
"""What may be said of flares and pauses, and what it does."""
