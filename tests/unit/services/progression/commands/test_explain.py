"""`explain` prints a decision as a person would want to read it, and says plainly what it cannot do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import pytest

from deploy.local.topology import SERVICES, Ports
from services.progression.__main__ import main
from services.progression.commands import database, explain
from services.progression.commands.explain import explained, lines_of
from services.progression.settings import LOCAL_URL
from services.progression.transitions import SERVICE
from tests.support.memory_store import MemoryStore
from tests.support.progression_person import Person, track


def lived() -> Person:
    person = Person().enrol().plan(track(), track("strength", priority=2, start_phase="BASELINE", start_dose=None))
    for day in (0, 2, 4):
        person.good_day(day, pain=1)
    person.log(5, 300, clock="15:00", track_id="strength")
    return person


def told(person: Person, audience: Any = "clinician", name: str = "walk") -> dict[str, Any]:
    latest = person.decisions(name)[-1]
    return explained(person.records["decisions", latest.decision_id], audience, person.records["tracks", name])


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    person, store = lived(), MemoryStore()
    documents: dict[str, list[dict[str, Any]]] = {}
    for (kind, id_), data in person.records.items():
        documents.setdefault(kind, []).append(
            {"_id": f"p1:{id_}", "id": id_, "key": "p1", "tenant": "t1", "seq": 1, **data}
        )

    @asynccontextmanager
    async def opened(options: Any) -> AsyncIterator[MemoryStore]:
        await store.put(documents)
        yield store

    monkeypatch.setattr(explain, "opened", opened)


def test_what_holds_why_what_counted_and_why_not_more_are_all_told() -> None:
    text = "\n".join(lines_of(told(lived())))

    assert "Now       10 min (active, graded), last changed Monday 3 March 2025" in text
    assert "Decided   R10d HOLD 10 min" in text
    assert "In words  Keep 10 min for now. A next step can come from 10 March." in text
    assert "5 d since the last change." in text
    assert "What counted: 3 days with a session. Usual pain: 2." in text
    assert "2025-03-05  10 min  10 min   2       1     2        –     green  yes      ok" in text
    assert "advance_days  7               default" in text
    assert "Why not more: next would come R11, to 11 min; 1 of 12 conditions are not met." in text
    assert "R10e (3 of 2 sessions)" in text


def test_the_person_is_not_shown_the_clinicians_words() -> None:
    text = "\n".join(lines_of(told(lived(), "patient")))

    assert "d since the last change" not in text
    assert text.count("A next step can come from 10 March.") == 2


def test_a_lock_is_told_with_what_opens_it() -> None:
    person = Person().enrol().plan(flare_plan=False)
    person.good_day(0)
    text = "\n".join(lines_of(told(person)))

    assert "Lock no_flare_plan, told to the person as: 10 min for now. A step up needs a plan for flares first." in text


def test_a_start_that_is_being_found_says_how_many_sessions_are_missing() -> None:
    found = told(lived(), name="strength")

    (condition,) = found["next_up"]["conditions"]
    assert (found["rule"], condition["have"], condition["need"]) == ("R6a", 1, 3)


@pytest.mark.usefixtures("stored")
def test_all_tracks_are_printed_the_most_important_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "p1"]) == 0
    printed = capsys.readouterr().out

    assert printed.index("Track walk") < printed.index("Track strength")


@pytest.mark.usefixtures("stored")
def test_one_track_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "p1", "--track", "walk", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)

    assert (one["track_id"], one["rule"], one["next_up"]["rule"]) == ("walk", "R10d", "R11")


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody"], "Nothing was decided for a person of that id"),
        (["p1", "--track", "other"], "Nothing was decided on a track of that name."),
    ],
)
def test_who_is_not_known_is_said(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_a_database_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    store = MemoryStore()
    store.down = True
    monkeypatch.setattr(explain, "opened", lambda _: nullcontext(store))
    assert main(["explain", "p1"]) == 3
    assert "cannot be reached" in capsys.readouterr().err


def test_an_unknown_command_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rubbish"]) == 2
    assert "explain PATIENT" in capsys.readouterr().err


def test_without_settings_the_database_of_the_local_stack_is_meant() -> None:
    assert f"mongodb://127.0.0.1:{Ports.usual().engines['progression']}/" == LOCAL_URL
    assert "progression" in SERVICES
    assert database.name_of_database(None, None) == SERVICE.name
    assert database.name_of_database("blue", "new") == "blue-progression-new"
