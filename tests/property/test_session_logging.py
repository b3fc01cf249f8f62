"""Any commands in any order, on readings as old as they like: every accepted id takes effect once."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.session_logging.domain import window
from services.session_logging.domain.commands import (
    AmendSession,
    BatchItem,
    Entry,
    LogBatch,
    LogSession,
    MorningCheck,
    SubmitMorningCheck,
    VoidSession,
)
from services.session_logging.domain.window import Basis, check_name
from services.session_logging.store import MORNING_CHECKS, SESSIONS, session_from
from shared.contracts.session_logging import (
    MorningCheckRecordedV1,
    SessionAmendedV1,
    SessionLoggedV1,
    SessionVoidedV1,
)
from shared.runtime.messages import Refused
from tests.unit.services.session_logging.person import NOW, Person, walked

IDS = st.integers(0, 4).map(lambda number: f"s{number}")
ENTRIES = st.builds(
    lambda amount, pain, hours: walked(str(amount), pain=pain, started_at=NOW - timedelta(hours=hours)),
    st.integers(0, 3),
    st.none() | st.integers(0, 10),
    st.sampled_from([0, 1, 24, 24 * 40]),
)
CHECKS = st.builds(lambda pain: MorningCheck(NOW, pain), st.integers(0, 2))
ITEMS = st.one_of(
    st.builds(lambda id, entry: BatchItem(id, session=entry), IDS, ENTRIES),
    st.builds(lambda id, check: BatchItem(id, morning_check=check), IDS, CHECKS),
)
COMMANDS = st.one_of(
    st.builds(LogSession, IDS, ENTRIES),
    st.builds(
        lambda id, revision, pain: AmendSession(id, revision, ("pain",), Entry(pain=pain)),
        IDS,
        st.integers(1, 4),
        st.none() | st.integers(0, 10),
    ),
    st.builds(lambda id: VoidSession(id, "mistake"), IDS),
    st.builds(lambda items: LogBatch("b", tuple(items)), st.lists(ITEMS, min_size=1, max_size=6)),
    st.builds(SubmitMorningCheck, IDS, CHECKS),
)
STEPS = st.lists(st.tuples(COMMANDS, st.integers(0, 8), st.integers(0, 8)), max_size=40)
"""Commands, each with how many steps ago its aggregate was read, and how much later its records."""


@pytest.fixture(autouse=True, scope="module")
def _small_window() -> Iterator[None]:
    """A window that is overrun after a few writes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "KEPT", 2)
        yield


@dataclass(frozen=True)
class Snapshot:
    """What could be read after some step."""

    touches: int
    records: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, person: Person) -> "Snapshot":
        return cls(person.state.window.touches, {name: dict(kept) for name, kept in person.records.items()})


def read(command: Any, aggregate: Snapshot, records: Snapshot) -> Any:
    """The command with what was read: the aggregate's count first, the records later."""
    sessions, checks = records.records.get(SESSIONS, {}), records.records.get(MORNING_CHECKS, {})
    found = {id: record["digest"] for id, record in sessions.items()}
    found |= {check_name(id): record["digest"] for id, record in checks.items()}
    command = replace(command, basis=Basis(aggregate.touches, found))
    if isinstance(command, LogSession | AmendSession | VoidSession):
        document = sessions.get(command.session_id)
        return replace(command, current=None if document is None else session_from(document))
    return command


def _refused(person: Person, command: Any) -> str | None:
    """The rule by which a command is refused, or None."""
    try:
        person.fold(command)
    except Refused as refused:
        return refused.code
    return None


def carry_out(person: Person, command: Any, history: list[Snapshot], ago: int, later: int) -> None:
    """As the HTTP side does: on an old reading, and once more on a fresh one if that was outdated."""
    place = max(0, len(history) - 1 - ago)
    old = read(command, history[place], history[min(len(history) - 1, place + later)])
    if _refused(person, old) == "basis_outdated":
        fresh = read(command, history[-1], history[-1])
        assert _refused(person, fresh) != "basis_outdated"


@given(STEPS)
def test_every_accepted_id_takes_effect_once_and_corrections_add_up(steps: list[tuple[Any, int, int]]) -> None:
    person = Person()
    history = [Snapshot.of(person)]
    for command, ago, later in steps:
        carry_out(person, command, history, ago, later)
        history.append(Snapshot.of(person))

    revisions: dict[str, list[int]] = defaultdict(list)
    ended: set[str] = set()
    checks: list[str] = []
    for emitted in person.events:
        event = emitted.data
        if isinstance(event, MorningCheckRecordedV1):
            checks.append(event.check_id)
            continue
        assert isinstance(event, SessionLoggedV1 | SessionAmendedV1 | SessionVoidedV1)
        assert event.session_id not in ended, "nothing follows a void"
        assert isinstance(event, SessionLoggedV1) == (event.revision == 1)
        revisions[event.session_id].append(event.revision)
        if isinstance(event, SessionVoidedV1):
            ended.add(event.session_id)
    for numbers in revisions.values():
        assert numbers == list(range(1, len(numbers) + 1)), "revisions rise by one"
    assert len(checks) == len(set(checks))
    stored = person.records.get(SESSIONS, {})
    assert {id: record["revision"] for id, record in stored.items()} == {id: max(r) for id, r in revisions.items()}
    assert {id for id, record in stored.items() if record["status"] == "voided"} == ended
    assert set(checks) == set(person.records.get(MORNING_CHECKS, {}))
    assert person.state.window.touches == len(person.events)


@given(STEPS, st.data())
def test_a_command_that_is_repeated_changes_no_state_and_tells_nothing(
    steps: list[tuple[Any, int, int]], data: st.DataObject
) -> None:
    person = Person()
    done: list[Any] = []
    for command, _, _ in steps:
        try:
            person.tell(command)
        except Refused:
            continue
        if isinstance(command, AmendSession):  # its repetition is known by the command's own id
            continue
        done.append(command)
        before, told = person.state, len(person.events)
        repeated = data.draw(st.sampled_from(done))
        person.tell(repeated)
        assert person.state is before
        assert len(person.events) == told
