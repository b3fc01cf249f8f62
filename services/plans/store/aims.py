"""The records of what a person lives towards: goals and what was asked of them, the intake, and what they can do."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Final, Literal

from services.plans.domain.aims import EndedBecause, Goal, GoalContent, Heard
from services.plans.domain.intake import TellIntake
from shared.clock import to_ms
from shared.runtime.messages import Record, as_text

GOALS: Final = "goals"
GOAL_WORDS: Final = "goal_words"
GOAL_CHECKS: Final = "goal_checks"
INTAKES: Final = "intakes"
ABILITIES: Final = "abilities"

AIM_COLLECTIONS: Final[dict[str, tuple[tuple[tuple[str, int], ...], ...]]] = {
    GOALS: ((("key", 1), ("standing", 1), ("order", -1)),),
    GOAL_WORDS: (),
    GOAL_CHECKS: ((("key", 1), ("order", -1)),),
    INTAKES: (),
    ABILITIES: ((("key", 1), ("removed", 1), ("order", -1)),),
}


def goal_record(goal: Goal, at: datetime, because: EndedBecause | None = None) -> Record:
    """One goal as it stands, or since when (`order`, epoch ms) and why it no longer does; its words lie beside it."""
    return Record(
        GOALS,
        goal.goal_id,
        {
            "standing": 0 if because else 1,
            "order": to_ms(at),
            "goal_id": goal.goal_id,
            "revision": goal.revision,
            "ended_at": at.isoformat() if because else None,
            "ended_because": because,
        },
    )


def words_id(goal_id: str, revision: int) -> str:
    """The id of the record with the words of one revision."""
    return f"{goal_id}:{revision}"


def words_record(goal: Goal, content: GoalContent, at: datetime, by: str, heard: Heard) -> Record:
    """One revision of a goal, which never changes: what it says, who noted it (`by`, a role) and how it was heard."""
    return Record(
        GOAL_WORDS,
        words_id(goal.goal_id, goal.revision),
        {
            "goal_id": goal.goal_id,
            "revision": goal.revision,
            "author": goal.author,
            "life_area": content.life_area,
            "priority": content.priority,
            "objective": content.objective,
            "words_sealed": content.words_sealed,
            "why_sealed": content.why_sealed,
            "actions": as_text([asdict(one) for one in content.actions]),
            "track_ids": as_text(list(content.track_ids)),
            "said_at": at.isoformat(),
            "noted_by": by,
            "heard": heard,
        },
    )


def check_record(
    id: str,
    what: Literal["life_event", "confirmed"],
    code: str,
    on: date,
    words_sealed: str | None,
    at: datetime,
    by: str,
    heard: Heard,
) -> Record:
    """A shift in the person's life (`code` is its kind), or their word on their goals (`same`, `changed`)."""
    return Record(
        GOAL_CHECKS,
        id,
        {
            "order": to_ms(at),
            "what": what,
            "code": code,
            "on": on.isoformat(),
            "words_sealed": words_sealed,
            "said_at": at.isoformat(),
            "noted_by": by,
            "heard": heard,
        },
    )


def intake_record(told: TellIntake, revision: int, at: datetime, by: str) -> Record:
    """One revision of what was told at the intake, which never changes; who noted it (`by`, a role)."""
    return Record(
        INTAKES,
        str(revision),
        {
            "revision": revision,
            "words_sealed": told.words_sealed,
            "pacing_style": told.pacing_style,
            "group_preference": told.group_preference,
            "values": list(told.values),
            "said_at": at.isoformat(),
            "noted_by": by,
            "heard": told.heard,
        },
    )


def ability_record(
    ability_id: str, on: date | None, words_sealed: str | None, at: datetime, by: str, heard: Heard
) -> Record:
    """Something that the person can do since a day of theirs; with no day it was taken back, and its words with it."""
    return Record(
        ABILITIES,
        ability_id,
        {
            "removed": 1 if on is None else 0,
            "order": to_ms(at),
            "ability_id": ability_id,
            "on": on.isoformat() if on else None,
            "words_sealed": words_sealed,
            "said_at": at.isoformat(),
            "noted_by": by,
            "heard": heard,
        },
    )
