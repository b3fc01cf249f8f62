"""What a person did and how it felt, read from the state once for everything that is judged of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from services.progression.domain.aside import set_for_person
from services.progression.domain.asked import confirmed_pain
from services.progression.domain.episodes import Away, Flare, flare_days
from services.progression.domain.state import PatientState, Plan, bouts_of, mornings_of
from services.progression.domain.units import Bout, Morning
from services.progression.domain.usual import WINDOW_DAYS, Frozen, Usual, fatigue_by_day, pain_by_day, usual

TIRED_RISE: Final = 3
MOST_DAYS: Final = 60
"""So far back is looked for days outside a flare; nothing older is kept."""


class History:
    """Bouts by track, morning checks, and what they make usual.

    What is usual is computed at most once for each day that is asked for.
    """

    def __init__(
        self,
        plan: Plan | None,
        bouts: dict[str, list[Bout]],
        mornings: list[Morning],
        away: Away | None = None,
        frozen: Flare | None = None,
    ) -> None:
        self.plan = plan
        self.bouts = bouts
        self.mornings = mornings
        self.frozen = frozen
        self._away = away
        self._set_fatigue: int | None = None
        self._flares = () if away is None else flare_days(away)
        self._pain: dict[date, Usual] = {}
        self._fatigue: dict[date, dict[date, int]] = {}

    @classmethod
    def of(cls, state: PatientState) -> History:
        """All that is remembered."""
        bouts = {track_id: bouts_of(track) for track_id, track in state.tracks.items()}
        away, plan = state.away, state.plan
        if plan is not None and (pain := set_for_person(state, "usual_pain")) is not None:
            plan = replace(plan, usual_pain_override=pain)
        if plan is not None and plan.usual_pain is None and state.asking is not None:
            plan = replace(plan, usual_pain=confirmed_pain(state))
        made = cls(plan, bouts, mornings_of(state), away, None if away is None else away.flare)
        made._set_fatigue = set_for_person(state, "usual_fatigue")
        return made

    def before(self, until: int) -> History:
        """What had happened until an instant (epoch ms)."""
        bouts = {track_id: [bout for bout in found if bout.started < until] for track_id, found in self.bouts.items()}
        return History(self.plan, bouts, [check for check in self.mornings if check.at <= until], self._away)

    def usual_pain(self, today: date) -> Usual:
        """Usual pain on a day (2.3), from all tracks and mornings."""
        if today not in self._pain:
            plan, first = self.plan, self._first(today)
            bouts = [b for found in self.bouts.values() for b in found if b.day > first and b.before is not None]
            self._pain[today] = usual(
                self._outside(pain_by_day(bouts, [check for check in self.mornings if check.day > first])),
                today,
                confirmed=plan.usual_pain if plan else None,
                override=plan.usual_pain_override if plan else None,
                frozen=None if self.frozen is None else Frozen(self.frozen.usual_pain),
                days=(today - first).days,
            )
        return self._pain[today]

    def recent_pain(self, first: date) -> Iterator[int]:
        """Every pain score of a morning or before a session from a day on, the latest first; both are in order."""
        for check in reversed(self.mornings):
            if check.day < first:
                break
            if check.pain is not None:
                yield check.pain
        for bouts in self.bouts.values():
            for bout in reversed(bouts):
                if bout.day < first:
                    break
                if bout.before is not None:
                    yield bout.before

    def stopped_for_pain(self, first: date) -> bool:
        """Whether a session from a day on was stopped for pain."""
        for bouts in self.bouts.values():
            for bout in reversed(bouts):
                if bout.day < first:
                    break
                if bout.stop == "pain":
                    return True
        return False

    def worst_by_day(self, first: date) -> dict[date, int]:
        """The worst pain of each recorded day from `first` on: of its morning checks and what was felt before its
        sessions (2.6)."""
        worst: dict[date, int] = {}
        felt = [(check.day, check.pain) for check in self.mornings]
        felt += [(bout.day, bout.before) for found in self.bouts.values() for bout in found]
        for day, pain in felt:
            if pain is not None and day >= first:
                worst[day] = max(pain, worst.get(day, 0))
        return worst

    def usual_fatigue(self, today: date) -> float | None:
        """Usual fatigue on a day; what a clinician set beats what was recorded (2.8)."""
        if self._set_fatigue is not None:
            return self._set_fatigue
        confirmed = self.plan.usual_fatigue if self.plan else None
        frozen = None if self.frozen is None else Frozen(self.frozen.usual_fatigue)
        days = (today - self._first(today)).days
        values = self._outside(self._fatigue_by_day(today))
        return usual(values, today, confirmed=confirmed, frozen=frozen, days=days).value

    def tired(self, today: date, usual_fatigue: float | None) -> bool:
        """Whether the latest fatigue of today or yesterday is 3 or more above the usual (the hint `short_version`)."""
        if usual_fatigue is None:
            return False
        recent = {day: n for day, n in self._fatigue_by_day(today).items() if 0 <= (today - day).days <= 1}
        return bool(recent) and recent[max(recent)] >= usual_fatigue + TIRED_RISE

    def _fatigue_by_day(self, today: date) -> dict[date, int]:
        if today not in self._fatigue:
            first = self._first(today)
            bouts = [b for found in self.bouts.values() for b in found if b.day > first and b.fatigue is not None]
            checks = [check for check in self.mornings if check.day > first and check.fatigue is not None]
            self._fatigue[today] = fatigue_by_day(bouts, checks)
        return self._fatigue[today]

    def _first(self, today: date) -> date:
        """The day before the last 14 that lie outside every flare (2.3)."""
        if not self._flares:
            return today - timedelta(days=WINDOW_DAYS)
        first, left = today, WINDOW_DAYS
        for _ in range(MOST_DAYS):
            left -= not self._in_flare(first)
            first -= timedelta(days=1)
            if left == 0:
                break
        return first

    def _outside(self, values: dict[date, int]) -> dict[date, int]:
        if not self._flares:
            return values
        return {day: value for day, value in values.items() if not self._in_flare(day)}

    def _in_flare(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self._flares)
