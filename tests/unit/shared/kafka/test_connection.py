"""A request on a connection whose transport is gone."""

from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from shared.kafka.connection import mend_connections


class ClosedTransport:
    """A stream writer as uvloop gives it: what is closed refuses to be written to."""

    closed = False

    def write(self, _: bytes) -> None:
        raise RuntimeError("unable to perform operation; the handler is closed")

    def close(self) -> None:
        self.closed = True


class Task:
    """A reading task that has ended."""

    def done(self) -> bool:
        return True


async def test_a_write_to_a_closed_transport_is_a_broken_connection_that_may_be_tried_again() -> None:
    mend_connections()
    mend_connections()
    connection: Any = AIOKafkaConnection("127.0.0.1", 1)
    connection._reader, connection._writer, connection._read_task = object(), ClosedTransport(), Task()
    connection._versions = {3: (0, 1)}
    with pytest.raises(KafkaConnectionError) as caught:
        connection.send(MetadataRequest([]))
    assert caught.value.retriable
    assert not connection.connected()
