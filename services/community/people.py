"""What each event and command does to one person: what may be celebrated, and which groups they are in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.community.domain import memberships, offers
from services.community.domain.commands import DismissCelebration, ShareCelebration
from services.community.domain.model import (
    TEMPLATES,
    CommunityState,
    Consent,
    Enrolment,
    Membership,
    Offer,
    Person,
    Suspension,
)
from shared.contracts.community import (
    CelebrationOfferedV1,
    CelebrationSharedV1,
    MemberJoinedV1,
    MemberLeftV1,
    MembershipEndedV1,
)
from shared.contracts.plans import PatientEnrolledV1, PlanEndedV1
from shared.contracts.plans_circle import ConsentGrantedV1, ConsentWithdrawnV1
from shared.contracts.progression import MilestoneReachedV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.ids import named_id
from shared.runtime.messages import SYSTEM, Answer, Emit, Message, Refused, Transition

Result = Transition[CommunityState]

GROUPS: Final = "group"
"""The purpose of a consent that groups rest on."""


def on_patient_enrolled(state: CommunityState, message: Message[PatientEnrolledV1], _: datetime) -> Result:
    """The person is of this tenant and reads this language."""
    person, seq = _person(state), message.seq or 0
    if person.enrolment is not None and person.enrolment.seq >= seq:
        return Transition(state)
    return Transition(_with(state, replace(person, enrolment=Enrolment(message.data.locale, seq))))


def on_plan_ended(state: CommunityState, message: Message[PlanEndedV1], now: datetime) -> Result:
    """The plan is over, and with it every membership that began before; posts stay as those of "a member"."""
    person, over = memberships.ended_with_plan(_person(state), message.occurred_at)
    return Transition(_with(state, person), _all_ended(over, "plan_ended", message.occurred_at, now))


def on_consent_granted(state: CommunityState, message: Message[ConsentGrantedV1], now: datetime) -> Result:
    """The person's yes to groups in general; it brings no membership back, and a lower seq says nothing new."""
    if message.data.purpose != GROUPS:
        return Transition(state)
    return _said(state, Consent(True, message.seq or 0, message.data.withdrawn_before), message.occurred_at, now)


def on_consent_withdrawn(state: CommunityState, message: Message[ConsentWithdrawnV1], now: datetime) -> Result:
    """The person is in no group any more, as if they had left; nobody lets them in until they say yes again."""
    if message.data.purpose != GROUPS:
        return Transition(state)
    return _said(state, Consent(False, message.seq or 0, message.data.withdrawn_at), message.occurred_at, now)


def on_milestone_reached(state: CommunityState, message: Message[MilestoneReachedV1], now: datetime) -> Result:
    """A milestone may be shared if the person wants to (P6.2); while suspended the offer is held back."""
    person, data = _person(state), message.data
    offer_id = named_id("offer", message.key, data.milestone_id)
    if offer_id in person.offers:
        return Transition(state)
    offer = Offer(milestone_id=data.milestone_id, kind=data.kind, reached_on=data.reached_on)
    if offers.suspended(person):
        return Transition(_with(state, offers.keep(person, offer_id, offer)))
    offer = offers.offered(offer, now)
    return Transition(_with(state, offers.keep(person, offer_id, offer)), (_offered(offer_id, offer, now),))


def on_automation_suspended(state: CommunityState, message: Message[AutomationSuspendedV1], _: datetime) -> Result:
    """Celebrations are muted until a clinician lets automation go on (domain/safety.md 9.2 Suspend scope)."""
    person, seq = _person(state), message.seq or 0
    if person.suspension is not None and person.suspension.seq >= seq:
        return Transition(state)
    held = offers.held_back(person, message.data.since)
    return Transition(_with(state, replace(held, suspension=Suspension(message.data.suspension_id, True, seq))))


def on_automation_resumed(state: CommunityState, message: Message[AutomationResumedV1], now: datetime) -> Result:
    """A clinician let automation go on: what was held back is offered, so days of a suspension do not count."""
    person, seq = _person(state), message.seq or 0
    if person.suspension is not None and person.suspension.seq >= seq:
        return Transition(state)
    after, made = offers.released(person, now)
    after = replace(after, suspension=Suspension(message.data.suspension_id, False, seq))
    return Transition(_with(state, after), tuple(_offered(id, offer, now) for id, offer in sorted(made.items())))


def on_member_joined(state: CommunityState, message: Message[MemberJoinedV1], now: datetime) -> Result:
    """A group took the person in; a membership that cannot be is ended again by an event to the group."""
    person, data, seq = _person(state), message.data, message.seq or 0
    known = person.memberships.get(data.group_id)
    if known is not None and known.seq >= seq:
        return Transition(state)
    reason = memberships.over_at_once(person, data.group_id, data.joined_at)
    membership = Membership(data.member_id, seq, data.joined_at, active=reason is None)
    after = _with(state, memberships.keep(person, data.group_id, membership))
    if reason is None:
        return Transition(after)
    ended = MembershipEndedV1(group_id=data.group_id, member_id=data.member_id, ended_at=now, reason=reason)
    return Transition(after, (_ended(ended, now),))


