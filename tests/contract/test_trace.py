"""`python -m shared.contracts trace`: the path through the code, read from the code itself."""

import re
from collections.abc import Callable
from types import MappingProxyType

import pytest

from shared.contracts import code_paths
from shared.contracts import trace as tracing
from shared.contracts.__main__ import main
from shared.contracts.catalog import CATALOG, Row
from shared.contracts.code_paths import ROOT, consequences, handled_by, place, transitions
from shared.contracts.schemas import version_name
from shared.contracts.session_logging import SessionLoggedV1
from shared.contracts.trace import NothingOfThatName, trace
from shared.runtime.messages import Tick, To
from tests.contract import sample_service as sample

PLACE = re.compile(r"(?:services|shared)/[\w/]+\.py:\d+")


@pytest.mark.parametrize(
    ("function", "types"),
    [
        (sample.asks_only, set()),
        (sample.publishes_itself, {"journal.recorded"}),
        (sample.publishes_through_others, {"plan.ended"}),
        (sample.publishes_in_a_method, {"plan.ended"}),
        (sample.chooses_the_model, {"plan.activated", "plan.changed"}),
        (sample.makes_it_inside, {"proposal.answered"}),
        (sample.sends, set()),
    ],
)
def test_what_a_function_may_publish_is_read_from_its_code(function: Callable[..., object], types: set[str]) -> None:
    assert {row.type for row in consequences(function).events} == types


def test_the_place_is_the_line_where_the_event_is_made() -> None:
    ((row, where),) = consequences(sample.publishes_through_others).events.items()

    file, line = where.split(":")
    assert (row.type, file) == ("plan.ended", "tests/contract/sample_service.py")
    assert "PlanEndedV1(" in (ROOT / file).read_text().splitlines()[int(line) - 1]


def test_a_message_to_a_person_is_seen() -> None:
    assert len(consequences(sample.sends).effects) == 1
    assert consequences(sample.publishes_itself).effects == ()


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_an_event_is_traced_from_its_producer_to_every_consumer(row: Row) -> None:
    lines = trace(row.type)

    module = row.model.__module__.replace(".", "/")
    assert lines[0].startswith(f"{row.type} v{row.version}  {module}.py:")
    firsts = [line for line in lines if re.match(r"[├└]─ ", line)]
    assert any(f"from {row.producer}: " in line for line in firsts)
    for consumer in row.consumers:
        assert any(f"to {consumer}: on_" in line for line in firsts)
    assert not any("not here" in line for line in lines)


def test_every_place_in_a_trace_is_a_line_of_code() -> None:
    for where in PLACE.findall("\n".join(trace("session.logged"))):
        file, line = where.split(":")
        assert (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


def test_a_logged_session_leads_to_a_decision_and_to_a_message() -> None:
    text = "\n".join(trace("session.logged"))

    assert "from session_logging: LogSession" in text
    assert re.search(r"to progression: on_session\w* .*\n(.*\n)*?.*progression\.decided v1", text)
    assert re.search(r"progression\.decided v1 .*\n(.*\n)*?.*to reminders: ", text)
    assert "a message to the person" in text


@pytest.mark.parametrize("name", ["session.logged.v1", "SessionLoggedV1"])
def test_an_event_has_three_names(name: str) -> None:
    assert trace(name) == trace("session.logged")


def test_a_command_is_traced_from_where_it_is_given() -> None:
    lines = trace("LogSession")

    assert re.match(r"LogSession, handled by session_logging, given at services/session_logging/\S+\.py:\d+", lines[0])
    assert any("session.logged v1" in line for line in lines)


def test_an_event_shows_once_so_that_a_cycle_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    row = next(row for row in CATALOG if row.type == "journal.recorded")
    handled = handled_by(To(sample.publishes_itself, key=lambda message: message.key))
    table = MappingProxyType({row.model: handled, Tick: handled})
    monkeypatch.setattr(tracing, "transitions", lambda service: table if service == row.producer else {})

    lines = trace("journal.recorded")

    assert [line for line in lines if "(above)" in line]
    assert len(lines) < 10
    assert any("on another aggregate" in line for line in lines)


def test_a_service_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "transitions", lambda service: None)

    assert "├─ from session_logging: not here (services/session_logging/transitions.py)" in trace("session.logged")


def test_a_service_that_is_not_there_has_no_transitions() -> None:
    assert transitions("nobody") is None


def test_a_service_whose_code_fails_is_not_taken_for_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> None:
        raise ModuleNotFoundError("No module named 'services.plans.gone'", name="services.plans.gone")

    monkeypatch.setattr(code_paths, "import_module", fails)

    with pytest.raises(ModuleNotFoundError, match="gone"):
        transitions.__wrapped__("plans")


def test_a_name_that_nobody_knows_is_answered_with_what_is_near() -> None:
    with pytest.raises(NothingOfThatName, match=r"Did you mean session\.logged"):
        trace("sesion.loged")
    with pytest.raises(NothingOfThatName, match=r"Events: .*session\.logged"):
        trace("xyz")


def test_the_command_line_exits_2_for_a_name_that_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "sesion.loged"]) == 2
    assert "Did you mean session.logged" in capsys.readouterr().err
    assert main(["trace", "session.logged"]) == 0
    assert capsys.readouterr().out.startswith(f"session.logged v1  {place(SessionLoggedV1)}")
