"""Which pages are written, from what, and whether what is committed is still that."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.docgen import article, capacity, data_map, rules, texts, wording

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "deploy" / "docs"

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "rules.md": rules.page,
    "data-map.md": data_map.page,
    "article.md": article.page,
    "capacity.md": capacity.page,
    "texts.md": texts.page,
}
"""Name -> what writes it."""


def write(folder: Path = FOLDER) -> list[str]:
    """Write every page that differs; their names."""
    changed = differing(folder)
    for name in changed:
        (folder / name).write_text(PAGES[name](), encoding="utf-8")
    return changed


def differing(folder: Path = FOLDER) -> list[str]:
    """Names of the pages that are missing or are not what would be written."""
    return [name for name, made in PAGES.items() if _read(folder / name) != made()]


def problems() -> list[str]:
    """What no page can heal, one line each: rows of the article that nothing proves, data that nobody placed."""
    return [*article.problems(), *data_map.problems(), *rules.problems(), *texts.problems(), *wording.problems()]


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None
