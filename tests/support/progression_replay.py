"""A stored decision decided again from what is stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.progression.domain.decisions import name_of, snapshot_hash
from services.progression.domain.judge import judge
from services.progression.telling import case_of_record

BY_ANSWER: Final = ("LESS", "GRANT", "MORE_OFTEN")
"""Actions that a person's answer gives, and not the table."""


def same_again(
    patient_id: str, document: Mapping[str, Any], follows: str, *answered: str, basis: Mapping[str, Any] | None = None
) -> bool:
    """Whether a stored decision comes out of its `basis` again: rule, action, dose, review, notes, and its id.

    `follows` is the id of the track's decision before it; `answered` are offers and wishes that it may take.
    """
    case = case_of_record(document, basis)
    if document["action"] not in BY_ANSWER:
        verdict = judge(case)
        again = (verdict.rule, verdict.action, verdict.review, list(verdict.notes))
        if again != tuple(document[name] for name in ("rule", "action", "review", "notes")):
            return False
        smaller_taken = str(document["text_key"]).endswith(".accepted") and document["dose"] <= verdict.dose
        if document["dose"] != verdict.dose and not smaller_taken:
            return False
    snapshot = snapshot_hash(patient_id, document["track_id"], case)
    names = [name_of("decision", name_of("answer", said, snapshot), follows) for said in ("", *answered)]
    return document["decision_id"] in names
