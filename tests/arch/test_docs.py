"""What the documents name is there: events, files, make targets, and the pages of the decisions."""

import re
from pathlib import Path
from typing import Final

import pytest

from shared.contracts.catalog import LATEST

ROOT: Final = Path(__file__).parents[2]
DECISIONS: Final = ROOT / "deploy/docs/decisions"
DOCUMENTS: Final = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted(DECISIONS.glob("*.md")),
    *sorted(page for page in DECISIONS.parent.glob("*.md") if page.name not in ("rules.md", "texts.md")),
    *sorted((ROOT / "deploy/examples").glob("*/README.md")),
]
"""What people wrote, and what is written from the catalog; the pages of rules and of texts name texts by keys
like events."""

_EVENT: Final = re.compile(
    r"\b(?:patient|plan|proposal|session|morning_check|journal|progression|dose|review|reminder|redflag|automation"
    r"|milestone|member|membership|celebration|post|work_item)\.[a-z_]+\b(?!\[)"
)
_PATH: Final = re.compile(r"`((?:services|shared|deploy|tests)/[\w./]+)`")
_LINK: Final = re.compile(r"\]\(([^)#:]+)\)")
_TARGET: Final = re.compile(r"`make ([a-z-]+)")


def unknown_names(text: str, folder: Path) -> list[str]:
    """Events, paths, links and make targets of a document that do not exist."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    return [
        *(event for event in _EVENT.findall(text) if event not in LATEST),
        *(path for path in _PATH.findall(text) if not (ROOT / path).exists()),
        *(link for link in _LINK.findall(text) if not (folder / link).exists()),
        *(target for target in _TARGET.findall(text) if target not in targets),
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_names_only_what_is_there(document: Path) -> None:
    assert unknown_names(document.read_text(encoding="utf-8"), document.parent) == []


def test_what_is_not_there_is_found() -> None:
    text = "`session.lost`, session.forgotten, `shared/nowhere.py`, [page](nowhere.md), `make nothing`, session.logged"

    assert unknown_names(text, ROOT) == [
        "session.lost",
        "session.forgotten",
        "shared/nowhere.py",
        "nowhere.md",
        "nothing",
    ]


def test_every_decision_is_listed_and_says_when_to_revisit_it() -> None:
    listed = (DECISIONS / "README.md").read_text(encoding="utf-8")
    pages = sorted(DECISIONS.glob("0*.md"))

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert f"({page.name})" in listed
        assert re.search(r"revisit when", page.read_text(encoding="utf-8"), re.IGNORECASE)
