"""What a person did and how it felt, read from the state once for everything that is judged of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from services.progression.domain.state import PatientState, Plan, bouts_of, mornings_of
from services.progression.domain.units import Bout, Morning
from services.progression.domain.usual import WINDOW_DAYS, Usual, fatigue_by_day, pain_by_day, usual

TIRED_RISE: Final = 3


class History:
    """Bouts by track, morning checks, and what they make usual.

    What is usual is computed at most once for each day that is asked for.
    """

    def __init__(self, plan: Plan | None, bouts: dict[str, list[Bout]], mornings: list[Morning]) -> None:
        self.plan = plan
        self.bouts = bouts
        self.mornings = mornings
        self._pain: dict[date, Usual] = {}
        self._fatigue: dict[date, dict[date, int]] = {}

    @classmethod
    def of(cls, state: PatientState) -> History:
        """All that is remembered."""
        bouts = {track_id: bouts_of(track) for track_id, track in state.tracks.items()}
        return cls(state.plan, bouts, mornings_of(state))

    def before(self, until: int) -> History:
        """What had happened until an instant (epoch ms)."""
        bouts = {track_id: [bout for bout in found if bout.started < until] for track_id, found in self.bouts.items()}
        return History(self.plan, bouts, [check for check in self.mornings if check.at <= until])

    def usual_pain(self, today: date) -> Usual:
        """Usual pain on a day (2.3), from all tracks and mornings."""
        if today not in self._pain:
            plan, first = self.plan, today - timedelta(days=WINDOW_DAYS)
            bouts = [b for found in self.bouts.values() for b in found if b.day > first and b.before is not None]
            self._pain[today] = usual(
                pain_by_day(bouts, [check for check in self.mornings if check.day > first]),
                today,
                confirmed=plan.usual_pain if plan else None,
                override=plan.usual_pain_override if plan else None,
            )
        return self._pain[today]

    def usual_fatigue(self, today: date) -> float | None:
        """Usual fatigue on a day."""
        confirmed = self.plan.usual_fatigue if self.plan else None
        return usual(self._fatigue_by_day(today), today, confirmed=confirmed).value

    def tired(self, today: date, usual_fatigue: float | None) -> bool:
        """Whether the latest fatigue of today or yesterday is 3 or more above the usual (the hint `short_version`)."""
        if usual_fatigue is None:
            return False
        recent = {day: n for day, n in self._fatigue_by_day(today).items() if 0 <= (today - day).days <= 1}
        return bool(recent) and recent[max(recent)] >= usual_fatigue + TIRED_RISE

    def _fatigue_by_day(self, today: date) -> dict[date, int]:
        if today not in self._fatigue:
            first = today - timedelta(days=WINDOW_DAYS)
            bouts = [b for found in self.bouts.values() for b in found if b.day > first and b.fatigue is not None]
            checks = [check for check in self.mornings if check.day > first and check.fatigue is not None]
            self._fatigue[today] = fatigue_by_day(bouts, checks)
        return self._fatigue[today]
