"""What each command and event does to one person's enrolment, plan and offers; `work` has those of the work list."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

from services.plans.domain import proposals, rules, tryouts
from services.plans.domain.aims import ChangeGoal, EndGoal, SetGoal
from services.plans.domain.circle import (
    AcceptInvitation,
    ChangeScopes,
    EndLink,
    EndMember,
    InviteCaregiver,
    SetMember,
)
from services.plans.domain.commands import (
    ActivatePlan,
    AnswerProposal,
    AnswerTryout,
    ChangePlan,
    CloseWorkItem,
    EndOverride,
    EndPlan,
    EnrolPatient,
    SetOverride,
    TakeWorkItem,
)
from services.plans.domain.consents import GrantConsent, WithdrawConsent
from services.plans.domain.doing import AddAccommodation, AddBarrier, EndAccommodation, EndBarrier
from services.plans.domain.energy import SetEnergy
from services.plans.domain.features import SwitchFeature
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.domain.terms import Terms
from services.plans.domain.work import ended_with_plan
from services.plans.folding import doing
from services.plans.folding.aims import change_goal, end_goal, set_goal
from services.plans.folding.answering import (
    answer_proposal,
    on_frequency_agreed,
    on_progression_proposed,
    on_proposal_withdrawn,
)
from services.plans.folding.around import person_of, placed
from services.plans.folding.caregivers import accept_invitation, change_scopes, end_link, invite_caregiver
from services.plans.folding.consents import grant_consent, withdraw_consent
from services.plans.folding.features import switch_feature
from services.plans.folding.overriding import end_override, end_with_plan, set_override
from services.plans.folding.prompts import close_prompts
from services.plans.folding.team import end_member, set_member
from services.plans.folding.timing import due, on_tick
from services.plans.folding.trying import answer_tryout
from services.plans.folding.versions import in_force, next_version, terms_told
from services.plans.folding.work import (
    close_all,
    close_work_item,
    on_automation_resumed,
    on_redflag_raised,
    on_review_requested,
    take_work_item,
)
from services.plans.store import COLLECTIONS, Closed, plan_record
from shared.clock import local_date
from shared.contracts.plans import (
    PatientEnrolledV1,
    PlanActivatedV1,
    PlanEndedV1,
)
from shared.contracts.progression import (
    FrequencyAgreedV1,
    ProgressionProposedV1,
    ProposalWithdrawnV1,
    ReviewRequestedV1,
)
from shared.contracts.safety import AutomationResumedV1, RedflagRaisedV1
from shared.contracts.session_logging import JournalRecordedV1
from shared.runtime.messages import Answer, Handler, Message, Refused, Service, Tick, To, Transition

Result = Transition[PatientState]

ENDED_KEPT: Final = 50
"""So many ended plans stay known by their id."""


def enrol_patient(state: PatientState, message: Message[EnrolPatient], now: datetime) -> Result:
    """Make the person known: `patient.enrolled`; 409 `already_enrolled` for a second, different enrolment.

    422 `minors_not_enabled` for somebody under age, unless the tenant serves minors.
    """
    person = message.data.person
    if state.person is not None:
        raise Refused(409, "already_enrolled", "This person is enrolled already.")
    _check_person(person, message.data.minors_served, "/adult")
    event = PatientEnrolledV1(
        tz=person.tz, locale=person.locale, day_starts_at=person.day_starts_at, record_mode=person.record_mode
    )
    body = {"patient_id": message.key, **asdict(person)}
    return Transition(replace(state, person=person), events=(placed(event, person, now),), answer=Answer(201, body))


def activate_plan(state: PatientState, message: Message[ActivatePlan], now: datetime) -> Result:
    """Put version 1 of a plan into force and say which locks will hold (W9); one plan at a time.

    422 with every missing part while one is missing without which no plan is safe to start.
    """
    person, command = person_of(state), message.data
    _check_person(person, command.minors_served, None)
    _check(command.terms, person, now)
    if state.plan is not None and not state.plan.ended:
        raise Refused(409, "plan_in_force", "A plan is in force already; change it or end it first.")
    if command.plan_id in state.ended_plans:
        raise Refused(409, "plan_ended", "This plan has ended; a new one needs a new id.", "/id")
    terms = tryouts.dated(command.terms, None, local_date(now, person.tz, person.day_starts_at))
    plan = Plan(plan_id=command.plan_id, version=1, terms=terms, effective_at=now)
    event = PlanActivatedV1(plan_id=plan.plan_id, plan_version=1, effective_at=now, **terms_told(terms))
    return in_force(state, plan, placed(event, person, now), 201)


def change_plan(state: PatientState, message: Message[ChangePlan], now: datetime) -> Result:
    """Put the next version into force; 412 unless it was made from the version in force."""
    person, command = person_of(state), message.data
    plan = _plan(state, command.plan_id)
    if plan.version != command.expected_version:
        raise Refused(412, "plan_changed_since", "The plan was changed since this version was read.")
    _check(command.terms, person, now, *rules.changed_markers(plan.terms, command.terms))
    terms = tryouts.dated(command.terms, plan.terms, local_date(now, person.tz, person.day_starts_at))
    return next_version(state, plan, terms, person, message.actor, now)


def end_plan(state: PatientState, message: Message[EndPlan], now: datetime) -> Result:
    """End the plan in force (W16): nothing may be offered or said on it any more, and its reviews and calls are done
    with. Red flags stay, and so does what somebody looks at in any case (9.3 no. 2, W15)."""
    person, command = person_of(state), message.data
    plan = _plan(state, command.plan_id)
    ended = replace(plan, ended=command.reason, ended_at=now)
    after = replace(state, plan=ended, ended_plans=(*state.ended_plans, plan.plan_id)[-ENDED_KEPT:])
    closed = close_all(after, ended_with_plan(state), Closed(now, message.actor.id, "plan_ended"))
    gone = end_with_plan(closed.state, "plan_ended", now, message.actor)
    unasked = close_prompts(gone.state, None, None, now, "needless")
    event = placed(PlanEndedV1(plan_id=plan.plan_id, reason=command.reason), person, now)
    return Transition(
        proposals.none_open(unasked.state),
        events=(event, *closed.events, *gone.events, *unasked.events),
        records=(plan_record(ended), *closed.records, *gone.records),
        answer=Answer(200, {"plan_id": plan.plan_id, "plan_version": plan.version, "ended": command.reason}),
    )


TRANSITIONS: Final[dict[type, Handler | To]] = {
    EnrolPatient: enrol_patient,
    ActivatePlan: activate_plan,
    ChangePlan: change_plan,
    EndPlan: end_plan,
    AnswerProposal: answer_proposal,
    AnswerTryout: answer_tryout,
    SetOverride: set_override,
    EndOverride: end_override,
    GrantConsent: grant_consent,
    WithdrawConsent: withdraw_consent,
    InviteCaregiver: invite_caregiver,
    AcceptInvitation: accept_invitation,
    ChangeScopes: change_scopes,
    EndLink: end_link,
    SetMember: set_member,
    EndMember: end_member,
    SwitchFeature: switch_feature,
    SetGoal: set_goal,
    ChangeGoal: change_goal,
    EndGoal: end_goal,
    ProgressionProposedV1: on_progression_proposed,
    ProposalWithdrawnV1: on_proposal_withdrawn,
    FrequencyAgreedV1: on_frequency_agreed,
    TakeWorkItem: take_work_item,
    CloseWorkItem: close_work_item,
    ReviewRequestedV1: on_review_requested,
    RedflagRaisedV1: on_redflag_raised,
    AutomationResumedV1: on_automation_resumed,
    JournalRecordedV1: doing.note_barrier,
    AddAccommodation: doing.add_accommodation,
    EndAccommodation: doing.end_accommodation,
    AddBarrier: doing.add_barrier,
    EndBarrier: doing.end_barrier,
    SetEnergy: doing.set_energy,
    Tick: on_tick,
}

SERVICE: Final = Service("plans", PatientState, TRANSITIONS, due=due, collections=COLLECTIONS)
"""The whole service as data."""


def _plan(state: PatientState, plan_id: str) -> Plan:
    plan = state.plan
    if plan is not None and plan.plan_id == plan_id and not plan.ended:
        return plan
    if plan_id in state.ended_plans:
        raise Refused(409, "plan_ended", "This plan has ended.")
    raise Refused(404, "unknown_plan", "There is no such plan.")


def _check_person(person: Person, minors_served: bool, field: str | None) -> None:
    try:
        rules.check_person(person, minors_served)
    except rules.RuleBroken as broken:
        raise Refused(422, broken.code, broken.detail, field) from None


def _check(terms: Terms, person: Person, now: datetime, *more: rules.RuleBroken) -> None:
    """Refuse terms with everything that is missing or wrong in them, what is missing first."""
    today = local_date(now, person.tz, person.day_starts_at)
    broken = [*rules.missing(terms, today), *rules.breaches(terms), *more]
    if broken:
        errors = tuple((one.field, one.code, one.detail) for one in broken)
        raise Refused(422, broken[0].code, broken[0].detail, broken[0].field, errors=errors)
