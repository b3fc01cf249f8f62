"""What each command, a new track, a journal and time alone do to what a person has to read (article P2.1, P4)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.plans.domain import features, learning
from services.plans.domain.learning import AssignLesson, Learning, ViewLesson
from services.plans.domain.lessons import BY_ID, FIRST, Lesson, dialogue_for, for_track, suits
from services.plans.domain.model import PatientState, Person, Plan
from services.plans.folding.around import own_words, person_of, placed
from services.plans.folding.prompts import close_prompts, open_prompt
from services.plans.store.learning import lesson_record
from shared.clock import day_start, local_date
from shared.contracts.plans_learning import ContentViewedV1
from shared.contracts.session_logging import JournalRecordedV1
from shared.runtime.messages import Answer, Message, Record, Refused, Tick, Transition

Result = Transition[PatientState]


def assign_lesson(state: PatientState, message: Message[AssignLesson], now: datetime) -> Result:
    """A clinician gives a lesson; one misconception in seven days at most (P4.5).

    409 for one that leads to doing more where increases are locked for ME/CFS, and for another misconception too soon.
    """
    person, lesson = person_of(state), _lesson(message.data.lesson_id)
    today = _today(person, now)
    if not suits(lesson, _pem(state)):
        raise Refused(409, "not_for_this_person", "This is not for somebody with this answer about ME/CFS.")
    if lesson.kind == "dialogue" and not learning.may_take_up(state.learning, today):
        raise Refused(409, "one_misconception_a_week", "Another misconception was taken up within seven days.")
    after = _given(state, lesson, today)
    record = lesson_record(lesson.lesson_id, "clinician", now, by=message.actor.id)
    told = offer(after, message.key, now)
    return replace(
        told,
        records=(record, *told.records),
        answer=Answer(201, {"lesson_id": lesson.lesson_id, "at": now.isoformat()}),
    )


def view_lesson(state: PatientState, message: Message[ViewLesson], now: datetime) -> Result:
    """The person read it, by their own word (W3): it comes back after 7, 28 and 90 of their days from the first time.

    What nobody gave them they chose themselves (P5.7).
    """
    person, lesson = person_of(state), _lesson(message.data.lesson_id)
    own_words(message)
    today, id = _today(person, now), lesson.lesson_id
    records: tuple[Record, ...] = ()
    if id not in state.learning.ids:
        state, records = _with(state, learning.given(state.learning, id)), (lesson_record(id, "self", now),)
    done = close_prompts(_with(state, learning.viewed(state.learning, id, today)), "lesson", id, now)
    read = placed(ContentViewedV1(lesson_id=id), person, now)
    return replace(
        done,
        events=(read, *done.events),
        records=records,
        answer=Answer(200, {"lesson_id": id, "viewed_on": today.isoformat()}),
    )


def with_plan(state: PatientState, before: Plan | None, key: str, now: datetime) -> Result:
    """After a plan version came into force: each new track has a lesson about it, and whoever has a plan knows the
    signs of a flare (P2.1, P9.2). `before` is the version that was in force until now, None where none was."""
    plan = state.plan
    if plan is None or plan.ended is not None:
        return Transition(state)
    records: list[Record] = []
    known = set() if before is None or before.ended is not None else {one.track_id for one in before.terms.tracks}
    wanted: list[tuple[Lesson, str | None]] = [] if known else [(BY_ID[FIRST], None)]
    if not known and plan.terms.pem == "yes":
        wanted.append((BY_ID["limits"], None))
    areas = areas_of(state)
    for track in plan.terms.tracks:
        if track.track_id not in known:
            wanted.append((for_track(track.activity_family, areas, plan.terms.pem), track.track_id))
    for lesson, track_id in wanted:
        if lesson.lesson_id not in state.learning.ids:
            state = _with(state, learning.given(state.learning, lesson.lesson_id))
            records.append(lesson_record(lesson.lesson_id, "track" if track_id else "start", now, track_id=track_id))
    told = offer(state, key, now)
    return replace(told, records=(*records, *told.records))


def take_up(state: PatientState, message: Message[JournalRecordedV1], now: datetime) -> Result:
    """A tag of the journal calls for a misconception, at most one in seven of the person's days (P4.5).

    Nothing is taken up without a plan in force, while a red flag waits, for who switched lessons off, and for an entry
    that is heard of late.
    """
    if not _teaches(state) or now - message.occurred_at > timedelta(days=learning.LATE_DAYS):
        return Transition(state)
    data, today = message.data, _today(person_of(state), now)
    lesson = dialogue_for(data.tags, state.learning.ids, _pem(state))
    if lesson is None or not learning.may_take_up(state.learning, today):
        return Transition(state)
    record = lesson_record(lesson.lesson_id, "journal", now, entry_id=data.entry_id, tags=data.tags)
    told = offer(_given(state, lesson, today), message.key, now)
    return replace(told, records=(record, *told.records))


def offer(state: PatientState, key: str, now: datetime) -> Result:
    """The person is told of the next lesson whose day has come, while none waits for them; one a day."""
    following = _following(state)
    if following is None or state.person is None:
        return Transition(state)
    day, lesson_id = following
    today = _today(state.person, now)
    if day is not None and day > today:
        return Transition(state)
    told = _with(state, learning.told(state.learning, lesson_id, today))
    return open_prompt(told, key, "lesson", lesson_id, now, _begins(state.person, today, learning.OPEN_DAYS))


def next_moment(state: PatientState) -> datetime | None:
    """When the next lesson is to be told of (UTC); None while one waits already, while there is no plan in force or a
    red flag waits for a human, and for who switched lessons off."""
    following = _following(state)
    if following is None or state.person is None or state.plan is None:
        return None
    day, _ = following
    return state.plan.effective_at if day is None else _begins(state.person, day)


def on_time(state: PatientState, message: Message[Tick], now: datetime) -> Result:
    """The lesson whose day has come is told of."""
    return offer(state, message.key, now)


def areas_of(state: PatientState) -> frozenset[str]:
    """The life areas of the goals that stand, and what moves the person: what a lesson may speak to."""
    return frozenset((*(one.life_area for one in state.aims.goals), *state.aims.motives))


def _following(state: PatientState) -> tuple[date | None, str] | None:
    if not _teaches(state) or any(one.kind == "lesson" for one in state.prompts):
        return None
    pem = _pem(state)
    return learning.next_told(state.learning, lambda id: id in BY_ID and suits(BY_ID[id], pem))


def _teaches(state: PatientState) -> bool:
    if state.person is None or state.plan is None or state.plan.ended is not None:
        return False
    wanted = features.told(state.circle.switched, "lesson")
    return wanted and not any(item.kind == "red_flag" for item in state.work)


def _given(state: PatientState, lesson: Lesson, today: date) -> PatientState:
    after = learning.given(state.learning, lesson.lesson_id)
    return _with(state, replace(after, dialogue_on=today) if lesson.kind == "dialogue" else after)


def _lesson(lesson_id: str) -> Lesson:
    if lesson_id not in BY_ID:
        raise Refused(404, "unknown_lesson", "There is no such lesson.")
    return BY_ID[lesson_id]


def _pem(state: PatientState) -> str | None:
    return None if state.plan is None else state.plan.terms.pem


def _today(person: Person, now: datetime) -> date:
    return local_date(now, person.tz, person.day_starts_at)


def _begins(person: Person, day: date, days: int = 0) -> datetime:
    return day_start(day + timedelta(days=days), person.tz, person.day_starts_at)


def _with(state: PatientState, after: Learning) -> PatientState:
    return replace(state, learning=after)
