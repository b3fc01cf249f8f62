"""What brings a review about and what it leaves: its day, parts, summary, and the next one (article P11.1-P11.4)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from services.plans.domain import agreement, measures_due, reviews, work
from services.plans.domain.agreement import Acceptance, Why
from services.plans.domain.measures_scored import Outcome
from services.plans.domain.model import Override, PatientState, Person, Plan
from services.plans.domain.reviews import CompleteReview, OpenReview, Review, Reviews, ScheduleReview
from services.plans.domain.rules import REVIEW_WITHIN_DAYS
from services.plans.folding.around import person_of, placed
from services.plans.folding.overriding import end_all
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.folding.steps import then
from services.plans.folding.versions import next_version
from services.plans.folding.work import ask, close_all
from services.plans.store import Closed
from services.plans.store.reviews import brought_record, review_record
from shared.clock import day_start, local_date, to_ms
from shared.contracts.plans_reviews import ReviewCompletedV1, ReviewDueV1
from shared.contracts.session_logging import JournalRecordedV1
from shared.ids import named_id
from shared.runtime.messages import SYSTEM, Actor, Answer, Message, Record, Refused, Tick, Transition

Result = Transition[PatientState]

DUE: Final = "review_due"
MISSING: Final = "review_missing"


def in_force(state: PatientState) -> Plan | None:
    """The plan in force."""
    return None if state.plan is None or state.plan.ended else state.plan


def known_reviews(state: PatientState, plan: Plan) -> Reviews:
    """The protocol of the plan in force, begun with it."""
    person = person_of(state)
    return reviews.begun(state.reviews, plan.plan_id, local_date(plan.effective_at, person.tz, person.day_starts_at))


def began_on(state: PatientState, plan: Plan) -> date:
    """The person's own day on which the plan in force began."""
    return known_reviews(state, plan).began_on


def review_day(state: PatientState) -> date | None:
    """The day of the review that is to come or is going on; None where none is planned."""
    plan = in_force(state)
    if plan is None:
        return None
    known = known_reviews(state, plan)
    if known.open is not None:
        return known.open.due_on
    planned = _planned(state, plan, known)
    return None if planned is None else planned[0]


def next_due(state: PatientState) -> datetime | None:
    """When the next review is due, or that none is planned is told (UTC)."""
    plan = in_force(state)
    if plan is None or state.person is None:
        return None
    known = known_reviews(state, plan)
    planned = _planned(state, plan, known)
    if planned is not None:
        return planned[1]
    return None if known.open is not None or known.missing_told else plan.effective_at


