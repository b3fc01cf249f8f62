"""How a stored decision is told again: the case it rested on, and in words why the dose does not rise from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from services.progression.domain.again import case_again
from services.progression.domain.explain import explain_alone
from services.progression.domain.model import Case, Verdict
from services.progression.domain.nextup import Condition, next_up
from services.progression.store import basis_of
from services.progression.texts import Audience, render
from shared.clinics import Clinic

STANDS_OVER: Final = frozenset({"R1", "R2", "R3"})
"""A stop, a pause, a flare: their words quote what no case holds, so it is stored with what is decided under them."""


def case_of_record(document: Mapping[str, Any], basis: Mapping[str, Any] | None = None) -> Case:
    """The case of a stored decision; the table run on it gives the stored verdict again, bit by bit (2.7)."""
    basis = basis_of(document) if basis is None else basis
    return case_again(
        basis.get("judged_on", document["day"]),
        basis["parameters"],
        basis["standing"],
        basis["units"],
        document["rule_set"],
        basis.get("overrides", ()),
    )


def replays(document: Mapping[str, Any], verdict: Verdict) -> bool:
    """Whether a verdict on the case of a stored decision is what was decided.

    An accepted step is the one that was offered: the table, run again for it, must still give that much or more (W10).
    """
    accepted = document["text_key"].endswith(".accepted")
    same = document["dose"] == verdict.dose or (accepted and document["dose"] <= verdict.dose)
    return bool(document["rule"] == verdict.rule and same)


def next_up_of(
    document: Mapping[str, Any],
    audience: Audience = "patient",
    basis: Mapping[str, Any] | None = None,
    locale: str | None = None,
    clinic: Clinic | None = None,
) -> dict[str, Any]:
    """Which rule would raise the dose, to how much, and each condition with its words while it is not met."""
    basis = basis_of(document) if basis is None else basis
    case = case_of_record(document, basis)
    found = next_up(case, tuple(document["locks"]))
    facts: Mapping[str, Any] = basis["facts"]
    quoted = dict.fromkeys(STANDS_OVER, facts) if document["rule"] == "W10" else {document["rule"]: facts}

    def words(condition: Condition) -> str | None:
        if condition.verdict is None:
            return None
        told_of = quoted.get(condition.rule, {})
        if condition.rule in STANDS_OVER and not told_of:
            return None  # less that was asked for in a stop, a pause or a flare before this was stored with it
        locks = () if condition.lock is None else (condition.lock,)
        verdict = replace(condition.verdict, facts={**condition.verdict.facts, **told_of})
        told = explain_alone(verdict, case, locks, document["unit"])
        params = {"dose": verdict.dose, **verdict.facts, **told.params}
        return render(told.text_key, params, audience, locale, clinic)

    return {
        "rule": found.rule,
        "dose": found.dose,
        "conditions": [_condition(one, words(one)) for one in found.conditions],
    }


def _condition(condition: Condition, words: str | None) -> dict[str, Any]:
    return {
        "rule": condition.rule,
        "lock": condition.lock,
        "met": condition.met,
        "have": condition.have,
        "need": condition.need,
        "measure": condition.measure,
        "text": words,
    }
