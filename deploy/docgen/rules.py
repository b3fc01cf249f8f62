"""`rules.md`: the table of rules in the words that go with it, for a clinical lead to read and sign."""

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Final

from deploy.docgen import around, messages, red_flags
from deploy.docgen.markdown import page as page_of
from deploy.docgen.markdown import table
from deploy.docgen.texts import told
from services.plans.domain.parameters import ALLOWED
from services.progression import texts as progression_texts
from services.progression.domain.described import BASIS, SAID, WORDS
from services.progression.domain.described import SOURCES as MARKS
from services.progression.domain.parameters import CHOICES, RANGES, SWITCHES, Parameters
from services.progression.domain.table import RULE_SET
from shared.contracts.catalog import LATEST

ROOT: Final = Path(__file__).parents[2]
SIGNED: Final = (
    "services/progression/domain/*.py",
    "services/progression/texts/*.json",
    "services/reminders/texts/*.json",
    "services/plans/domain/work.py",
    "services/safety/domain/levels.py",
    "services/safety/texts/*.json",
    "services/session_logging/domain/attention.py",
    "shared/red_flags/*.json",
)
"""What the signature covers: the code of every rule, threshold and lock, the red flags, and all their words."""

WAITS_FOR: Final = {"R1": "automation.suspended", "R2": "pause.started", "R3": "flare.started"}
"""Rules that apply only where an event has set a status; without the event in the catalog none can be reached."""

_TEXTS: Final = Path(progression_texts.__file__).parent
_BLANK: Final = "………………………………"
_AMOUNT: Final = "an amount in the base unit"


def digest(root: Path = ROOT) -> str:
    """SHA-256 over the files that `SIGNED` names, in the order of their paths, each as `path`, NUL, content, NUL."""
    total = hashlib.sha256()
    for file in signed_files(root):
        total.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def signed_files(root: Path = ROOT) -> list[Path]:
    """The files under the signature."""
    return sorted(file for pattern in SIGNED for file in root.glob(pattern))


def page() -> str:
    """The whole page."""
    words = _words()
    return page_of(
        "# The rules, for your safety lead",
        _opening(),
        "## Sign-off",
        _sign_off(),
        "## The words the rules use",
        table(["word", "meaning"], WORDS.items()),
        "## The table",
        "From top to bottom, the first that applies decides; on the way back R5c is asked before R5b, R5a and R5d. "
        "Exactly one rule decides, for each track and each time something is heard of. What lowers or holds takes "
        "effect at once; a rise (R11, R11s, and R5a under the locks `pem` and `clinician`) is offered and takes effect "
        "only with the person's own yes, for which the table is run again.",
        table(
            ["rule", "when", "what", "dose", "a human looks", "source"],
            [[s.rule, s.condition, s.action, s.dose, s.review, s.source] for s in SAID],
        ),
        _unreachable(),
        "## What people read",
        "The English words. Names in braces are filled in. Where a rule has several, the one that fits is told.",
        table(
            ["key", "to the person", "to the clinician"],
            [[f"`{key}`", told(entry, "patient"), entry["clinician"]] for key, entry in words.items()],
        ),
        *messages.section(),
        "## Locks",
        "While one of these stands nothing is offered (R10a), and each says why and what opens it (2.11 W9). "
        "`high_pain` (usual pain 8 or more, or pain 9 or more in the window) locks nothing: it asks for a clinician's "
        "yes before the person is asked.",
        table(
            ["lock", "to the person", "to the clinician"],
            [
                [f"`{key.removeprefix('rule.R10a.')}`", entry["patient"], entry["clinician"]]
                for key, entry in words.items()
                if key.startswith("rule.R10a.")
            ],
        ),
        "## Thresholds",
        "Each holds for one track of one person. A clinician sets those marked *per track* with the plan; a value "
        "outside the range is refused. Amounts are in the base unit of the track: seconds, repetitions or metres.",
        table(["name", "default", "allowed", "set", "basis"], [_threshold(field.name) for field in fields(Parameters)]),
        *around.section(),
        *red_flags.section(),
        "## What the marks stand for",
        table(["mark", "source"], MARKS.items()),
    )


