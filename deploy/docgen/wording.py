"""The words that no text of any service may have, and the texts that have one (article P1.6, P2.6)."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from deploy.docgen.texts import NOTE, Texts, sources

BANNED: Final = Path(__file__).with_name("banned.toml")
FOR_CLINICIANS: Final = ("clinician", "staff")
"""A key with one of these as a part is for clinicians alone."""


def to_the_person(language: str) -> tuple[str, ...]:
    """Every word that a person never reads."""
    given = _banned()
    return (*given["anybody"][language], *given["person"][language])


def to_anybody(language: str) -> tuple[str, ...]:
    """Every word that nobody reads, a clinician neither."""
    return tuple(_banned()["anybody"][language])


def problems(everything: Iterable[Texts] | None = None) -> list[str]:
    """Every text with a word that it may not have, and every exception that no text needs, one line each."""
    texts = tuple(sources() if everything is None else everything)
    found, needed = [], set()
    for folder, key, language, word in hits(texts):
        if (folder, key) in exceptions():
            needed.add((folder, key))
        else:
            found.append(f"{folder}: {key!r} in {language} says {word!r}")
    if everything is None:
        found += [f"banned.toml allows {folder} {key!r}, which needs it no more" for folder, key in _spare(needed)]
    return found


def hits(everything: Iterable[Texts]) -> Iterator[tuple[str, str, str, str]]:
    """Folder, key, language and word of each banned word in a text, also of those that are allowed."""
    for texts in everything:
        for language, words in texts.words.items():
            for key, text in words.items():
                if key == NOTE:
                    continue
                said = text.lower()
                for word in _for(key, language):
                    if word in said:
                        yield texts.folder, key, language, word


def exceptions() -> Mapping[tuple[str, str], str]:
    """Folder and key of the texts in which such a word says something else, and why."""
    return {(one["folder"], one["key"]): one["why"] for one in _banned()["allowed"]}


def _for(key: str, language: str) -> tuple[str, ...]:
    clinicians = any(part in FOR_CLINICIANS for part in key.split("."))
    return to_anybody(language) if clinicians else to_the_person(language)


def _spare(needed: set[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(exceptions().keys() - needed)


@cache
def _banned() -> Mapping[str, Any]:
    return tomllib.loads(BANNED.read_text(encoding="utf-8"))
