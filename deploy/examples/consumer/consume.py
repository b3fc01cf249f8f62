"""Print each logged session's event once: `python consume.py localhost:19092 [topic] [group]`; needs aiokafka alone."""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer


async def main(servers: str, topic: str = "session-logging-events", group: str = "example") -> None:
    """Read from the oldest event that this group has not handled, and go on until stopped."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=servers, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    seen: dict[tuple[str, str], int] = {}  # keep this beside what you make of the events, in one write
    await consumer.start()
    try:
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            key, seq = (headers["ce_source"], headers["ce_subject"]), int(headers["ce_seq"])
            if seq > seen.get(key, 0):  # delivery is at least once: an old seq is a repetition
                seen[key] = seq
                print(headers["ce_type"], headers["ce_subject"], seq, flush=True)
            await consumer.commit()
    finally:
        await consumer.stop()


asyncio.run(main(*sys.argv[1:]))
