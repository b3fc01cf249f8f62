"""Whatever zone, clock change, delay and order: quiet hours hold, nothing goes twice, every slot ends once."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reminders.around import around, quiet_hours
from services.reminders.domain.calendar import Quiet, within
from services.reminders.domain.commands import SetCue
from services.reminders.domain.model import QuietHours
from services.reminders.transitions import TRANSITIONS
from shared.contracts.plans import PatientEnrolledV1, PlanEndedV1, ProposalAnsweredV1
from shared.contracts.progression import ProposalWithdrawnV1, QuestionAskedV1, QuestionClosedV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1
from shared.ids import event_id
from shared.runtime.aggregate import encode
from shared.runtime.messages import SYSTEM, Message, To, Transition
from tests.unit.services.reminders.person import (
    PATIENT,
    WALK,
    Person,
    changed,
    decided,
    plan,
    proposed,
    session,
    voided,
)

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
START = datetime(2020, 1, 1, tzinfo=UTC)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _transitions() -> list[tuple[str, datetime]]:
    """Hours in which a zone's clocks change, 2020-2035, for zones of every kind of rule."""
    found = []
    for name in ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Gaza",
                 "America/Santiago", "Antarctica/Troll", "Asia/Beirut"):  # fmt: skip
        zone, hour = ZoneInfo(name), START
        before = hour.astimezone(zone).utcoffset()
        while hour.year < 2036:
            hour += timedelta(hours=12)
            offset = hour.astimezone(zone).utcoffset()
            if offset != before:
                found.append((name, hour))
            before = offset
    return found


TRANSITIONS_OF_CLOCKS = _transitions()
anywhen = st.integers(0, 16 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
near_change = st.tuples(st.sampled_from(TRANSITIONS_OF_CLOCKS), st.integers(-48, 10)).map(
    lambda drawn: (drawn[0][0], drawn[0][1] + timedelta(hours=drawn[1]))
)
places = st.one_of(st.tuples(st.sampled_from(ZONES), anywhen), near_change)
walls = st.tuples(st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 45, 59))).map(lambda t: f"{t[0]:02}:{t[1]:02}")
quiets = st.tuples(walls, walls, st.booleans()).filter(lambda t: t[0] != t[1])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 40 * 60), st.sampled_from((0, 1, 20, 30, 31, 500))),
        st.tuples(st.just("log"), st.sampled_from(("full", "rest", "shorter")), st.integers(0, 1)),
        st.tuples(st.just("void"), st.just(0), st.just(0)),
        st.tuples(st.just("move"), st.sampled_from(ZONES), st.just(0)),
        st.tuples(st.just("quiet"), quiets, st.just(0)),
        st.tuples(st.just("cue"), walls, st.integers(0, 2)),
        st.tuples(st.just("dose"), st.integers(1, 20), st.integers(1, 20)),
        st.tuples(st.just("offer"), st.integers(1, 60), st.just(0)),
        st.tuples(st.just("question"), st.sampled_from(("settling", "kept_moving")), st.integers(0, 60)),
        st.tuples(st.just("answered"), st.integers(0, 13), st.just(0)),
        st.tuples(st.just("plan"), st.booleans(), st.just(0)),
        st.tuples(st.just("suspended"), st.integers(0, 1), st.booleans()),
        st.tuples(st.just("outcome"), st.sampled_from(("sent", "unknown", "failed", "stale", "later")), st.just(0)),
        st.tuples(st.just("carry_out"), st.just(0), st.just(0)),
    ),
    max_size=14,
)


