"""The answer to an offer: what a yes, a smaller step, a stay and a less do to a track (2.11 W10, W11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from services.progression.domain.against import against
from services.progression.domain.decisions import Offered
from services.progression.domain.dimensions import agree
from services.progression.domain.halves import in_two
from services.progression.domain.having import having
from services.progression.domain.machine import moved, off_the_ladder, phase_at, with_dose
from services.progression.domain.model import Verdict
from services.progression.domain.offers import (
    AGAIN_DAYS,
    ASKED_FOR,
    DIMENSION,
    HOUR_MS,
    close_offer,
    close_quietly,
    offers_step,
    open_hours,
)
from services.progression.domain.parameters import default_dose_min
from services.progression.domain.rising import r11_advance
from services.progression.domain.state import Proposal, TrackState, with_track
from services.progression.domain.view import View

if TYPE_CHECKING:
    from services.progression.domain.rounds import Round

STAYS_IN_A_ROW: Final = 3


def answer_offer(
    round_: Round,
    answer: str,
    dose: int | None,
    *,
    by_clinician: bool,
    bouts: int | None = None,
    dimension: str | None = None,
) -> None:
    """Take the answer to the open offer. A yes runs the table again, and only what it still gives is done (W10).

    `bouts` is 2 where the step is taken in two bouts, `dimension` what a yes to a next dimension chooses (2.4).
    """
    offer = round_.state.proposal
    if offer is None:
        return
    if answer == "less":
        close_offer(round_, "answered")
        give_less(round_, offer.track_id, offer.less if dose is None else dose, offer.proposal_id)
    elif answer == "stay":
        close_offer(round_, "answered")
        if offer.kind != DIMENSION:
            _stay(round_, offer.track_id)
    elif offer.stage == "clinician":
        if by_clinician and answer == "accept":
            until = round_.moment.at + open_hours(round_) * HOUR_MS
            open_now = replace(offer, stage="patient", expires_at=until)
            round_.state = having(round_.state, proposal=open_now)
            round_.out.append(Offered(open_now, round_.state.tracks[offer.track_id].footing.dose))
    elif offer.kind == DIMENSION:
        _widen(round_, offer, dimension)
    elif dimension is None:
        _accept(round_, offer, answer, dose, in_two_bouts=bouts is not None)


def _widen(round_: Round, offer: Proposal, dimension: str | None) -> None:
    """Yes to a next dimension (2.4): more often is agreed with `plans`, another kind of activity is a talk with the
    clinic. Neither moves a dose."""
    if dimension == "activity":
        close_offer(round_, "answered")
        round_.review(offer.track_id, "other_activity")
    elif dimension == "frequency":
        why = agree(round_, offer)
        if why is None:
            close_quietly(round_, offer)
            return
        close_offer(round_, why)
        round_.conclude(offer.track_id, round_.look(offer.track_id), concerned=True)


def _accept(round_: Round, offer: Proposal, answer: str, dose: int | None, *, in_two_bouts: bool) -> None:
    # The silence of someone who reports in batches says nothing (W6): it does not make the evidence of the offer old.
    state = round_.state
    silent = state.record_mode == "batch" and (state.heard is None or state.heard <= offer.made_on)
    if offer.rule == ASKED_FOR:
        _accept_asked(round_, offer, answer, dose, in_two_bouts=in_two_bouts)
        return
    found = round_.look(offer.track_id, as_of=offer.made_on if silent else None)
    verdict, case, _ = found
    if not offers_step(found) or (offer.rule == "R5a") != (verdict.rule == "R5a"):
        close_offer(round_, verdict.rule)
        round_.conclude(offer.track_id, found, concerned=True)
        return
    track, today, at = round_.state.tracks[offer.track_id], round_.moment.today, round_.moment.at
    wished = _wished(offer, track.footing.dose, answer, dose)
    if offer.rule == "R5a":
        footing = moved(track.footing, verdict, case, at)
    else:
        footing = with_dose(track.footing, min(wished, verdict.dose), today, at)
        footing = having(footing, phase=phase_at(footing.phase, footing.dose, case.parameters.goal_dose))
    close_quietly(round_, offer)
    _answered(round_, offer.track_id)
    taken = (replace(verdict, dose=footing.dose), case, found[2])
    halves = in_two(footing.dose, case, track.config.marker) if in_two_bouts else None
    round_.conclude(offer.track_id, taken, concerned=True, footing=footing, answered=offer.proposal_id, halves=halves)


def _wished(offer: Proposal, now: int, answer: str, dose: int | None) -> int:
    """What a yes asks for: the step as it was offered, or the smaller one; never less than the dose in force."""
    if answer != "smaller":
        return offer.dose
    return min(offer.dose, max(now, dose or offer.smaller or offer.dose))


def _accept_asked(round_: Round, offer: Proposal, answer: str, dose: int | None, *, in_two_bouts: bool) -> None:
    why = against(round_, offer.track_id)
    if why is None:
        close_quietly(round_, offer)
        wished = _wished(offer, round_.state.tracks[offer.track_id].footing.dose, answer, dose)
        grant_step(round_, offer.track_id, offer.proposal_id, wished, in_two_bouts=in_two_bouts)
        return
    close_offer(round_, why)
    round_.conclude(offer.track_id, round_.look(offer.track_id), concerned=True)


def grant_step(
    round_: Round, track_id: str, answered: str, most: int | None = None, *, in_two_bouts: bool = False
) -> None:
    """One step up that the person asked for (W11); never above `most`, where that was offered and agreed to."""
    _, case, locks = round_.look(track_id)
    step = r11_advance(View.of(case))
    _answered(round_, track_id)
    track = having(round_.state.tracks[track_id], eased=None)
    round_.state = with_track(round_.state, track_id, track)
    dose = step.dose if most is None else max(track.footing.dose, min(step.dose, most))
    footing = with_dose(track.footing, dose, round_.moment.today, round_.moment.at)
    footing = having(footing, phase=phase_at(footing.phase, footing.dose, case.parameters.goal_dose))
    granted = Verdict(ASKED_FOR, "GRANT", dose, facts=step.facts)
    halves = in_two(dose, case, track.config.marker) if in_two_bouts else None
    found = (granted, case, locks)
    round_.conclude(track_id, found, concerned=True, footing=footing, answered=answered, halves=halves)


def _stay(round_: Round, track_id: str) -> None:
    """ "Stay" is an answer: no offer for 7 days; after three in a row only on request, and a card for the clinician."""
    stays = round_.state.tracks[track_id].stays + 1
    _answered(round_, track_id, stays)
    until = date.max if stays >= STAYS_IN_A_ROW else round_.moment.today + timedelta(days=AGAIN_DAYS)
    track = having(round_.state.tracks[track_id], quiet_until=until, quiet_reason="declined")
    round_.state = with_track(round_.state, track_id, track)
    if stays >= STAYS_IN_A_ROW and ":misfit" not in round_.state.reviews:
        round_.review(track_id, "plan_fit")
    round_.conclude(track_id, round_.look(track_id), concerned=True)


def give_less(round_: Round, track_id: str, dose: int, answered: str, *, rest_too: bool = False) -> None:
    """Less is always granted, at once (W10, W11): never more than the dose in force, never below the smallest dose but
    for rest; a smallest dose that a clinician set above the common one holds nobody back (2.8). Under a clinician's
    fixed dose it holds until another one is set; of what a flare leaves (R3) it is not halved again.
    """
    found = round_.look(track_id)
    verdict, case, locks = found
    track = round_.state.tracks[track_id]
    common = default_dose_min(track.config.marker)  # type: ignore[arg-type]
    smallest = 0 if rest_too and dose == 0 else min(case.parameters.dose_min, common)
    in_flare = rest_too and case.standing.status == "FLARE"
    most = min(track.footing.dose, track.doses[-1][1]) if in_flare else track.footing.dose
    new = min(most, max(dose, smallest))
    footing = track.footing
    if in_flare:
        if new < most:
            round_.state = with_track(round_.state, track_id, having(track, eased=new))
    elif new < footing.dose:
        footing = with_dose(off_the_ladder(footing), new, round_.moment.today, round_.moment.at)
        footing = having(footing, phase=phase_at(footing.phase, new, case.parameters.goal_dose))
    _answered(round_, track_id)
    if case.parameters.fixed_dose is not None and not in_flare:
        round_.state = with_track(round_.state, track_id, having(round_.state.tracks[track_id], eased=new))
    stands = verdict.facts if verdict.rule in ("R1", "R2", "R3") else {}
    verdict = Verdict("W10", "LESS", new, facts=stands)
    round_.conclude(track_id, (verdict, case, locks), concerned=True, footing=footing, answered=answered)


def _answered(round_: Round, track_id: str, stays: int = 0) -> None:
    track: TrackState = round_.state.tracks[track_id]
    cleared = having(track, asked=0, stays=stays, quiet_until=None, quiet_reason="")
    round_.state = with_track(round_.state, track_id, cleared)
