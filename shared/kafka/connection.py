"""One repair to aiokafka: on uvloop, a connection that broke at the wrong moment took its client down for good."""

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


def mend_connections() -> None:
    """Make a write to a transport that is closed already a broken connection; calling it again changes nothing.

    asyncio ignores such a write and uvloop raises `RuntimeError`, while aiokafka 0.14 expects `OSError` alone: the
    error ends the task that keeps the metadata, and that client's consumer or producer waits for ever.
    """
    if not hasattr(AIOKafkaConnection.send, "__wrapped__"):
        AIOKafkaConnection.send = _mended(AIOKafkaConnection.send)


def _mended(send: Any) -> Any:
    @wraps(send)
    def mended(connection: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return send(connection, *args, **kwargs)
        except RuntimeError as error:
            connection.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError("The connection was closed before the request was written.") from error

    return mended
