"""The table of all messages: what happens to a person (`people`) and to a group (`groups`).

A person and a group reach each other only by own events: `member.*` goes from the group to the person,
`membership.ended` and `celebration.shared` from the person to the group.
"""

from typing import Any, Final

from services.community import groups, people
from services.community.domain.commands import (
    CreateGroup,
    DismissCelebration,
    JoinGroup,
    LeaveGroup,
    ShareCelebration,
)
from services.community.domain.model import CommunityState
from services.community.store import COLLECTIONS
from shared.contracts.community import CelebrationSharedV1, MemberJoinedV1, MemberLeftV1, MembershipEndedV1
from shared.contracts.plans import PatientEnrolledV1, PlanEndedV1
from shared.contracts.plans_circle import ConsentGrantedV1, ConsentWithdrawnV1
from shared.contracts.progression import MilestoneReachedV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.runtime.messages import Handler, Message, Service, To


def the_person(message: Message[Any]) -> str:
    """The person whom an event of a group is about."""
    return str(message.data.patient_id)


def the_group(message: Message[Any]) -> str:
    """The group that an event of a person is about."""
    return str(message.data.group_id)


TRANSITIONS: Final[dict[type, Handler | To]] = {
    PatientEnrolledV1: people.on_patient_enrolled,
    PlanEndedV1: people.on_plan_ended,
    ConsentGrantedV1: people.on_consent_granted,
    ConsentWithdrawnV1: people.on_consent_withdrawn,
    MilestoneReachedV1: people.on_milestone_reached,
    AutomationSuspendedV1: people.on_automation_suspended,
    AutomationResumedV1: people.on_automation_resumed,
    MemberJoinedV1: To(people.on_member_joined, key=the_person),
    MemberLeftV1: To(people.on_member_left, key=the_person),
    MembershipEndedV1: To(groups.on_membership_ended, key=the_group),
    CelebrationSharedV1: To(groups.on_celebration_shared, key=the_group),
    CreateGroup: groups.create_group,
    JoinGroup: groups.join_group,
    LeaveGroup: groups.leave_group,
    ShareCelebration: people.share_celebration,
    DismissCelebration: people.dismiss_celebration,
}

SERVICE: Final = Service("community", CommunityState, TRANSITIONS, collections=COLLECTIONS)
"""The whole service as data."""
