"""What each command and event does to one person's enrolment, plan and offers; `work` has those of the work list."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

from services.plans.domain.agreement import (
    AcceptDraft,
    AmendDraft,
    DeclineDraft,
    DraftVersion,
    SeeChange,
    WithdrawDraft,
)
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
    AnswerProposal,
    AnswerTryout,
    CloseWorkItem,
    EndOverride,
    EndPlan,
    EnrolPatient,
    ReleaseWorkItem,
    SetOverride,
    TakeWorkItem,
)
from services.plans.domain.consents import GrantConsent, WithdrawConsent
from services.plans.domain.doing import AddAccommodation, AddBarrier, EndAccommodation, EndBarrier
from services.plans.domain.energy import SetEnergy
from services.plans.domain.features import SwitchFeature
from services.plans.domain.goal_checks import ConfirmGoals, NoteLifeEvent
from services.plans.domain.intake import AddAbility, PickMotives, RemoveAbility, TellIntake
from services.plans.domain.learning import AssignLesson, ViewLesson
from services.plans.domain.measures import SubmitMeasure
from services.plans.domain.model import PatientState
from services.plans.domain.reviews import CompleteReview, OpenReview, ScheduleReview
from services.plans.domain.transfer import Transfer
from services.plans.folding import doing
from services.plans.folding.agreement import (
    accept_draft,
    amend_draft,
    decline_draft,
    draft_version,
    see_change,
    withdraw_draft,
)
from services.plans.folding.aims import change_goal, end_goal, set_goal
from services.plans.folding.answering import (
    answer_proposal,
    on_frequency_agreed,
    on_progression_proposed,
    on_proposal_withdrawn,
)
from services.plans.folding.around import placed
from services.plans.folding.caregivers import accept_invitation, change_scopes, end_link, invite_caregiver
from services.plans.folding.consents import grant_consent, withdraw_consent
from services.plans.folding.ending import end_plan
from services.plans.folding.features import switch_feature
from services.plans.folding.goal_checks import confirm_goals, note_life_event
from services.plans.folding.intake import add_ability, pick_motives, remove_ability, tell_intake
from services.plans.folding.journal import on_journal_recorded
from services.plans.folding.learning import assign_lesson, view_lesson
from services.plans.folding.measures import submit_measure
from services.plans.folding.overriding import end_override, set_override
from services.plans.folding.reviews import complete_review, open_review, schedule_review
from services.plans.folding.team import end_member, set_member
from services.plans.folding.timing import due, on_tick
from services.plans.folding.transfer import transfer_patient
from services.plans.folding.trying import answer_tryout
from services.plans.folding.versions import check_person
from services.plans.folding.work import (
    close_work_item,
    on_automation_resumed,
    on_redflag_raised,
    on_review_requested,
    release_work_item,
    take_work_item,
)
from services.plans.store import COLLECTIONS
from shared.contracts.plans import (
    PatientEnrolledV1,
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


def enrol_patient(state: PatientState, message: Message[EnrolPatient], now: datetime) -> Result:
    """Make the person known: `patient.enrolled`; 409 `already_enrolled` for a second, different enrolment.

    422 `minors_not_enabled` for somebody under age, unless the tenant serves minors.
    """
    person = message.data.person
    if state.person is not None:
        raise Refused(409, "already_enrolled", "This person is enrolled already.")
    check_person(person, message.data.minors_served, "/adult")
    event = PatientEnrolledV1(
        tz=person.tz, locale=person.locale, day_starts_at=person.day_starts_at, record_mode=person.record_mode
    )
    body = {"patient_id": message.key, **asdict(person)}
    return Transition(replace(state, person=person), events=(placed(event, person, now),), answer=Answer(201, body))


TRANSITIONS: Final[dict[type, Handler | To]] = {
    EnrolPatient: enrol_patient,
    DraftVersion: draft_version,
    AmendDraft: amend_draft,
    AcceptDraft: accept_draft,
    DeclineDraft: decline_draft,
    WithdrawDraft: withdraw_draft,
    SeeChange: see_change,
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
    Transfer: transfer_patient,
    SwitchFeature: switch_feature,
    SetGoal: set_goal,
    ChangeGoal: change_goal,
    EndGoal: end_goal,
    ConfirmGoals: confirm_goals,
    NoteLifeEvent: note_life_event,
    TellIntake: tell_intake,
    PickMotives: pick_motives,
    AddAbility: add_ability,
    RemoveAbility: remove_ability,
    ProgressionProposedV1: on_progression_proposed,
    ProposalWithdrawnV1: on_proposal_withdrawn,
    FrequencyAgreedV1: on_frequency_agreed,
    TakeWorkItem: take_work_item,
    ReleaseWorkItem: release_work_item,
    CloseWorkItem: close_work_item,
    ReviewRequestedV1: on_review_requested,
    RedflagRaisedV1: on_redflag_raised,
    AutomationResumedV1: on_automation_resumed,
    AddAccommodation: doing.add_accommodation,
    EndAccommodation: doing.end_accommodation,
    AddBarrier: doing.add_barrier,
    EndBarrier: doing.end_barrier,
    SetEnergy: doing.set_energy,
    SubmitMeasure: submit_measure,
    ScheduleReview: schedule_review,
    OpenReview: open_review,
    CompleteReview: complete_review,
    AssignLesson: assign_lesson,
    ViewLesson: view_lesson,
    JournalRecordedV1: on_journal_recorded,
    Tick: on_tick,
}

SERVICE: Final = Service("plans", PatientState, TRANSITIONS, due=due, collections=COLLECTIONS)
"""The whole service as data."""
