"""What an answer to a questionnaire does to a person's file (domain/measures.md 3)."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Final

from services.plans.domain import instruments as known
from services.plans.domain import measures_due, measures_scored, work
from services.plans.domain.instruments import Instrument
from services.plans.domain.measures import Contact, Last, Measures, Scores, SubmitMeasure, last_of, live
from services.plans.domain.measures_scored import Answered, Outcome
from services.plans.domain.model import PatientState
from services.plans.domain.prompts import PromptKind
from services.plans.domain.reviews import heard_of
from services.plans.domain.rules import RuleBroken
from services.plans.folding.around import own_words, person_of, placed
from services.plans.folding.prompts import close_prompts
from services.plans.folding.reviews import began_on, heard, in_force, review_day
from services.plans.folding.steps import then
from services.plans.folding.work import ask
from services.plans.store.reviews import measure_record
from shared.clock import local_date
from shared.contracts.plans_reviews import MeasureRecordedV1
from shared.runtime.messages import Answer, Message, Refused, Transition

Result = Transition[PatientState]

MOTIVATION_DROP: Final = 3
"""A fall of motivation by so many points since the last answer is looked at (article P7.1)."""

PHQ4_HOURS: Final = 72
"""The longest time in which a clinic may say that it acts on a PHQ-4."""

PROMPTS: Final[dict[str, PromptKind]] = {known.CHECKIN: "checkin", known.PEG: "measure"}
"""As what the person hears of what waits."""

_NOT_NOW: Final = {
    "item_budget": "At most 12 items are asked in 28 days between reviews.",
    "one_instrument_a_contact": "One instrument a day is enough.",
    "two_days_running": "Nothing is asked two days running.",
    "review_is_near": "The review is near and asks this.",
}


def submit_measure(state: PatientState, message: Message[SubmitMeasure], now: datetime) -> Result:
    """Note the person's own answer, with its scores and what changed since the last (W3; 3.1, 3.2).

    409 where the clinic has not said who acts on the instrument or that it is licensed, where the budget has no room,
    where numbers come before the open question, and where the review is not going on; 422 for a wrong item or number.
    """
    person, command = person_of(state), message.data
    own_words(message)
    instrument = _permitted(command)
    try:
        is_open = instrument.code == known.OPEN
        answered = () if is_open else measures_scored.answers(instrument, command.values, command.reasons)
    except RuleBroken as broken:
        raise Refused(422, broken.code, broken.detail, broken.field) from None
    _check_words(instrument, command)
    _check_activities(state, instrument, command)
    outcome: Outcome = measures_scored.how(answered) if answered else _said(command)
    today = local_date(now, person.tz, person.day_starts_at)
    _check_order(state, instrument, command, outcome, today)
    counted = _counted(state, instrument, command, answered, today)
    scored = measures_scored.scores(instrument, answered, command.permits.ears_reversed)
    last = _before(state, instrument)
    changed = measures_scored.changes(instrument, scored, last)
    by, source = message.actor.id, message.source
    record = measure_record(command, outcome, answered, scored, changed, today, now, by, source)
    event = MeasureRecordedV1(
        measure_id=command.measure_id, instrument=command.instrument, outcome=outcome, review_id=command.review_id
    )
    after = replace(state, measures=_known(counted, instrument, command, outcome, scored, today))
    body = {
        "measure_id": command.measure_id,
        "instrument": command.instrument,
        "outcome": outcome,
        "scores": [{"score": name, "value": value} for name, value in scored],
        "changes": [{"score": one.score, "by": one.by, "detectable": one.detectable} for one in changed],
        "supported": instrument.code == known.PHQ4 and measures_scored.phq4_flag(answered) is not None,
    }
    done = Transition(after, events=(placed(event, person, now),), records=(record,), answer=Answer(201, body))
    return then(
        done,
        lambda left: no_longer_asked(left, instrument, now) if command.review_id is None else Transition(left),
        lambda left: heard(left, command.review_id, _parts(instrument, command, answered, outcome)),
        lambda left: _looked_at(left, message, instrument, answered, scored, last, now),
        lambda left: skips_told(left, message.key, message.id, now),
    )


def no_longer_asked(state: PatientState, instrument: Instrument, now: datetime) -> Result:
    """The question that was answered waits no more."""
    asked = state.measures.asked
    if asked is None or asked.instrument != instrument.code:
        return Transition(state)
    after = replace(state, measures=replace(state.measures, asked=None))
    return close_prompts(after, PROMPTS[instrument.code], asked.ref, now)


def skips_told(state: PatientState, key: str, cause: str, now: datetime) -> Result:
    """The clinician hears once that check-ins are left out and come less often now (article P7.2)."""
    measures = state.measures
    if measures.skips_told or measures.checkin_days == measures_due.CHECKIN_DAYS:
        return Transition(state)
    told = replace(state, measures=replace(measures, skips_told=True))
    return ask(told, key, cause, "review", "checkins_skipped", now)


def _permitted(command: SubmitMeasure) -> Instrument:
    instrument = known.BY_CODE.get(command.instrument)
    if instrument is None:
        raise Refused(422, "unknown_instrument", "There is no such instrument.", "/instrument")
    if not command.permits.allows(instrument):
        if instrument.switch == "phq4":
            raise Refused(409, "nobody_acts_on_it", "The clinic has not said who acts on this, and how soon.")
        raise Refused(409, "licence_needed", "The clinic has not said that it has the licence for this.")
    return instrument


def _check_words(instrument: Instrument, command: SubmitMeasure) -> None:
    """Words answer open questions alone, and a domain is named only in a review."""
    if instrument.code != known.OPEN:
        if command.words_sealed is not None or command.domain is not None:
            raise Refused(422, "words_are_open", "Words answer the open question.", "/words")
        return
    if command.values or set(command.reasons) - {"words"} or (command.words_sealed is None) == (not command.reasons):
        raise Refused(422, "words_or_reason", "An open question is answered in words, or it is said why not.", "/words")
    if command.domain is not None and command.review_id is None:
        raise Refused(422, "domain_of_a_review", "A domain belongs to a review.", "/domain")


def _said(command: SubmitMeasure) -> Outcome:
    if command.words_sealed is not None:
        return "answered"
    return "declined" if command.reasons["words"] == "declined" else "not_now"


def _check_activities(state: PatientState, instrument: Instrument, command: SubmitMeasure) -> None:
    """PSFS rates the person's own goals: the same objects, by their ids (3.1)."""
    if instrument.code == known.PSFS:
        goals = {one.goal_id for one in state.aims.goals}
        if not goals.issuperset((*command.values, *command.reasons)):
            raise Refused(422, "unknown_goal", "The activities that are rated are the person's goals.", "/values")


