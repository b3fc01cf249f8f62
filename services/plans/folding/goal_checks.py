"""Asking whether goals are still right: when it is due, early when life shifts, and what the answer does."""

from dataclasses import replace
from datetime import date, datetime

from services.plans.domain import goal_checks
from services.plans.domain.aims import Aims
from services.plans.domain.goal_checks import ConfirmGoals, NoteLifeEvent
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.folding.around import own_words, person_of, placed
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.folding.work import ask
from services.plans.store.aims import check_record
from shared.clock import day_start, local_date
from shared.contracts.plans_aims import GoalReconfirmedV1
from shared.ids import named_id
from shared.runtime.messages import Answer, Message, Refused, Tick, Transition

Result = Transition[PatientState]


def next_due(state: PatientState) -> datetime | None:
    """When it must be asked next (UTC), never without a plan in force or a goal; at once in a plan not counted yet."""
    plan = _asked_in(state)
    if plan is None or state.person is None:
        return None
    if state.aims.asked_in != plan.plan_id or state.aims.ask_on is None:
        return plan.effective_at
    return _start(state.person, state.aims.ask_on)


def on_time(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """Ask once for the due day, on which what was asked before is over; in a plan that is new, begin to count."""
    person, plan = person_of(state), _asked_in(state)
    if plan is None:
        return Transition(state)
    if state.aims.asked_in != plan.plan_id or state.aims.ask_on is None:
        began = _today(person, plan.effective_at)
        return Transition(replace(state, aims=goal_checks.counted(state.aims, plan.plan_id, began)))
    due_on = goal_checks.latest_due(state.aims.ask_on, _today(person, now))
    return _asked(state, message.key, due_on.isoformat(), due_on, now)


def note_life_event(state: PatientState, message: Message[NoteLifeEvent], now: datetime) -> Result:
    """Keep what shifted, and ask early whether the goals are still right, unless that waits already (P3.6)."""
    person, command = person_of(state), message.data
    today = _today(person, now)
    if command.on is not None and command.on > today:
        raise Refused(422, "day_ahead", "This is noted on its day or later.", "/on")
    code, on = command.kind, command.on or today
    record = check_record(
        command.event_id, "life_event", code, on, command.words_sealed, now, message.actor.kind, command.heard
    )
    waits = any(one.kind == "goals" for one in state.prompts)
    done = Transition(state)
    if not waits and _asked_in(state) is not None:
        done = _asked(state, message.key, command.event_id, today, now)
    body = {"event_id": command.event_id, "kind": command.kind, "on": on.isoformat()}
    return replace(done, records=(record,), answer=Answer(201, body))


def confirm_goals(state: PatientState, message: Message[ConfirmGoals], now: datetime) -> Result:
    """The person's own word, asked or not; it is asked again 28 days from today. 409 while there is nothing to ask.

    Goals that changed open the way to a change of the plan: somebody looks at it with them (P3.6).
    """
    person, command = person_of(state), message.data
    own_words(message, command.heard)
    plan = _asked_in(state)
    if plan is None:
        raise Refused(409, "no_goals", "There is no goal in a plan in force to say this of.")
    today = _today(person, now)
    prompt = next((one.prompt_id for one in state.prompts if one.kind == "goals"), None)
    closed = close_prompts(state, "goals", None, now)
    counted: Aims = goal_checks.counted(closed.state.aims, plan.plan_id, today)
    event = GoalReconfirmedV1(answer=command.answer, prompt_id=prompt)
    record = check_record(
        command.check_id,
        "confirmed",
        command.answer,
        today,
        command.words_sealed,
        now,
        message.actor.kind,
        command.heard,
    )
    done = Transition(replace(closed.state, aims=counted))
    if command.answer == "changed":
        done = ask(done.state, message.key, message.id, "review", "goals_changed", now)
    return Transition(
        done.state,
        events=(*closed.events, placed(event, person, now), *done.events),
        records=(record, *done.records),
        answer=Answer(200, {"answer": command.answer, "ask_on": (today + goal_checks.EVERY).isoformat()}),
    )


def _asked(state: PatientState, key: str, ref: str, day: date, now: datetime) -> Result:
    """It waits from now on until it is asked again, 28 days after this day of the person."""
    person, plan = person_of(state), _asked_in(state)
    if plan is None:
        return Transition(state)
    aims = goal_checks.counted(state.aims, plan.plan_id, day)
    until = _start(person, day + goal_checks.EVERY)
    return open_prompt(replace(state, aims=aims), key, "goals", named_id("goals", key, ref), now, until)


def _asked_in(state: PatientState) -> Plan | None:
    """The plan in force, where there are goals to ask about."""
    plan = state.plan
    return plan if plan is not None and not plan.ended and state.aims.goals else None


def _today(person: Person, now: datetime) -> date:
    return local_date(now, person.tz, person.day_starts_at)


def _start(person: Person, day: date) -> datetime:
    return day_start(day, person.tz, person.day_starts_at)
