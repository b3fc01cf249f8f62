"""`explain` prints a decision as a person would want to read it, and says plainly what it cannot do."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any, Final

import pytest

from deploy.docgen.pages import ROOT
from deploy.local.topology import SERVICES, Ports
from services.progression.__main__ import main
from services.progression.commands import database, explain
from services.progression.commands.explain import explained
from services.progression.commands.lines import lines_of
from services.progression.settings import LOCAL_URL
from services.progression.transitions import SERVICE
from shared.clinics import LANGUAGES
from tests.support.memory_store import MemoryStore
from tests.support.progression_episodes import end_flare, flare
from tests.support.progression_overrides import set_override
from tests.support.progression_person import Person, track
from tests.support.progression_stops import suspend

PAGE: Final = ROOT / "deploy" / "docs" / "progression-commands.md"

CODE: Final = re.compile(r"\b[RW]\d+[a-z]*\b|\b[A-Z]{3,}\b|\w_\w|duration-")
"""A rule id, a state or an action, the name of a parameter or a lock."""


def lived() -> Person:
    person = Person().enrol().plan(track(), track("strength", priority=2, start_phase="BASELINE", start_dose=None))
    for day in (0, 2, 4):
        person.good_day(day, pain=1)
    person.log(5, 300, clock="15:00", track_id="strength")
    return person


def locked() -> Person:
    person = Person().enrol().plan(flare_plan=False)
    person.good_day(0)
    return person


def set_aside() -> Person:
    person = lived()
    set_override(person, "advance_days", 10, 6, days=5)
    set_override(person, "usual_pain", 4, 6, days=5, track_id=None, clock="10:00")
    return person


def stopped() -> Person:
    person = lived()
    suspend(person, 6)
    return person


def in_a_flare() -> Person:
    person = lived()
    flare(person, 6)
    person.tick_to(9)
    end_flare(person, 9)
    person.log(10, 600)
    return person


def away() -> Person:
    person = lived()
    person.tick_to(40)
    for day in range(40, 60, 2):
        person.good_day(day, 300, pain=7)
    return person


def told(person: Person, audience: Any = "clinician", name: str = "walk", language: str = "en") -> dict[str, Any]:
    latest = person.decisions(name)[-1]
    tracks = person.records["tracks", name]
    return explained(person.records["decisions", latest.decision_id], audience, tracks, language)


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

    assert "Now: 10 min\n  active (ACTIVE), building up (GRADED)\n  last changed: Monday 3 March 2025" in text
    assert "Decided: The same (R10d HOLD): 10 min" in text
    assert "In words: Keep 10 min for now. A next step can come from 10 March." in text
    assert "To the clinician: 5 d since the last change." in text
    assert "The rule: Fewer than 7 days since the last change;" in text
    assert "Usual pain (0 to 10): 2\n  Days with a session: 3" in text
    assert "5 Mar 2025  10 min  10 min   2            1     2             green      yes      went well" in text
    assert "time between two rises, at least (advance_days): 7 days – the default" in text
    assert "Next would come: a step up (R11): 11 min" in text
    assert "Still missing: enough time since the last change (days: 5 of 7, R10d)" in text
    assert "enough sessions that went well (sessions: 3 of 2, R10e)" in text


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("es", ("lunes, 3 de marzo de 2025", "Decidido: Lo mismo (R10d HOLD): 10 minutos", "Menos de 7 días")),
        ("ar", ("الاثنين، 3 مارس 2025", "القرار: المقدار نفسه (R10d HOLD): 10 دقائق", "أقل من 7 أيام")),
    ],
)
def test_everything_is_told_in_the_language_asked_for(language: str, sentences: tuple[str, ...]) -> None:
    text = "\n".join(lines_of(told(lived(), language=language)))

    assert [one for one in sentences if one not in text] == []


def test_the_person_is_not_shown_the_clinicians_words_nor_any_code() -> None:
    text = "\n".join(lines_of(told(lived(), "patient")))

    assert "d since the last change" not in text
    assert text.count("A next step can come from 10 March.") == 2
    assert CODE.findall(text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_is_left_in_what_the_person_reads_of_a_year_of_many_things(language: str) -> None:
    for person in (lived(), locked(), set_aside(), stopped(), in_a_flare(), away()):
        for decision in person.decisions():
            document = person.records["decisions", decision.decision_id]
            text = "\n".join(lines_of(explained(document, "patient", None, language)))
            assert CODE.findall(text.replace("ME/CFS", "").replace("UTC", "")) == [], (decision.rule, text)


def test_a_lock_is_told_with_what_opens_it() -> None:
    text = "\n".join(lines_of(told(locked())))

    assert "no plan for flares (no_flare_plan): 10 min for now. A step up needs a plan for flares first." in text


def test_what_differs_from_the_default_comes_first_with_who_set_it_until_when_and_why() -> None:
    found = told(set_aside())
    text = "\n".join(lines_of(found))

    assert list(found["parameters"])[:2] == ["advance_days", "usual_pain"]
    assert (
        "(advance_days): 10 days – set by a clinician until 14 Mar 2025 08:00 UTC (symptoms); default: 7 days" in text
    )
    assert "usual pain (0 to 10) (usual_pain): 4 – set by a clinician until 14 Mar 2025 09:00 UTC (symptoms)" in text


def test_why_a_human_is_asked_to_look_is_told() -> None:
    text = "\n".join(lines_of(told(stopped())))

    assert "A human is asked to look: a warning sign was told (red_flag)" in text


def test_a_start_that_is_being_found_says_how_many_sessions_are_missing() -> None:
    found = told(lived(), name="strength")

    (condition,) = found["next_up"]["conditions"]
    assert (found["rule"], condition["have"], condition["need"]) == ("R6a", 1, 3)


def test_until_a_start_is_found_no_amount_is_named_as_the_dose() -> None:
    text = "\n".join(lines_of(told(lived(), name="strength")))

    assert "Now: a free amount\n" in text
    assert "Decided: Find the start (R6a BASELINE)\n" in text


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


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_of_commands_shows_what_is_printed(language: str) -> None:
    printed = "\n".join(lines_of(told(set_aside(), language=language)))

    assert f"explain p1{'' if language == 'en' else f' --language {language}'}\n{printed}" in PAGE.read_text("utf-8")


@pytest.mark.usefixtures("stored")
def test_the_command_speaks_the_language_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "p1", "--language", "es"]) == 0
    assert "Por qué no más" in capsys.readouterr().out
    assert main(["explain", "nobody", "--language", "ar"]) == 2
    assert "لم يُتخذ قرار" in capsys.readouterr().err
