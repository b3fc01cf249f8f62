"""From what was told to a session: units, ranges, times, the track it counts to, and whose words the numbers are."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from services.session_logging.domain.activities import family_of
from services.session_logging.domain.commands import Entry, MorningCheck
from services.session_logging.domain.rules import (
    ActivityIsNotOfTheTrack,
    AmountIsRequired,
    AmountsOnly,
    EnjoymentOutOfRange,
    MarkerDiffersFromTrack,
    NothingFelt,
    RestHasNoAmount,
    ScoreOutOfRange,
    SessionEndsBeforeItStarts,
    SessionIsTooLong,
    StartsInTheFuture,
    StartsTooLongAgo,
    TrackIsAmbiguous,
    TrackIsUnknown,
    TrackOrActivityIsRequired,
    UnitIsRequired,
)
from services.session_logging.domain.session import FELT, Session
from services.session_logging.domain.state import SessionLogState, Track
from services.session_logging.domain.units import amount_text, marker_of, to_base

CLOCK_SKEW: Final = timedelta(minutes=10)
HISTORY_AFTER_DAYS: Final = 28
LONGEST: Final = timedelta(hours=12)
OLDEST: Final = timedelta(days=40 * 366)
_WITHOUT_WORDS: Final = frozenset({"caregiver", "device"})
_SAID: Final = {kind: tuple(field.name for field in fields(kind)) for kind in (Entry, MorningCheck)}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule needs besides the entry: the moment, the person's calendar, and who tells it.

    `day_of` gives the person's day of a moment (W1), `slot_of` the id that bouts of one track and day share (2.3);
    `reporter` is patient, staff, caregiver or device.
    """

    now: datetime
    tz: str
    day_of: Callable[[datetime], date]
    slot_of: Callable[[str, date], str]
    reporter: str
    source: str


def new_session(session_id: str, entry: Entry, state: SessionLogState, setting: Setting) -> Session:
    """The first revision of a session; raises the rule that the entry breaks."""
    return _session(session_id, 1, entry, state, setting, None)


def amended_session(current: Session, entry: Entry, state: SessionLogState, setting: Setting) -> Session:
    """The next revision, from the whole corrected entry; the same raise as for a new one."""
    return _session(current.session_id, current.revision + 1, entry, state, setting, current)


def require_words(entry: Entry, reporter: str) -> None:
    """W3: a caregiver or a device logs amounts only."""
    if reporter in _WITHOUT_WORDS:
        for name in FELT:
            if getattr(entry, name) is not None:
                raise AmountsOnly(f"/{name}")


def is_history(day: date, setting: Setting) -> bool:
    """2.7: what is older than 28 of the person's days is kept and shown, and decides nothing."""
    return (setting.day_of(setting.now) - day).days > HISTORY_AFTER_DAYS


def checked_morning(check: MorningCheck, setting: Setting) -> datetime:
    """The moment of a valid morning check; raises the rule it breaks (W3: never from a caregiver or a device)."""
    if setting.reporter in _WITHOUT_WORDS:
        raise AmountsOnly
    if check.pain is None and check.fatigue is None:
        raise NothingFelt
    _score("/pain", check.pain)
    _score("/fatigue", check.fatigue)
    at = check.at or setting.now
    require_past("/at", at, setting.now)
    return at


def require_past(field: str, moment: datetime, now: datetime) -> None:
    """2.7: at most 10 minutes ahead; and no more than 40 years back."""
    if moment > now + CLOCK_SKEW:
        raise StartsInTheFuture(field)
    if moment < now - OLDEST:
        raise StartsTooLongAgo(field)


