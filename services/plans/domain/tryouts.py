"""Trying an activity out: 14 days that do not count, with a start of its own, then kept or dropped (article P12.3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from services.plans.domain.terms import Terms, Track

DAYS: Final = 14


def dated(terms: Terms, before: Terms | None, today: date) -> Terms:
    """The terms with the day on which each try-out is over: 14 days from today, or as it was said before."""
    known = {} if before is None else {track.track_id: track.tryout_until for track in before.tracks if track.tryout}

    def one(track: Track) -> Track:
        if not track.tryout:
            return track
        return replace(track, tryout_until=known.get(track.track_id) or today + timedelta(days=DAYS))

    return replace(terms, tracks=tuple(one(track) for track in terms.tracks))


def answered(terms: Terms, track_id: str, *, keep: bool) -> Terms:
    """The terms in which a track is kept like any other, or no longer there."""
    tracks = tuple(
        replace(track, tryout=False, tryout_until=None) if track.track_id == track_id else track
        for track in terms.tracks
        if keep or track.track_id != track_id
    )
    return replace(terms, tracks=tracks)
