"""Builds in which one part of the mechanism was taken out, and the short run in which each must be caught."""

from typing import Final

from tests.chaos.run import Plan
from tests.chaos.schedule import Entry

SABOTAGES: Final = {
    "commit-first": "offsets committed before anything is written",
    "no-fence": "no fence",
    "no-sweeper": "no sweeper",
    "send-again": "interrupted messages sent again",
}
_FAULTS: Final = {
    "commit-first": (("die", "progression", "after_commit"), ("die", "progression", "after_commit")),
    "no-fence": (("freeze", "progression-1", "8.0 s"), ("freeze", "session_logging-1", "1.5 s")),
    "no-sweeper": (("leave outboxes", "session_logging", ""),),
    "send-again": (("die", "reminders", "after_send"),) * 4,
}
_WHEN_ALL_IS_LOGGED: Final = frozenset({"send-again"})
"""Days go by with the load, and what is out of date by then is not sent a second time by any build."""

LOGS: Final = 300
PEOPLE: Final = 50


def plan_of(name: str, seed: int) -> Plan:
    """The short run that shows what this part is there for."""
    faults = _FAULTS[name]
    first = len(faults) if name in _WHEN_ALL_IS_LOGGED else 1
    entries = [Entry(min(1.0, (n + first) / len(faults)), *fault) for n, fault in enumerate(faults)]
    both = ("session_logging", "progression")
    return Plan(seed, LOGS, entries, name, both, judged_again=0, people=PEOPLE, half_days=0)