def on_member_left(state: CommunityState, message: Message[MemberLeftV1], _: datetime) -> Result:
    """The group let the person go."""
    person, data, seq = _person(state), message.data, message.seq or 0
    known = person.memberships.get(data.group_id)
    if known is not None and known.seq >= seq:
        return Transition(state)
    joined_at = known.joined_at if known is not None and known.member_id == data.member_id else None
    membership = Membership(data.member_id, seq, joined_at, active=False)
    return Transition(_with(state, memberships.keep(person, data.group_id, membership)))


def share_celebration(state: CommunityState, message: Message[ShareCelebration], now: datetime) -> Result:
    """Share an offer with one group, once, in a wording from the templates; 409 says why it is not possible now."""
    person, command = _enrolled(state), message.data
    offer = _open_offer(person, command.offer_id)
    told = offers.told(person, offer, now)
    if told == "held_back":
        raise Refused(409, "automation_suspended", "Celebrations wait until your clinician has resumed your plan.")
    if told == "expired":
        raise Refused(409, "celebration_expired", "This celebration was open for 14 days; they have passed.")
    if command.template not in TEMPLATES[offer.kind]:
        raise Refused(422, "unknown_template", "The wording is one of those that are offered.", "/template")
    if command.member_id is None or memberships.ended_here(person, command.group_id, command.member_id):
        raise Refused(403, "not_a_member", "Only a member of a group shares there.", "/group_id")
    shared = replace(offer, status="shared", group_id=command.group_id, template=command.template)
    event = CelebrationSharedV1(
        offer_id=command.offer_id,
        milestone_id=offer.milestone_id,
        kind=offer.kind,
        group_id=command.group_id,
        member_id=command.member_id,
        template=command.template,
        shared_at=now,
    )
    body = {
        "offer_id": command.offer_id,
        "status": "shared",
        "group_id": command.group_id,
        "template": command.template,
    }
    after = _with(state, offers.keep(person, command.offer_id, shared))
    return Transition(after, (Emit(event, occurred_at=now),), answer=Answer(200, body))


def dismiss_celebration(state: CommunityState, message: Message[DismissCelebration], _: datetime) -> Result:
    """Take an offer away because the person says "no thanks"; it does not come again."""
    person, offer_id = _enrolled(state), message.data.offer_id
    offer = _open_offer(person, offer_id)
    after = offers.keep(person, offer_id, replace(offer, status="dismissed"))
    return Transition(_with(state, after), answer=Answer(200, {"offer_id": offer_id, "status": "dismissed"}))


def _said(state: CommunityState, consent: Consent, at: datetime, now: datetime) -> Result:
    person = _person(state)
    if person.consent is not None and person.consent.seq >= consent.seq:
        return Transition(state)
    after, over = memberships.ended_without_consent(replace(person, consent=consent))
    return Transition(_with(state, after), _all_ended(over, "consent_withdrawn", at, now))


def _all_ended(
    over: Mapping[str, Membership], reason: memberships.EndReason, ended_at: datetime, now: datetime
) -> tuple[Emit, ...]:
    return tuple(
        _ended(
            MembershipEndedV1(group_id=group_id, member_id=one.member_id, ended_at=ended_at, reason=reason),
            now,
        )
        for group_id, one in sorted(over.items())
    )


def unknown_celebration() -> Refused:
    """404: the person has no such offer."""
    return Refused(404, "unknown_celebration", "There is no such celebration.")


def _person(state: CommunityState) -> Person:
    return state.person or Person()


def _with(state: CommunityState, person: Person) -> CommunityState:
    return replace(state, person=person)


def _enrolled(state: CommunityState) -> Person:
    if state.person is None or state.person.enrolment is None:
        raise Refused(404, "unknown_person", "There is no such person.")
    return state.person


def _open_offer(person: Person, offer_id: str) -> Offer:
    offer = person.offers.get(offer_id)
    if offer is None:
        raise unknown_celebration()
    if offer.status == "shared":
        raise Refused(409, "already_shared", "This celebration was shared before.")
    if offer.status == "dismissed":
        raise Refused(409, "celebration_dismissed", "This celebration was answered with no thanks.")
    return offer


def _offered(offer_id: str, offer: Offer, now: datetime) -> Emit:
    event = CelebrationOfferedV1(
        offer_id=offer_id,
        milestone_id=offer.milestone_id,
        kind=offer.kind,
        expires_at=offer.expires_at or now,
    )
    return Emit(event, occurred_at=now, actor=SYSTEM, source="system")


def _ended(event: MembershipEndedV1, now: datetime) -> Emit:
    return Emit(event, occurred_at=now, actor=SYSTEM, source="system")
