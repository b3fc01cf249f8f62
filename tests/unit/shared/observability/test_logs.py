"""Logs: JSON lines with constant names and single words; a datum of a person has no way in."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared.observability.logs import ALLOWED_KEYS, configure, redact

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhMSJ9.c2lnbmF0dXJl"


@pytest.fixture
def sink() -> Iterator[io.StringIO]:
    """Logging as a service has it, into a buffer; everything is put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook)
    buffer = io.StringIO()
    configure("progression", instance="1", sink=buffer)
    yield buffer
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook = before


def lines(sink: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_a_line_is_json_with_service_level_and_utc_time(sink: io.StringIO) -> None:
    structlog.get_logger().info("fold.done", records=2000, topic="session-logging-events", duration_ms=12.5)
    (line,) = lines(sink)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "fold.done",
        "level": "info",
        "service": "progression",
        "instance": "1",
        "records": 2000,
        "topic": "session-logging-events",
        "duration_ms": 12.5,
    }


@pytest.mark.parametrize("key", ["patient_id", "key", "text", "body", "message", "user", "email", "detail", "data"])
def test_a_field_that_is_not_on_the_list_is_dropped_and_counted(key: str) -> None:
    assert redact({"event": "a.b", key: "x"}) == {"event": "a.b", "dropped": 1}


@pytest.mark.parametrize(
    "value",
    [
        "my knee hurts",
        "Anna\n",
        "anna@example.org",
        "0171-2345678",
        "+491712345678",
        "1980-02-29",
        "00112233",
        "7d0b7c0e-6d6a-4b43-9d55-0f3b4a3c1a11",
        "p:7d0b7c0e-6d6a-4b43-9d55-0f3b4a3c1a11",
        JWT,
        f"Bearer={JWT}",
        "s1.kSUGgOpR0JcEXxe5Vm-LLWIEDw",
        "w1.kSUGgOpR0JcEXxe5Vm-LLWIEDw",
        "kSUGgOpR0JcEXxe5Vm_LLWIEDwkSUGgO",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "schön",
        "x" * 200,
        "",
        "mongodb://user:secret@host",
        {"pain": 7},
        [["nested"]],
        ["two words"],
        ["w"] * 100,
        b"bytes",
        object(),
    ],
)
def test_a_value_that_is_no_single_harmless_word_is_dropped(value: Any) -> None:
    assert redact({"event": "a.b", "reason": value}) == {"event": "a.b", "dropped": 1}


@pytest.mark.parametrize(
    "value",
    [
        7,
        -1.5,
        True,
        None,
        "session.logged",
        "session-logging-events",
        "/v1/patients/{patient_id}/sessions/{session_id}",
        "pymongo.errors.BulkWriteError",
        "services.progression.transitions:on_session_logged:42",
        "shared.runtime.fold:Fold.run.<locals>.one_aggregate_after_the_other:117",
        "demo-clinic",
        "9f86d081884c7d65",
        "127.0.0.1",
        "2026-01-05T12:00:00.000Z",
        ["a.b:c:1", "d.e:f:2"],
        [1, 2],
    ],
)
def test_words_and_numbers_of_the_machine_are_kept(value: Any) -> None:
    assert redact({"event": "a.b", "reason": value}) == {"event": "a.b", "reason": value}


@pytest.mark.parametrize("event", ["Anna logged 7", "pain=7", "", "Fold", "über", 7, None])
def test_an_event_without_a_constant_name_is_unnamed(event: Any) -> None:
    assert redact({"event": event})["event"] == "log.unnamed"


def test_values_pasted_into_an_event_are_dropped(sink: io.StringIO) -> None:
    structlog.get_logger().info("patient %s has pain %d", "Anna", 7)
    (line,) = lines(sink)
    assert line["event"] == "log.unnamed"
    assert "Anna" not in sink.getvalue()


def test_the_standard_fields_are_on_the_list() -> None:
    assert {"event", "level", "service", "instance", "timestamp", "exc", "frames", "dropped"} <= ALLOWED_KEYS


class BulkWriteError(Exception):
    """Prints its document, as the driver's does."""

    code = 65


def _fails() -> None:
    raise BulkWriteError("documents: {'note': 'my knee hurts'}")


def test_an_error_is_told_by_class_code_and_place(sink: io.StringIO) -> None:
    try:
        _fails()
    except BulkWriteError as error:
        structlog.get_logger().exception("fence.failed")
        structlog.get_logger().error("fence.failed", exc_info=error)
    for line in lines(sink):
        assert line["exc"].endswith("BulkWriteError")
        assert line["code"] == 65
        assert line["frames"][-1].split(":")[1] == "_fails"
    assert "knee" not in sink.getvalue()


def test_a_librarys_line_gives_its_template_without_values(sink: io.StringIO) -> None:
    logging.getLogger("some.library").warning("Could not store %s for %s", "7", "Anna")
    logging.getLogger("some.library").warning("Could not store 7 for " + "Anna")
    with_values, pasted = lines(sink)
    assert with_values["template"] == "Could not store %s for %s"
    assert (with_values["event"], with_values["logger"], with_values["level"]) == (
        "library.log",
        "some.library",
        "warning",
    )
    assert with_values["where"].startswith("test_logs:")
    assert "template" not in pasted
    assert "Anna" not in sink.getvalue()


def test_a_librarys_error_and_a_warning_keep_their_text_to_themselves(sink: io.StringIO) -> None:
    try:
        _fails()
    except BulkWriteError:
        logging.getLogger("some.library").exception("while %s", "Anna")
    warnings.warn("Anna", stacklevel=1)
    error, warning = lines(sink)
    assert error["exc"].endswith("BulkWriteError")
    assert warning["logger"] == "py.warnings"
    assert "Anna" not in sink.getvalue()
    assert "knee" not in sink.getvalue()


def test_an_outage_is_a_few_lines_a_minute(sink: io.StringIO) -> None:
    for i in range(3600):
        logging.getLogger("aiokafka.conn").error("Connect attempt %d to %s failed", i, "kafka")
    assert len(lines(sink)) == 5


def test_below_a_warning_noisy_libraries_are_silent(sink: io.StringIO) -> None:
    for name in ("aiokafka.consumer", "pymongo.command", "faststream", "httpx"):
        logging.getLogger(name).info("Sent %s", "Anna")
    assert lines(sink) == []


def test_uncaught_errors_are_lines_without_their_text(sink: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    thread = threading.Thread(target=_fails)
    thread.start()
    thread.join()
    try:
        _fails()
    except BulkWriteError as error:
        sys.excepthook(BulkWriteError, error, error.__traceback__)
    assert [line["event"] for line in lines(sink)] == ["process.uncaught"] * 2
    assert "knee" not in sink.getvalue() + capsys.readouterr().err


def test_a_task_that_fails_unseen_keeps_its_text_to_itself(sink: io.StringIO) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_exception_handler(
            {"message": "Task exception was never retrieved: Anna", "exception": BulkWriteError("knee")}
        )

    asyncio.run(main())
    (line,) = lines(sink)
    assert line["exc"].endswith("BulkWriteError")
    assert "Anna" not in sink.getvalue()
    assert "knee" not in sink.getvalue()


def test_a_broken_template_does_not_print_its_values(sink: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    broken = "%d and %d"
    logging.getLogger("some.library").error(broken, "Anna")
    assert lines(sink)[0]["template"] == "%d and %d"
    assert "Anna" not in sink.getvalue() + capsys.readouterr().err
