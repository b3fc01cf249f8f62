"""`restore`: a service goes on from a backup and from what its journal has of the time since."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.operations.backup import groups_of
from deploy.operations.folder import Backup
from deploy.operations.putback import Keyless, PutBack
from deploy.operations.reach import Reach, service_of
from deploy.operations.rebuild import answers
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from shared.ids import random_id
from shared.kafka.groups import Committed
from shared.runtime.replay import Gap, NotAJournal

EARLIER_S: Final = 600
"""The group goes back to so long before the backup: what is read again and is known is dropped."""

SESSION_S: Final = 60
"""So long is waited until the session of a process that was killed has ended."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: into which database (by suffix; the service's own unless told), or only to try it."""

    into: str | None = None
    dry_run: bool = False


async def restore(reach: Reach, advance: Advance, service: str, folder: Path | None, asked: Asked) -> Answer:
    """Put a backup into an empty database, fold what the journal has of the time since, raise every seq, and put the
    service's group back. Without a backup the whole journal is folded. 1 when something must happen first, or the
    journal cannot be folded onto this backup.
    """
    (name,) = reach.names(service)
    backup = Backup(folder, name, reach.installation.namespace)
    if backup.manifest.state_schema > service_of(name).schema:
        raise WrongQuestion("This backup is from newer code than this.")
    if asked.dry_run and asked.into is not None:
        raise WrongQuestion("A dry run has a database of its own, which is dropped.")
    suffix = reach.installation.place(name).database_suffix if asked.into is None else asked.into
    suffix = f"dry-{random_id()[:8]}" if asked.dry_run else suffix or ""
    work = PutBack(reach, advance, name, backup, suffix, in_earnest=not asked.dry_run)
    if not asked.dry_run and (refused := await _not_yet(reach, advance, name, work)) is not None:
        return Answer({"service": name, "refused": refused[0]}, WRONG, (refused[1],))
    rewound: Committed = {}
    try:
        await work.carry_out()
        if not asked.dry_run:
            since_ms = max(0, int((backup.manifest.taken_at.timestamp() - EARLIER_S) * 1000))
            rewound = await groups_of(reach).rewind(name, since_ms, backup.manifest.group)
            await work.end()
    except Keyless:
        said = "The database of keys does not know somebody of this backup: restore keys first."
        return Answer({"service": name, "refused": "keys_missing"}, WRONG, (said,))
    except (Gap, NotAJournal) as error:
        said = f"The journal cannot be folded onto this backup: {error}."
        return Answer({"service": name, "refused": str(error)}, WRONG, (said,))
    finally:
        if asked.dry_run:
            await work.whole.drop()
    found = {
        "service": name,
        "database": work.whole.name,
        "suffix": suffix,
        "dry_run": asked.dry_run,
        "taken_at": backup.manifest.taken_at.isoformat(),
        **work.found(),
        "rewound": {topic: {str(p): at for p, at in sorted(some.items())} for topic, some in sorted(rewound.items())},
    }
    return Answer(found, WELL, _lines(found))


async def _not_yet(reach: Reach, advance: Advance, name: str, work: PutBack) -> tuple[str, str] | None:
    """What must happen first: nobody serves, nobody is in the group, and the database is empty."""
    if await answers(reach, name):
        return "still_serves", f"{name} still serves: stop each of its processes first."
    if not await work.vacant():
        return "not_empty", f"{work.whole.name} holds something: drop it, or name another database with --into."
    for second in range(SESSION_S):
        if await groups_of(reach).empty(name):
            return None
        advance("Waiting until the last session of the group has ended", second, SESSION_S)
        await asyncio.sleep(1.0)
    return "group_not_empty", f"Somebody is still in the group of {name}: stop each of its processes first."


def _lines(found: dict[str, Any]) -> list[str]:
    back = sum(len(some) for some in found["rewound"].values())
    lines = [
        f"{sum(found['documents'].values())} documents of the backup are in {found['database']}; {found['erased']} of "
        "people erased since are not.",
        f"{found['folded']} lines of the journal are newer and were folded onto them; {found['letters']} dead letters "
        "came back.",
    ]
    if found["dry_run"]:
        return [*lines, f"{found['raised']} histories would be raised. The database was dropped again."]
    lines.append(f"{found['published']} events of that time were published once more, under the ids that they had.")
    lines.append(f"{found['raised']} histories go on a million higher; the group is back on {back} partitions.")
    suffix = f" with PACEWELL_DATABASE_SUFFIX={found['suffix']}" if found["suffix"] else ""
    return [*lines, f"Start {found['service']}{suffix}, then: verify"]
