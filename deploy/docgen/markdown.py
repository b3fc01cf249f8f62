"""Tables as Markdown."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `make docs` from the code; `make check` fails when it differs. -->\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose cells are kept on one line and cannot break out of it."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(cell, line))} |\n" for line in lines)


def cell(value: object) -> str:
    """A value as the text of one cell; nothing is shown as a dash."""
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text or "–"


def page(*parts: str) -> str:
    """Parts under the notice that the page is written, with one empty line between them."""
    return "\n".join([NOTICE, *(part.rstrip("\n") + "\n" for part in parts)])
