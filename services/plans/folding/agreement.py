"""What drafting, amending, accepting, declining and withdrawing do: a version needs two yeses (article P1.2)."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.plans.domain import agreement, consents, tryouts
from services.plans.domain.agreement import (
    Acceptance,
    AcceptDraft,
    AmendDraft,
    DeclineDraft,
    Draft,
    DraftVersion,
    SeeChange,
    Why,
    WithdrawDraft,
)
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.domain.work import CARE_TAKEN_BACK, DRAFT_DECLINED
from services.plans.folding.around import own_words, person_of
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.folding.versions import (
    check_person,
    check_terms,
    end_draft,
    first_version,
    next_version,
    persons_yes,
    plan_in_force,
)
from services.plans.folding.work import ask
from services.plans.store.agreement import change_record, draft_record
from shared.clock import local_date, to_ms
from shared.ids import named_id
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]

FIRST: Final = Why("first")
_OVER: Final = {
    "accepted": ("draft_accepted", "This draft was accepted; it is a version of the plan."),
    "declined": ("draft_declined", "This draft was declined; nothing changed."),
    "withdrawn": ("draft_withdrawn", "This draft was withdrawn; nothing changed."),
    "stale": ("plan_changed_since", "The plan was changed since this draft was made from it."),
}


def draft_version(state: PatientState, message: Message[DraftVersion], now: datetime) -> Result:
    """Write a version down, which its clinician accepts by that. With the person's yes noted at once it is in force;
    without, it is a draft of which the person hears. One draft is open at a time (409 `draft_open`); 412 unless the
    version it is made from is in force. 409 `care_consent_withdrawn` while the yes to care is taken back."""
    person, command = person_of(state), message.data
    _cared_for(state)
    before = None
    if command.made_from == 0:
        check_person(person, command.minors_served)
    else:
        before = _made_from(state, command.plan_id, command.made_from).terms
    check_terms(state, command.terms, command.why, before, person, now)
    _nothing_in_the_way(state, command.plan_id, command.made_from)
    draft = Draft(
        draft_id=named_id("draft", message.key, command.plan_id, command.made_from, message.id, to_ms(now)),
        plan_id=command.plan_id,
        made_from=command.made_from,
        terms=command.terms,
        why=command.why or FIRST,
        drafted_at=now,
        accepted=(Acceptance("clinician", message.actor.id, "clinician", now),),
    )
    if command.heard is not None:
        return _in_force(state, draft, persons_yes(message, command.heard, now), person, message, now)
    return _asked(state, draft, message.key, now)


def amend_draft(state: PatientState, message: Message[AmendDraft], now: datetime) -> Result:
    """Other words in place of the revision that was read: every yes but the amender's falls, for it was to others.
    409 `care_consent_withdrawn` while the yes to care is taken back."""
    person, command = person_of(state), message.data
    _cared_for(state)
    known = state.agreement.draft
    changes = known is not None and known.draft_id == command.draft_id and known.made_from > 0
    before = state.plan.terms if changes and state.plan is not None else None
    check_terms(state, command.terms, command.why, before, person, now)
    draft = _read(state, command.draft_id, command.revision)
    amended = replace(
        draft,
        terms=command.terms,
        why=command.why or FIRST,
        revision=draft.revision + 1,
        accepted=(Acceptance("clinician", message.actor.id, "clinician", now),),
    )
    if command.heard is not None:
        return _in_force(state, amended, persons_yes(message, command.heard, now), person, message, now)
    needless = close_prompts(state, "agreement", draft.draft_id, now, "needless")
    asked = _asked(needless.state, amended, message.key, now)
    return replace(asked, events=(*needless.events, *asked.events))


def accept_draft(state: PatientState, message: Message[AcceptDraft], now: datetime) -> Result:
    """The person's own yes to what they read (W3), which makes it two: the version is in force. 422 names what has come
    to be missing since it was written, 409 `care_consent_withdrawn` that the yes to care is taken back."""
    person, command = person_of(state), message.data
    own_words(message, command.heard)
    _cared_for(state)
    draft = _read(state, command.draft_id, command.revision)
    before = None if draft.made_from == 0 else plan_in_force(state, draft.plan_id).terms
    check_terms(state, draft.terms, draft.why, before, person, now)
    return _in_force(state, draft, persons_yes(message, command.heard, now), person, message, now)


def decline_draft(state: PatientState, message: Message[DeclineDraft], now: datetime) -> Result:
    """The person's own no to what they read (W3): the draft is over, what is in force stays; a human hears of it."""
    person_of(state)
    command = message.data
    own_words(message, command.heard)
    draft = _read(state, command.draft_id, command.revision)
    done = end_draft(state, "declined", now, message.actor, command.reason, command.words_sealed)
    asked = ask(done.state, message.key, message.id, "review", DRAFT_DECLINED, now)
    return Transition(
        asked.state,
        events=(*done.events, *asked.events),
        records=(*done.records, *asked.records),
        answer=Answer(200, _ended(draft, "declined")),
    )


