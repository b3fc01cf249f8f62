"""The report of a simulation as a page: the figures by profile, and what they do not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from deploy.docgen.markdown import table
from tests.simulation.people import PROFILES

PAGE: Final = "README.md"

_COLUMNS: Final = (
    ("people", "people"),
    ("sessions a week", "sessions_a_week"),
    ("offers", "offers"),
    ("increases", "increases"),
    ("regressions", "regressions"),
    ("ways back after a gap", "ladders"),
    ("starts found again", "restarts"),
    ("days in flare %", "flare_days_pct"),
    ("of them known %", "flare_days_known_pct"),
    ("sessions far too much %", "too_much_pct"),
    ("reached the goal %", "reached_goal_pct"),
    ("days to it", "days_to_goal"),
    ("dose ÷ capacity, week 4", "dose_of_capacity_at_start"),
    ("at the end", "dose_of_capacity_at_end"),
    ("work items", "work_items"),
)


_PROMISES: Final = (
    "In every one of these lives it was asserted that nothing rises sooner than a week after the last rise, by more "
    "than one step or a tenth, beyond goal or ceiling, twice a day, three times a week, in a flare, or under a PEM "
    "lock; that no dose is ever 0 of itself; that every decision has words; and that every {every}th one, run again "
    "from what was stored of it, is the same."
)
_COLUMN_WORDS: Final = (
    "Offers, increases, regressions, ways back and work items are means for one person over the whole time. *Days in "
    "flare* are those of the hidden body; *of them known* are the days on which the service knew of a flare, in per "
    "cent of all days. *Sessions far too much* were above 1.25 times what that day tolerated. *Days to it* is the "
    "median of those who got there."
)
_BODIES: Final = (
    "A body has a capacity, hidden from the rules, that wanders each day, rises with sessions near it, and falls with "
    "rest beyond a week. Above it pain follows during the session and in the morning, and flares become likelier; in a "
    "flare half is tolerated. Life gets in the way for one to three weeks now and then. A person leaves sessions, "
    "mornings and numbers out of the diary, stops logging for weeks, reports most flares, accepts most offers, and "
    "answers most questions; how often is a number of the profile (`tests/simulation/people.py`)."
)
_LIMITS: Final = (
    "No profile was fitted to anybody. One track alone; no red flags, no pauses, no clinician who sets anything, no "
    "paper diaries, no caregiver. Closed work items are not modelled, so each reason is counted once for a person."
)


def page(whole: Mapping[str, Any]) -> str:
    """The page of a results file."""
    asked, found = whole["asked"], whole["found"]
    groups = {**found["profiles"], "all": found["all"]}
    heads = ["profile", *(heading for heading, _ in _COLUMNS)]
    rows = [[name, *(_cell(one[key]) for _, key in _COLUMNS)] for name, one in groups.items()]
    parts = [
        "# How the rules behave, simulated",
        f"Written by `make simulate`: {_people(asked)} who do not exist, {asked['weeks']} weeks each, seed "
        f"{asked['seed']}, rule set {whole['rule_set']}; {found['all']['messages']} messages went through the "
        "service's own transitions and ticks. **This is no evidence that anybody gets better.** The bodies are made "
        "up: they show how the rules answer to ways of responding, not how people respond.",
        _PROMISES.format(every=whole["replayed_every"]),
        "## By profile",
        table(heads, rows),
        _COLUMN_WORDS,
        "## The profiles",
        table(["profile", "what is special"], [[one.name, one.about] for one in PROFILES]),
        _BODIES,
        "## Plots",
        "![Dose and capacity by week, quartiles, as shares of the capacity at the start](paths.svg)",
        "![Increases, regressions, days in flare and days to the goal, one value a person](spread.svg)",
        "## What a human was asked to look at",
        table(["reason", "work items"], found["all"]["work_items_by_reason"].items()),
        "## Which rules decided",
        table(["rule", "decisions"], found["all"]["rules"].items()),
        "## What this does not say",
        _LIMITS,
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _people(asked: Mapping[str, Any]) -> str:
    part = "" if asked["only"] is None else f"{asked['only']} of "
    return f"{part}{asked['people']} people"


def _cell(value: Any) -> str:
    return "–" if value is None else f"{value:g}"
