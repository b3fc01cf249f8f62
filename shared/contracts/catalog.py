"""Which events exist: one row per event version, with who produces it and who consumes it."""

from dataclasses import dataclass

from pydantic import BaseModel

from shared.contracts import community, plans, plans_aims, progression, reminders, safety, session_logging
from shared.contracts.plans_circle import (
    CaregiverLinkedV1,
    CaregiverUnlinkedV1,
    CareteamChangedV1,
    ConsentGrantedV1,
    ConsentWithdrawnV1,
    FeaturesChangedV1,
)
from shared.contracts.plans_doing import AccommodationDocumentedV1, BarrierRecordedV1, EnergymapUpdatedV1
from shared.contracts.plans_learning import ContentViewedV1
from shared.contracts.plans_reviews import MeasureRecordedV1, ReviewCompletedV1, ReviewDueV1
from shared.contracts.plans_transfer import PatientTransferredV1

Model = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Row:
    """One event version; `retention_days` is how long Kafka keeps it (pseudonymous ids only, 30 days by default)."""

    type: str
    version: int
    model: Model
    producer: str
    consumers: tuple[str, ...]
    retention_days: int = 30
    key: str = "patient_id"

    @property
    def topic(self) -> str:
        """The topic of the producing service, without the installation's namespace."""
        return f"{self.producer.replace('_', '-')}-events"