def withdraw_draft(state: PatientState, message: Message[WithdrawDraft], now: datetime) -> Result:
    """A clinician takes a draft back; what is in force stays."""
    person_of(state)
    draft = _open(state, message.data.draft_id)
    done = end_draft(state, "withdrawn", now, message.actor, message.data.reason)
    return replace(done, answer=Answer(200, _ended(draft, "withdrawn")))


def see_change(state: PatientState, message: Message[SeeChange], now: datetime) -> Result:
    """The person has seen what changed and why; said again, nothing happens. 404 for a change never heard of."""
    person_of(state)
    command = message.data
    own_words(message, command.heard)
    answer = Answer(200, {"change_id": command.change_id, "status": "seen"})
    change = agreement.unseen(state.agreement, command.change_id)
    if change is None:
        if command.change_id in state.agreement.seen:
            return Transition(state, answer=answer)
        raise Refused(404, "unknown_change", "There is no such change that waits to be seen.")
    after = replace(state, agreement=agreement.seen(state.agreement, change))
    done = close_prompts(after, "change_note", change.change_id, now)
    return replace(done, records=(change_record(change, now, command.heard),), answer=answer)


def _cared_for(state: PatientState) -> None:
    """Nothing is agreed on against the person's word on care; who never was asked has not taken anything back."""
    if consents.taken_back(state.circle.consents, consents.CARE):
        raise Refused(409, CARE_TAKEN_BACK, "The person took back their yes to care; they are asked for it first.")


def _made_from(state: PatientState, plan_id: str, version: int) -> Plan:
    """The version that a change is made from, which must be the one in force."""
    plan = plan_in_force(state, plan_id)
    if plan.version != version:
        raise Refused(412, "plan_changed_since", "The plan was changed since this version was read.")
    return plan


def _nothing_in_the_way(state: PatientState, plan_id: str, made_from: int) -> None:
    """One plan is in force at a time, and one draft is open."""
    if made_from == 0:
        if state.plan is not None and not state.plan.ended:
            raise Refused(409, "plan_in_force", "A plan is in force already; change it or end it first.")
        if plan_id in state.ended_plans:
            raise Refused(409, "plan_ended", "This plan has ended; a new one needs a new id.", "/id")
    if state.agreement.draft is not None:
        raise Refused(409, "draft_open", "A draft is open; amend it, or withdraw it first.")


def _asked(state: PatientState, draft: Draft, key: str, now: datetime) -> Result:
    """The draft is open, and waits for the person."""
    after = replace(state, agreement=replace(state.agreement, draft=draft))
    asked = open_prompt(after, key, "agreement", draft.draft_id, now)
    body = {
        "draft_id": draft.draft_id,
        "revision": draft.revision,
        "status": "draft",
        "plan_id": draft.plan_id,
        "made_from": draft.made_from,
        "accepted_by": [one.of for one in draft.accepted],
        "missing": ["patient"],
    }
    return replace(asked, records=(draft_record(draft),), answer=Answer(202, body))


def _in_force(
    state: PatientState, draft: Draft, yes: Acceptance, person: Person, message: Message[Any], now: datetime
) -> Result:
    """Both have accepted: the draft is the plan's next version. Its days of trying out are counted from here."""
    both = replace(draft, accepted=agreement.with_yes(draft.accepted, yes))
    ended: Result = Transition(state)
    if state.agreement.draft is not None:
        known = replace(state, agreement=replace(state.agreement, draft=both))
        ended = end_draft(known, "accepted", now, message.actor)
    before = state.plan if draft.made_from else None
    today = local_date(now, person.tz, person.day_starts_at)
    plan = Plan(
        plan_id=draft.plan_id,
        version=draft.made_from + 1,
        terms=tryouts.dated(draft.terms, None if before is None else before.terms, today),
        effective_at=now,
        accepted=both.accepted,
        why=draft.why,
    )
    if before is None:
        status = 201 if state.agreement.draft is None else 200
        done = first_version(ended.state, plan, person, message.key, now, status)
    else:
        done = next_version(ended.state, plan, person, message.actor, message.key, now)
    return replace(done, events=(*ended.events, *done.events), records=(*ended.records, *done.records))


def _open(state: PatientState, draft_id: str) -> Draft:
    draft = state.agreement.draft
    if draft is not None and draft.draft_id == draft_id:
        return draft
    status = agreement.how_ended(state.agreement, draft_id)
    if status is None:
        raise Refused(404, "unknown_draft", "There is no such draft.")
    code, detail = _OVER[status]
    raise Refused(409, code, detail)


def _read(state: PatientState, draft_id: str, revision: int) -> Draft:
    draft = _open(state, draft_id)
    if draft.revision != revision:
        raise Refused(412, "draft_changed_since", "The draft was changed since this revision was read.")
    return draft


def _ended(draft: Draft, status: str) -> dict[str, Any]:
    return {"draft_id": draft.draft_id, "revision": draft.revision, "status": status}
