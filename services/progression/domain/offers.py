"""The offer of a step: one open per person, judged again when answered, gone when the table gives it no more (W10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from services.progression.domain.against import against
from services.progression.domain.decisions import OfferClosed, Offered, ReviewAsked, name_of
from services.progression.domain.having import having
from services.progression.domain.judge import rule_behind
from services.progression.domain.locks import NEEDS_CONSENT, needs_clinician
from services.progression.domain.machine import moved, off_the_ladder, phase_at, with_dose
from services.progression.domain.model import Case, Verdict
from services.progression.domain.parameters import default_dose_min
from services.progression.domain.rising import r11_advance
from services.progression.domain.state import PatientState, Proposal, TrackState, with_track
from services.progression.domain.view import View

if TYPE_CHECKING:
    from services.progression.domain.rounds import Round

HOUR_MS: Final = 3_600_000
OPEN_HOURS: Final = {"live": 48, "batch": 14 * 24}
"""How long an offer stays open: by app or SMS, by paper or phone (W10)."""

AGAIN_DAYS: Final = 7
QUIET_DAYS: Final = 28
ASKED_FOR: Final = "W11"
"""The rule of a step that the person asked for."""

STAYS_IN_A_ROW: Final = 3
CLOSED_KEPT: Final = 20

_STANDS_UNDER: Final = frozenset({"R9a", "R10d", "R10e", "R10f", "R10g", "R10h", "R10i"})
_PASSING_LOCKS: Final = frozenset({"one_at_a_time", "incomplete"})

Found = tuple[Verdict, Case, tuple[str, ...]]


def step_needs_yes(verdict: Verdict, case: Case, locks: tuple[str, ...]) -> bool:
    """Under `pem` and `clinician` a step of the way back is an offer too (W9), where it gives more at all."""
    more = verdict.dose > case.standing.dose
    return rule_behind(verdict) == "R5a" and more and bool(NEEDS_CONSENT & set(locks))


def _offers_step(found: Found) -> bool:
    verdict, case, locks = found
    return verdict.action == "ADVANCE" or (verdict.rule == "R5a" and step_needs_yes(verdict, case, locks))


def _stands(offer: Proposal, found: Found) -> bool:
    """Whether an open offer stays (W10): a stop, pause, flare, override, way back, R8 or lock ends it at once; missing
    evidence does not, it counts when the person answers."""
    verdict, _, locks = found
    if _offers_step(found):
        return (offer.rule == "R5a") == (verdict.rule == "R5a")
    if offer.rule == "R5a":
        return verdict.rule in ("R5b", "R5d")
    return verdict.rule in _STANDS_UNDER or (verdict.rule == "R10a" and set(locks) <= _PASSING_LOCKS)


def close_offer(round_: Round, reason: str) -> None:
    """Close the open offer, if there is one, and say why."""
    offer = round_.state.proposal
    if offer is None:
        return
    closed = (*round_.state.closed, offer.proposal_id)[-CLOSED_KEPT:]
    round_.state = having(round_.state, proposal=None, closed=closed)
    round_.out.append(OfferClosed(offer.proposal_id, offer.track_id, reason))


def keep_or_open_offer(round_: Round, track_id: str, found: Found, decision_id: str) -> None:
    """After a verdict: an open offer of this track stands or goes; without one, a step may be offered."""
    offer = round_.state.proposal
    if offer is not None and offer.track_id == track_id:
        if not _stands(offer, found):
            close_offer(round_, found[0].rule)
    elif opens_offer(round_, found):
        open_offer(round_, track_id, found, decision_id)


def opens_offer(round_: Round, found: Found) -> bool:
    """Whether this verdict opens an offer; then it is a decision of its own, so that each offer has an id of its own
    and tells the locks of its own day."""
    quiet = {"declined", "no_answer", "not_approved", "proposal_open", "incomplete"} & set(found[2])
    return round_.state.proposal is None and _offers_step(found) and not quiet


def open_offer(round_: Round, track_id: str, found: Found, decision_id: str, asked: str = "") -> None:
    """Offer what a verdict gives, to a clinician first where that must be; `asked` is the person's own request."""
    verdict, case, _ = found
    view, dose = View.of(case), case.standing.dose
    steps = (verdict.dose - dose) // case.parameters.step
    waits = needs_clinician(case)
    hours = OPEN_HOURS["batch" if waits else round_.state.record_mode]
    offer = Proposal(
        proposal_id=name_of("proposal", asked or decision_id),
        decision_id=decision_id,
        track_id=track_id,
        rule=verdict.rule,
        dose=verdict.dose,
        smaller=dose + steps // 2 * case.parameters.step if steps >= 2 else None,
        less=view.lowered(case.parameters.regress_pct),
        expires_at=round_.moment.at + hours * HOUR_MS,
        made_on=round_.moment.today,
        stage="clinician" if waits else "patient",
    )
    round_.state = having(round_.state, proposal=offer)
    if waits:
        round_.out.append(ReviewAsked(offer.proposal_id, track_id, "approve_step"))
    else:
        round_.out.append(Offered(offer, dose))


def expire_offer(round_: Round) -> bool:
    """Close an offer that ran out: no answer is a hold, offered once more after 7 days (2.5). Says whether it did."""
    offer = round_.state.proposal
    if offer is None or offer.expires_at > round_.moment.at:
        return False
    close_offer(round_, "expired")
    track = round_.state.tracks.get(offer.track_id)
    if track is not None:
        asked = track.asked + 1
        days = AGAIN_DAYS if asked == 1 else QUIET_DAYS
        quiet = having(track, asked=asked % 2, quiet_until=_in(round_, days), quiet_reason="no_answer")
        round_.state = with_track(round_.state, offer.track_id, quiet)
    return True


