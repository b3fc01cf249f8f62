"""What is known about one person: where their day lies, what they do, and which messages wait or are under way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from services.reminders.domain.asked import Question

Kind = Literal["cue", "change_note", "prompt", "proposal", "question", "safety"]
Param = int | str


@dataclass(frozen=True, slots=True)
class Person:
    """What places a person's day; `seq` is that of the event which said so."""

    tz: str
    locale: str
    day_starts_at: str
    record_mode: str
    seq: int


@dataclass(frozen=True, slots=True)
class Track:
    """A track of the plan, as far as a message speaks of it."""

    activity_family: str
    marker: str
    unit: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan as last heard of; `seq` is that of the event, so that an older one never overrides."""

    plan_id: str
    tracks: Mapping[str, Track]
    ended: bool
    seq: int


@dataclass(frozen=True, slots=True)
class TrackNow:
    """The dose in force of a track (base unit, None before it is known), and whether to offer a shorter version."""

    dose: int | None = None
    dose_seq: int = 0
    short_version: bool = False
    short_seq: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A bout of the last days as last revised, as far as a cue asks: which slot, and whether it was "not today"."""

    revision: int
    track_id: str | None
    slot_id: str | None
    started_at: datetime
    rest: bool
    voided: bool
    event_id: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a dose changed or is offered: a text key with its numbers."""

    rule: str
    text_key: str
    text_params: Mapping[str, Param]
    event_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Wall times `HH:MM` between which nothing is sent; `start` after `end` spans midnight."""

    start: str
    end: str
    enabled: bool = True


DEFAULT_QUIET: Final = QuietHours("21:00", "08:00")


@dataclass(frozen=True, slots=True)
class Cue:
    """A daily prompt at a wall time, for one track or for the day.

    `situation` and `action` are the person's own if-then words, sealed. `closed` is the last of the person's days that
    ended as sent or not sent; `next_day` and `next_at` (UTC) are the one that comes. `since` is when the time was
    chosen: what lay before it is not prompted. An `asleep` cue waits for a plan.
    """

    cue_id: str
    time: str
    track_id: str | None
    situation: str | None
    action: str | None
    enabled: bool
    since: datetime
    closed: date
    asleep: bool = False
    next_day: date | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A changed dose that the person has not been told of.

    `changed_at` is when the change was decided, `base` the moment from which the note may leave as far as we know.
    `attempt` counts how often it did not leave, `failures` how often a channel was the reason; a `muted` one ended as
    `suspended` and waits for the end of the suspension.
    """

    decision_id: str
    track_id: str
    old: int
    new: int
    marker: str
    unit: str
    rule: str
    event_id: str
    seq: int
    changed_at: datetime
    base: datetime
    release_at: datetime | None = None
    attempt: int = 0
    failures: int = 0
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of an offer."""

    kind: str
    dose: int


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that the person has not been told of; most of the last fields are those of a `Note`.

    `halves` are the two bouts in which the step may be taken; a `widens` offers something new after a reached goal, so
    many sessions a week (`freq`) among it (progression 2.4).
    """

    proposal_id: str
    decision_id: str
    track_id: str
    dose_now: int
    options: tuple[Choice, ...]
    marker: str
    unit: str
    expires_at: datetime
    event_id: str
    base: datetime
    release_at: datetime | None = None
    attempt: int = 0
    failures: int = 0
    muted: bool = False
    halves: tuple[int, int] | None = None
    widens: bool = False
    freq: int | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """One suspension of automation (R1), by the seqs of the latest events that switched it on and off ([4]).

    `level` and `signs` are those last heard. `told` is the level of which the person was told, or was not any more, by
    the one safety message that such a suspension brings; a graver level is told again. `again_at` is when a message
    that a channel failed is tried again.
    """

    suspension_id: str
    on_seq: int = 0
    off_seq: int = 0
    level: str | None = None
    signs: tuple[str, ...] = ()
    event_id: str | None = None
    since: datetime | None = None
    told: str | None = None
    again_at: datetime | None = None
    attempt: int = 0
    failures: int = 0

    @property
    def open(self) -> bool:
        """Whether nothing automatic may happen because of it."""
        return self.on_seq > self.off_seq


@dataclass(frozen=True, slots=True)
class Away:
    """One flare or pause, by the seqs of the latest events that switched it on and off ([4])."""

    kind: Literal["flare", "paused"]
    on_seq: int = 0
    off_seq: int = 0
    event_id: str | None = None

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.on_seq > self.off_seq


@dataclass(frozen=True, slots=True)
class Silence:
    """Messages set off by a clinician until a moment, by the seqs of the events that switched them off and on ([4])."""

    on_seq: int = 0
    off_seq: int = 0
    until: datetime | None = None
    event_id: str | None = None

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.on_seq > self.off_seq


@dataclass(frozen=True, slots=True)
class TurnedOff:
    """Whether the person turned reminders off, and the event that said so last, with its seq ([4])."""

    off: bool
    seq: int
    event_id: str


@dataclass(frozen=True, slots=True)
class Block:
    """Days of the person that are blocked, both ends too; why they are is sealed, or None."""

    first: date
    last: date
    kind_sealed: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A cue that was sent, for the cap."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Sending:
    """A message on its way to a channel, kept until its outcome is known; `record` is what is shown of it."""

    kind: Kind
    day: date
    cue_id: str | None
    slot_id: str | None
    cause_event_id: str | None
    record: Mapping[str, object]
    note: Note | None = None
    offer: Offer | None = None
    suspension_id: str | None = None
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class PatientState:
    """The whole state of one person in this service; the defaults are a person never heard of.

    `questioned` is the person's day on which they were last told of a question, `prompted` that on which of something
    that waits in their plan.
    """

    person: Person | None = None
    plan: Plan | None = None
    quiet: QuietHours | None = None
    tracks: Mapping[str, TrackNow] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    last_record_at: datetime | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    gone: Mapping[str, datetime] = field(default_factory=dict)
    cues: Mapping[str, Cue] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    sending: Mapping[str, Sending] = field(default_factory=dict)
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    episodes: Mapping[str, Episode] = field(default_factory=dict)
    away: Mapping[str, Away] = field(default_factory=dict)
    blocked: Mapping[str, Block] = field(default_factory=dict)
    silences: Mapping[str, Silence] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    questioned: date | None = None
    prompted: date | None = None
    turned_off: TurnedOff | None = None
