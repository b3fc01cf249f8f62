"""A plan version comes into force: what is kept of it, told, shown to the person, and answered."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, Final

from services.plans.domain import agreement, aims, reviews, rules
from services.plans.domain.agreement import Acceptance, Change, Heard, How, Reason, Why
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.domain.terms import Terms
from services.plans.domain.work import DRAFT_STALE
from services.plans.folding import learning
from services.plans.folding.around import placed
from services.plans.folding.overriding import end_with_plan
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.folding.steps import then
from services.plans.folding.work import ask
from services.plans.store.agreement import change_record, draft_record, plan_record
from shared.clock import local_date
from shared.contracts.plans import PlanActivatedV1, PlanChangedV1, TrackV1
from shared.ids import named_id
from shared.runtime.messages import Actor, Answer, Emit, Message, Refused, Transition

Result = Transition[PatientState]

NO_GOAL: Final = rules.RuleBroken("goal_needed", "A plan serves a goal of the person's own; write one down.", "/goals")
"""Article P3.1: a plan whose goals are all a clinician's does not come into force."""


def plan_in_force(state: PatientState, plan_id: str) -> Plan:
    """The plan of this id while it is in force; `Refused` 409 once it has ended, 404 for one never heard of."""
    plan = state.plan
    if plan is not None and plan.plan_id == plan_id and not plan.ended:
        return plan
    if plan_id in state.ended_plans:
        raise Refused(409, "plan_ended", "This plan has ended.")
    raise Refused(404, "unknown_plan", "There is no such plan.")


def check_person(person: Person, minors_served: bool, field: str | None = None) -> None:
    """Refuse somebody under age (422 `minors_not_enabled`), unless the tenant serves minors."""
    try:
        rules.check_person(person, minors_served)
    except rules.RuleBroken as broken:
        raise Refused(422, broken.code, broken.detail, field) from None


def check_terms(
    state: PatientState, terms: Terms, why: Why | None, before: Terms | None, person: Person, now: datetime
) -> None:
    """Refuse a version with everything that is missing or wrong in it, what is missing first."""
    today = local_date(now, person.tz, person.day_starts_at)
    more = () if before is None else rules.changed_markers(before, terms)
    goal = () if aims.patients_own(state.aims) else (NO_GOAL,)
    broken = [*rules.missing(terms, today), *goal, *_unsaid(why, before, today), *rules.breaches(terms), *more]
    if broken:
        errors = tuple((one.field, one.code, one.detail) for one in broken)
        raise Refused(422, broken[0].code, broken[0].detail, broken[0].field, errors=errors)


def _unsaid(why: Why | None, before: Terms | None, today: date) -> Iterator[rules.RuleBroken]:
    if before is not None and (why is None or why.words_sealed is None or why.reason == "first"):
        yield rules.RuleBroken("why_needed", "A change says why: a reason, and words for the person.", "/why")
    if why is not None and why.next_change_on is not None:
        ahead = (why.next_change_on - today).days
        if not 0 < ahead <= agreement.NEXT_CHANGE_WITHIN_DAYS:
            yield rules.RuleBroken(
                "next_change_range",
                f"The next change is within {agreement.NEXT_CHANGE_WITHIN_DAYS} days from tomorrow on.",
                "/next_change_on",
            )


def persons_yes(message: Message[Any], heard: Heard, now: datetime) -> Acceptance:
    """The person's own yes, as it was heard; `by` is who noted it where they did not say it themselves."""
    return Acceptance("patient", message.actor.id, heard, now)


def by_the_person(plan: Plan, terms: Terms, reason: Reason, message: Message[Any], now: datetime) -> Plan:
    """The version that the person's own word brings after this one, within what a clinician agreed to before."""
    how: How = "phone" if message.source == "phone" else "paper" if message.source == "paper" else "app"
    return Plan(
        plan_id=plan.plan_id,
        version=plan.version + 1,
        terms=terms,
        effective_at=now,
        because=reason if reason == "more_often" else None,
        accepted=(
            *agreement.standing(plan.accepted, "clinician", now),
            Acceptance("patient", message.actor.id, how, now),
        ),
        why=Why(reason),
    )