def on_time(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """The person's own day of a review has come: they hear of it, and so does the clinic; or that none is planned."""
    plan = in_force(state)
    if plan is None:
        return Transition(state)
    known = known_reviews(state, plan)
    planned = _planned(state, plan, known)
    if planned is None:
        told = replace(state, reviews=replace(known, missing_told=True))
        return ask(told, message.key, message.id, "review", MISSING, now)
    review = _review(known, plan, planned[0], message.key, now)
    return then(
        _opened(state, plan, known, review, message.key, now),
        lambda left: ask(left, message.key, message.id, "review", DUE, now),
    )


def schedule_review(state: PatientState, message: Message[ScheduleReview], now: datetime) -> Result:
    """Say whose task the reviews are and what the next is about; a day for it is the plan's next version."""
    person, command, plan = person_of(state), message.data, _plan(state)
    known = replace(known_reviews(state, plan), owner=command.owner, agenda_sealed=command.agenda_sealed)
    done: Result = Transition(replace(state, reviews=known))
    if command.next_on is not None:
        _check_day(command.next_on, person, now)
        moved = command.next_on
        done = then(done, lambda left: _moved(left, moved, person, message.actor, message.key, now))
    day = review_day(done.state)
    body = {"owner": known.owner, "next_on": None if day is None else day.isoformat()}
    return replace(done, answer=Answer(200, body))


def open_review(state: PatientState, message: Message[OpenReview], now: datetime) -> Result:
    """Begin the next review before its day; 409 while one is going on."""
    person, plan = person_of(state), _plan(state)
    known = known_reviews(state, plan)
    if known.open is not None:
        raise Refused(409, "review_open", "A review is going on already.")
    planned = _planned(state, plan, known)
    day = local_date(now, person.tz, person.day_starts_at) if planned is None else planned[0]
    review = _review(known, plan, day, message.key, now)
    done = _opened(state, plan, known, review, message.key, now)
    return replace(done, answer=Answer(201, {"review_id": review.review_id, "due_on": day.isoformat()}))


def complete_review(state: PatientState, message: Message[CompleteReview], now: datetime) -> Result:
    """Close a review with its summary: the next one is planned, and the plan's next version says so (P11.4).

    422 naming each part that was neither answered nor declined (P11.2), and each section that is missing.
    """
    person, command, plan = person_of(state), message.data, _plan(state)
    known = known_reviews(state, plan)
    review = known.open
    if review is None or review.review_id != command.review_id:
        raise Refused(409, "review_not_open", "This review is not going on.")
    _check_whole(review, command)
    today = local_date(now, person.tz, person.day_starts_at)
    if command.next_on is not None:
        _check_day(command.next_on, person, now)
    following = command.next_on or reviews.next_on(known.began_on, today)
    kept, versions = reviews.on_time(review.due_on, today), max(0, plan.version - known.done_version)
    record = review_record(
        review,
        plan.plan_id,
        done_at=now,
        done_by=message.actor.id,
        on_time=kept,
        plan_versions=versions,
        next_on=following,
        summary_sealed=command.summary_sealed,
        agenda_sealed=known.agenda_sealed,
        owner=known.owner,
    )
    event = ReviewCompletedV1(
        review_id=review.review_id,
        plan_id=plan.plan_id,
        due_on=review.due_on,
        completed_on=today,
        next_on=following,
        on_time=kept,
        plan_versions=versions,
    )
    over = replace(known, open=None, fired_on=today, agenda_sealed=None, done_at=now, missing_told=False)
    after = replace(state, reviews=over, measures=measures_due.reviewed(state.measures, today))
    closed = Closed(now, message.actor.id, "reviewed")
    items = [one for reason in (DUE, MISSING) if (one := work.alike(state, "review", None, reason)) is not None]
    done = then(
        Transition(after, events=(placed(event, person, now),), records=(record,)),
        lambda left: close_prompts(left, "review", review.review_id, now),
        lambda left: close_prompts(left, "checkin", None, now, "needless"),
        lambda left: close_prompts(left, "measure", None, now, "needless"),
        lambda left: close_all(left, items, closed),
        lambda left: _moved(left, following, person, message.actor, message.key, now),
        _counted_from_here,
    )
    body = {"review_id": review.review_id, "completed_on": today.isoformat(), "next_on": following.isoformat()}
    return replace(done, answer=Answer(200, body))


def heard(state: PatientState, review_id: str | None, parts: Mapping[str, Outcome]) -> Result:
    """What was answered or declined of the review that is going on; what was passed over is still to be asked."""
    review = state.reviews.open
    new = {part: outcome for part, outcome in parts.items() if outcome != "not_now" and part in reviews.PARTS}
    if review_id is None or review is None or not new:
        return Transition(state)
    told = {**dict(review.heard), **new}
    after = replace(review, heard=tuple((part, told[part]) for part in reviews.PARTS if part in told))
    record = review_record(
        after, state.reviews.plan_id, agenda_sealed=state.reviews.agenda_sealed, owner=state.reviews.owner
    )
    return Transition(replace(state, reviews=replace(state.reviews, open=after)), records=(record,))


def brought(message: Message[JournalRecordedV1]) -> tuple[Record, ...]:
    """An entry that the person brings to the visit is noted by its id, tags and day (P7.6); others are not."""
    data = message.data
    if not data.bring_to_visit:
        return ()
    on = message.local_date or message.occurred_at.date()
    return (brought_record(data.entry_id, data.tags, on, message.recorded_at),)


def _plan(state: PatientState) -> Plan:
    plan = in_force(state)
    if plan is None:
        raise Refused(409, "no_plan_in_force", "Reviews belong to a plan in force.")
    return plan


def _override(state: PatientState) -> Override | None:
    """The day that a clinician set for the next review beside the plan (2.8)."""
    return next((one for one in state.overrides if one.name == "review_on"), None)


def _planned(state: PatientState, plan: Plan, known: Reviews) -> tuple[date, datetime] | None:
    """The day of the next review that has not come due yet, and its moment.

    A day set beside the plan counts before the plan's own, unless it stands no longer by then.
    """
    person, fired, override = person_of(state), known.fired_on, _override(state)
    held = None
    if override is not None:
        day = date.fromisoformat(str(override.value))
        at = day_start(day, person.tz, person.day_starts_at)
        if at >= override.until:
            held = override.until
        elif fired is None or day > fired:
            return day, at
    planned = plan.terms.review_on
    if planned is None or (fired is not None and planned <= fired):
        return None
    at = day_start(planned, person.tz, person.day_starts_at)
    return planned, at if held is None else max(at, held)


def _review(known: Reviews, plan: Plan, day: date, key: str, now: datetime) -> Review:
    if known.open is not None:
        return replace(known.open, due_on=day)
    return Review(named_id("review", key, plan.plan_id, day.isoformat(), to_ms(now)), day, now)


def _opened(state: PatientState, plan: Plan, known: Reviews, review: Review, key: str, now: datetime) -> Result:
    """A review is going on: it asks what was due, so that nothing else waits for an answer (3.2)."""
    after = replace(
        state,
        reviews=replace(known, fired_on=review.due_on, open=review, missing_told=False),
        measures=replace(state.measures, asked=None),
    )
    event = ReviewDueV1(review_id=review.review_id, plan_id=plan.plan_id, due_on=review.due_on)
    record = review_record(review, plan.plan_id, agenda_sealed=known.agenda_sealed, owner=known.owner)
    return then(
        Transition(after, events=(placed(event, state.person, now, SYSTEM),), records=(record,)),
        lambda left: open_prompt(left, key, "review", review.review_id, now),
        lambda left: close_prompts(left, "checkin", None, now, "needless"),
        lambda left: close_prompts(left, "measure", None, now, "needless"),
    )


def _moved(state: PatientState, day: date, person: Person, by: Actor, key: str, now: datetime) -> Result:
    """The plan's next version, which says the day of the next review; what was set beside the plan is over."""
    plan = _plan(state)
    override = _override(state)
    ended = end_all(state, () if override is None else (override,), "replaced", now, by)
    if plan.terms.review_on == day:
        return ended
    yes = Acceptance("clinician", by.id, "clinician", now)
    after = Plan(
        plan_id=plan.plan_id,
        version=plan.version + 1,
        terms=replace(plan.terms, review_on=day),
        effective_at=now,
        because="review",
        accepted=(yes, *agreement.standing(plan.accepted, "patient", now)),
        why=Why("review"),
    )
    return then(ended, lambda left: next_version(left, after, person, by, key, now))


def _counted_from_here(state: PatientState) -> Result:
    version = 1 if state.plan is None else state.plan.version
    return Transition(replace(state, reviews=replace(state.reviews, done_version=version)))


def _check_day(day: date, person: Person, now: datetime) -> None:
    today = local_date(now, person.tz, person.day_starts_at)
    if not 0 < (day - today).days <= REVIEW_WITHIN_DAYS:
        detail = f"The next review is within {REVIEW_WITHIN_DAYS} days from tomorrow on."
        raise Refused(422, "review_day_range", detail, "/next_on")


def _check_whole(review: Review, command: CompleteReview) -> None:
    detail = "Every part of a review is answered or declined."
    broken = [(f"/parts/{part}", "part_open", detail) for part in reviews.missing(review)]
    said = dict(command.summary_sealed)
    detail = "A summary says what got better, what is still hard, and what we aim for."
    broken += [(f"/{name}", "section_missing", detail) for name in reviews.SECTIONS if name not in said]
    if broken:
        field, code, detail = broken[0]
        raise Refused(422, code, detail, field, errors=tuple(broken))
