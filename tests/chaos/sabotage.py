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
    "send-again": (("die", "reminders", "after_send"), ("die", "reminders", "after_send")),
}
LOGS: Final = 300
PEOPLE: Final = 50


def plan_of(name: str, seed: int) -> Plan:
    """The short run that shows what this part is there for."""
    faults = _FAULTS[name]
    entries = [Entry((n + 1) / len(faults), what, whom, how) for n, (what, whom, how) in enumerate(faults)]
    both = ("session_logging", "progression")
    return Plan(seed, LOGS, entries, name, both, judged_again=0, people=PEOPLE, half_days=0)
