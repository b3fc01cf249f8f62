"""An aggregate from a backup goes on: higher than any seq that its consumers know, and sending nothing twice."""

from typing import Final

from shared.runtime.aggregate import Aggregate, Line, encode
from shared.sealing import Keyring

RAISED_BY: Final = 1_000_000
"""A restored service goes on so much higher, so that its consumers accept what follows."""

RESTORED: Final = "restored"
"""The kind of the journal line that says so: whoever folds the journal later raises at the same place."""

_NOBODY: Final = {"by": "restore/0", "at": 0}


def go_on_higher(aggregate: Aggregate, ring: Keyring, wall_ms: int) -> None:
    """Raise the seq by 1 000 000 and say so in the journal; what the outbox holds waits from now on.

    A message to a person may have left between backup and loss: it is held by a process that is gone, so that it ends
    as `unknown` instead of leaving again; messages of safety are repeated, as after any doubt.
    """
    aggregate.seq += RAISED_BY
    aggregate.steps += 1
    aggregate.lines += 1
    entry = {"n": aggregate.steps, "now": aggregate.clock, "kind": RESTORED, "seq": aggregate.seq}
    sealed = ring.seal(aggregate.tenant, aggregate.key, encode(entry))
    said = Line.of(aggregate.lines, "j", {"n": aggregate.steps, "s": sealed})
    aggregate.outbox = (*map(_held, aggregate.outbox), said)
    aggregate.pending = wall_ms


def _held(line: Line) -> Line:
    return line if line.kind != "x" else Line.of(line.i, "x", {**line.body, "cl": _NOBODY})
