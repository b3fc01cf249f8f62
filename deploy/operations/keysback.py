"""`restore keys`: people's keys that are missing come back from a backup, those of erased people do not."""

from pathlib import Path
from typing import Any, Final

from deploy.local.topology import SERVICES
from deploy.operations.backup import KEYS
from deploy.operations.folder import Backup
from deploy.operations.reach import Reach
from deploy.operations.telling import WELL, WRONG, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from shared.runtime.aggregate import Document
from shared.runtime.replay import AGGREGATES

_SAID: Final = (
    "{there} keys were there and stay, {returned} came back, {erased} are of people whom no service knows any more and "
    "stay thrown away.",
    "{other} people were given another key since the loss: what was sealed for them before cannot be opened with it.",
)


async def restore_keys(reach: Reach, advance: Advance, folder: Path, *, everybody: bool, dry_run: bool) -> Answer:
    """Add the keys that are missing; `everybody` asks no service who was erased since. 1 when it cannot be told who
    was, or somebody was given another key meanwhile, since services went on without the old ones.
    """
    backup = Backup(folder, KEYS, reach.installation.namespace)
    if missing := set(SERVICES) - set(reach.names()):
        raise WrongQuestion(f"The installation file leaves out {min(missing)}, which may know somebody.")
    if not everybody:
        for name in reach.names():
            if not await reach.store(name).find(AGGREGATES, {"_id": {"$gt": ""}}, limit=1):
                said = f"{name} knows nobody, so nobody can tell who was erased: restore it first, or say --everybody."
                return Answer({"service": KEYS, "refused": "nobody_known"}, WRONG, (said,))
    counts = dict.fromkeys(("there", "returned", "erased", "other"), 0)
    for page in backup.pages(KEYS):
        back = await _page(reach, page, everybody, counts)
        if not dry_run:
            await reach.whole_keys().put(KEYS, back)
        advance("Keys", sum(counts.values()) - counts["other"], sum(backup.manifest.documents.values()))
    lines = [_SAID[0].format(**counts), *([_SAID[1].format(**counts)] if counts["other"] else [])]
    if dry_run:
        lines.append("Nothing was written.")
    found: dict[str, Any] = {"service": KEYS, "taken_at": backup.manifest.taken_at.isoformat(), "dry_run": dry_run}
    return Answer({**found, **counts}, WRONG if counts["other"] else WELL, lines)


async def _page(reach: Reach, page: list[Document], everybody: bool, counts: dict[str, int]) -> list[Document]:
    """What is to be added of these: keys, and tombstones in the place of keys of people whom nobody knows."""
    wrapped = {document["_id"]: document["wrapped"] for document in page}
    there = await reach.keys().get(wrapped)
    counts["there"] += len(there)
    counts["other"] += sum(1 for id, text in there.items() if None not in (text, wrapped[id]) and text != wrapped[id])
    lacking = {id: text for id, text in wrapped.items() if id not in there}
    known = set(lacking) if everybody else await _known(reach, lacking)
    back = [{"_id": id, "wrapped": text if id in known else None} for id, text in lacking.items()]
    erased = sum(1 for document in back if document["wrapped"] is None)
    counts["erased"] += erased
    counts["returned"] += len(back) - erased
    return back


async def _known(reach: Reach, ids: Any) -> set[str]:
    """Those of whom any service has a document; an id is of the tenant, a colon, and the key."""
    by_key = {id.partition(":")[2]: id for id in ids}
    known: set[str] = set()
    for name in reach.names():
        known |= {by_key[document["_id"]] for document in await reach.store(name).load(list(by_key))}
    return known
