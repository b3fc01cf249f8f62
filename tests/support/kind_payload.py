"""Where an answer to a person blames, rates, compares or counts against them: field names, numbers and words."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

FIELDS: Final = (
    "pct", "percent", "rate", "score", "band", "streak", "missed", "skipped", "fail", "gap", "misfit", "coverage",
    "adher", "complian", "rank", "average", "overdue",
)  # fmt: skip
"""Parts of field names that have no place in what a person reads (domain/adherence.md 4.3)."""

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "%", "per cent", "percent", "streak", "missed", "skipped", "fail", "must", "should", "complian", "adheren",
        "average", "than others", "other people", "most people", "behind", "only ", "in a row", "lazy", "poor", "lost",
    ),
    "es": (
        "%", "por ciento", "racha", "perdi", "faltó", "faltas", "fracas", "debe", "deberí", "tiene que", "hay que",
        "cumpl", "adheren", "promedio", "los demás", "otras personas", "solo ", "sólo ", "seguidos", "culpa",
    ),
    "ar": (
        "%", "٪", "بالمئة", "بالمائة", "فات", "فشل", "أخفق", "يجب", "ينبغي", "عليك أن", "قصّرت", "تقصير", "التزام",
        "ملتزم", "متوسط", "الآخرين", "غيرك", "فقط", "متتالية", "ذنب",
    ),
}  # fmt: skip
"""Words of blame, of rates, of series that break, and of others (4.3; article P1.6, P4.6)."""


def unkind(payload: Any, language: str, path: str = "") -> Iterator[str]:
    """Every place in an answer that is not as 4.3 wants it, with what is wrong there."""
    if isinstance(payload, Mapping):
        for name, value in payload.items():
            yield from (f"{path}/{name}: the field is called {part}" for part in FIELDS if part in name.lower())
            yield from unkind(value, language, f"{path}/{name}")
    elif isinstance(payload, list):
        for place, value in enumerate(payload):
            yield from unkind(value, language, f"{path}/{place}")
    elif isinstance(payload, str):
        yield from (f"{path}: says {word}" for word in WORDS[language] if word in payload.lower())
    elif isinstance(payload, float):
        yield f"{path}: is a fraction"
