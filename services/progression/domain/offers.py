"""Offers: one open per person, judged again when answered, gone when the table gives it no more (W10)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from services.progression.domain.decisions import OfferClosed, Offered, ReviewAsked, name_of
from services.progression.domain.halves import in_two
from services.progression.domain.having import having
from services.progression.domain.judge import rule_behind
from services.progression.domain.locks import NEEDS_CONSENT, needs_clinician
from services.progression.domain.model import Case, Verdict
from services.progression.domain.state import PatientState, Proposal, with_track
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

CLOSED_KEPT: Final = 20

DIMENSION: Final = "next_dimension"
"""The kind of an offer that raises no dose: what may come after a reached goal (2.4)."""

_STANDS_UNDER: Final = frozenset({"R9a", "R10d", "R10e", "R10f", "R10g", "R10h", "R10i"})
_DIMENSION_STANDS_UNDER: Final = frozenset({"R9a", "R10b"})
_PASSING_LOCKS: Final = frozenset({"one_at_a_time", "incomplete"})

Found = tuple[Verdict, Case, tuple[str, ...]]


def step_needs_yes(verdict: Verdict, case: Case, locks: tuple[str, ...]) -> bool:
    """Under `pem` and `clinician` a step of the way back is an offer too (W9), where it gives more at all."""
    more = verdict.dose > case.standing.dose
    return rule_behind(verdict) == "R5a" and more and bool(NEEDS_CONSENT & set(locks))


def offers_step(found: Found) -> bool:
    """Whether a verdict gives a step that the person is asked about."""
    verdict, case, locks = found
    return verdict.action == "ADVANCE" or (verdict.rule == "R5a" and step_needs_yes(verdict, case, locks))


def _stands(offer: Proposal, found: Found) -> bool:
    """Whether an open offer stays (W10): a stop, pause, flare, override, way back, R8 or lock ends it at once; missing
    evidence does not, it counts when the person answers."""
    verdict, _, locks = found
    passing = verdict.rule == "R10a" and set(locks) <= _PASSING_LOCKS
    if offer.kind == DIMENSION:
        return passing or verdict.rule in _DIMENSION_STANDS_UNDER
    if offers_step(found):
        return (offer.rule == "R5a") == (verdict.rule == "R5a")
    if offer.rule == "R5a":
        return verdict.rule in ("R5b", "R5d")
    return passing or verdict.rule in _STANDS_UNDER


def close_offer(round_: Round, reason: str) -> None:
    """Close the open offer, if there is one, and say why."""
    offer = round_.state.proposal
    if offer is None:
        return
    close_quietly(round_, offer)
    round_.out.append(OfferClosed(offer.proposal_id, offer.track_id, reason))


def close_quietly(round_: Round, offer: Proposal) -> None:
    """Close an offer that was taken: the decision on the answer says so."""
    closed = (*round_.state.closed, offer.proposal_id)[-CLOSED_KEPT:]
    round_.state = having(round_.state, proposal=None, closed=closed)


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
    return round_.state.proposal is None and offers_step(found) and not quiet


def open_offer(round_: Round, track_id: str, found: Found, decision_id: str, asked: str = "") -> None:
    """Offer what a verdict gives, to a clinician first where that must be; `asked` is the person's own request."""
    verdict, case, _ = found
    view, dose = View.of(case), case.standing.dose
    steps = (verdict.dose - dose) // case.parameters.step
    waits = needs_clinician(case)
    marker = round_.state.tracks[track_id].config.marker
    offer = Proposal(
        proposal_id=name_of("proposal", asked or decision_id),
        decision_id=decision_id,
        track_id=track_id,
        rule=verdict.rule,
        dose=verdict.dose,
        smaller=dose + steps // 2 * case.parameters.step if steps >= 2 else None,
        less=view.lowered(case.parameters.regress_pct),
        expires_at=round_.moment.at + open_hours(round_, waits=waits) * HOUR_MS,
        made_on=round_.moment.today,
        stage="clinician" if waits else "patient",
        halves=in_two(verdict.dose, case, marker),
    )
    round_.state = having(round_.state, proposal=offer)
    if waits:
        round_.out.append(ReviewAsked(offer.proposal_id, track_id, "approve_step"))
    else:
        round_.out.append(Offered(offer, dose))


def open_hours(round_: Round, *, waits: bool = False) -> int:
    """For how many hours an answer is waited for: the person's, or a clinician's before it."""
    return OPEN_HOURS["batch" if waits else round_.state.record_mode]


def expire_offer(round_: Round) -> bool:
    """Close an offer that ran out: no answer is a hold, offered once more after 7 days (2.5). Says whether it did."""
    offer = round_.state.proposal
    if offer is None or offer.expires_at > round_.moment.at:
        return False
    close_offer(round_, "expired")
    track = round_.state.tracks.get(offer.track_id)
    if track is not None and offer.kind != DIMENSION:
        asked = track.asked + 1
        days = AGAIN_DAYS if asked == 1 else QUIET_DAYS
        until = round_.moment.today + timedelta(days=days)
        quiet = having(track, asked=asked % 2, quiet_until=until, quiet_reason="no_answer")
        round_.state = with_track(round_.state, offer.track_id, quiet)
    return True


def offer_known(state: PatientState, proposal_id: str) -> bool:
    """Whether an offer was made, open or closed."""
    return proposal_id in state.closed or (state.proposal is not None and state.proposal.proposal_id == proposal_id)