def _check_order(
    state: PatientState, instrument: Instrument, command: SubmitMeasure, outcome: Outcome, today: date
) -> None:
    """The open question comes before every number of a review and of a check-in (P7.3, P11.3)."""
    review, first = state.reviews.open, "The open question comes before the numbers."
    if command.review_id is not None:
        if review is None or review.review_id != command.review_id:
            raise Refused(409, "review_not_open", "This review is not going on.", "/review_id")
        opening = instrument.code == known.OPEN and command.domain is None
        if not opening and heard_of(review, known.OPEN) is None:
            raise Refused(409, "open_question_first", first)
        return
    asked = state.measures.asked
    waits = asked is not None and asked.instrument == instrument.code
    if outcome == "answered" and instrument.code == known.CHECKIN:
        since = asked.on if asked is not None and waits else today
        if state.measures.opened_on is None or state.measures.opened_on < since:
            raise Refused(409, "open_question_first", first)
    if outcome != "answered" and instrument.code != known.OPEN and not waits:
        raise Refused(409, "not_asked", "This does not wait for an answer.")


def _counted(
    state: PatientState, instrument: Instrument, command: SubmitMeasure, answered: tuple[Answered, ...], today: date
) -> Measures:
    """The answers to questionnaires with this contact; 409 where the budget has no room for it (3.2).

    In a review only numbers count: to decline what is left is always possible, so that no review stays open for ever.
    """
    measures, plan = state.measures, in_force(state)
    numbers = command.review_id is not None
    items = sum(one.value is not None if numbers else one.reason != "not_asked" for one in answered)
    asked = None if plan is None else live(measures, plan.plan_id)
    if items == 0 or (command.review_id is None and asked is not None and asked.instrument == instrument.code):
        return measures
    of = command.review_id or (measures_due.INTAKE if _intake(state, today) else None)
    if of is None:
        reason = measures_due.withheld(measures.contacts, today, items, review_day(state))
        if reason is not None:
            raise Refused(409, reason, _NOT_NOW[reason])
    elif not measures_due.own_budget(measures.contacts, of, today, items):
        raise Refused(409, "item_budget", "Intake and review ask at most 18 items, on one or two days.")
    return measures_due.counted(measures, Contact(today, instrument.code, items, of))


