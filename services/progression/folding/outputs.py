"""From a finished round to what leaves the service: events for others, records to be read."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.progression.domain.decisions import (
    Decision,
    FrequencyAgreed,
    OfferClosed,
    Offered,
    Output,
    ReviewAsked,
)
from services.progression.domain.episodes import (
    FlareBegan,
    FlareSuspected,
    PauseBegan,
    SettlingAsked,
    Told,
)
from services.progression.domain.offers import DIMENSION
from services.progression.domain.rounds import Round
from services.progression.domain.state import PatientState, Proposal
from services.progression.store import decision_record, options_of, track_record
from shared.clock import from_ms
from shared.contracts.progression import (
    DoseChangedV1,
    DoseOptionV1,
    FlareEndedV1,
    FlareStartedV1,
    FlareSuspectedV1,
    FrequencyAgreedV1,
    NextDimensionV1,
    PauseEndedV1,
    PauseStartedV1,
    ProgressionDecidedV1,
    ProgressionProposedV1,
    ProposalWithdrawnV1,
    ReviewRequestedV1,
    SettlingAskedV1,
    TwoBoutsV1,
)
from shared.runtime.messages import SYSTEM, Emit, Record


def events_of(round_: Round) -> list[Emit]:
    """The events of a round in order, dated with the moment of the round and the person's day."""
    moment, state = round_.moment, round_.state
    return [
        Emit(
            _event(state, output),
            occurred_at=from_ms(moment.at),
            local_date=moment.today,
            tz=state.tz or None,
            actor=None if isinstance(output, Told) else SYSTEM,
            source=None if isinstance(output, Told) else "system",
        )
        for output in round_.out
    ]


def records_of(round_: Round) -> list[Record]:
    """The decisions of a round, and each track it said something about."""
    decisions = [decision_record(round_.state, output) for output in round_.out if isinstance(output, Decision)]
    tracks = sorted({_track_of(output) for output in round_.out} - {""})
    return [*decisions, *(track_record(round_.state, track_id) for track_id in tracks)]


def _track_of(output: Output) -> str:
    if isinstance(output, Told):
        return ""
    return output.proposal.track_id if isinstance(output, Offered) else output.track_id or ""


def _measure(state: PatientState, track_id: str) -> dict[str, Any]:
    config = state.tracks[track_id].config
    return {"marker": config.marker, "unit": config.unit}


def _event(state: PatientState, output: Output) -> BaseModel:
    if isinstance(output, Decision):
        verdict = output.verdict
        return ProgressionDecidedV1(
            decision_id=output.decision_id,
            track_id=output.track_id,
            rule_set=output.case.rule_set,
            rule=verdict.rule,
            action=verdict.action,
            dose_before=output.dose_before,
            dose=verdict.dose,
            review=verdict.review,
            notes=verdict.notes,
            text_key=output.text.text_key,
            text_params=output.text.params,
            short_version=output.short_version,
            supersedes=output.supersedes,
            **_measure(state, output.track_id),
        )
    if isinstance(output, Offered):
        offer = output.proposal
        return ProgressionProposedV1(
            proposal_id=offer.proposal_id,
            decision_id=offer.decision_id,
            track_id=offer.track_id,
            dose_now=output.dose_now,
            options=tuple(DoseOptionV1(**option) for option in options_of(offer, output.dose_now)),
            in_two_bouts=None if offer.halves is None else TwoBoutsV1(first=offer.halves[0], second=offer.halves[1]),
            next_dimension=_dimension(state, offer),
            expires_at=from_ms(offer.expires_at),
            **_measure(state, offer.track_id),
        )
    if isinstance(output, OfferClosed):
        return ProposalWithdrawnV1(proposal_id=output.proposal_id, track_id=output.track_id, reason=output.reason)
    if isinstance(output, ReviewAsked):
        return ReviewRequestedV1(
            review_id=output.review_id,
            track_id=output.track_id,
            reason=output.reason,
            suspension_id=output.suspension_id,
        )
    if isinstance(output, Told):
        return _told(output)
    if isinstance(output, FrequencyAgreed):
        return FrequencyAgreedV1(
            plan_id=output.plan_id,
            proposal_id=output.proposal_id,
            decision_id=output.decision_id,
            track_id=output.track_id,
            freq_before=output.before,
            freq=output.freq,
        )
    return DoseChangedV1(
        track_id=output.track_id,
        old_dose=output.old,
        new_dose=output.new,
        rule=output.rule,
        decision_id=output.decision_id,
        effective_at=from_ms(output.at),
        **_measure(state, output.track_id),
    )


def _dimension(state: PatientState, offer: Proposal) -> NextDimensionV1 | None:
    if offer.kind != DIMENSION:
        return None
    return NextDimensionV1(freq_now=state.tracks[offer.track_id].config.freq, freq=offer.freq)


def _told(output: Told) -> BaseModel:
    """Flares, pauses and the questions about them."""
    if isinstance(output, FlareBegan):
        flare = output.flare
        data = {"flare_id": flare.flare_id, "since": from_ms(flare.since), "said_by": output.said_by}
        return FlareStartedV1.model_validate(data)
    if isinstance(output, FlareSuspected):
        return FlareSuspectedV1(question_id=output.question.question_id, asked_at=from_ms(output.question.at))
    if isinstance(output, SettlingAsked):
        return SettlingAskedV1(flare_id=output.flare_id, day=output.day)
    if isinstance(output, PauseBegan):
        pause = output.pause
        return PauseStartedV1(pause_id=pause.pause_id, since=from_ms(pause.since), until=pause.until)
    over = output.over
    data = {"since": from_ms(over.since), "ended_at": from_ms(over.until), "reason": output.reason}
    if over.kind == "flare":
        return FlareEndedV1.model_validate({**data, "flare_id": over.episode_id, "days": over.days})
    return PauseEndedV1.model_validate({**data, "pause_id": over.episode_id})
