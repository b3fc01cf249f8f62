"""The questionnaires as data: items, ranges, direction, verified codes, licence (domain/measures.md 3.1)."""

from dataclasses import dataclass
from typing import Final, Literal

Scoring = Literal["none", "mean", "sum", "product"]
Domain = Literal["pain", "function", "mood", "sleep", "qol"]
Switch = Literal["phq4", "promis", "pseq2", "ears"]

DOMAINS: Final[tuple[Domain, ...]] = ("pain", "function", "mood", "sleep", "qol")
"""What a comprehensive review is about (article P11.2)."""

OPEN: Final = "open"
"""An open question: words, no number; of a domain, or the one that comes before every number (P7.3)."""

CHECKIN: Final = "checkin"
PEG: Final = "peg"
PSFS: Final = "psfs"
PHQ4: Final = "phq4"
EARS: Final = "ears"


@dataclass(frozen=True, slots=True)
class Item:
    """One question, answered by a whole number from `low` to `high`; `loinc` only where that code was verified."""

    code: str
    low: int = 0
    high: int = 10
    loinc: str | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """One questionnaire. Without a complete answer nothing is scored where `whole` says so.

    `better` is the direction of its scores; `domains` are those of a review that it speaks of; `switch` names what a
    tenant must say before it is used: who acts on it, or that they have the licence. `loinc` is of the score.
    """

    code: str
    items: tuple[Item, ...]
    scoring: Scoring = "none"
    better: Literal["higher", "lower"] | None = None
    domains: tuple[Domain, ...] = ()
    switch: Switch | None = None
    whole: bool = True
    loinc: str | None = None
    panel_loinc: str | None = None


def _numbered(count: int, low: int, high: int) -> tuple[Item, ...]:
    return tuple(Item(f"i{number}", low, high) for number in range(1, count + 1))


def _promis(form: str, *domains: Domain) -> Instrument:
    """A short form of four items. Neither its words nor its table from raw sum to T score are shipped: licensed."""
    return Instrument(f"promis_{form}", _numbered(4, 1, 5), "sum", None, domains, "promis")


ALL: Final[tuple[Instrument, ...]] = (
    Instrument("nrs", (Item("pain", loinc="72514-3"),), "none", "lower", ("pain",)),
    Instrument(
        PEG, (Item("pain"), Item("enjoyment"), Item("activity")), "mean", "lower", ("pain", "function"), loinc="91147-9"
    ),
    Instrument(PSFS, (), "mean", "higher", ("function",)),
    Instrument("pseq2", _numbered(2, 0, 6), "sum", "higher", (), "pseq2"),
    Instrument(EARS, _numbered(6, 0, 4), "sum", "higher", (), "ears"),
    Instrument(
        PHQ4,
        (
            Item("nervous", 0, 3, "69725-0"),
            Item("worry", 0, 3, "68509-9"),
            Item("interest", 0, 3, "44250-9"),
            Item("down", 0, 3, "44255-8"),
        ),
        "sum",
        "lower",
        ("mood",),
        "phq4",
        loinc="70272-0",
    ),
    _promis("pain_interference", "pain"),
    _promis("physical_function", "function"),
    _promis("sleep_disturbance", "sleep"),
    _promis("fatigue"),
    Instrument("fatigue", (Item("fatigue"),), "none", "lower"),
    Instrument("sleep", (Item("sleep"),), "none", "higher", ("sleep",)),
    Instrument("pgic", (Item("change", 1, 7),), "none", "lower", ("qol",)),
    Instrument(
        "exercise",
        (Item("days", 0, 7, "89555-7"), Item("minutes", 0, 1440, "68516-4"), Item("strength_days", 0, 7, "82291-6")),
        "product",
        whole=False,
        panel_loinc="89574-8",
    ),
    Instrument(
        CHECKIN,
        (Item("motivation"), Item("confidence"), Item("heard"), Item("satisfaction")),
        "none",
        "higher",
        whole=False,
    ),
    Instrument(OPEN, ()),
)

BY_CODE: Final[dict[str, Instrument]] = {one.code: one for one in ALL}

PSFS_ITEMS: Final = (3, 5)
"""So many activities the person names for PSFS, each 0 (unable) to 10 (as before)."""

PHQ4_PARTS: Final = {"anxiety": ("nervous", "worry"), "depression": ("interest", "down")}
"""The halves of PHQ-4, each 0 to 6."""

PEG_PARTS: Final[dict[Domain, tuple[str, ...]]] = {"pain": ("pain",), "function": ("enjoyment", "activity")}
"""Which items of PEG speak of which part of a review."""

PHQ4_POSITIVE: Final = 3
PHQ4_SEVERE: Final = 9
"""Half at or above the first, total at or above the second: a human acts (domain/safety.md 9.1 no. 14)."""

DETECTABLE: Final[dict[tuple[str, str], float]] = {
    ("psfs", "mean"): 2.0,
    ("psfs", "item"): 3.0,
    ("nrs", "pain"): 2.0,
    ("fatigue", "fatigue"): 2.0,
    ("ears", "total"): 5.5,
}
"""From which difference on a change is more than chance, in points (3.1: MDC90, V24; V9; V17b)."""

DETECTABLE_PART: Final[dict[tuple[str, str], float]] = {("nrs", "pain"): 0.3, ("peg", "mean"): 0.3}
"""The same as a part of the value before (3.1)."""


def items_of(instrument: Instrument, named: tuple[str, ...] = ()) -> tuple[Item, ...]:
    """The items of an instrument; those of PSFS are the activities that the person named."""
    return tuple(Item(one) for one in named) if instrument.code == PSFS else instrument.items
