"""A flare from its first word to the way back (domain/progression.md 2.4, 2.6; V10, V11, V12; 2.11 W7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from services.progression.domain.episodes import EpisodeOver, Flare, FlareBegan, SettlingAsked, ended, flares_begun
from services.progression.domain.having import having
from services.progression.domain.ladders import ladder_set
from services.progression.domain.machine import off_the_ladder, phase_at, with_dose
from services.progression.domain.offers import close_offer
from services.progression.domain.rounds import Round
from services.progression.domain.state import Footing, TrackState, away_of

SHORT_DAYS: Final = 3
MIDDLE_DAYS: Final = 14
LADDERS: Final[tuple[tuple[tuple[int, ...], int], ...]] = (
    ((75, 100), 3),
    ((50, 75, 100), 3),
    ((50, 70, 80, 90, 100), 7),
)
"""Rungs in per cent and days a rung lasts at least, after a flare of up to 3, of up to 14, and of more days (2.4)."""

FOLLOW_UPS: Final = (3, 7, 14)
"""Days of a flare on which the person is asked whether it is settling (2.6)."""

CALL_DAYS: Final = 21
OFTEN: Final = ((14, 2), (28, 3))
"""So many flares that began within so many days ask for a human (2.6)."""

SETTLED_RISE: Final = 1
SETTLED_DAYS: Final = 2


def begin(round_: Round, flare_id: str, said_by: str) -> Flare:
    """The flare begins at once, whatever the numbers say (article P1.1): no offer stands, no question is open, and what
    is usual stays as it is (2.3)."""
    today, at = round_.moment.today, round_.moment.at
    pain, fatigue = round_.history.usual_pain(today).value, round_.history.usual_fatigue(today)
    flare = Flare(
        flare_id,
        at,
        today,
        heard=today,
        usual_pain=None if pain is None else float(pain),
        usual_fatigue=None if fatigue is None else float(fatigue),
    )
    away = replace(away_of(round_.state), flare=flare, question=None, rough_until=0)
    round_.state = having(round_.state, away=away)
    round_.out.append(FlareBegan(flare, said_by))
    round_.anew()
    close_offer(round_, "flare")
    if any(flares_begun(away, today, days) >= number for days, number in OFTEN):
        round_.review(None, "flares_repeated")
    return flare


def end(round_: Round, reason: str) -> None:
    """The flare is over: every track that has a start goes back by the ladder of the flare's length (2.4).

    What is in force again is the day's one upward change.
    """
    away, today, at = away_of(round_.state), round_.moment.today, round_.moment.at
    flare = away.flare
    if flare is None:
        return
    away = ended(away, flare, at, today)
    days = away.over[-1].days
    tracks = {name: _on_the_way_back(track, days, today, at) for name, track in round_.state.tracks.items()}
    rises = tuple(sorted((*round_.state.rises, today)))
    round_.state = having(round_.state, tracks=tracks, away=away, rises=rises)
    round_.out.append(EpisodeOver(away.over[-1], reason))
    round_.trigger = "flare_ended"
    round_.anew()


def heard(round_: Round, *, settling: bool) -> None:
    """The person's word on whether it is settling; with usual pain unknown a yes alone ends the flare (W7)."""
    away, today = away_of(round_.state), round_.moment.today
    if away.flare is None:
        return
    flare = replace(away.flare, heard=today, settling=today if settling else None)
    round_.state = having(round_.state, away=replace(away, flare=flare))
    end_if_settled(round_)


def end_if_settled(round_: Round) -> bool:
    """End the flare when the person said that it is settling and pain was at most 1 above the usual on the last two
    recorded days since it began (2.4); says whether it did. A day above that takes the word back."""
    flare = None if round_.state.away is None else round_.state.away.flare
    if flare is None or flare.settling is None:
        return False
    usual = round_.history.usual_pain(round_.moment.today).value
    if usual is not None:
        pain = round_.history.worst_by_day(flare.day + timedelta(days=1))
        last = sorted(pain)[-SETTLED_DAYS:]
        if any(pain[day] > usual + SETTLED_RISE for day in pain if day > flare.settling):
            return False
        if len(last) < SETTLED_DAYS or any(pain[day] > usual + SETTLED_RISE for day in last):
            return False
    end(round_, "settled")
    return True


def each_day(round_: Round) -> None:
    """What an open flare brings by time alone (2.6, W7): the question whether it is settling, a note, a review, a call.

    It is never ended by time.
    """
    away, today = away_of(round_.state), round_.moment.today
    flare = away.flare
    if flare is None:
        return
    day = (today - flare.day).days
    due = max((follow_up for follow_up in FOLLOW_UPS if follow_up <= day), default=0)
    if due > flare.asked and round_.state.suspension is None:
        flare = replace(flare, asked=due)
        round_.state = having(round_.state, away=replace(away, flare=flare))
        round_.out.append(SettlingAsked(flare.flare_id, due))
    if day > MIDDLE_DAYS:
        round_.review(None, "flare_over_14_days")
    elif day > FOLLOW_UPS[1]:
        round_.review(None, "flare_over_7_days")
    if (today - flare.heard).days >= CALL_DAYS:
        round_.review(None, "flare_without_end")


def _on_the_way_back(track: TrackState, days: int, today: date, at: int) -> TrackState:
    footing, chosen = track.footing, track.eased
    if chosen is not None:
        if chosen < footing.dose:  # less that was asked for in the flare stays less (W11)
            footing = with_dose(off_the_ladder(footing), chosen, today, at)
        kept = chosen if track.config.parameters.get("fixed_dose") is not None else None
        track = having(track, eased=kept, footing=footing)
    if footing.phase == "BASELINE":
        return track  # nothing to go back to: finding the start goes on, without what was done in the flare
    ladder, min_days = LADDERS[0] if days <= SHORT_DAYS else LADDERS[1] if days <= MIDDLE_DAYS else LADDERS[2]
    ladder, idx, min_days = ladder_set(ladder, min_days, track.config.parameters)
    before = footing.dose
    if footing.status == "RETURNING" and footing.ladder and footing.d_pre is not None:
        before = footing.d_pre
        if (footing.ladder[0], -len(footing.ladder)) <= (ladder[idx], -len(ladder)):
            idx = _lower_rung(footing, ladder[idx])
            ladder, min_days = footing.ladder, max(min_days, footing.step_min_days)
    if before == 0:
        return track  # rest that the person asked for: the way up from there is by their own word
    new = having(off_the_ladder(footing), status="RETURNING", d_pre=before, ladder=ladder, idx=idx)
    new = having(new, step_since=today, step_since_at=at, step_min_days=min_days)
    new = having(new, phase=phase_at(new.phase, new.dose, track.config.goal_dose))
    return having(track, footing=new, lowerings=())


def _lower_rung(footing: Footing, pct: int) -> int:
    """On a ladder that is the heavier one already: the highest rung of at most `pct`, and not above the present one."""
    fits = [idx for idx, rung in enumerate(footing.ladder[: footing.idx + 1]) if rung <= pct]
    return max(fits, default=0)
