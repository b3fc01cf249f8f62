"""How a decision about one session is made from a bounded state without ever logging anything twice.

The truth about a session is its record; the aggregate's state only knows *which ids were written lately*. Every write
of a session, morning check or journal entry is counted (`touches`), and the last `KEPT` ids stand in the state in the
order of their writes. A command brings its `Basis`: the count that was read from the aggregate *first*, and the digests
of those of its ids whose records were found *afterwards*, when the aggregate's pending records were complete.

So for each id of a command: every write up to the count read is in the records read. A later write is still in the
window, and then the basis is outdated; or the window no longer reaches back to that count, and then nobody can tell,
and the basis is outdated too. In both cases the command is refused, nothing is stored, and the caller reads again. In
the remaining case no write happened in between, and what was found is the truth. Since the state is fenced (a lost
race re-runs the transition on the state that won), this holds for any number of writers: an id becomes a session once.

A basis never read (count 0, nothing found) is right as long as the window has forgotten nothing, so that most logs need
no reading at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from services.session_logging.domain.rules import BasisIsOutdated

KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Window:
    """The last ids written, oldest first, of `touches` writes in all."""

    touches: int = 0
    ids: tuple[str, ...] = ()

    def touched(self, name: str) -> "Window":
        """The window after one more write."""
        return replace(self, touches=self.touches + 1, ids=(*self.ids, name)[-KEPT:])


@dataclass(frozen=True, slots=True)
class Basis:
    """What was read before the command: the count of writes, then the digests of the ids found in the records."""

    touches: int = 0
    found: Mapping[str, str] = field(default_factory=dict)


def digest_found(window: Window, basis: Basis, name: str) -> str | None:
    """The digest under which this id was first logged, or None when it never was; raises `BasisIsOutdated`."""
    require_current(window, basis, (name,))
    return basis.found.get(name)


def require_current(window: Window, basis: Basis, names: tuple[str, ...]) -> None:
    """Raise `BasisIsOutdated` unless none of these ids can have been written after the basis was read."""
    since = window.touches - basis.touches
    if since <= 0:
        return
    if since > len(window.ids):
        raise BasisIsOutdated
    written = set(window.ids[-since:])
    if any(name in written for name in names):
        raise BasisIsOutdated


def session_name(id: str) -> str:
    """How a session's id stands in the window."""
    return id


def check_name(id: str) -> str:
    """How a morning check's id stands in the window."""
    return f"m:{id}"


def journal_name(id: str) -> str:
    """How a journal entry's id stands in the window."""
    return f"j:{id}"
