"""What ends with a plan, and what goes on after it.

| | discharged, completed | withdrew, moved, died |
| --- | --- | --- |
| messages, slots, questions, groups | end, at those who hear `plan.ended` (W16) | the same |
| offers, overrides, the open draft, prompts | end | the same |
| reviews, check-ins, lessons, questions about goals | are asked no more | the same |
| how often check-ins come, and the days until a named human is asked for | begin anew with the next plan | the same |
| reviews and calls on the work list | are closed | the same |
| red flags, and what somebody looks at in any case | stay until a human closes them (9.3 no. 2, W15) | the same |
| what caregivers see | stays, as the person agreed, until that is taken back | ends; the person may invite them anew |
| consents, goals, accommodations, what was written | stay: a word of the person's ends by their word alone | the same |
| the care team | stays: whom the person can reach | the same |
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.plans.domain import proposals
from services.plans.domain.commands import EndPlan
from services.plans.domain.measures_due import CHECKIN_DAYS
from services.plans.domain.model import EndReason, PatientState
from services.plans.domain.work import ended_with_plan
from services.plans.folding.around import person_of, placed
from services.plans.folding.caregivers import unlink
from services.plans.folding.overriding import end_with_plan
from services.plans.folding.prompts import close_prompts
from services.plans.folding.steps import then
from services.plans.folding.versions import end_draft, plan_in_force
from services.plans.folding.work import close_all
from services.plans.store import Closed
from services.plans.store.agreement import plan_record
from shared.contracts.plans import PlanEndedV1
from shared.runtime.messages import Answer, Message, Transition

Result = Transition[PatientState]

ENDED_KEPT: Final = 50
"""So many ended plans stay known by their id."""

NOTHING_TO_SHARE: Final[frozenset[EndReason]] = frozenset({"withdrew", "moved", "died"})
"""After a plan that ended so nobody beside the person and their clinic needs to see it [D]."""


def end_plan(state: PatientState, message: Message[EndPlan], now: datetime) -> Result:
    """End the plan in force (W16): nothing may be offered or said on it any more, and its reviews and calls are done
    with. Red flags stay, and so does what somebody looks at in any case (9.3 no. 2, W15)."""
    person, command = person_of(state), message.data
    plan = plan_in_force(state, command.plan_id)
    ended = replace(plan, ended=command.reason, ended_at=now)
    after = replace(
        proposals.none_open(state),
        plan=ended,
        ended_plans=(*state.ended_plans, plan.plan_id)[-ENDED_KEPT:],
        measures=replace(state.measures, asked=None, checkin_days=CHECKIN_DAYS, skips=0, skips_told=False),
        reviews=replace(state.reviews, open=None),
        circle=replace(state.circle, asked_at=None),
    )
    event = placed(PlanEndedV1(plan_id=plan.plan_id, reason=command.reason), person, now)
    seeing = state.circle.caregivers if command.reason in NOTHING_TO_SHARE else ()
    done = then(
        Transition(after, events=(event,), records=(plan_record(ended),)),
        lambda left: close_all(left, ended_with_plan(left), Closed(now, message.actor.id, "plan_ended")),
        lambda left: end_with_plan(left, "plan_ended", now, message.actor),
        lambda left: end_draft(left, "stale", now, message.actor, "plan_ended"),
        lambda left: unlink(left, seeing, "plan_ended", now),
        lambda left: close_prompts(left, None, None, now, "needless"),
    )
    body = {"plan_id": plan.plan_id, "plan_version": plan.version, "ended": command.reason}
    return replace(done, answer=Answer(200, body))
