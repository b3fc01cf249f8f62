"""A broker in memory: topics of partitions, keyed records in order, and consumers that hold explicit positions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.kafka.partition import partition_of
from shared.runtime.ports import Delivery
from shared.runtime.wire import Outgoing, Raw

PARTITIONS = 4


@dataclass
class MemoryBroker:
    """`down` leaves every record unsent; `refuse` names keys that are refused for ever.

    `fail_after` lets so many records through and then goes down.
    """

    partitions: int = PARTITIONS
    down: bool = False
    refuse: set[str] = field(default_factory=set)
    fail_after: int | None = None
    logs: dict[tuple[str, int], list[Raw]] = field(default_factory=dict)

    async def publish(self, records: Sequence[Outgoing]) -> list[Delivery]:
        results = []
        broken: set[tuple[str, int]] = set()
        for record in records:
            place = (record.topic, partition_of(record.key, self.partitions))
            if self.fail_after is not None and self.fail_after <= 0:
                self.down = True
            if self.down or place in broken:
                results.append(Delivery.DOWN)
                continue
            if record.key in self.refuse:
                broken.add(place)
                results.append(Delivery.REFUSED)
                continue
            if self.fail_after is not None:
                self.fail_after -= 1
            self.append(record.topic, record.key.encode(), record.value, tuple(record.headers))
            results.append(Delivery.DONE)
        return results

    def append(
        self, topic: str, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes | None], ...] = ()
    ) -> Raw:
        """Append a record as any producer might, and return it as it lies."""
        partition = partition_of((key or b"").decode(errors="replace"), self.partitions)
        log = self.logs.setdefault((topic, partition), [])
        raw = Raw(topic, partition, len(log), key, value, headers)
        log.append(raw)
        return raw

    def topic(self, topic: str) -> list[Raw]:
        """All records of a topic, partition after partition."""
        return [raw for (name, _), log in sorted(self.logs.items()) for raw in log if name == topic]