class Watched(Person):
    """A person whose every effect is checked at the moment it leaves."""

    def fold(self, message: Message[Any]) -> Transition[Any]:
        before = self.state
        done = super().fold(message)
        place = around(self.state, PATIENT)
        for effect in done.effects:
            assert place is not None
            assert effect.safety == (effect.data["kind"] == "safety")
            assert effect.safety or not any(episode.open for episode in before.episodes.values()), "while suspended"
            assert before.plan is None or not before.plan.ended, "after the end of the plan"
            if effect.safety:
                continue
            hours, moment = quiet_hours(self.state), self.now
            assert effect.not_after >= self.now
            while moment < min(effect.not_after, self.now + timedelta(hours=26)):
                assert not (hours.enabled and within(hours, place.calendar.wall(moment).time())), "inside quiet hours"
                moment += timedelta(minutes=15)
        return done

    def step(self, kind: str, a: Any, b: Any, number: int) -> None:
        match kind:
            case "wait":
                self.until(self.now + timedelta(minutes=a), late=timedelta(minutes=b))
            case "log":
                place = around(self.state, PATIENT)
                assert place is not None
                day = place.calendar.day_of(self.now) - timedelta(days=b)
                self.logged = session(day, self.now - timedelta(days=b), f"s-{number}", a)
                self.hear(self.logged)
            case "void":
                if hasattr(self, "logged"):
                    self.hear(voided(self.logged))
            case "move":
                self.hear(PatientEnrolledV1(tz=a, locale="en"))
            case "quiet":
                self.quiet(*a)
            case "cue":
                self.ask(SetCue(f"cue-{b}", a, WALK if b == 1 and self.has_plan() else None, None, None, True))
            case "dose":
                self.hear(decided(f"d-{number}", a * 60, b * 60))
                self.hear(changed(f"d-{number}", a * 60, b * 60, self.now))
            case "offer":
                self.hear(proposed(f"o-{number}", self.now + timedelta(hours=a)))
            case "question":
                until = self.now + timedelta(hours=b) if b else None
                self.hear(QuestionAskedV1(question_id=f"q-{number}", kind=a, asked_at=self.now, until=until))
            case "answered":
                self.hear(QuestionClosedV1(question_id=f"q-{a}", kind="settling", reason="answered"))
            case "plan":
                self.planned() if a else self.plan_ended()
            case "suspended":
                self.suspended(f"s-{a}") if b else self.resumed(f"s-{a}")
            case "carry_out":
                self.carry_out_all()
            case "outcome" if a == "later":
                self.outcome = None
            case "outcome":
                self.outcome = ("suppressed", "stale") if a == "stale" else (a, None if a == "sent" else "reason")

    def carry_out_all(self) -> None:
        """What waited is claimed now, too late or not, and each is asked for."""
        for _, effect in list(self.effects):
            if effect.id not in self.state.sending:
                continue
            muted = not effect.safety and any(episode.open for episode in self.state.episodes.values())
            ended = self.state.plan is not None and self.state.plan.ended
            if self.now > effect.not_after:
                self.end(effect, "suppressed", "stale")
            else:
                self.carry_out(effect)
                assert (self.records[effect.id]["status"] == "suppressed") >= (muted or ended)

    def has_plan(self) -> bool:
        return self.state.plan is not None and not self.state.plan.ended


@QUICK
@given(places, walls, st.one_of(st.none(), st.just("soon"), quiets), walls, steps)
def test_quiet_hours_hold_and_every_slot_ends_exactly_once(
    place: tuple[str, datetime],
    wall: str,
    quiet: tuple[str, str, bool] | str | None,
    day_starts_at: str,
    story: list[Any],
) -> None:
    tz, now = place
    person = Watched(now).enrolled(tz, day_starts_at).planned()
    if quiet == "soon":
        hour, minute = divmod((int(wall[:2]) * 60 + int(wall[3:]) + 10) % 1440, 60)
        person.quiet(f"{hour:02}:{minute:02}", f"{(hour + 9) % 24:02}:00")
    elif isinstance(quiet, tuple):
        person.quiet(*quiet)
    person.cue(wall, track=None)
    person.hear(decided("d-0", 600, 480))
    person.hear(changed("d-0", 600, 480, now))
    for number, (kind, a, b) in enumerate(story, start=1):
        person.step(kind, a, b, number)
    person.carry_out_all()
    person.outcome = person.outcome or ("sent", None)
    person.until(person.now + timedelta(days=2))

    told: Counter[tuple[Any, ...]] = Counter()
    for event in person.events:
        told[(event.cue_id, event.local_date) if event.kind == "cue" else (event.reminder_id,)] += 1
    assert set(told.values()) <= {1}
    assert len({effect.id for _, effect in person.effects}) == len(person.effects)
    assert all(record["status"] != "sending" for record in person.records.values())
    assert all((record["reason"] is None) == (record["status"] == "sent") for record in person.records.values())
    left = ("sent", "unknown")
    asked = Counter(
        r["question_id"] for r in person.records.values() if r["kind"] == "question" and r["status"] in left
    )
    assert set(asked.values()) <= {1}
    cues = [at for at, effect in person.effects if effect.data["kind"] == "cue"]
    if person.outcome == ("sent", None) and not any(kind == "outcome" for kind, _, _ in story):
        assert all(b - a >= timedelta(hours=4) for a, b in pairwise(cues))
    if not any(kind == "plan" for kind, _, _ in story):
        days = sorted(date.fromisoformat(r["local_date"]) for r in person.records.values() if r.get("cue_id") == "cue")
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))] if days else True


@QUICK
@given(places, walls, walls, st.integers(0, 72 * 60))
def test_the_end_of_quiet_hours_is_the_first_moment_that_is_not_quiet(
    place: tuple[str, datetime], start: str, end: str, minutes: int
) -> None:
    tz, moment = place
    moment += timedelta(minutes=minutes)
    person = Person(moment).enrolled(tz)
    at = around(person.state, PATIENT)
    assert at is not None
    quiet = Quiet(at.calendar, QuietHours(start, end, start != end))
    if (ends := quiet.ends(moment)) is not None:
        assert quiet.holds(moment)
        assert not quiet.holds(ends)
        assert _minutes_all(quiet, moment, ends, quiet_expected=True)
    elif (begins := quiet.begins(moment)) is not None:
        assert begins > moment
        assert _minutes_all(quiet, moment, begins, quiet_expected=False)


