"""A plan version comes into force: what is kept of it, told, and answered."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from services.plans.domain import rules
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.domain.terms import Terms
from services.plans.folding.around import placed
from services.plans.folding.overriding import end_with_plan
from services.plans.store import plan_record
from shared.contracts.plans import PlanChangedV1, TrackV1
from shared.runtime.messages import Actor, Answer, Emit, Transition

Result = Transition[PatientState]


def next_version(
    state: PatientState, plan: Plan, terms: Terms, person: Person, by: Actor, now: datetime, because: str | None = None
) -> Result:
    """The next version of the plan in force; what stands on a track that left it ends with it. `because` says why it
    came, where no clinician made it."""
    changed = Plan(plan_id=plan.plan_id, version=plan.version + 1, terms=terms, effective_at=now, because=because)
    told = {"plan_id": changed.plan_id, "plan_version": changed.version, "effective_at": now, "because": because}
    event = PlanChangedV1.model_validate({**told, **terms_told(terms)})
    done = in_force(state, changed, placed(event, person, now), 200)
    gone = end_with_plan(done.state, "plan_changed", now, by)
    return replace(done, state=gone.state, events=(*gone.events, *done.events), records=(*done.records, *gone.records))


def in_force(state: PatientState, plan: Plan, event: Emit, status: int) -> Result:
    """The state under this version, and which locks will hold on each track (W9)."""
    tracks = []
    for track in plan.terms.tracks:
        held = rules.locks(plan.terms, track)
        tracks.append(
            {
                "track_id": track.track_id,
                "locks": list(held.locks),
                "clinician_approves": list(held.clinician_approves),
            }
        )
    body = {"plan_id": plan.plan_id, "plan_version": plan.version, "tracks": tracks}
    return Transition(
        replace(state, plan=plan), events=(event,), records=(plan_record(plan),), answer=Answer(status, body)
    )


def terms_told(terms: Terms) -> dict[str, Any]:
    """The terms as plan events carry them."""
    return {
        "usual_pain": terms.usual_pain,
        "usual_pain_override": terms.usual_pain_override,
        "usual_fatigue": terms.usual_fatigue,
        "flare_plan": terms.flare_plan,
        "flare_plan_sealed": terms.flare_plan_sealed,
        "review_on": terms.review_on,
        "pem": terms.pem,
        "tracks": tuple(TrackV1(**asdict(track)) for track in terms.tracks),
    }
