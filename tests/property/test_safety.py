"""Whatever is answered, cleared, killed and replayed in any order: no flag is lost, doubled, or ended by itself."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.safety.desk import Desk
from services.safety.domain.commands import AnswerRedFlags, ResumeAutomation
from services.safety.domain.levels import GRAVEST_FIRST, LEVELS, in_order
from services.safety.domain.model import SafetyState
from services.safety.replay import Replay
from services.safety.spool import Entry, Spool
from services.safety.store import ANSWERS
from services.safety.transitions import SERVICE, TRANSITIONS
from shared.contracts.plans import PatientEnrolledV1
from shared.contracts.safety import AutomationResumedV1, AutomationSuspendedV1, RedflagRaisedV1
from shared.red_flags import SIGNS
from shared.runtime.aggregate import encode
from shared.runtime.messages import Actor, Message, Refused, To
from tests.support.rig import Rig

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ENROLLED = PatientEnrolledV1(tz="Europe/Madrid", locale="es-ES")

signs = st.lists(st.sampled_from(SIGNS), max_size=4)
answers = st.tuples(st.just("answer"), signs, st.sampled_from(("patient", "caregiver", "clinician")))
resumes = st.tuples(
    st.just("resume"), st.sampled_from(("open", "before", "nothing")), st.sampled_from(("clinician", "patient"))
)
stories = st.lists(st.one_of(answers, resumes, st.just(("enrol", None, None))), max_size=25)


@settings(max_examples=100, deadline=None)
@given(stories)
def test_every_yes_raises_one_flag_and_only_a_clinicians_note_ends_a_suspension(story: list[Any]) -> None:
    state, now, before, told, kept = SafetyState(), NOW, "none", [], 0
    since: list[tuple[str, ...]] = []
    for number, (what, detail, role) in enumerate(story):
        now += timedelta(minutes=1)
        suspended = state.suspension
        data: Any = ENROLLED
        if what == "answer":
            data = AnswerRedFlags(f"f{number}", "check_in", tuple(detail), now)
        elif what == "resume":
            open_id = suspended.suspension_id if suspended else "none"
            data = ResumeAutomation({"open": open_id, "before": before, "nothing": "x"}[detail], "s1.note")
        try:
            done = _handled(state, data, role or "clinician", now)
        except Refused:
            done = None
        if done is None:
            assert what == "resume" or (role == "clinician" and state.enrolment is None)
            continue
        state = done.state
        events = [emit.data for emit in done.events]
        told += events
        kept += sum(record.collection == ANSWERS for record in done.records)
        if what == "resume":
            assert (role, detail) == ("clinician", "open")
            assert suspended is not None
            before, since = suspended.suspension_id, []
            assert [type(event) for event in events] == [AutomationResumedV1]
        elif what == "answer" and detail:
            since.append(in_order(detail))
            wanted = [RedflagRaisedV1] if suspended else [RedflagRaisedV1, AutomationSuspendedV1]
            assert [type(event) for event in events] == wanted
        else:
            assert events == []
            assert state.suspension == suspended
        assert (state.suspension is None) == (since == [])
        if state.suspension:
            assert state.suspension.level == min((LEVELS[s] for one in since for s in one), key=GRAVEST_FIRST.index)
            assert state.suspension.signs == in_order(sign for one in since for sign in one)
    switches = [event for event in told if not isinstance(event, RedflagRaisedV1)]
    assert [isinstance(event, AutomationSuspendedV1) for event in switches] == [
        n % 2 == 0 for n in range(len(switches))
    ]
    assert len({event.suspension_id for event in switches}) == (len(switches) + 1) // 2
    assert kept >= sum(isinstance(event, RedflagRaisedV1) for event in told)


@settings(max_examples=100, deadline=None)
@given(signs, st.integers(0, 2))
def test_when_the_enrolment_is_heard_of_changes_nothing_of_what_was_said(yes: list[str], at: int) -> None:
    """Two topics have no order: the person's answers and their enrolment meet in any."""

    def folded(place: int) -> bytes:
        said: list[Any] = [AnswerRedFlags(f"f{n}", "intake", tuple(yes[n:]), NOW) for n in range(2)]
        said.insert(place, ENROLLED)
        state = SafetyState()
        for data in said:
            state = _handled(state, data, "patient", NOW).state
        return encode(state)

    assert folded(at) == folded(0)


def _handled(state: SafetyState, data: Any, role: str, now: datetime) -> Any:
    handler = TRANSITIONS[type(data)]
    assert not isinstance(handler, To)
    return handler(state, Message(data, "p", "clinic", "m", now, now, Actor(role, "u"), "app"), now)


class Place:
    """A service that can be killed, with a database that can go away and a disk that stays."""

    def __init__(self, folder: Path) -> None:
        self.rig, self.folder = Rig(SERVICE), folder
        self.accepted: dict[str, list[str]] = {"p1": [], "p2": []}
        self.restart()

    def restart(self) -> None:
        """Begin anew with what lies in the database and on the disk alone."""
        self.rig = Rig(SERVICE, store=self.rig.store, broker=self.rig.broker, keys=self.rig.keys)
        spool = Spool(self.folder, b"k" * 32)
        self.desk = Desk(self.rig.runtime, spool, store_s=30.0, spool_s=30.0, again_s=0.0)
        self.replay = Replay(self.rig.runtime, spool)

    async def answer(self, person: str, id: str) -> None:
        """Answer yes; what is said to be kept must be raised, once, in this order."""
        entry = Entry("clinic", person, id, "check_in", ("chest",), NOW.isoformat(), "patient", "u", "app", 0)
        taken = await self.desk.take(entry)
        assert taken.recorded in ("stored", "spooled")
        assert taken.suspended is True
        if id not in self.accepted[person]:
            self.accepted[person].append(id)

    def raised(self, person: str) -> list[str]:
        """The flags on the topic, each once however often it was sent, as a consumer takes them."""
        by_seq = {event["seq"]: event for event in self.rig.events(person)}
        assert sorted(by_seq) == list(range(1, len(by_seq) + 1))
        return [by_seq[n]["data"]["flag_id"] for n in sorted(by_seq) if by_seq[n]["type"] == "redflag.raised"]


steps = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from(("p1", "p2")), st.integers(0, 5)),
    st.tuples(st.sampled_from(("down", "up", "restart", "replay", "lose_answer", "lose_write")), st.none(), st.none()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(steps, max_size=20))
def test_what_was_accepted_is_raised_once_and_in_order_whatever_fails_in_between(story: list[Any]) -> None:
    async def lived(folder: Path) -> None:
        place = Place(folder)
        for what, person, number in story:
            match what:
                case "answer":
                    await place.answer(person, f"f{number}")
                case "down" | "up":
                    place.rig.store.down = what == "down"
                case "restart":
                    place.restart()
                case "lose_answer":
                    place.rig.store.lose_answers = 1
                case "lose_write":
                    place.rig.store.lose_writes = 1
                case _:
                    await place.replay.round()
        place.rig.store.down, place.rig.store.lose_answers, place.rig.store.lose_writes = False, 0, 0
        place.restart()
        assert await place.replay.round() is True
        await place.rig.rest()
        for person, ids in place.accepted.items():
            assert place.raised(person) == ids

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lived(Path(folder)))
        assert list(Path(folder).iterdir()) == []
