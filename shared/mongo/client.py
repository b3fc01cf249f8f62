"""The MongoDB client and the translation of its failures."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bson.errors import InvalidDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
    WriteError,
    WTimeoutError,
)

from shared.observability.metrics import Metrics
from shared.runtime.ports import DependencyDown, Rejected

DUPLICATE_KEY = 11000
_DOWN = (
    AutoReconnect,
    ConnectionFailure,
    NetworkTimeout,
    ExecutionTimeout,
    WTimeoutError,
    WaitQueueTimeoutError,
)


def connect(url: str, *, app: str, timeout_ms: int) -> Any:
    """A client; it connects on first use and reconnects by itself. Every operation ends within `timeout_ms`."""
    return AsyncIOMotorClient(
        url,
        w="majority",
        retryWrites=True,
        timeoutMS=timeout_ms,
        serverSelectionTimeoutMS=timeout_ms,
        tz_aware=True,
        uuidRepresentation="standard",
        appname=app,
    )


@contextmanager
def translated(metrics: Metrics | None = None, dependency: str = "mongo") -> Iterator[None]:
    """Turn the driver's failures into `DependencyDown` or `Rejected`, without a word of what was sent."""
    try:
        yield
    except (InvalidDocument, DocumentTooLarge, OverflowError, UnicodeEncodeError) as error:
        raise Rejected(type(error).__name__) from None
    except BulkWriteError:
        raise
    except (WriteError, DuplicateKeyError) as error:
        raise Rejected(type(error).__name__) from None
    except PyMongoError as error:
        if metrics is not None:
            metrics.dependency_errors(dependency, type(error).__name__).inc()
        if isinstance(error, _DOWN) or error.timeout or isinstance(error, OperationFailure):
            raise DependencyDown(dependency) from None
        raise Rejected(type(error).__name__) from None


def duplicates_only(error: BulkWriteError) -> bool:
    """Whether every failure of a bulk is a duplicate key; others are judged by their codes alone."""
    details: dict[str, Any] = dict(error.details or {})
    failures = details.get("writeErrors", [])
    return bool(failures) and all(f.get("code") == DUPLICATE_KEY for f in failures)
