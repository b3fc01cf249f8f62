"""Somebody with the runbook open: does what the entry of an alert says first, and keeps account of what was done."""

from typing import Any

from tests.support.cluster import eventually
from tests.support.cluster_alerts import ask
from tests.support.e2e_operator import Operator
from tests.support.promql_watch import look_of

WELL, WRONG, UNREACHABLE = 0, 1, 3


class Desk:
    """One operator of a stack; `looked` are the alerts whose entry was opened and its command carried out."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self.looked: set[str] = set()

    async def look(self, *alerts: str, code: int | None = WELL, **words: str) -> Any:
        """What the command answers with which *Look* begins in all these entries; with this exit code, if any."""
        (command,) = {tuple(look_of(alert, **words)) for alert in alerts}
        found, answer = await ask(self._operator, *command)
        assert code in (None, found), (command, found, answer)
        self.looked |= set(alerts)
        return answer

    async def service(self, service: str, *alerts: str, code: int | None = WELL) -> dict[str, Any]:
        """The same, where the command tells one line for each process: that of the one process of this service."""
        answer = await self.look(*alerts, code=code)
        (one,) = [one for one in answer["services"] if one["service"] == service]
        return dict(one)

    async def well(self) -> dict[str, Any]:
        """Each service's line once the command finds nothing to look at any more, with exit code 0."""

        async def probe() -> dict[str, Any]:
            code, answer = await ask(self._operator, "status")
            assert code == WELL, [one for one in answer["services"] if not one["well"]]
            return {one["service"]: one for one in answer["services"]}

        return await eventually(probe, 30, every_s=0.5)

    async def grows_no_more(self, service: str, count: str) -> None:
        """What is counted since the start is the same when asked twice, and nothing else is to look at."""
        before, after = [(await self.well())[service]["since_start"][count] for _ in range(2)]
        assert before == after > 0, (before, after)


async def decided_after_ms(desk: Desk, session: str, *alerts: str) -> int:
    """How long after a session's log the decision of it was published, in ms, as the entries' command tells it."""
    path = (await desk.look(*alerts, SESSION_ID=session))["path"]
    return max(int(step["after_ms"]) for step in path["led_to"] if step["type"] == "progression.decided")