CATALOG: tuple[Row, ...] = (
    Row(
        "patient.enrolled",
        1,
        plans.PatientEnrolledV1,
        "plans",
        ("session_logging", "progression", "reminders", "community", "safety"),
    ),
    Row("plan.activated", 1, plans.PlanActivatedV1, "plans", ("session_logging", "progression", "reminders")),
    Row("plan.changed", 1, plans.PlanChangedV1, "plans", ("session_logging", "progression", "reminders")),
    Row("plan.ended", 1, plans.PlanEndedV1, "plans", ("session_logging", "progression", "reminders", "community")),
    Row("proposal.answered", 1, plans.ProposalAnsweredV1, "plans", ("progression", "reminders")),
    Row("override.set", 1, plans.OverrideSetV1, "plans", ("progression", "reminders", "session_logging")),
    Row("override.ended", 1, plans.OverrideEndedV1, "plans", ("progression", "reminders", "session_logging")),
    Row("consent.granted", 1, ConsentGrantedV1, "plans", ("community",)),
    Row("consent.withdrawn", 1, ConsentWithdrawnV1, "plans", ("community",)),
    Row("caregiver.linked", 1, CaregiverLinkedV1, "plans", ()),
    Row("caregiver.unlinked", 1, CaregiverUnlinkedV1, "plans", ()),
    Row("careteam.changed", 1, CareteamChangedV1, "plans", ()),
    Row("patient.transferred", 1, PatientTransferredV1, "plans", ()),
    Row("features.changed", 1, FeaturesChangedV1, "plans", ("reminders",)),
    Row("prompt.opened", 1, plans.PromptOpenedV1, "plans", ("reminders",)),
    Row("prompt.closed", 1, plans.PromptClosedV1, "plans", ("reminders",)),
    Row("content.viewed", 1, ContentViewedV1, "plans", ()),
    Row("goal.set", 1, plans_aims.GoalSetV1, "plans", ()),
    Row("goal.ended", 1, plans_aims.GoalEndedV1, "plans", ()),
    Row("accommodation.documented", 1, AccommodationDocumentedV1, "plans", ()),
    Row("barrier.recorded", 1, BarrierRecordedV1, "plans", ()),
    Row("energymap.updated", 1, EnergymapUpdatedV1, "plans", ()),
    Row("goal.reconfirmed", 1, plans_aims.GoalReconfirmedV1, "plans", ()),
    Row("measure.recorded", 1, MeasureRecordedV1, "plans", ()),
    Row("review.due", 1, ReviewDueV1, "plans", ()),
    Row("review.completed", 1, ReviewCompletedV1, "plans", ()),
    Row("work_item.opened", 1, plans.WorkItemOpenedV1, "plans", ()),
    Row("work_item.closed", 1, plans.WorkItemClosedV1, "plans", ("progression",)),
    Row("session.logged", 1, session_logging.SessionLoggedV1, "session_logging", ("progression", "reminders")),
    Row("session.amended", 1, session_logging.SessionAmendedV1, "session_logging", ("progression", "reminders")),
    Row("session.voided", 1, session_logging.SessionVoidedV1, "session_logging", ("progression", "reminders")),
    Row("morning_check.recorded", 1, session_logging.MorningCheckRecordedV1, "session_logging", ("progression",)),
    Row("journal.recorded", 1, session_logging.JournalRecordedV1, "session_logging", ("plans",)),
    Row("progression.decided", 1, progression.ProgressionDecidedV1, "progression", ("reminders",)),
    Row("progression.proposed", 1, progression.ProgressionProposedV1, "progression", ("plans", "reminders")),
    Row("frequency.agreed", 1, progression.FrequencyAgreedV1, "progression", ("plans",)),
    Row("proposal.withdrawn", 1, progression.ProposalWithdrawnV1, "progression", ("plans", "reminders")),
    Row("dose.changed", 1, progression.DoseChangedV1, "progression", ("reminders",)),
    Row("review.requested", 1, progression.ReviewRequestedV1, "progression", ("plans",)),
    Row("adherence.updated", 1, progression.AdherenceUpdatedV1, "progression", ()),
    Row("milestone.reached", 1, progression.MilestoneReachedV1, "progression", ("community",)),
    Row("flare.started", 1, progression.FlareStartedV1, "progression", ("reminders",)),
    Row("flare.ended", 1, progression.FlareEndedV1, "progression", ("reminders",)),
    Row("flare.suspected", 1, progression.FlareSuspectedV1, "progression", ()),
    Row("settling.asked", 1, progression.SettlingAskedV1, "progression", ()),
    Row("question.asked", 1, progression.QuestionAskedV1, "progression", ("reminders",)),
    Row("question.closed", 1, progression.QuestionClosedV1, "progression", ("reminders",)),
    Row("pause.started", 1, progression.PauseStartedV1, "progression", ("reminders",)),
    Row("pause.ended", 1, progression.PauseEndedV1, "progression", ("reminders",)),
    Row("reminder.dispatched", 1, reminders.ReminderDispatchedV1, "reminders", ()),
    Row("reminder.suppressed", 1, reminders.ReminderSuppressedV1, "reminders", ()),
    Row("days.blocked", 1, reminders.DaysBlockedV1, "reminders", ("progression",)),
    Row("member.joined", 1, community.MemberJoinedV1, "community", ("community",), key="group_id"),
    Row("member.left", 1, community.MemberLeftV1, "community", ("community",), key="group_id"),
    Row("membership.ended", 1, community.MembershipEndedV1, "community", ("community",)),
    Row("celebration.offered", 1, community.CelebrationOfferedV1, "community", ()),
    Row("celebration.shared", 1, community.CelebrationSharedV1, "community", ("community",)),
    Row("post.published", 1, community.PostPublishedV1, "community", (), key="group_id"),
    Row("redflag.raised", 1, safety.RedflagRaisedV1, "safety", ("plans",)),
    Row("automation.suspended", 1, safety.AutomationSuspendedV1, "safety", ("progression", "reminders", "community")),
    Row(
        "automation.resumed",
        1,
        safety.AutomationResumedV1,
        "safety",
        ("progression", "reminders", "community", "plans"),
    ),
)

BY_MODEL: dict[Model, Row] = {row.model: row for row in CATALOG}
BY_TYPE: dict[tuple[str, int], Row] = {(row.type, row.version): row for row in CATALOG}
LATEST: dict[str, int] = {}
for _row in CATALOG:
    LATEST[_row.type] = max(_row.version, LATEST.get(_row.type, 0))
