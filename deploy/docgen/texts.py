"""`texts.md`: every text of every service, the languages side by side, and what a language lacks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.docgen.markdown import page as page_of
from deploy.docgen.markdown import table
from services.progression.texts import AMOUNTS, REPETITIONS, amount_in
from services.progression.texts.contact import UNNAMED, UNREAD
from shared.clinics import LANGUAGES

ROOT: Final = Path(__file__).parents[2]
PLACES: Final = ("services", "shared")
NOTE: Final = "_note"
"""Beside the texts of a file: who has read them."""

COUNTS: Final = (0, 1, 2, 3, 11, 100)
"""One number for each form in which Arabic counts."""

_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
"""A language has those of the forms (CLDR) in which it counts."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one folder by language and key; what a file nests has a key with dots."""

    folder: str
    words: Mapping[str, Mapping[str, str]]

    @property
    def group(self) -> str:
        """The service that says them, or `shared`."""
        parts = self.folder.split("/")
        return parts[1] if parts[0] == "services" else parts[0]

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that any language has, in the order of the files."""
        return tuple(dict.fromkeys(key for words in self.words.values() for key in words if key != NOTE))


def page() -> str:
    """The whole page."""
    parts: list[str] = []
    group = ""
    for texts in sources():
        if texts.group != group:
            group = texts.group
            parts.append(f"## {group}")
        parts += [f"### `{texts.folder}`", table(["key", *LANGUAGES], [_row(texts, key) for key in texts.keys])]
        if texts.folder == "services/progression/texts":
            parts += [
                "How repetitions and minutes are counted there:",
                table(["count", *LANGUAGES], [[n, *(_counted(n, language) for language in LANGUAGES)] for n in COUNTS]),
            ]
    return page_of(
        "# All texts, in three languages",
        "**Not clinically reviewed; es and ar not reviewed by native speakers.** Spanish and Arabic were translated "
        "for development. Have a clinician and a native reader read them before anybody is sent one, and keep the note "
        "in each file until then. `make check` fails where a language lacks a key, and where a text has a word that "
        "blames or threatens (`deploy/docgen/banned.toml`; article P1.6).",
        "Names in braces are filled in: amounts, days and numbers as the language writes them (CLDR). In decisions, "
        f"amounts are {', '.join(f'`{name}`' for name in sorted(AMOUNTS))}; `{UNREAD}` stands where nobody reads what "
        f"is written in the product, `{UNNAMED}` where no clinic is known. What a language counts in several forms has "
        "a key for each.",
        table(
            ["texts", "number", *(f"note in {language}" for language in LANGUAGES)],
            [_noted(texts) for texts in sources()],
        ),
        *parts,
    )


def sources(root: Path = ROOT) -> tuple[Texts, ...]:
    """The texts of every folder that has a file for each language, and of every file that has all languages."""
    found = []
    for place in PLACES:
        found += [*_by_file(root, place), *_by_key(root, place)]
    return tuple(sorted(found, key=lambda texts: texts.folder))


def problems(root: Path = ROOT) -> list[str]:
    """A text of one language that another does not have, one line each."""
    found = []
    for texts in sources(root):
        there = {language: {_form_of(key) for key in words if key != NOTE} for language, words in texts.words.items()}
        for language in LANGUAGES:
            lacking = sorted(set().union(*there.values()) - there[language] - {REPETITIONS.rstrip(".")})
            found += [f"{texts.folder}/{language}.json has no text {key!r}" for key in lacking]
    return found


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


def _by_file(root: Path, place: str) -> Iterator[Texts]:
    for file in (root / place).rglob("en.json"):
        files = {language: file.with_name(f"{language}.json") for language in LANGUAGES}
        words = {language: dict(_flat(_json(one))) if one.exists() else {} for language, one in files.items()}
        yield Texts(file.parent.relative_to(root).as_posix(), words)


def _by_key(root: Path, place: str) -> Iterator[Texts]:
    for file in (root / place).rglob("texts/*.json"):
        if file.stem not in LANGUAGES and set(whole := _json(file)) == set(LANGUAGES):
            yield Texts(file.relative_to(root).as_posix(), {name: dict(_flat(whole[name])) for name in LANGUAGES})


def _json(file: Path) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return whole


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else name)
    else:
        yield key, ", ".join(value) if isinstance(value, list) else str(value)


def _form_of(key: str) -> str:
    head, _, last = key.rpartition(".")
    return head if last in _FORMS else key


def _row(texts: Texts, key: str) -> list[str]:
    return [f"`{key}`", *(texts.words[language].get(key, "–") for language in LANGUAGES)]


def _noted(texts: Texts) -> list[object]:
    notes = (texts.words[language].get(NOTE, "–") for language in LANGUAGES)
    return [f"`{texts.folder}`", len(texts.keys), *notes]


def _counted(count: int, language: str) -> str:
    return f"{amount_in(count, 'reps', language)} · {amount_in(60 * count, 'min', language) or '–'}"
