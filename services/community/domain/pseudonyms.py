"""The generator of pseudonyms: two neutral words and a number, the same for the same person and group each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

OFFERED: Final = 40
"""So many are made for each person and group; a group has fewer members, so one is always free."""

SHOWN: Final = 6
_NUMBERS: Final = range(10, 100)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; `form` puts `{first}`, `{second}` and `{number}` in its order."""

    first: Sequence[str]
    second: Sequence[str]
    form: str


def offered(words: Words, salt: str, patient_id: str, count: int = OFFERED) -> tuple[str, ...]:
    """`count` different pseudonyms for one person in one group.

    They follow from the person's id only together with the group's secret salt, so that nobody outside can tell from
    a pseudonym whose it is.
    """
    found: dict[str, None] = {}
    turn = 0
    while len(found) < count:
        drawn = _drawn(salt, patient_id, turn)
        turn += 1
        first, drawn = words.first[drawn % len(words.first)], drawn // len(words.first)
        second, drawn = words.second[drawn % len(words.second)], drawn // len(words.second)
        number = _NUMBERS[drawn % len(_NUMBERS)]
        found[words.form.format(first=first, second=second, number=number)] = None
    return tuple(found)


def _drawn(salt: str, patient_id: str, turn: int) -> int:
    digest = blake2b(f"{turn}:{patient_id}".encode(), key=salt.encode()[:64], digest_size=16).digest()
    return int.from_bytes(digest, "big")
