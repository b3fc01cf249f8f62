"""How the text of a cell is compared: spelling in Unicode's composed form, single spaces, and for words no case."""

import unicodedata


def plain(cell: str) -> str:
    """The cell in composed form with single spaces and none around it."""
    return " ".join(unicodedata.normalize("NFC", cell).split())


def folded(cell: str) -> str:
    """The same without upper and lower case, for words."""
    return plain(cell).casefold()
