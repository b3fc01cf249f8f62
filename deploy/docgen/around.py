"""The numbers around the table for the rules page: ladders, offers, what is asked of a human, milestones, prompts."""

from collections.abc import Iterable

from deploy.docgen.markdown import table
from services.plans.domain.learning import DIALOGUE_DAYS, OPEN_DAYS, REVISIT_DAYS
from services.progression.domain.adherence import FULL, HALF, LEAST_DAYS, LEAST_WEEK_DAYS, LEAST_WEEKS
from services.progression.domain.answering import STAYS_IN_A_ROW
from services.progression.domain.asking import ASK_EVERY_DAYS, OF_LAST, RISE_ONCE, RISE_TWICE, STOPS
from services.progression.domain.dimensions import MOST_DAYS, ONCE_IN_DAYS
from services.progression.domain.easing import LONG_LADDER, SHORT_LADDER
from services.progression.domain.effort import WEEK_DAYS, WEEKS
from services.progression.domain.episodes import ANSWER_HOURS, HOLD_HOURS
from services.progression.domain.flares import (
    CALL_DAYS,
    FOLLOW_UPS,
    LADDERS,
    MIDDLE_DAYS,
    OFTEN,
    SETTLED_DAYS,
    SETTLED_RISE,
    SHORT_DAYS,
)
from services.progression.domain.offers import AGAIN_DAYS, OPEN_HOURS, QUIET_DAYS
from services.progression.domain.patterns import LEAST_POINTS
from services.progression.domain.pausing import ASK_AFTER_DAYS
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
        *_flares(),
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
        (
            "a step in two bouts of the day",
            "one more choice, where each is at least `dose_min` and the smallest common dose; it ends with the next "
            "change of the dose, or as the person likes",
        ),
        (
            "after a reached goal",
            f"at most once in {ONCE_IN_DAYS} days for a track: one session a week more (up to {MOST_DAYS}, not where a "
            "clinician set how often, and with the evidence of a step), another kind of activity (a human talks about "
            "it), or to stay",
        ),
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
            f"two thirds of its sessions, of weeks with {LEAST_WEEK_DAYS} days that count; from {LEAST_WEEKS} weeks on",
        ),
        ("a pattern", f"asked about from {LEAST_POINTS} sessions on, never asserted"),
        (
            "prompts",
            f"one a day, {APART // HOUR} hours apart; at most {LATE // MINUTE} minutes late, else not at all",
        ),
        (
            "a lesson",
            f"told of once, one a day at most, and again {', '.join(map(str, REVISIT_DAYS))} days after it was first "
            f"read; it waits for {OPEN_DAYS} days. None that leads to more with ME/CFS, or as long as nobody knows",
        ),
        (
            "a misconception",
            f"one in {DIALOGUE_DAYS} days at most, called for by a tag of the journal or by a clinician",
        ),
        ("quiet hours, unless the person chooses", f"{DEFAULT_QUIET.start} to {DEFAULT_QUIET.end}"),
    )


def _flares() -> Iterable[tuple[str, str]]:
    """Flares and pauses (2.4, 2.6, W7-W9, W14)."""
    lengths = (f"of up to {SHORT_DAYS} days", f"of up to {MIDDLE_DAYS} days", f"of more than {MIDDLE_DAYS} days")
    yield from ((f"way back after a flare {length}", _ladder(*LADDERS[place])) for place, length in enumerate(lengths))
    yield (
        "a flare begins",
        "at once, when the person, a caregiver or a clinician reports it, or with three times yes below; no number is "
        "held against it",
    )
    yield (
        "it looks like a flare",
        f"pain {RISE_TWICE} above the usual on two recorded days in a row, or {RISE_ONCE} above it once; {STOPS} of "
        f"the last {OF_LAST} sessions stopped for pain; R5c on the lowest rung, R8e. Three questions are asked, at "
        f"most once in {ASK_EVERY_DAYS} days: worse than the usual ups and downs? hard to put up with? in the way of "
        "usual activities or mood?",
    )
    yield (
        "the three answers",
        f"three times yes is a flare; worse with one of the others is a rough patch: nothing rises for {HOLD_HOURS} "
        f"hours and less is offered; no answer for {ANSWER_HOURS} hours is a hold of {HOLD_HOURS} more",
    )
    yield (
        "a flare ends",
        f"when it is said so, or after {SETTLED_DAYS} recorded days with pain at most {SETTLED_RISE} above the usual "
        "and the person's word that it is settling; never by time",
    )
    often = " or ".join(f"{number} in {days} days" for days, number in OFTEN)
    yield (
        "an open flare",
        f"asked about on days {', '.join(map(str, FOLLOW_UPS))}; a human hears of it after {FOLLOW_UPS[1]} and "
        f"{MIDDLE_DAYS} days, after {CALL_DAYS} days without a word of the person, and of {often}",
    )
    yield (
        "a pause",
        f"until the person says so or the day they named; without one a human asks after {ASK_AFTER_DAYS} days. A "
        "flare stands over it",
    )


def _ladder(rungs: tuple[int, ...], days: int) -> str:
    return f"{', '.join(map(str, rungs))} % of the dose before; each rung at least {days} days and two ok sessions"