def _intake(state: PatientState, today: date) -> bool:
    plan = in_force(state)
    if plan is None:
        return True
    return state.reviews.done_at is None and (today - began_on(state, plan)).days < measures_due.INTAKE_DAYS


def _before(state: PatientState, instrument: Instrument) -> Scores:
    """What the new scores are compared with: the last ones; for fatigue what is usual, where that is known (3.1)."""
    plan = in_force(state)
    usual = None if plan is None else plan.terms.usual_fatigue
    if instrument.code == "fatigue" and usual is not None:
        return (("fatigue", float(usual)),)
    return last_of(state.measures, instrument.code)


def _known(
    measures: Measures, instrument: Instrument, command: SubmitMeasure, outcome: Outcome, scored: Scores, today: date
) -> Measures:
    """What is kept of an answer: its scores in the place of the last ones, and how check-ins go on."""
    if instrument.code == known.OPEN and command.domain is None and outcome != "not_now":
        measures = replace(measures, opened_on=today)
    if instrument.code == known.CHECKIN and command.review_id is None:
        measures = measures_due.took_part(measures) if outcome == "answered" else measures_due.left_out(measures)
    if not scored:
        return measures
    together = dict(last_of(measures, instrument.code)) if instrument.code == known.CHECKIN else {}
    last = Last(instrument.code, tuple({**together, **dict(scored)}.items()))
    others = tuple(one for one in measures.last if one.instrument != instrument.code)
    return replace(measures, last=(*others, last))


def _parts(
    instrument: Instrument, command: SubmitMeasure, answered: tuple[Answered, ...], outcome: Outcome
) -> dict[str, Outcome]:
    """What of a review this speaks of."""
    if instrument.code == known.OPEN:
        return {command.domain or known.OPEN: outcome}
    if instrument.code == known.CHECKIN:
        return {one.item: measures_scored.how([one]) for one in answered if one.reason != "not_asked"}
    if instrument.code == known.PEG:
        said = {part: [one for one in answered if one.item in of] for part, of in known.PEG_PARTS.items()}
        return {
            part: measures_scored.how(of) for part, of in said.items() if any(one.reason != "not_asked" for one in of)
        }
    return dict.fromkeys(instrument.domains, outcome)


def _looked_at(
    state: PatientState,
    message: Message[SubmitMeasure],
    instrument: Instrument,
    answered: tuple[Answered, ...],
    scored: Scores,
    last: Scores,
    now: datetime,
) -> Result:
    """What a human looks at: a PHQ-4 above its limits, a fall of motivation, the wish to change the plan."""
    before, after = dict(last).get("motivation"), dict(scored).get("motivation")
    reasons: list[tuple[str, datetime | None]] = []
    role = message.data.permits.phq4_role
    if instrument.code == known.PHQ4 and (flag := measures_scored.phq4_flag(answered)) is not None:
        hours = message.data.permits.phq4_within_hours or PHQ4_HOURS
        reasons.append((flag, work.phq4_due(flag, now, hours, person_of(state).tz)))
    if before is not None and after is not None and before - after >= MOTIVATION_DROP:
        reasons.append(("motivation_drop", None))
    if message.data.adjust_plan:
        reasons.append(("adjust_plan", None))
    done: Result = Transition(state)
    for reason, due_at in reasons:
        more = partial(ask, key=message.key, cause=message.id, kind="review", reason=reason, now=now, due_at=due_at)
        done = then(done, partial(more, role=role) if reason in work.PHQ4_WORKING_DAYS else more)
    return done
