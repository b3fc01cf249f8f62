"""Reading a batch item by item, so that one that cannot be read does not hinder the others."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from services.session_logging.api.requests import MorningItem, SessionItem
from services.session_logging.domain.commands import BatchItem, MorningCheck
from services.session_logging.folding.batch import counts
from shared.web.rules import rule_of

_KINDS: Final[Mapping[str, type[SessionItem] | type[MorningItem]]] = {
    "session": SessionItem,
    "morning_check": MorningItem,
}
_KNOWN: Final = frozenset(SessionItem.model_fields) | frozenset(MorningItem.model_fields)
Answered = dict[str, Any]


def read_items(items: Sequence[Mapping[str, Any]]) -> tuple[list[tuple[int, BatchItem]], list[Answered]]:
    """The readable items with their places, and the answers to those that are not."""
    read: list[tuple[int, BatchItem]] = []
    unreadable: list[Answered] = []
    for index, item in enumerate(items):
        kind = item.get("kind", "session")
        model = _KINDS.get(kind) if isinstance(kind, str) else None
        if model is None:
            problem = {"code": "unknown_kind", "detail": "The kind must be session or morning_check.", "field": "/kind"}
            unreadable.append(_rejected(index, item, problem))
            continue
        try:
            read.append((index, _item(model.model_validate(item))))
        except ValidationError as error:
            unreadable.append(_rejected(index, item, _problem(error)))
    return read, unreadable


def all_answers(body: Mapping[str, Any], indexes: Sequence[int], unreadable: Sequence[Answered]) -> Answered:
    """The answer to the readable items together with those to the others, in the order sent."""
    answered = [{"index": index, **answer} for index, answer in zip(indexes, body["items"], strict=True)]
    items = sorted([*answered, *unreadable], key=lambda answer: int(answer["index"]))
    return {**body, "items": items, "counts": counts(items)}


def _item(item: SessionItem | MorningItem) -> BatchItem:
    if isinstance(item, SessionItem):
        return BatchItem(str(item.id), session=item.entry())
    return BatchItem(str(item.id), morning_check=MorningCheck(item.at, item.pain, item.fatigue))


def _problem(error: ValidationError) -> Answered:
    first = error.errors(include_url=False)[0]
    told = rule_of({**first, "loc": ("body", *first["loc"])}, _KNOWN)
    return {"code": "invalid", "detail": told["detail"], "field": told["pointer"] or None}


def _rejected(index: int, item: Mapping[str, Any], problem: Answered) -> Answered:
    return {"index": index, "id": _uuid(item.get("id")), "outcome": "rejected", "problem": problem}


def _uuid(value: Any) -> str | None:
    """The item's id where it is one; anything else is not repeated."""
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None
