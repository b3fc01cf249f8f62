"""`shadow` runs another rule set on the inputs of stored decisions and counts what would differ."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.progression.__main__ import main
from services.progression.commands import database, shadow
from services.progression.commands.shadow import Found, compared
from services.progression.domain import table
from services.progression.domain.rulesets import Candidate, RuleSetUnknown, named, proposed
from services.progression.domain.state import Plan
from services.progression.domain.table import RULE_SET
from services.progression.folding import planning
from tests.support.memory_store import MemoryStore
from tests.support.progression_person import START, Person, track


def documents(person: Person) -> list[dict[str, Any]]:
    return [
        {"_id": f"p1:{id_}", "key": "p1", "seq": 1, **data}
        for (kind, id_), data in person.records.items()
        if kind == "decisions"
    ]


def lived() -> Person:
    person = Person().enrol().plan()
    for day in (0, 2, 4, 7, 9):
        person.good_day(day)
    person.answer("accept", 10)
    person.tick_to(32)
    return person


def run(found: Iterable[dict[str, Any]], candidate: Candidate) -> Found:
    async def each() -> AsyncIterator[dict[str, Any]]:
        for document in found:
            yield document

    return asyncio.run(compared(each(), candidate))


def test_the_rules_in_force_give_every_stored_decision_again() -> None:
    found = run(documents(lived()), named(RULE_SET))

    assert found.decisions > 10
    assert (found.unlike, found.differing) == ([], [])


def test_a_longer_wait_takes_back_the_offers_that_came_too_soon_for_it() -> None:
    found = run(documents(lived()), proposed("slower", {"parameters": {"advance_days": 14}}))

    assert found.unlike == []
    assert set(found.changes) == {("R11", "R10d")}
    assert set(found.doses) == {"no step is offered that was"}


def test_a_threshold_that_a_clinician_set_is_left_as_it_is() -> None:
    person = Person().enrol().plan(track(parameters={"advance_days": 5}))
    for day in (0, 2, 4, 7):
        person.good_day(day)

    assert run(documents(person), proposed("slower", {"parameters": {"advance_days": 28}})).differing == []


def test_a_decision_that_does_not_replay_is_found() -> None:
    (first, *rest) = documents(lived())
    found = run([{**first, "dose": first["dose"] + 60}, *rest], named(RULE_SET))

    assert [one["decision_id"] for one in found.unlike] == [first["decision_id"]]


def test_an_earlier_version_stays_in_force_until_the_plan_is_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person().enrol().plan(review_on=START + timedelta(days=84))
    monkeypatch.setattr(planning, "RULE_SET", "2030-1")
    monkeypatch.setattr(table, "TABLES", {RULE_SET: table.RULES, "2030-1": table.RULES})

    def pinned() -> str:
        assert isinstance(person.state.plan, Plan)
        return person.state.plan.rule_set

    person.plan(track(goal_dose=3600), day=3, review_on=START + timedelta(days=84))
    assert pinned() == RULE_SET
    person.plan(track(goal_dose=3600), day=80, review_on=START + timedelta(days=168))
    assert pinned() == "2030-1"
    person.log(81, 600)
    assert person.decisions()[-1].rule_set == "2030-1"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"parameters": {"rubbish": 1}}, "unknown parameter"),
        ({"parameters": {"advance_days": 99}}, "advance_days must be a whole number from 3 to 28"),
        ({"parameters": {"goal_dose": 600}}, "goal_dose is a person's own"),
        ({"parameters": 3}, "must hold names and values"),
        ({"rules": "1999-1"}, "there is no rule set of that name"),
        ({"other": 1}, "nothing else"),
        ([], "nothing else"),
    ],
)
def test_what_is_no_rule_set_is_said(told: Any, sentence: str) -> None:
    with pytest.raises(RuleSetUnknown, match=sentence):
        proposed("x", told)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    asyncio.run(store.put({"decisions": documents(lived())}))
    monkeypatch.setattr(database, "PAGE", 3)
    monkeypatch.setattr(shadow, "opened", lambda _: nullcontext(store))


@pytest.mark.usefixtures("stored")
def test_the_comparison_is_printed_with_counts_and_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "slower.toml").write_text("[parameters]\nadvance_days = 14\n")

    assert main(["shadow", "--rules", str(tmp_path / "slower.toml")]) == 0
    printed = capsys.readouterr().out
    assert "of 1 people under slower:" in printed
    assert "no step is offered that was" in printed
    assert "R11 → R10d" in printed


@pytest.mark.usefixtures("stored")
def test_only_decisions_from_a_day_on_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    counts = []
    for since in ([], ["--since", "2025-03-10"], ["--since", "2026-01-01"]):
        assert main(["shadow", "--rules", RULE_SET, "--json", *since]) == 0
        counts.append(json.loads(capsys.readouterr().out)["decisions"])

    assert counts[0] > counts[1] > counts[2] == 0


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read"), ("{", "not valid JSON"), ('{"parameters": {"g_normal": 50}}', "g_normal must be")],
)
def test_a_file_that_cannot_be_used_is_said(
    content: str | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "new.json").write_text(content)

    assert main(["shadow", "--rules", str(tmp_path / "new.json")]) == 2
    assert sentence in capsys.readouterr().err


def test_an_accepted_step_that_is_smaller_than_what_the_table_would_give_by_now_replays() -> None:
    """Offered as a small step among amber sessions, accepted after a green one that makes it a full step."""
    person = Person().enrol().plan(track(start_dose=1200, freq=3))
    for day, pain in ((0, 4), (2, 4), (4, 2), (7, 2)):
        person.good_day(day, pain=pain)
    (offer,) = person.offers()
    last = next(one for one in reversed(documents(person)) if one["rule"] == "R11")
    accepted = {**last, "text_key": "rule.R11.accepted", "dose": offer - 60}

    assert run([accepted], named(RULE_SET)).unlike == []
    assert len(run([{**accepted, "dose": offer + 60}], named(RULE_SET)).unlike) == 1
