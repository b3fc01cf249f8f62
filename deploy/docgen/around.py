"""The numbers around the table for the rules page: ladders, offers, what is asked of a human, milestones, prompts."""

from collections.abc import Iterable

from deploy.docgen.markdown import table
from services.progression.domain.adherence import FULL, HALF, LEAST_DAYS, LEAST_WEEK_DAYS, LEAST_WEEKS
from services.progression.domain.easing import LONG_LADDER, SHORT_LADDER
from services.progression.domain.effort import WEEK_DAYS, WEEKS
from services.progression.domain.offers import AGAIN_DAYS, OPEN_HOURS, QUIET_DAYS, STAYS_IN_A_ROW
from services.progression.domain.patterns import LEAST_POINTS
from services.progression.domain.reviews import REST_DAYS
from services.progression.domain.state import LATE_DAYS
from services.progression.domain.usual import DAYS_NEEDED, DRIFT_ALLOWED, DRIFT_REVIEW, WINDOW_DAYS
from services.reminders.domain.calendar import MINUTE
from services.reminders.domain.model import DEFAULT_QUIET
from services.reminders.domain.slots import APART, LATE

HOUR = 60 * MINUTE


def section() -> tuple[str, ...]:
    """Heading and table."""
    return (
        "## Around the table",
        "Fixed in this release; another value is another rule set (2.4, 2.7, 2.11 W10, W12).",
        table(["what", "how"], _rows()),
    )


def _rows() -> Iterable[tuple[str, str]]:
    return (
        ("way back after R7a", _ladder(*SHORT_LADDER)),
        ("way back after R7b", _ladder(*LONG_LADDER)),
        (
            "an offer stays open",
            f"{OPEN_HOURS['live']} hours; {OPEN_HOURS['batch'] // 24} days for those on paper or phone",
        ),
        (
            "an offer without an answer, or answered with stay",
            f"the next at the earliest {AGAIN_DAYS} days later",
        ),
        (f"stay, {STAYS_IN_A_ROW} times in a row", "no more offers; a human asks whether the plan fits"),
        ("two offers in a row without an answer", f"none for {QUIET_DAYS} days"),
        ("upward changes", "at most one a day and two in 7 days, over all tracks"),
        (
            "usual pain",
            f"from {DAYS_NEEDED} of {WINDOW_DAYS} days; at most {DRIFT_ALLOWED} above what was confirmed; "
            f"a human looks when it rose by {DRIFT_REVIEW}",
        ),
        ("a session that comes late", f"counts up to {LATE_DAYS} days back; no past decision is rewritten"),
        ("a review that was closed and goes on being true", f"rests for {REST_DAYS} days"),
        (
            "milestones",
            f"the first session; a session in each of {WEEKS} periods of {WEEK_DAYS} days. None reads pain or dose",
        ),
        (
            "adherence of a window",
            f"from {LEAST_DAYS[7]} of 7 or {LEAST_DAYS[28]} of 28 days that count, and one session planned; a day of a "
            "flare, pause or stop, and of a start still looked for, does not count",
        ),
        (
            "adherence, for clinicians",
            f"as agreed from {int(FULL * 100)} %, partly from {int(HALF * 100)} %, else the plan may not fit and a "
            "human is asked once",
        ),
        (
            "a week kept",
            f"two thirds of its sessions, of weeks with {LEAST_WEEK_DAYS} days that count; from {LEAST_WEEKS} weeks "
            "on",
        ),
        ("a pattern", f"asked about from {LEAST_POINTS} sessions on, never asserted"),
        (
            "prompts",
            f"one a day, {APART // HOUR} hours apart; at most {LATE // MINUTE} minutes late, else not at all",
        ),
        ("quiet hours, unless the person chooses", f"{DEFAULT_QUIET.start} to {DEFAULT_QUIET.end}"),
    )


def _ladder(rungs: tuple[int, ...], days: int) -> str:
    return f"{', '.join(map(str, rungs))} % of the dose before; each rung at least {days} days and two ok sessions"
