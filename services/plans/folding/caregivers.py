"""Caregivers are invited by the person, accept with a token of their own, and see what the person shows them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.plans.domain import circle, consents
from services.plans.domain.circle import (
    AcceptInvitation,
    Caregiver,
    ChangeScopes,
    EndLink,
    InviteCaregiver,
    UnlinkedBecause,
)
from services.plans.domain.model import PatientState
from services.plans.folding.around import own_words, person_of, placed
from services.plans.store.circle import caregiver_record
from shared.contracts.plans_circle import CaregiverLinkedV1, CaregiverUnlinkedV1
from shared.runtime.messages import Answer, Emit, Message, Refused, Transition

Result = Transition[PatientState]


def invite_caregiver(state: PatientState, message: Message[InviteCaregiver], now: datetime) -> Result:
    """An invitation by the person alone, or by staff noting their words (domain/safety.md 9.3 no. 9).

    409 `no_consent` without their consent to share with caregivers, `too_many_caregivers` beyond five.
    """
    person_of(state)
    command = message.data
    own_words(message, command.heard)
    if not consents.stands(state.circle.consents, consents.CAREGIVERS):
        raise Refused(409, "no_consent", "Sharing with caregivers needs the person's consent first.")
    late = tuple(one for one in state.circle.caregivers if circle.expired(one, now))
    after = circle.without_caregivers(state.circle, late)
    if len(after.caregivers) >= circle.CAREGIVERS_MAX:
        raise Refused(409, "too_many_caregivers", f"At most {circle.CAREGIVERS_MAX} caregivers at a time.")
    invited = Caregiver(command.caregiver_id, command.label_sealed, command.scopes, command.goal_ids, now)
    return Transition(
        replace(state, circle=circle.keep_caregiver(after, invited)),
        records=(caregiver_record(invited),),
        answer=Answer(201, _body(invited)),
    )


def accept_invitation(state: PatientState, message: Message[AcceptInvitation], now: datetime) -> Result:
    """The caregiver is linked, by the subject of their own token; an invitation serves one of them, once, for 14 days.

    404 for one that there is not, 403 `link_not_possible` for whom a clinician kept away from the person before
    (domain/safety.md 9.1 no. 13), 409 `invitation_used`, `invitation_expired` or `already_linked`.
    """
    person, subject = person_of(state), message.actor.id
    invited = _caregiver(state, message.data.caregiver_id)
    if subject in state.circle.barred:
        raise Refused(403, "link_not_possible", "You cannot be a caregiver here; the clinic can tell you more.")
    if invited.subject is not None:
        raise Refused(409, "invitation_used", "This invitation was accepted before.")
    if circle.expired(invited, now):
        raise Refused(409, "invitation_expired", "This invitation was open for 14 days; ask for a new one.")
    if circle.link_of(state.circle, subject) is not None:
        raise Refused(409, "already_linked", "You are a caregiver of this person already.")
    linked = replace(invited, subject=subject, linked_at=now)
    return _kept(state, linked, (placed(_linked(linked, subject, now), person, now),))


def change_scopes(state: PatientState, message: Message[ChangeScopes], now: datetime) -> Result:
    """The person shows a caregiver other parts, in force with the next request of theirs."""
    person, command = person_of(state), message.data
    own_words(message, command.heard)
    known = _caregiver(state, command.caregiver_id)
    changed = replace(known, scopes=command.scopes, goal_ids=command.goal_ids)
    if changed == known:
        return Transition(state, answer=Answer(200, _body(known)))
    told = () if changed.subject is None else (placed(_linked(changed, changed.subject, now), person, now),)
    return _kept(state, changed, told)


def end_link(state: PatientState, message: Message[EndLink], now: datetime) -> Result:
    """A caregiver sees nothing any more, from the next request on: by the person's word, or the caregiver's own.

    A clinician ends it to keep the person safe, without asking (domain/safety.md 9.1 no. 13): no other invitation
    serves the same caregiver then.
    """
    person_of(state)
    command, by = message.data, message.actor
    known = circle.caregiver(state.circle, command.caregiver_id)
    because: UnlinkedBecause = "withdrawn"
    if by.kind == "caregiver":
        if known is None or known.subject != by.id:
            raise Refused(403, "own_link_only", "A caregiver ends their own link and no other.")
        because = "left"
    elif by.kind == "clinician" and command.safeguarding:
        because = "safeguarding"
    else:
        own_words(message, command.heard)
    if known is None:
        raise _unknown()
    kept_away = known.subject if because == "safeguarding" else None
    around = state.circle if kept_away is None else circle.bar(state.circle, kept_away)
    done = unlink(replace(state, circle=around), (known,), because, now)
    return replace(done, answer=Answer(200, {**_body(known), "status": "over"}))


def unlink(state: PatientState, gone: Iterable[Caregiver], because: UnlinkedBecause, now: datetime) -> Result:
    """These see nothing any more; of invitations that nobody accepted only the record tells."""
    gone = tuple(gone)
    events = tuple(
        placed(
            CaregiverUnlinkedV1(caregiver_id=one.caregiver_id, subject=one.subject, because=because, unlinked_at=now),
            state.person,
            now,
        )
        for one in gone
        if one.subject is not None
    )
    return Transition(
        replace(state, circle=circle.without_caregivers(state.circle, gone)),
        events=events,
        records=tuple(caregiver_record(one, because, now) for one in gone),
    )


def _kept(state: PatientState, one: Caregiver, events: tuple[Emit, ...]) -> Result:
    return Transition(
        replace(state, circle=circle.keep_caregiver(state.circle, one)),
        events=events,
        records=(caregiver_record(one),),
        answer=Answer(200, _body(one)),
    )


def _caregiver(state: PatientState, caregiver_id: str) -> Caregiver:
    known = circle.caregiver(state.circle, caregiver_id)
    if known is None:
        raise _unknown()
    return known


def _unknown() -> Refused:
    return Refused(404, "unknown_caregiver", "There is no such caregiver, or they see nothing any more.")


def _linked(one: Caregiver, subject: str, now: datetime) -> CaregiverLinkedV1:
    return CaregiverLinkedV1(
        caregiver_id=one.caregiver_id,
        subject=subject,
        scopes=one.scopes,
        goal_ids=one.goal_ids,
        linked_at=one.linked_at or now,
    )


def _body(one: Caregiver) -> dict[str, Any]:
    return {
        "caregiver_id": one.caregiver_id,
        "status": "invited" if one.subject is None else "linked",
        "scopes": list(one.scopes),
        "goal_ids": list(one.goal_ids),
    }
