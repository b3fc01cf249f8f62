"""A validation error told as the field and the rule, in words of our own, so that nothing sent comes back."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic_core.core_schema import ErrorType

_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "This field is required.",
    "extra_forbidden": "A field is not known here.",
    "json_invalid": "The body is not JSON.",
    "greater_than": "Must be greater than {gt}.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than": "Must be less than {lt}.",
    "less_than_equal": "Must be at most {le}.",
    "multiple_of": "Must be a multiple of {multiple_of}.",
    "string_too_short": "Must have at least {min_length} characters.",
    "string_too_long": "Must have at most {max_length} characters.",
    "too_short": "Must have at least {min_length} entries.",
    "too_long": "Must have at most {max_length} entries.",
    "literal_error": "Must be {expected}.",
    "enum": "Must be {expected}.",
    "union_tag_invalid": "Must be one of the known kinds: {expected_tags}.",
    "union_tag_not_found": "The field that tells the kind is missing.",
    "string_pattern_mismatch": "Has the wrong form.",
    "string_type": "Must be a text.",
    "int_type": "Must be a whole number.",
    "int_parsing": "Must be a whole number.",
    "int_from_float": "Must be a whole number.",
    "float_type": "Must be a number.",
    "float_parsing": "Must be a number.",
    "finite_number": "Must be a finite number.",
    "bool_type": "Must be true or false.",
    "bool_parsing": "Must be true or false.",
    "list_type": "Must be a list.",
    "tuple_type": "Must be a list.",
    "dict_type": "Must be an object.",
    "model_type": "Must be an object.",
    "model_attributes_type": "Must be an object.",
    "timezone_aware": "A moment needs an offset, such as Z.",
}
_FAMILIES: Final[tuple[tuple[str, str], ...]] = (
    ("datetime_", "Must be a moment in ISO 8601, such as 2026-01-05T12:00:00Z."),
    ("date_", "Must be a date in ISO 8601, such as 2026-01-05."),
    ("time_", "Must be a time of day, such as 18:30."),
    ("uuid_", "Must be a UUID."),
)
_OURS: Final = frozenset({"value_error", "assertion_error"})
_PYDANTICS: Final = frozenset(get_args(ErrorType))


def rule_of(error: Mapping[str, Any], known: frozenset[str]) -> dict[str, str]:
    """One pydantic error as `{at, pointer, rule, detail}`.

    The pointer goes as far as its names are `known`, since a name may have been sent too. The sentence is our own; that
    of a validator of ours is used unless something that was sent occurs in it.
    """
    where, *rest = error["loc"] or ("body",)
    rule = str(error["type"])
    parts: list[str] = []
    for part in rest if rule != "json_invalid" else ():
        if isinstance(part, str) and part not in known:
            break
        parts.append(str(part).replace("~", "~0").replace("/", "~1"))
    return {
        "at": str(where),
        "pointer": "".join(f"/{part}" for part in parts),
        "rule": rule,
        "detail": _sentence(rule, error),
    }


def _sentence(rule: str, error: Mapping[str, Any]) -> str:
    if rule in _SENTENCES:
        try:
            return _SENTENCES[rule].format_map(error.get("ctx") or {})
        except KeyError:
            return "Breaks a rule."
    for prefix, sentence in _FAMILIES:
        if rule.startswith(prefix):
            return sentence
    if rule in _OURS or rule not in _PYDANTICS:
        said = str(error.get("msg", "")).removeprefix("Value error, ").removeprefix("Assertion failed, ")
        if said and not _echoes(said, error.get("input")):
            return said[0].upper() + said[1:]
    return "Breaks a rule."


def _echoes(said: str, sent: Any) -> bool:
    """Whether a leaf of what was sent occurs in a sentence (a single character or digit tells nothing)."""
    todo, seen = [sent], 0
    while todo:
        value = todo.pop()
        seen += 1
        if seen > 2000:
            return True
        if isinstance(value, Mapping):
            todo.extend((*value.keys(), *value.values()))
        elif isinstance(value, (list, tuple, set)):
            todo.extend(value)
        elif value is not None and not isinstance(value, bool) and len(text := str(value)) > 1 and text in said:
            return True
    return False
