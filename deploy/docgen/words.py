"""`words.md`: what people and clinicians read of their decisions and days, the languages side by side."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from deploy.docgen.markdown import page as page_of
from deploy.docgen.markdown import table
from services.progression import texts
from services.progression.texts import AMOUNTS, amount_in
from services.progression.texts.contact import UNNAMED, UNREAD
from shared.clinics import LANGUAGES

NOTE: Final = "_note"
FOLDER: Final = Path(texts.__file__).parent
BESIDE: Final = ("adherence", "questions", "explain")
"""Folders of texts of their own, beside those of decisions."""

COUNTS: Final = (0, 1, 2, 3, 11, 100)
"""One number for each form in which Arabic counts."""

Words = Mapping[str, Mapping[str, Any]]


def page() -> str:
    """The whole page."""
    decisions, days, questions = words(FOLDER), words(FOLDER / "adherence"), words(FOLDER / "questions")
    keys = [key for key in decisions["en"] if key.startswith("rule.")]
    explain = words(FOLDER / "explain")
    codes = [key for key in decisions[LANGUAGES[-1]] if key.startswith(texts.WORD)]
    return page_of(
        "# The words, in three languages",
        "**Not clinically reviewed.** Spanish and Arabic were translated for development; no clinician and no native "
        "reader has read them. Have both read them before anybody is sent one, and keep the note in the file until "
        "then. `make check` fails where a language lacks a key.",
        table(["language", "note in the file"], [(name, decisions[name].get(NOTE, "–")) for name in LANGUAGES]),
        "## Decisions, to the person",
        "Names in braces are filled in: amounts, days and numbers as the language writes them (CLDR). "
        f"Amounts are {', '.join(f'`{name}`' for name in sorted(AMOUNTS))}. *{UNREAD}* stands where nobody reads what "
        f"is written in the product, *{UNNAMED}* where no clinic is known.",
        table(["key", *LANGUAGES], [_row(key, decisions, "patient") for key in keys]),
        "What R1 says to do at once (`{instruction}`), by the level of the sign:",
        table(["key", *LANGUAGES], [_row(key, decisions, None) for key in decisions["en"] if _instructs(key)]),
        "## Decisions, to the clinician",
        table(["key", *LANGUAGES], [_row(key, decisions, "clinician") for key in keys]),
        "## Days, to the person",
        "Where a language counts in several forms, each is named.",
        table(["key", *LANGUAGES], [_row(key, days, None) for key in days["en"] if key != NOTE]),
        "## Questions, and what may be answered",
        table(["key", *LANGUAGES], [_row(key, questions, None) for key in questions["en"] if key != NOTE]),
        "## How repetitions and minutes are counted",
        table(
            ["count", *LANGUAGES], [[count, *(_counted(count, language) for language in LANGUAGES)] for count in COUNTS]
        ),
        "## What a code is called, to the clinician",
        table(["code", *LANGUAGES], [_row(key, decisions, None) for key in codes]),
        "## A decision explained on the command line",
        "What `python -m services.progression explain` says around these texts: headings, and what locks, states, "
        "reviews, thresholds and rules are called.",
        table(["key", *LANGUAGES], [_row(key, explain, None) for key in explain["en"] if key != NOTE]),
    )


def words(folder: Path) -> Words:
    """The texts of each language in a folder."""
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}


def problems(folder: Path = FOLDER) -> list[str]:
    """A key of one language that another does not have, one line each."""
    found = []
    for place in (folder, *(folder / name for name in BESIDE)):
        there = words(place)
        keys = {name: {key for key in there[name] if _translated(key)} for name in LANGUAGES}
        for name in LANGUAGES:
            lacking = sorted(set().union(*keys.values()) - keys[name])
            found += [f"{place.name}/{name}.json has no text {key!r}" for key in lacking]
    return found


def _instructs(key: str) -> bool:
    return key.startswith(texts.INSTRUCTION)


def _translated(key: str) -> bool:
    return key != NOTE and not key.startswith(texts.REPETITIONS)


def _row(key: str, there: Words, audience: str | None) -> list[str]:
    return [f"`{key}`", *(told(there[language].get(key), audience) for language in LANGUAGES)]


def told(entry: Any, audience: str | None) -> str:
    """A text as a page shows it, with its other forms."""
    if entry is None or isinstance(entry, str):
        return entry or "–"
    if audience == "patient":
        others = (f"*{form}*: {entry[form]}" for form in (UNREAD, UNNAMED) if form in entry)
        return " · ".join([str(entry.get(audience, "–")), *others])
    if audience is not None:
        return str(entry.get(audience, "–"))
    return " · ".join(f"{form}: {text}" for form, text in entry.items())


def _counted(count: int, language: str) -> str:
    return f"{amount_in(count, 'reps', language)} · {amount_in(60 * count, 'min', language) or '–'}"
