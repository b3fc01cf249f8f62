"""The replay as operations run it: `replay progression --processes N` beside the service, and its own comparison."""

import asyncio
import resource
import sys
from pathlib import Path
from typing import Final

import orjson

from deploy.operations.installation import Installation, KafkaPlace, Mongo, ServicePlace
from deploy.operations.reach import Reach
from deploy.operations.rebuild import Asked, replay
from services.progression.transitions import SERVICE
from tests.bench.contenders.job import Job
from tests.bench.workload import PARTITIONS

EQUAL: Final = "equal"
_NOWHERE: Final = "http://127.0.0.1:9"


def installation_of(job: Job) -> Installation:
    """What operations would be told of this run."""
    return Installation(
        services={SERVICE.name: ServicePlace(http=(_NOWHERE,), mongo_url=job.mongo_url)},
        keys=Mongo(mongo_url=job.keys_url),
        kafka=KafkaPlace(servers=job.kafka),
        master_key_file=Path(job.folder) / "master.key",
        namespace=job.workload.namespace,
        partitions=PARTITIONS,
    )


async def run(job: Job, processes: int) -> str:
    """Replay, compare, and tell: CPU time and memory are those of the processes that folded."""
    async with Reach(installation_of(job)) as reach:
        answer = await replay(reach, lambda *_: None, SERVICE.name, Asked(into="again", processes=processes))
    found, used = answer.found, resource.getrusage(resource.RUSAGE_CHILDREN)
    return orjson.dumps(
        {
            "events": found["folded"],
            "seconds": found["seconds"],
            "cpu_s": used.ru_utime + used.ru_stime,
            "memory_mb": used.ru_maxrss // 1024,
            "digest": EQUAL if not found["differences"] else ", ".join(found["differences"][:3]),
        }
    ).decode()


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(run(Job.read(), int(sys.argv[1]))) + "\n")
