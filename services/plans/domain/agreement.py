"""A plan version is agreed on by two: drafts with who accepted them, how they ended, and what changed and why."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal

from services.plans.domain.terms import Terms

Side = Literal["patient", "clinician"]
Heard = Literal["app", "phone", "paper", "in_person"]
How = Literal["app", "phone", "paper", "in_person", "clinician", "standing"]
Status = Literal["open", "accepted", "declined", "withdrawn", "stale"]
DeclinedBecause = Literal["too_much", "too_little", "not_now", "not_my_goal", "questions", "other"]
WithdrawnBecause = Literal["talk_first", "mistake", "no_longer_fits", "other"]
Reason = Literal[
    "first", "review", "wish", "progress", "symptoms", "flare", "setback", "life_event", "goal", "safety",
    "correction", "other", "more_often", "tryout_kept", "tryout_dropped",
]  # fmt: skip
"""Why a version came. `first` has no version before it; the last three are the person's own word, not a clinician's."""

PERSONS_OWN: Final = frozenset({"more_often", "tryout_kept", "tryout_dropped"})
"""The versions that the person's own word brings, within what a clinician agreed to before."""

OVER_KEPT: Final = 12
UNSEEN_KEPT: Final = 8
SEEN_KEPT: Final = 16
NEXT_CHANGE_WITHIN_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One side's yes: `how` it was given (`standing`: with the version before), and `by` whom it was said or noted."""

    of: Side
    by: str
    how: How
    at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Why a version came, with sealed words, and the person's own day of the next change that is expected, if any."""

    reason: Reason
    words_sealed: str | None = None
    next_change_on: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Terms that are not agreed on yet, made from the version `made_from` of the plan in force (0: from none).

    `revision` counts its wordings; `accepted` are the yeses to this wording (article P1.2).
    """

    draft_id: str
    plan_id: str
    made_from: int
    terms: Terms
    why: Why
    drafted_at: datetime
    accepted: tuple[Acceptance, ...]
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Over:
    """A draft that is no longer open, and how that came."""

    draft_id: str
    status: Status


@dataclass(frozen=True, slots=True)
class Change:
    """What a version changed, in codes, why, by whom, from when on; its words lie with the version."""

    change_id: str
    plan_id: str
    version: int
    what: tuple[str, ...]
    reason: Reason
    by: Side
    by_id: str
    effective_at: datetime
    next_change_on: date | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The one open draft, how the last others ended, and the changes that the person has not seen, the oldest first."""

    draft: Draft | None = None
    over: tuple[Over, ...] = ()
    unseen: tuple[Change, ...] = ()
    seen: tuple[str, ...] = ()


NOTHING_AGREED: Final = Agreement()


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """Write the next version of a plan, made from `made_from` (0: the first); `heard` is the person's yes at once."""

    plan_id: str
    made_from: int
    terms: Terms
    why: Why | None = None
    heard: Heard | None = None
    minors_served: bool = False


@dataclass(frozen=True, slots=True)
class AmendDraft:
    """Put other words in place of the revision that was read."""

    draft_id: str
    revision: int
    terms: Terms
    why: Why | None = None
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class AcceptDraft:
    """The person's own yes to the revision that was read (W3)."""

    draft_id: str
    revision: int
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class DeclineDraft:
    """The person's own no to the revision that was read (W3); nothing changes."""

    draft_id: str
    revision: int
    reason: DeclinedBecause
    words_sealed: str | None = None
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class WithdrawDraft:
    """Take a draft back."""

    draft_id: str
    reason: WithdrawnBecause


@dataclass(frozen=True, slots=True)
class SeeChange:
    """The person has seen what changed and why (W3)."""

    change_id: str
    heard: Heard = "app"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two versions differ; `path` is a JSON pointer, tracks by their id."""

    path: str
    before: Any
    after: Any


def agreed(accepted: tuple[Acceptance, ...]) -> bool:
    """Whether both have accepted: the person and a clinician (article P1.2)."""
    return {one.of for one in accepted} == {"patient", "clinician"}


def with_yes(accepted: tuple[Acceptance, ...], yes: Acceptance) -> tuple[Acceptance, ...]:
    """The acceptances with this one, the last of its side."""
    return (*(one for one in accepted if one.of != yes.of), yes)


def standing(accepted: tuple[Acceptance, ...], of: Side, now: datetime) -> tuple[Acceptance, ...]:
    """The last yes of one side to the version before, as far as it covers what the other may change in it alone: the
    clinician's what the person may do by themselves, the person's on which day the plan is reviewed next."""
    return tuple(replace(one, how="standing", at=now) for one in accepted if one.of == of)[-1:]


def ended(agreement: Agreement, status: Status) -> Agreement:
    """Without the open draft, of which stays known how it ended."""
    if agreement.draft is None:
        return agreement
    over = (*agreement.over, Over(agreement.draft.draft_id, status))[-OVER_KEPT:]
    return replace(agreement, draft=None, over=over)


def how_ended(agreement: Agreement, draft_id: str) -> Status | None:
    """How a draft ended, None for one that did not, or that is forgotten."""
    return next((one.status for one in agreement.over if one.draft_id == draft_id), None)


def unseen(agreement: Agreement, change_id: str) -> Change | None:
    """A change that the person has not seen yet."""
    return next((one for one in agreement.unseen if one.change_id == change_id), None)


def seen(agreement: Agreement, change: Change) -> Agreement:
    """The person has seen it."""
    left = tuple(one for one in agreement.unseen if one != change)
    return replace(agreement, unseen=left, seen=(*agreement.seen, change.change_id)[-SEEN_KEPT:])


def changed(before: Terms | None, after: Terms) -> tuple[str, ...]:
    """What differs between two versions as codes: `pem`, `track_added`, `track_freq`; `plan` where none was before."""
    if before is None:
        return ("plan",)
    codes = set()
    for one in difference(_by_track(before), _by_track(after)):
        first, *rest = one.path[1:].split("/")
        if first != "tracks":
            codes.add(_CODES.get(first, first))
        elif len(rest) == 1:
            codes.add("track_added" if one.before is None else "track_dropped")
        else:
            codes.add("track_" + _TRACK_CODES.get(rest[1], rest[1]))
    return tuple(sorted(codes))


_CODES: Final = {
    "usual_pain_declined": "usual_pain",
    "flare_plan_sealed": "flare_plan",
    "flare_phones": "flare_plan",
}
_TRACK_CODES: Final = {"tryout_until": "tryout"}


def _by_track(terms: Terms) -> Mapping[str, Any]:
    return {**asdict(terms), "tracks": {track["track_id"]: track for track in asdict(terms)["tracks"]}}


def difference(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Each place in which two values differ, in the order of their names; what is in one alone is None in the other.

    Objects are compared name by name, everything else as a whole.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted({*before, *after}):
            yield from difference(before.get(name), after.get(name), f"{path}/{name}")
    elif before != after:
        yield Difference(path, before, after)