def answer_offer(round_: Round, answer: str, dose: int | None, *, by_clinician: bool) -> None:
    """Take the answer to the open offer. A yes runs the table again, and only what it still gives is done (W10)."""
    offer = round_.state.proposal
    if offer is None:
        return
    if answer == "less":
        close_offer(round_, "answered")
        give_less(round_, offer.track_id, offer.less if dose is None else dose, offer.proposal_id)
    elif answer == "stay":
        close_offer(round_, "answered")
        _stay(round_, offer.track_id)
    elif offer.stage == "clinician":
        if by_clinician and answer == "accept":
            hours = OPEN_HOURS[round_.state.record_mode]
            open_now = replace(offer, stage="patient", expires_at=round_.moment.at + hours * HOUR_MS)
            round_.state = having(round_.state, proposal=open_now)
            round_.out.append(Offered(open_now, round_.state.tracks[offer.track_id].footing.dose))
    else:
        _accept(round_, offer, answer, dose)


def _accept(round_: Round, offer: Proposal, answer: str, dose: int | None) -> None:
    # The silence of someone who reports in batches says nothing (W6): it does not make the evidence of the offer old.
    state = round_.state
    silent = state.record_mode == "batch" and (state.heard is None or state.heard <= offer.made_on)
    if offer.rule == ASKED_FOR:
        _accept_asked(round_, offer, answer, dose)
        return
    found = round_.look(offer.track_id, as_of=offer.made_on if silent else None)
    verdict, case, _ = found
    if not _offers_step(found) or (offer.rule == "R5a") != (verdict.rule == "R5a"):
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
    closed = (*round_.state.closed, offer.proposal_id)[-CLOSED_KEPT:]
    round_.state = having(round_.state, proposal=None, closed=closed)
    _answered(round_, offer.track_id)
    taken = (replace(verdict, dose=footing.dose), case, found[2])
    round_.conclude(offer.track_id, taken, concerned=True, footing=footing, answered=offer.proposal_id)


def _wished(offer: Proposal, now: int, answer: str, dose: int | None) -> int:
    """What a yes asks for: the step as it was offered, or the smaller one; never less than the dose in force."""
    if answer != "smaller":
        return offer.dose
    return min(offer.dose, max(now, dose or offer.smaller or offer.dose))


def _accept_asked(round_: Round, offer: Proposal, answer: str, dose: int | None) -> None:
    why = against(round_, offer.track_id)
    if why is None:
        closed = (*round_.state.closed, offer.proposal_id)[-CLOSED_KEPT:]
        round_.state = having(round_.state, proposal=None, closed=closed)
        wished = _wished(offer, round_.state.tracks[offer.track_id].footing.dose, answer, dose)
        grant_step(round_, offer.track_id, offer.proposal_id, wished)
        return
    close_offer(round_, why)
    round_.conclude(offer.track_id, round_.look(offer.track_id), concerned=True)


def grant_step(round_: Round, track_id: str, answered: str, most: int | None = None) -> None:
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
    round_.conclude(track_id, (granted, case, locks), concerned=True, footing=footing, answered=answered)


def _stay(round_: Round, track_id: str) -> None:
    """ "Stay" is an answer: no offer for 7 days; after three in a row only on request, and a card for the clinician."""
    stays = round_.state.tracks[track_id].stays + 1
    _answered(round_, track_id, stays)
    until = date.max if stays >= STAYS_IN_A_ROW else _in(round_, AGAIN_DAYS)
    track = having(round_.state.tracks[track_id], quiet_until=until, quiet_reason="declined")
    round_.state = with_track(round_.state, track_id, track)
    if stays >= STAYS_IN_A_ROW and ":misfit" not in round_.state.reviews:
        round_.review(track_id, "plan_fit")
    round_.conclude(track_id, round_.look(track_id), concerned=True)


def give_less(round_: Round, track_id: str, dose: int, answered: str, *, rest_too: bool = False) -> None:
    """Less is always granted, at once (W10, W11): never more than the dose in force, never below the smallest dose but
    for rest; a smallest dose that a clinician set above the common one holds nobody back (2.8). Under a clinician's
    fixed dose it holds until another one is set."""
    found = round_.look(track_id)
    verdict, case, locks = found
    track = round_.state.tracks[track_id]
    common = default_dose_min(track.config.marker)  # type: ignore[arg-type]
    smallest = 0 if rest_too and dose == 0 else min(case.parameters.dose_min, common)
    new = min(track.footing.dose, max(dose, smallest))
    footing = track.footing
    if new < footing.dose:
        footing = with_dose(off_the_ladder(footing), new, round_.moment.today, round_.moment.at)
        footing = having(footing, phase=phase_at(footing.phase, new, case.parameters.goal_dose))
    _answered(round_, track_id)
    if case.parameters.fixed_dose is not None:
        round_.state = with_track(round_.state, track_id, having(round_.state.tracks[track_id], eased=new))
    stands = verdict.facts if verdict.rule in ("R1", "R2", "R3") else {}
    verdict = Verdict("W10", "LESS", new, facts=stands)
    round_.conclude(track_id, (verdict, case, locks), concerned=True, footing=footing, answered=answered)


def _answered(round_: Round, track_id: str, stays: int = 0) -> None:
    track: TrackState = round_.state.tracks[track_id]
    cleared = having(track, asked=0, stays=stays, quiet_until=None, quiet_reason="")
    round_.state = with_track(round_.state, track_id, cleared)


def _in(round_: Round, days: int) -> date:
    return round_.moment.today + timedelta(days=days)


def offer_known(state: PatientState, proposal_id: str) -> bool:
    """Whether an offer was made, open or closed."""
    return proposal_id in state.closed or (state.proposal is not None and state.proposal.proposal_id == proposal_id)
