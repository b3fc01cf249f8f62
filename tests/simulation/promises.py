"""What must hold in every simulated life, whatever the person does (domain/progression.md 2.5, 2.10, 2.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from services.progression.commands.living import Life
from services.progression.domain.judge import judge
from services.progression.telling import case_of_record, next_up_of, replays
from services.progression.texts import render
from shared.contracts.progression import DoseChangedV1, FlareEndedV1, FlareStartedV1, ProgressionDecidedV1

RISES: Final = frozenset({"R11", "R11s"})
REPLAYED_EVERY: Final = 25
"""One decision in so many is run again from what was stored of it."""


class PromiseBroken(AssertionError):
    """A simulated life in which something happened that must never happen; says what, and on which day."""


@dataclass(slots=True)
class Promises:
    """Watches one life. `rises` are the days of accepted increases of each track."""

    rises: dict[str, list[date]] = field(default_factory=dict)
    ups: list[date] = field(default_factory=list)
    seen: int = 0
    decisions: int = 0
    in_flare: bool = False

    def watch(self, life: Life, today: date) -> list[Any]:
        """Judge what was said since the last time, and hand it on."""
        news = life.told[self.seen :]
        self.seen = len(life.told)
        for day, event in news:
            if isinstance(event, DoseChangedV1):
                self._changed(life, event, day)
            elif isinstance(event, ProgressionDecidedV1):
                self._decided(life, event, day)
            elif isinstance(event, FlareStartedV1 | FlareEndedV1):
                self.in_flare = isinstance(event, FlareStartedV1)
        for track_id, track in life.state.tracks.items():
            _keep(track.footing.dose > 0, "the dose of a track is never 0 of itself", today, track_id)
        return [event for _, event in news]

    def _changed(self, life: Life, event: DoseChangedV1, day: date) -> None:
        track = life.state.tracks[event.track_id]
        ceiling, goal = track.config.dose_max, track.config.goal_dose
        if event.new_dose <= event.old_dose:
            return
        _keep(life.state.suspension is None, "nothing rises while suspended", day, event.rule)
        if event.rule not in RISES:
            return
        step = 60 if event.old_dose >= 300 else 15
        most = max(step, event.old_dose // 10)
        _keep(event.new_dose - event.old_dose <= most, "a rise is one step or a tenth", day, event.rule)
        _keep(ceiling is None or event.new_dose <= ceiling, "a rise ends at the ceiling", day, event.rule)
        _keep(goal is None or event.new_dose <= goal, "a rise ends at the goal", day, event.rule)
        before = self.rises.setdefault(event.track_id, [])
        _keep(not before or (day - before[-1]).days >= 7, "a week lies between two rises", day, event.rule)
        before.append(day)
        self.ups.append(day)
        _keep(self.ups.count(day) == 1, "one upward change a day", day, event.rule)
        recent = [one for one in self.ups if (day - one).days < 7]
        _keep(len(recent) <= 2, "two upward changes in seven days", day, event.rule)
        _keep(life.state.plan is not None and life.state.plan.pem == "no", "nothing rises under PEM", day, event.rule)

    def _decided(self, life: Life, event: ProgressionDecidedV1, day: date) -> None:
        self.decisions += 1
        words = render(event.text_key, event.text_params)
        _keep("{" not in words and words != "", "every decision has words", day, event.rule)
        _keep(event.action != "ADVANCE" or not self.in_flare, "no step in a flare", day, event.rule)
        if self.decisions % REPLAYED_EVERY == 0:
            self._replay(life, event, day)

    def _replay(self, life: Life, event: ProgressionDecidedV1, day: date) -> None:
        stored: Sequence[Any] = [
            record.data for record in life.records if record.data.get("decision_id") == event.decision_id
        ]
        document = next((data for data in stored if "basis" in data), None)
        if document is None or event.rule in ("W10", "W11"):
            return
        verdict = judge(case_of_record(document))
        _keep(replays(document, verdict), "a stored decision replays", day, event.rule)
        _keep(bool(next_up_of(document)["conditions"]), "a decision says why not more", day, event.rule)


def _keep(holds: bool, promise: str, day: date, what: str) -> None:
    if not holds:
        raise PromiseBroken(f"{promise}: {what} on {day}")
