"""Structured logs: one JSON object a line, constant event names, and no field that could hold a person's datum."""

import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final, Protocol

import orjson
import structlog

from shared.observability.calm import Calm
from shared.observability.failures import failure

__all__ = ["ALLOWED_KEYS", "configure", "failure", "redact"]

_KEYS: Final = """
    event level timestamp service instance logger where template suppressed dropped
    exc error code causes frames
    method route status outcome reason duration_ms
    tenant actor_hash person_hash roles
    topic topics partition partitions offset count records events effects aggregates bytes limit
    group generation shard shards member epoch lag position
    event_type version schema collection database index dependency kind channel command rule
    attempt wait_ms age_ms offset_ms size batch port host setting path_kind phase crash_point
"""
ALLOWED_KEYS: Final = frozenset(_KEYS.split())
"""Every field a log line may have; what is not here is dropped, and `dropped` counts it."""

_EVENT: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_WORD: Final = re.compile(r"[A-Za-z0-9_/<{\[][A-Za-z0-9_.:/,=+*<>{}\[\]\-]{0,119}")
_TELLING: Final = re.compile(
    r"""
      eyJ[A-Za-z0-9_\-]{8}                                    # a JWT
    | \b[a-z]1\.[A-Za-z0-9_\-]{16}                            # a sealed text or a wrapped key
    | [0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-           # an id
    | (?<![0-9:T.\-])[+]?[0-9][0-9\-]{6,}[0-9](?![0-9:T])     # a phone number, a date of birth, a record number
    | (?=[A-Za-z0-9_\-]*[A-Z])(?=[A-Za-z0-9_\-]*[a-z])(?=[A-Za-z0-9_\-]*[0-9])[A-Za-z0-9_\-]{32,}   # a key
    | [0-9a-fA-F]{32,}
    """,
    re.VERBOSE,
)
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_QUIET: Final = ("uvicorn", "aiokafka", "kafka", "faststream", "pymongo", "motor", "httpx", "httpcore", "asyncio")


class Sink(Protocol):
    """Where lines go: standard output, or a buffer in a test."""

    def write(self, text: str, /) -> object:
        """Take one line."""
        ...

    def flush(self) -> object:
        """Pass it on."""
        ...


def configure(service: str, *, level: str = "info", instance: str | None = None, sink: Sink | None = None) -> None:
    """Send everything this process logs, the libraries' lines too, as JSON lines to `sink` (standard output).

    Called once, at start. Uncaught errors of any thread become log lines as well. A library's own message is given only
    as its template, without its values, and noisy libraries are held to a few lines a minute.
    """
    writer = _Writer(sink or sys.stdout, {"service": service, **({"instance": instance} if instance else {})})
    structlog.configure(
        processors=[structlog.processors.add_log_level, _told_errors, writer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Libraries(writer)
    handler.addFilter(Calm(_QUIET))
    logging.basicConfig(handlers=[handler], level=_LEVELS[level], force=True)
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, _LEVELS[level]))
    _catch_uncaught()


def redact(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that may be logged: allowed keys whose value is a number or a word; no id, token or phone."""
    told = {key: value for key, value in fields.items() if key in ALLOWED_KEYS and _harmless(value)}
    event = fields.get("event")
    if not (isinstance(event, str) and _EVENT.fullmatch(event)):
        told["event"] = "log.unnamed"
    if dropped := len(fields.keys() - told.keys()):
        told["dropped"] = dropped
    return told


def _harmless(value: Any) -> bool:
    if value is None or isinstance(value, (bool, int, float)):
        return True
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None and _TELLING.search(value) is None
    if isinstance(value, (list, tuple)):
        return len(value) <= 64 and all(not isinstance(part, (list, tuple)) and _harmless(part) for part in value)
    return False


def _told_errors(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = fields.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields.update(failure(error))
    return fields


class _Writer:
    """The last processor of both paths: redacts, stamps and writes one line."""

    def __init__(self, sink: Sink, base: Mapping[str, str]) -> None:
        self._sink = sink
        self._base = base
        self._lock = threading.Lock()
        self._stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)

    def __call__(self, _: Any, __: str, fields: MutableMapping[str, Any]) -> str:
        self.write(redact(fields))
        raise structlog.DropEvent

    def write(self, told: dict[str, Any]) -> None:
        line = self._stamp(None, "", {**told, **self._base})
        text = orjson.dumps(line, default=lambda _: None).decode()
        with self._lock:
            self._sink.write(text + "\n")
            self._sink.flush()


class _Libraries(logging.Handler):
    """Lines of the standard logging module, cut to what is surely a constant of the library's source."""

    def __init__(self, writer: _Writer) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {
            "event": "library.log",
            "level": record.levelname.lower(),
            "logger": record.name,
            "where": f"{record.module}:{record.lineno}",
            "suppressed": getattr(record, "suppressed", 0) or None,
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields.update(failure(record.exc_info[1]))
        told = redact({key: value for key, value in fields.items() if value is not None})
        if record.args and isinstance(record.msg, str):
            told["template"] = record.msg[:200]
        self._writer.write(told)


def _catch_uncaught() -> None:
    log = structlog.get_logger("process")

    def on_error(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        log.error("process.uncaught", **failure(error))

    def on_thread_error(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.error("process.uncaught", **failure(args.exc_value))

    sys.excepthook = on_error
    threading.excepthook = on_thread_error