def problems() -> list[str]:
    """Rules, thresholds or names in conditions that have no counterpart in the code."""
    names = {field.name for field in fields(Parameters)}
    said = " ".join([*(f"{s.condition} {s.dose}" for s in SAID), *WORDS.values()])
    found = [
        f"described.py speaks of a threshold {name!r} that the table does not have" for name in _named(said) - names
    ]
    found += [f"described.py has no basis for the threshold {name!r}" for name in names - BASIS.keys()]
    found += [f"described.py gives a basis for {name!r}, which is no threshold" for name in BASIS.keys() - names]
    given, known = given_rules(), {s.rule for s in SAID}
    found += [f"rule {rule} decides and is not described" for rule in sorted(given - known)]
    found += [f"rule {rule} is described and decides nothing" for rule in sorted(known - given)]
    told = {key.split(".")[1] for key in _words()}
    found += [f"rule {rule} has no words for the person" for rule in sorted(known - told)]
    return [*found, *red_flags.problems()]


def given_rules() -> set[str]:
    """The rule names that stand in the code of the table's modules, as whole strings."""
    code = ROOT / "services/progression/domain"
    modules = [code / f"{name}.py" for name in ("table", "returning", "starting", "easing", "rising")]
    return {name for file in modules for name in re.findall(r'"(R\d+[a-z]?)"', file.read_text(encoding="utf-8"))} - {
        "R5",
        "R7",
    }


def _named(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_0-9]+)`", text))


def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = json.loads((_TEXTS / "en.json").read_text(encoding="utf-8"))
    return {key: entry for key, entry in words.items() if key.startswith("rule.")}


def _opening() -> str:
    return (
        f"Rule set **{RULE_SET}**. These defaults need your safety lead's signature before anybody's plan follows "
        "them. As shipped, Pacewell is not a medical device.\n\n"
        "The rules change the *amount* of an activity alone: time, repetitions or distance. They choose no exercise, "
        "no load and no medicine, make no diagnosis, and call no symptom harmless. Marks: `[Vn]` read in a source, "
        "`[Vn→D]` inferred from one, `[D]` chosen here. Numbers such as 2.5 or W9 are those of the rules' "
        "specification, which the code cites as well."
    )


def _sign_off() -> str:
    return (
        table(
            ["what", "to be filled in by hand"],
            [
                ["Rule set", RULE_SET],
                ["SHA-256 of rules, thresholds, locks, warning signs and their words", f"`{digest()}`"],
                ["Clinic", _BLANK],
                ["Safety lead (name, role)", _BLANK],
                ["Changes to defaults, and why", _BLANK],
                ["Date, signature", _BLANK],
                ["Next review", _BLANK],
            ],
        )
        + "\nThe hash is over these files and changes with any of them; a signature holds for one hash only: "
        + ", ".join(f"`{pattern}`" for pattern in SIGNED)
        + ". Sign a copy of this page, not this file, which is written anew."
    )


def _unreachable() -> str:
    waiting = [rule for rule, event in WAITS_FOR.items() if event not in LATEST]
    if not waiting:
        return "Every rule can be reached in this release."
    return (
        f"**Not yet reachable in this release:** {', '.join(waiting)}. The table has them and they are tested, but no "
        "route lets anybody report a flare or pause a plan yet, so nobody's status becomes one of these."
    )


def _threshold(name: str) -> list[str]:
    where = "per track" if name in ALLOWED else "plan"
    return [f"`{name}`", _own_default(name) or _default(name), _range(name), where, BASIS[name]]


def _default(name: str) -> str:
    value = Parameters.__dataclass_fields__[name].default
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)


def _own_default(name: str) -> str | None:
    """Defaults that are worked out rather than one number (2.2)."""
    return {
        "freq": "from the plan",
        "step": "60 s from 5 min, 15 s below; 50 m from 500 m, 10 m below; 1 rep",
        "dose_min": "60 s; 50 m; 1 rep",
        "baseline_window": "14, or as the basis says",
        "evidence_window": "14, or as the basis says",
        "gap_t1": "7, or as the basis says",
        "gap_t2": "14, or as the basis says",
    }.get(name)


def _range(name: str) -> str:
    if name in SWITCHES:
        return "on, off"
    if name in CHOICES:
        return ", ".join(sorted(CHOICES[name]))
    low, high = RANGES[name]
    return f"{low} to {high}" if high is not None else f"{_AMOUNT}, from {low}"