def _minutes_all(quiet: Quiet, start: datetime, end: datetime, *, quiet_expected: bool) -> bool:
    moments = (start + timedelta(minutes=n) for n in range(0, int((end - start).total_seconds() // 60), 5))
    return all(quiet.holds(moment) == quiet_expected for moment in moments)


BEGAN = datetime(2025, 3, 31, 22, tzinfo=UTC)


def _topics(draw: st.DrawFn) -> dict[str, list[Any]]:
    """What three services publish about one person, each in its own order."""
    today = date(2025, 3, 31)
    sessions: list[Any] = []
    for number in range(draw(st.integers(0, 4))):
        logged = session(today, BEGAN - timedelta(hours=number), f"s-{number}", draw(st.sampled_from(("full", "rest"))))
        sessions.append(logged)
        if draw(st.booleans()):
            sessions.append(voided(logged))
    progress: list[Any] = []
    answers: list[Any] = []
    dose = 600
    for number in range(draw(st.integers(0, 5))):
        new = draw(st.sampled_from((480, 540, 600, 660)))
        rule = draw(st.sampled_from(("R8a", "R7a", "R11")))
        both = [decided(f"d-{number}", dose, new, rule), changed(f"d-{number}", dose, new, BEGAN, rule)]
        progress += both if draw(st.booleans()) else both[::-1]
        dose = new
        if draw(st.booleans()):
            progress.append(proposed(f"o-{number}", BEGAN + timedelta(hours=48), f"d-{number}"))
            ending = draw(st.sampled_from(("none", "withdrawn", "answered")))
            if ending == "withdrawn":
                progress.append(ProposalWithdrawnV1(proposal_id=f"o-{number}", track_id=WALK, reason="R8a"))
            if ending == "answered":
                answers.append(ProposalAnsweredV1(proposal_id=f"o-{number}", track_id=WALK, answer="stay"))
    for number in range(draw(st.integers(0, 2))):
        progress.append(QuestionAskedV1(question_id=f"q-{number}", kind="usual_pain", asked_at=BEGAN))
        if draw(st.booleans()):
            progress.append(QuestionClosedV1(question_id=f"q-{number}", kind="usual_pain", reason="answered"))
    plans = [PatientEnrolledV1(tz="Europe/Berlin", locale="en"), plan((WALK,), BEGAN), *answers]
    if draw(st.booleans()):
        plans.append(PlanEndedV1(plan_id="plan", reason="moved"))
    safety: list[Any] = []
    for number in range(draw(st.integers(0, 3))):
        level: Any = draw(st.sampled_from(("emergency", "urgent", "review", "lock")))
        on = AutomationSuspendedV1(suspension_id=f"u-{number}", flag_id="f", level=level, signs=("clot",), since=BEGAN)
        off = AutomationResumedV1(suspension_id=f"u-{number}", resumed_at=BEGAN)
        safety += draw(st.sampled_from(([on], [on, off], [on, on, off], [off, on], [on, off, on])))
    return {"plans": plans, "session_logging": sessions, "progression": progress, "safety": safety}


def _fold_all(messages: list[Message[Any]]) -> Person:
    person = Person(BEGAN)
    for message in messages:
        handler = TRANSITIONS[type(message.data)]
        assert not isinstance(handler, To)
        person.state = handler(person.state, message, BEGAN).state
    return person


@QUICK
@given(st.data())
def test_topics_in_any_order_lead_to_the_same_state_and_the_same_messages(data: st.DataObject) -> None:
    topics = data.draw(st.composite(_topics)())
    messages = {
        service: [
            Message(
                event, PATIENT, "t", event_id(service, PATIENT, seq),
                BEGAN, BEGAN - timedelta(minutes=100 - seq), SYSTEM, service=service, seq=seq,
            )
            for seq, event in enumerate(events, start=1)
        ]
        for service, events in topics.items()
    }  # fmt: skip
    owners = [service for service, events in messages.items() for _ in events]

    def merged(order: list[str]) -> list[Message[Any]]:
        waiting = {service: iter(events) for service, events in messages.items()}
        return [next(waiting[service]) for service in order]

    first, second = _fold_all(merged(owners)), _fold_all(merged(data.draw(st.permutations(owners))))
    assert encode(first.state) == encode(second.state)
    for person in (first, second):
        person.until(BEGAN + timedelta(days=3))
    assert encode(first.state) == encode(second.state)
    assert first.records == second.records
