"""What time asks of a person: a check-in or a PEG on its day, left out when nobody answers (domain/measures.md 3.2)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.plans.domain import instruments as known
from services.plans.domain import measures_due, measures_scored
from services.plans.domain.features import told
from services.plans.domain.measures import Asked, Contact, Missing, SubmitMeasure, live
from services.plans.domain.measures_due import Ask
from services.plans.domain.model import PatientState, Plan
from services.plans.folding.around import person_of, placed
from services.plans.folding.measures import PROMPTS, no_longer_asked, skips_told
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.folding.reviews import began_on, in_force, review_day
from services.plans.folding.steps import then
from services.plans.store.reviews import measure_record
from shared.clock import day_start, local_date
from shared.contracts.plans_reviews import MeasureRecordedV1
from shared.ids import named_id
from shared.runtime.messages import SYSTEM, Message, Tick, Transition

Result = Transition[PatientState]


def next_due(state: PatientState) -> datetime | None:
    """When the next question is asked or the one that waits runs out (UTC); None without a plan in force, and while a
    red flag waits for a human and no question does."""
    plan, person = in_force(state), state.person
    if plan is None or person is None:
        return None
    asked = live(state.measures, plan.plan_id)
    if asked is not None:
        return asked.until
    if _held(state):
        return None
    looked = state.measures.looked_on
    first = date.min if looked is None else looked + timedelta(days=1)
    return day_start(_next(state, plan, first).on, person.tz, person.day_starts_at)


def on_time(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """Leave out what nobody answered; ask what is due today, if the budget lets it (3.2).

    While a red flag waits for a human the person hears of no question (domain/safety.md 9.2): none is asked, and one
    that runs out then is not one that they left out.
    """
    plan, person = in_force(state), state.person
    if plan is None or person is None:
        return Transition(state)
    today = local_date(now, person.tz, person.day_starts_at)
    done, asked = Transition(state), live(state.measures, plan.plan_id)
    if _held(state):
        return done if asked is None else _run_out(state, asked, now)
    if asked is not None:
        done = _unanswered(state, message, asked, today, now)
    measures, due = done.state.measures, _next(done.state, plan, today)
    if due.on != today:
        return replace(done, state=replace(done.state, measures=replace(measures, looked_on=today)))
    return then(done, lambda left: _ask(left, message.key, plan, due.instrument, today, now))


def _held(state: PatientState) -> bool:
    """Whether a red flag waits for a human."""
    return any(item.kind == "red_flag" for item in state.work)


def _next(state: PatientState, plan: Plan, first: date) -> Ask:
    """The next question from this day on; who turned check-ins off is asked none (article H3)."""
    asks = measures_due.asks(state.measures, began_on(state, plan), first, review_day(state))
    return next(one for one in asks if told(state.circle.switched, PROMPTS[one.instrument]))


def _ask(state: PatientState, key: str, plan: Plan, instrument: str, today: date, now: datetime) -> Result:
    person = person_of(state)
    ref = named_id("measure", key, instrument, today.isoformat())
    until = day_start(today + timedelta(days=measures_due.ANSWER_DAYS), person.tz, person.day_starts_at)
    contact = Contact(today, instrument, measures_due.size(instrument))
    asked = Asked(plan.plan_id, instrument, ref, today, until)
    after = replace(state, measures=replace(measures_due.counted(state.measures, contact), asked=asked))
    return open_prompt(after, key, PROMPTS[instrument], ref, now, until)


def _run_out(state: PatientState, asked: Asked, now: datetime) -> Result:
    """It waits no more, and nothing is made of it."""
    after = replace(state, measures=replace(state.measures, asked=None))
    return close_prompts(after, PROMPTS[asked.instrument], asked.ref, now, "over")


def _unanswered(state: PatientState, message: Message[Tick], asked: Asked, today: date, now: datetime) -> Result:
    """Nobody answered: kept as left out, nothing put in its place (3.2)."""
    instrument = known.BY_CODE[asked.instrument]
    reasons: dict[str, Missing] = {item.code: "not_now" for item in instrument.items}
    command = SubmitMeasure(asked.ref, asked.instrument, {}, reasons)
    answered = measures_scored.answers(instrument, {}, reasons)
    record = measure_record(command, "not_now", answered, (), (), today, now, SYSTEM.id, "system")
    event = MeasureRecordedV1(measure_id=asked.ref, instrument=asked.instrument, outcome="not_now")
    measures = measures_due.left_out(state.measures) if instrument.code == known.CHECKIN else state.measures
    done = Transition(
        replace(state, measures=measures), events=(placed(event, state.person, now, SYSTEM),), records=(record,)
    )
    return then(
        done,
        lambda left: no_longer_asked(left, instrument, now),
        lambda left: skips_told(left, message.key, message.id, now),
    )
