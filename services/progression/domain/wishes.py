"""What the person asks for of their own accord: one step, or less; and a clinician's word on a step (W9, W10, W11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from services.progression.domain.against import against
from services.progression.domain.answering import answer_offer, give_less, grant_step
from services.progression.domain.halves import Halves, in_two
from services.progression.domain.having import having
from services.progression.domain.locks import needs_clinician
from services.progression.domain.offers import AGAIN_DAYS, ASKED_FOR, close_offer, open_offer
from services.progression.domain.rising import r11_advance
from services.progression.domain.rounds import Round
from services.progression.domain.state import with_track
from services.progression.domain.view import View


@dataclass(frozen=True, slots=True)
class AskStep:
    """The person asks for one step up on a track."""

    track_id: str


@dataclass(frozen=True, slots=True)
class AskLess:
    """The person does less on a track from now on: so much, 0 for rest, None for what the plan would call less."""

    track_id: str
    dose: int | None = None


@dataclass(frozen=True, slots=True)
class ChooseBouts:
    """The person takes the dose in force of a track at once (1), or in two bouts of the day (2)."""

    track_id: str
    bouts: int


@dataclass(frozen=True, slots=True)
class ApproveStep:
    """A clinician's yes or no to a step that waits for it; after a yes the person is asked."""

    proposal_id: str
    approve: bool


def ask_step(round_: Round, track_id: str, asked: str) -> str | None:
    """Grant one step, or ask a human (W11). Returns what speaks against it, `approve_step` where a clinician's yes must
    come first (W9), None where it is granted. `asked` is the id of the request."""
    why = against(round_, track_id)
    if why is not None:
        round_.review(track_id, "step_requested")
        return why
    _, case, locks = round_.look(track_id)
    offer = round_.state.proposal
    if offer is not None and offer.track_id == track_id and (offer.rule, offer.stage) == (ASKED_FOR, "patient"):
        # A clinician has said yes to it already: asking again is the person's own yes (W9).
        close_offer(round_, "answered")
        grant_step(round_, track_id, asked, offer.dose)
        return None
    if needs_clinician(case):
        if round_.state.proposal is None or round_.state.proposal.stage == "patient":
            close_offer(round_, "answered")
            step = replace(r11_advance(View.of(case)), rule=ASKED_FOR)
            latest = round_.state.tracks[track_id].latest
            open_offer(round_, track_id, (step, case, locks), latest.decision_id if latest else asked, asked)
        return "approve_step"
    close_offer(round_, "answered")
    grant_step(round_, track_id, asked)
    return None


def ask_less(round_: Round, track_id: str, dose: int | None, asked: str) -> int:
    """Less is always granted, at once, down to rest (W11, 2.8): never more than the dose in force. Returns it.

    Without a `dose` it is what the plan would call less; in a flare, less than what that leaves.
    """
    offer = round_.state.proposal
    if offer is not None and offer.track_id == track_id:
        close_offer(round_, "answered")
    case = round_.look(track_id)[1]
    view, pct = View.of(case), case.parameters.regress_pct
    in_flare = case.standing.status == "FLARE"
    now = round_.state.tracks[track_id].doses[-1][1]
    less = min(now, view.scaled(now, pct)) if in_flare else view.lowered(pct)
    give_less(round_, track_id, less if dose is None else dose, asked, rest_too=True)
    track = round_.state.tracks[track_id]
    return track.doses[-1][1] if in_flare else track.footing.dose


def choose_bouts(round_: Round, track_id: str, bouts: int) -> Halves | None:
    """The dose in force at once, or in two bouts where it is large enough for them (W10): the amount stays the same.
    Returns the bouts, None for one."""
    case, track = round_.look(track_id)[1], round_.state.tracks[track_id]
    halves = in_two(track.doses[-1][1], case, track.config.marker) if bouts > 1 else None
    round_.state = with_track(round_.state, track_id, having(track, halves=halves))
    return halves


def approve_step(round_: Round, *, approve: bool) -> None:
    """A clinician's word on the offer that waits for it (W9): after a yes the person is asked, after a no nothing is
    offered for a week."""
    offer = round_.state.proposal
    if offer is None or offer.stage != "clinician":
        return
    if approve:
        answer_offer(round_, "accept", None, by_clinician=True)
        return
    close_offer(round_, "not_approved")
    until = round_.moment.today + timedelta(days=AGAIN_DAYS)
    track = having(round_.state.tracks[offer.track_id], quiet_until=until, quiet_reason="not_approved")
    round_.state = with_track(round_.state, offer.track_id, track)
    round_.conclude(offer.track_id, round_.look(offer.track_id), concerned=True)