def first_version(state: PatientState, plan: Plan, person: Person, key: str, now: datetime, status: int) -> Result:
    """Version 1 of a plan. To agree to it is to have seen it: nothing waits for the person."""
    event = PlanActivatedV1(
        plan_id=plan.plan_id, plan_version=plan.version, effective_at=now, **_terms_told(plan.terms)
    )
    done = _in_force(state, plan, placed(event, person, now), status)
    yes = next(one for one in plan.accepted if one.of == "patient")
    change = _change(key, None, plan)
    taught = learning.with_plan(done.state, state.plan, key, now)
    return replace(
        done,
        state=taught.state,
        events=(*done.events, *taught.events),
        records=(*done.records, change_record(change, now, yes.how), *taught.records),
    )


def next_version(state: PatientState, plan: Plan, person: Person, by: Actor, key: str, now: datetime) -> Result:
    """The version after the one in force, which `plan` says whole: what stands on a track that left it ends with it, an
    open draft made from the version before is stale, which a human hears of, and what changed waits for the person to
    see it."""
    before = state.plan
    told = {"plan_id": plan.plan_id, "plan_version": plan.version, "effective_at": now, "because": plan.because}
    event = PlanChangedV1.model_validate({**told, **_terms_told(plan.terms)})
    done = _in_force(state, plan, placed(event, person, now), 200)
    gone = end_with_plan(done.state, "plan_changed", now, by)
    stale = end_draft(gone.state, "stale", now, by, "plan_changed_since")
    if gone.state.agreement.draft is not None:
        cause = named_id("stale", key, gone.state.agreement.draft.draft_id)
        stale = then(stale, lambda left: ask(left, key, cause, "review", DRAFT_STALE, now))
    shown = _to_be_seen(stale.state, _change(key, before, plan), key, now)
    taught = learning.with_plan(shown.state, before, key, now)
    return Transition(
        taught.state,
        events=(*gone.events, *done.events, *stale.events, *shown.events, *taught.events),
        records=(*done.records, *gone.records, *stale.records, *shown.records, *taught.records),
        answer=done.answer,
    )


def end_draft(
    state: PatientState,
    status: agreement.Status,
    now: datetime,
    by: Actor,
    reason: str | None = None,
    words_sealed: str | None = None,
) -> Result:
    """The open draft, where there is one, is over; nothing of it waits for the person any more."""
    draft = state.agreement.draft
    if draft is None:
        return Transition(state)
    after = replace(state, agreement=agreement.ended(state.agreement, status))
    because = "done" if status in ("accepted", "declined") else "needless"
    asked = close_prompts(after, "agreement", draft.draft_id, now, because)  # type: ignore[arg-type]
    record = draft_record(draft, status, now, by.id, reason, words_sealed)
    return replace(asked, records=(record, *asked.records))


def _change(key: str, before: Plan | None, plan: Plan) -> Change:
    why = plan.why or Why("first")
    newest = plan.accepted[-1] if why.reason in agreement.PERSONS_OWN else plan.accepted[0]
    return Change(
        change_id=named_id("change", key, plan.plan_id, plan.version),
        plan_id=plan.plan_id,
        version=plan.version,
        what=agreement.changed(None if before is None else before.terms, plan.terms),
        reason=why.reason,
        by=newest.of,
        by_id=newest.by,
        effective_at=plan.effective_at,
        next_change_on=why.next_change_on,
    )


def _to_be_seen(state: PatientState, change: Change, key: str, now: datetime) -> Result:
    """The change waits for the person; what waits longest gives way where too many do."""
    waiting = (*state.agreement.unseen, change)
    forgotten, kept = waiting[: -agreement.UNSEEN_KEPT], waiting[-agreement.UNSEEN_KEPT :]
    done: Result = Transition(replace(state, agreement=replace(state.agreement, unseen=kept)))
    for old in forgotten:
        closed = close_prompts(done.state, "change_note", old.change_id, now, "over")
        done = replace(closed, events=(*done.events, *closed.events))
    opened = open_prompt(done.state, key, "change_note", change.change_id, now)
    return replace(opened, events=(*done.events, *opened.events), records=(change_record(change),))


def _in_force(state: PatientState, plan: Plan, event: Emit, status: int) -> Result:
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
    day = event.local_date or plan.effective_at.date()
    after = replace(state, plan=plan, reviews=reviews.begun(state.reviews, plan.plan_id, day))
    return Transition(after, events=(event,), records=(plan_record(plan),), answer=Answer(status, body))


def _terms_told(terms: Terms) -> dict[str, Any]:
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