def digest(entry: Entry | MorningCheck) -> str:
    """32 hex digits that are equal exactly when two entries say the same (`2.50` is `2.5`)."""
    content: dict[str, Any] = {name: getattr(entry, name) for name in _SAID[type(entry)]}
    for name in ("started_at", "ended_at", "at"):
        if (moment := content.get(name)) is not None:
            content[name] = round(moment.timestamp() * 1000)
    if content.get("amount") is not None:
        content["amount"] = amount_text(content["amount"])
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _session(
    session_id: str, revision: int, entry: Entry, state: SessionLogState, setting: Setting, current: Session | None
) -> Session:
    require_words(entry, setting.reporter)
    for name in ("pain", "pain_before", "effort", "fatigue"):
        _score(f"/{name}", getattr(entry, name))
    if entry.enjoyment is not None and not 0 <= entry.enjoyment <= 3:
        raise EnjoymentOutOfRange("/enjoyment")
    track_id, family, track = _track(entry, state, None if current is None else current.track_id)
    given_amount, unit = _given(entry, track)
    marker = marker_of(unit)
    if track is not None and marker != track.marker:
        raise MarkerDiffersFromTrack("/unit")
    amount = to_base(given_amount, unit)
    started, ended = _times(entry, marker, amount, setting.now)
    kept_day = current is not None and current.started_at == started
    day = current.local_date if current is not None and kept_day else setting.day_of(started)
    return Session(
        session_id=session_id,
        revision=revision,
        status="active",
        track_id=track_id,
        slot_id=None if track_id is None else setting.slot_of(track_id, day),
        activity=entry.activity,
        activity_family=family,
        variant=entry.variant,
        started_at=started,
        ended_at=ended,
        ended_given=entry.ended_at is not None,
        amount=amount,
        marker=marker,
        given_amount=given_amount,
        given_unit=unit,
        reporter=setting.reporter,
        source=setting.source,
        local_date=day,
        tz=current.tz if current is not None and kept_day else setting.tz,
        history_only=is_history(day, setting),
        digest=digest(entry) if current is None else current.digest,
        logged_at=setting.now if current is None else current.logged_at,
        updated_at=setting.now,
        pain=entry.pain,
        pain_before=entry.pain_before,
        effort=entry.effort,
        fatigue=entry.fatigue,
        stop=entry.stop,
        enjoyment=entry.enjoyment,
    )


def _track(entry: Entry, state: SessionLogState, kept: str | None) -> tuple[str | None, str, Track | None]:
    """The track a session counts to, its family, and the track's marker; an activity without a track counts to none."""
    if entry.track_id is None:
        return _track_of_activity(entry, state)
    track = state.tracks.get(entry.track_id)
    told = None if entry.activity is None else family_of(entry.activity)
    if track is None:
        if state.plan_seq and entry.track_id != kept:
            raise TrackIsUnknown("/track_id")
        return entry.track_id, told or "unknown", None
    if told is None or track.family in (told, entry.activity):
        return entry.track_id, track.family, track
    if entry.variant != "swap":
        raise ActivityIsNotOfTheTrack("/activity")
    return entry.track_id, told, track


def _track_of_activity(entry: Entry, state: SessionLogState) -> tuple[str | None, str, Track | None]:
    if entry.activity is None:
        raise TrackOrActivityIsRequired("/track_id")
    family = family_of(entry.activity)
    current = {id: track for id, track in state.tracks.items() if track.current}
    fitting = {id: track for id, track in current.items() if track.family == entry.activity}
    fitting = fitting or {id: track for id, track in current.items() if track.family == family}
    if len(fitting) > 1 and entry.unit is not None:
        marker = marker_of(entry.unit)
        fitting = {id: track for id, track in fitting.items() if track.marker == marker} or fitting
    if len(fitting) > 1:
        raise TrackIsAmbiguous("/track_id")
    for id, track in fitting.items():
        return id, track.family, track
    return None, family, None


def _given(entry: Entry, track: Track | None) -> tuple[str, str]:
    """Amount and unit as told; a missing unit is the one in which the track is shown."""
    unit = entry.unit or (None if track is None else track.unit)
    if entry.variant == "rest":
        if entry.amount is not None and amount_text(entry.amount) != "0":
            raise RestHasNoAmount("/amount")
        return "0", unit or "min"
    if entry.amount is None:
        raise AmountIsRequired("/amount")
    if unit is None:
        raise UnitIsRequired("/unit")
    return amount_text(entry.amount), unit


def _times(entry: Entry, marker: str, amount: int, now: datetime) -> tuple[datetime, datetime]:
    """Start and end; without an end it lasted its amount, or, counted in something else, is taken as a moment."""
    started = entry.started_at or now
    require_past("/started_at", started, now)
    if entry.ended_at is None:
        return started, started + timedelta(seconds=amount if marker == "duration_s" else 0)
    if entry.ended_at < started:
        raise SessionEndsBeforeItStarts("/ended_at")
    require_past("/ended_at", entry.ended_at, now)
    if entry.ended_at - started > LONGEST:
        raise SessionIsTooLong("/ended_at")
    return started, entry.ended_at


def _score(field: str, score: int | None) -> None:
    if score is not None and not 0 <= score <= 10:
        raise ScoreOutOfRange(field)
