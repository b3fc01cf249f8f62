"""The person's yes to a purpose is noted and taken back; what rests on it ends in the same moment."""

from dataclasses import replace
from datetime import datetime

from services.plans.domain import consents
from services.plans.domain.consents import Consent, GrantConsent, WithdrawConsent
from services.plans.domain.model import PatientState
from services.plans.domain.work import CARE_TAKEN_BACK
from services.plans.folding.around import own_words, person_of, placed
from services.plans.folding.caregivers import unlink
from services.plans.folding.work import ask
from services.plans.store.circle import consent_record
from shared.contracts.plans_circle import ConsentGrantedV1, ConsentWithdrawnV1
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]


def grant_consent(state: PatientState, message: Message[GrantConsent], now: datetime) -> Result:
    """A yes to the text as it is now; 409 `text_changed` for one that was read before, `consent_stands` for a second.

    A yes to a later text replaces the one before: what rests on it goes on.
    """
    person, command = person_of(state), message.data
    own_words(message, command.heard)
    if command.text_version != consents.TEXT_VERSION:
        raise Refused(409, "text_changed", "The text has changed; it is to be read again first.", "/text_version")
    last = consents.of(state.circle.consents, command.purpose)
    if last is not None and last.withdrawn_at is None and not consents.asked_again(last):
        raise Refused(409, "consent_stands", "The person has said yes to this already.", "/purpose")
    before = None if last is None else last.withdrawn_at or last.before
    given = Consent(command.purpose, command.consent_id, command.text_version, now, before=before)
    event = ConsentGrantedV1.model_validate(
        {
            "consent_id": given.consent_id,
            "purpose": given.purpose,
            "text_version": given.text_version,
            "language": command.language,
            "given_at": now,
            "withdrawn_before": before,
        }
    )
    return Transition(
        _with(state, given),
        events=(placed(event, person, now),),
        records=(consent_record(given, command.language, command.heard, message.actor.id),),
        answer=Answer(201, _body(given)),
    )


def withdraw_consent(state: PatientState, message: Message[WithdrawConsent], now: datetime) -> Result:
    """A yes is taken back: caregivers see nothing any more where it was theirs; others hear of it by the event.

    Without the yes to care a human calls: what becomes of the plan is nothing to decide by machine.
    No further version is written or agreed on until they say yes again.
    """
    person, command = person_of(state), message.data
    own_words(message, command.heard)
    known = next((one for one in state.circle.consents if one.consent_id == command.consent_id), None)
    if known is None:
        raise Refused(404, "unknown_consent", "There is no such consent, or a later one took its place.")
    if known.withdrawn_at is not None:
        raise Refused(409, "consent_withdrawn", "This consent was taken back before.")
    over = replace(known, withdrawn_at=now)
    event = ConsentWithdrawnV1(consent_id=over.consent_id, purpose=over.purpose, withdrawn_at=now)
    after = _with(state, over)
    seeing = after.circle.caregivers if over.purpose == consents.CAREGIVERS else ()
    ended = unlink(after, seeing, "consent_withdrawn", now)
    asked = Transition(ended.state)
    if over.purpose == consents.CARE:
        asked = ask(ended.state, message.key, over.consent_id, "call", CARE_TAKEN_BACK, now)
    return Transition(
        asked.state,
        events=(placed(event, person, now), *ended.events, *asked.events),
        records=(consent_record(over, None, command.heard, message.actor.id), *ended.records, *asked.records),
        answer=Answer(200, _body(over)),
    )


def _with(state: PatientState, consent: Consent) -> PatientState:
    return replace(state, circle=replace(state.circle, consents=consents.keep(state.circle.consents, consent)))


def _body(consent: Consent) -> dict[str, object]:
    at = consent.withdrawn_at or consent.given_at
    return {
        "consent_id": consent.consent_id,
        "purpose": consent.purpose,
        "stands": consent.withdrawn_at is None,
        "at": at.isoformat(),
    }
