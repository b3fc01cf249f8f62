"""`outage`: the platform was away; every person's day with more than 6 h of it does not count (adherence 4.1)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from deploy.operations.telling import WELL, Advance, Answer
from deploy.operations.wrong import WrongQuestion
from services.progression.folding.days_off import DeclareOutage, WithdrawOutage
from shared.clock import Clock, to_ms
from shared.ids import random_id
from shared.runtime.messages import SYSTEM, Refused
from shared.runtime.ports import DependencyDown
from shared.runtime.replay import AGGREGATES
from shared.runtime.runtime import Runtime

SERVICE: Final = "progression"
LONGEST: Final = timedelta(days=28)
"""Older days are counted for good (progression 2.7)."""

ERASED: Final = 404
"""Somebody who was erased meanwhile is told nothing."""

_PAGE: Final = 200


class Reachable(Protocol):
    """What this command needs of an installation."""

    def runtime(self, service: str) -> Runtime:
        """A service's own mechanism on its own database."""
        ...

    def store(self, service: str) -> Any:
        """A service's database."""
        ...

    def clock(self) -> Clock:
        """The installation's clock."""
        ...


async def outage(
    reach: Reachable, advance: Advance, since: datetime, until: datetime, clinic: str | None, *, withdrawn: bool = False
) -> Answer:
    """Tell every person of a clinic, or of all, that the platform was away for them, or that this was an error.

    Each is one command to `progression`, folded, journalled and told as any other. What it says twice changes nothing,
    so it may be interrupted and asked again. An outage of less than 6 h sets no day aside unless another adds to it.
    """
    now = reach.clock().now()
    if not since < until <= now:
        raise WrongQuestion("An outage begins before it ends, and has ended.")
    if since < now - LONGEST:
        raise WrongQuestion(f"Days are counted for good after {LONGEST.days} days: say a later --from.")
    command = (WithdrawOutage if withdrawn else DeclareOutage)(to_ms(since), to_ms(until))
    runtime, store = reach.runtime(SERVICE), reach.store(SERVICE)
    told = changed = 0
    after = ""
    while page := await store.find(AGGREGATES, {"_id": {"$gt": after}}, [("_id", 1)], _PAGE):
        after = page[-1]["_id"]
        people = [(person["_id"], person["tenant"]) for person in page if clinic in (None, person["tenant"])]
        answers = await asyncio.gather(*(_tell(runtime, key, tenant, command) for key, tenant in people))
        told, changed = told + len(people), changed + sum(answers)
        advance("Telling", told, told)
    if clinic is not None and not told:
        raise WrongQuestion("Nobody of this clinic is known.")
    word = "withdrawn" if withdrawn else "declared"
    found = {"since": since.isoformat(), "until": until.isoformat(), word: changed, "people": told}
    line = f"The outage is {word} for {changed} of {told} people; for the others nothing changed."
    return Answer(found, WELL, (line,))


async def _tell(runtime: Runtime, key: str, tenant: str, command: DeclareOutage | WithdrawOutage) -> bool:
    try:
        answer = await runtime.execute(
            key=key, tenant=tenant, command=command, command_id=random_id(), actor=SYSTEM, source="system"
        )
    except Refused as refusal:
        if refusal.status != ERASED:
            raise DependencyDown("mongo") from None
        return False
    return bool(answer.body["changed"])
