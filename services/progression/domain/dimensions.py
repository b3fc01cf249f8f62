"""What may come after a reached goal (2.4): more sessions a week, or another kind of activity; offered, never done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.progression.domain.decisions import FrequencyAgreed, Offered, ReviewAsked, name_of
from services.progression.domain.explain import SAY_AGAIN_DAYS
from services.progression.domain.having import having
from services.progression.domain.locks import needs_clinician
from services.progression.domain.model import Verdict
from services.progression.domain.offers import DIMENSION, HOUR_MS, Found, open_hours
from services.progression.domain.rising import r10d_too_soon, r10e_too_little_evidence
from services.progression.domain.state import PatientState, Proposal, with_track
from services.progression.domain.table import SYMPTOM_GUIDED
from services.progression.domain.view import View

if TYPE_CHECKING:
    from services.progression.domain.rounds import Round

ACTION: Final = "MORE_OFTEN"
MOST_DAYS: Final = 7

ONCE_IN_DAYS: Final = SAY_AGAIN_DAYS["R10b"]
"""A next dimension is offered at most so often (2.4)."""


def more_often(state: PatientState, track_id: str) -> int | None:
    """One session a week more; None at seven, and where a clinician set how often (2.8)."""
    set_aside = any(one.name == "freq" and one.track_id in (None, track_id) for one in state.overrides)
    freq = state.tracks[track_id].config.freq
    return None if set_aside or freq >= MOST_DAYS else freq + 1


def too_soon_for_more(view: View) -> str | None:
    """The rule that would hold a step back here, were the goal not reached: more sessions are more, and ask for the
    same time and the same evidence (9.3 no. 3). None where all of it is there."""
    rules = (r10d_too_soon, r10e_too_little_evidence)
    found = (rule(view) for rule in (*rules, *(SYMPTOM_GUIDED if view.p.profile == "symptom_guided" else ())))
    return next((verdict.rule for verdict in found if verdict is not None), None)


def offers_dimension(round_: Round, track_id: str, found: Found) -> bool:
    """Whether R10b brings the offer: at most once in 28 days for a track, as long after the last change as a step would
    come (R10d), where something was done, and nothing else is open; no lock stands where R10b is reached. What is tried
    out is not widened."""
    verdict, case, _ = found
    if verdict.rule != "R10b" or round_.state.proposal is not None:
        return False
    track = round_.state.tracks[track_id]
    last = track.said.get(DIMENSION)
    if last is not None and (round_.moment.today - last).days < ONCE_IN_DAYS:
        return False
    done = track.config.tryout_until is None and any(unit.amount > 0 for unit in case.units)
    return done and r10d_too_soon(View.of(case)) is None


def offer_dimension(round_: Round, track_id: str, found: Found, decision_id: str) -> None:
    """Open the offer, for a clinician first where their yes must come before the person's (W9)."""
    verdict, case, _ = found
    track = round_.state.tracks[track_id]
    said = having(track, said={**track.said, DIMENSION: round_.moment.today})
    round_.state = with_track(round_.state, track_id, said)
    waits = needs_clinician(case)
    offer = Proposal(
        proposal_id=name_of("proposal", decision_id),
        decision_id=decision_id,
        track_id=track_id,
        rule=verdict.rule,
        dose=verdict.dose,
        smaller=None,
        less=View.of(case).lowered(case.parameters.regress_pct),
        expires_at=round_.moment.at + open_hours(round_, waits=waits) * HOUR_MS,
        made_on=round_.moment.today,
        stage="clinician" if waits else "patient",
        kind=DIMENSION,
        freq=None if too_soon_for_more(View.of(case)) else more_often(round_.state, track_id),
    )
    round_.state = having(round_.state, proposal=offer)
    if waits:
        round_.out.append(ReviewAsked(offer.proposal_id, track_id, "approve_next_dimension"))
    else:
        round_.out.append(Offered(offer, verdict.dose))


def agree(round_: Round, offer: Proposal) -> str | None:
    """Yes to more sessions a week: the table runs again (W10), and only at a goal under no lock it is agreed. It is the
    day's upward change. Returns what speaks against it, a rule or `cadence_changed`; None where `plans` is told."""
    plan, found = round_.state.plan, round_.look(offer.track_id)
    verdict, case, locks = found
    freq = round_.state.tracks[offer.track_id].config.freq
    if verdict.rule != "R10b":
        return verdict.rule
    if (held := too_soon_for_more(View.of(case))) is not None:
        return held
    if plan is None or offer.freq is None or more_often(round_.state, offer.track_id) != offer.freq:
        return "cadence_changed"
    rises = tuple(sorted((*round_.state.rises, round_.moment.today)))
    round_.state = having(round_.state, rises=rises)
    agreed = Verdict("W10", ACTION, case.standing.dose, facts={"freq": offer.freq})
    round_.conclude(offer.track_id, (agreed, case, locks), concerned=True, answered=offer.proposal_id)
    latest = round_.state.tracks[offer.track_id].latest
    decision_id = latest.decision_id if latest else offer.decision_id
    round_.out.append(FrequencyAgreed(plan.plan_id, offer.proposal_id, decision_id, offer.track_id, freq, offer.freq))
    return None
