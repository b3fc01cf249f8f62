"""What is kept of a person to decide about a log: their day, their tracks, and which ids were written lately."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from services.session_logging.domain.window import Window

TRACKS_KEPT: Final = 40


@dataclass(frozen=True, slots=True)
class Track:
    """One activity of the plan with its objective marker and display unit; `current` while the plan in force has it."""

    family: str
    marker: str
    unit: str
    current: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan says that a worrying answer needs (W15): usual pain 0-10, and the flare plan as sealed text."""

    usual_pain: float | None = None
    flare_plan_sealed: str | None = None


@dataclass(frozen=True, slots=True)
class UsualSet:
    """Usual pain 0-10 as a clinician set it, until a moment: it beats the plan's (progression 2.3, 2.8)."""

    override_id: str
    pain: int
    until: datetime


@dataclass(frozen=True, slots=True)
class SessionLogState:
    """One person's diary. `tz` is None until they are enrolled; `plan_seq` is 0 until a plan was heard of.

    `usual_pain` and `flare_plan_sealed` are those of the latest plan, also after it has ended. `usual_set` lies over
    the first; `usual_seq` is the seq of the latest word on it, which an older one never overrides (invariant 4).
    `tracks` is the union of all plan versions, so that a late paper log of a track that was dropped still counts to it.
    `enrolled_seq` and `plan_seq` are the seq of the events that set them: a lower one never overrides (invariant 4).
    """

    tz: str | None = None
    day_starts_at: str = "03:00"
    enrolled_seq: int = 0
    plan_seq: int = 0
    tracks: Mapping[str, Track] = field(default_factory=dict)
    window: Window = field(default_factory=Window)
    locale: str | None = None
    usual_pain: float | None = None
    flare_plan_sealed: str | None = None
    usual_set: UsualSet | None = None
    usual_seq: int = 0

    def usual_at(self, now: datetime) -> float | None:
        """Usual pain 0-10 at a moment: a clinician's word while it stands, else the plan's; None when nobody said."""
        word = self.usual_set
        return self.usual_pain if word is None or now >= word.until else word.pain

    def usual_said(self, word: UsualSet, seq: int) -> "SessionLogState":
        """A clinician set usual pain."""
        return self if seq <= self.usual_seq else replace(self, usual_set=word, usual_seq=seq)

    def usual_unsaid(self, override_id: str, seq: int) -> "SessionLogState":
        """That word no longer stands, before it ran out."""
        word = self.usual_set
        left = None if word is not None and word.override_id == override_id else word
        return replace(self, usual_set=left, usual_seq=max(seq, self.usual_seq))

    def touched(self, window: Window) -> "SessionLogState":
        """The same person with a newer window; the same object when nothing was written."""
        return self if window == self.window else replace(self, window=window)

    def enrolled(self, tz: str, day_starts_at: str, seq: int, locale: str | None = None) -> "SessionLogState":
        """The person is known, with the zone and the start of their day (W1), and the language they read."""
        if seq <= self.enrolled_seq:
            return self
        return replace(self, tz=tz, day_starts_at=day_starts_at, enrolled_seq=seq, locale=locale)

    def planned(self, tracks: Mapping[str, Track], seq: int, terms: Terms | None = None) -> "SessionLogState":
        """A plan version: its tracks are current, all others no longer; an older one only adds what nobody knew.

        `terms` of a newer one hold from now on; without any the last ones stay.
        """
        late_terms = seq <= self.plan_seq
        if late_terms:
            late = {id: replace(track, current=False) for id, track in tracks.items()}
            merged = {**late, **self.tracks}
        else:
            merged = {**{id: replace(track, current=False) for id, track in self.tracks.items()}, **tracks}
        merged = dict(sorted(merged.items(), key=lambda item: not item[1].current)[:TRACKS_KEPT])
        seq = max(seq, self.plan_seq)
        if merged == self.tracks and seq == self.plan_seq:
            return self
        if terms is None or late_terms:
            return replace(self, tracks=merged, plan_seq=seq)
        return replace(
            self,
            tracks=merged,
            plan_seq=seq,
            usual_pain=terms.usual_pain,
            flare_plan_sealed=terms.flare_plan_sealed,
        )

    def plan_ended(self, seq: int) -> "SessionLogState":
        """No track is current any more; what was done may still be logged."""
        return self if seq <= self.plan_seq else self.planned({}, seq)
