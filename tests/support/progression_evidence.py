"""What no life may break about evidence: what a decision rests on is enough for it, and what was too much is heard
(domain/progression.md 2.5, 2.5.1, 2.10, 2.11 W2). Read from the stored units alone, and not by the table's own code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.support.progression_promises import Seen

Values = Mapping[str, Any]

BELOW_EASING: Final = ("R9", "R10", "R11")
"""Rules that the table reaches only when neither a gap nor a lowering applies."""


def _today(basis: Values, one: Values) -> date:
    """The day that a decision is judged on: that of the offer, where silence since then says nothing (W6)."""
    return date.fromisoformat(basis.get("judged_on", one["day"]))


def _since(basis: Values) -> list[Values]:
    since = basis["standing"]["changed_at"] or 0
    return [unit for unit in basis["units"] if unit["planned"] > 0 and (unit["started"] or 0) >= since]


def _over(basis: Values, unit: Values) -> bool:
    return bool(100 * unit["amount"] > basis["parameters"]["over_pct"] * unit["planned"])


def _unsettled(basis: Values, unit: Values) -> bool:
    """An unsettled morning that this track answers for."""
    return unit["settled"] is False and not unit["shared"] and not _over(basis, unit)


def _too_much(basis: Values, unit: Values) -> bool:
    red = unit["zone"] == "red" and not basis["standing"]["red_needs_unsettled"] and not _over(basis, unit)
    return red or _unsettled(basis, unit)


def _cut_short(basis: Values, unit: Values) -> bool:
    little = 100 * unit["amount"] < basis["parameters"]["short_pct"] * unit["planned"]
    return little and unit["stop"] in ("pain", "fatigue")


def what_was_too_much_is_heard(seen: Seen) -> None:
    """R8: a red and unsettled last session, or two of three that were bad or cut short, are never passed over; it is
    held back only while the last one is fresh or at the smallest dose."""
    for one in seen.decisions:
        if one["rule"].startswith(BELOW_EASING):
            basis = seen.basis(one)
            since = _since(basis)
            if since:
                assert not (since[-1]["zone"] == "red" and _unsettled(basis, since[-1])), "R8a"
            if basis["parameters"]["profile"] == "symptom_guided":
                assert sum(_too_much(basis, unit) for unit in since[-3:]) < 2, "R8b"
                assert sum(_cut_short(basis, unit) for unit in since[-3:]) < 2, "R8c"
        elif one["rule"] == "R8d":
            basis = seen.basis(one)
            last = date.fromisoformat(basis["standing"]["last_regress"])
            assert (_today(basis, one) - last).days < basis["parameters"]["regress_cooldown"]
        elif one["rule"] == "R8e":
            basis = seen.basis(one)
            assert basis["standing"]["dose"] <= basis["parameters"]["dose_min"]


def silence_is_heard(seen: Seen) -> None:
    """R7: no session is judged after a gap of `gap_t1` days; the gap comes first."""
    for one in seen.decisions:
        if not one["rule"].startswith(("R8", *BELOW_EASING)):
            continue
        basis = seen.basis(one)
        standing = basis["standing"]
        if not standing["gap_rule"]:
            continue
        done = [unit["day"] for unit in basis["units"] if unit["amount"] > 0]
        last = max(done, default=None) or standing["last_active"] or standing["changed"]
        gap = _today(basis, one) - date.fromisoformat(max(last, standing.get("contact") or last))
        assert gap.days < basis["parameters"]["gap_t1"]


def a_shared_morning_lowers_one_track(seen: Seen) -> None:
    """W2: an unsettled morning after sessions of several tracks lowers one of them, the one that was raised last."""
    lowered = [one for one in seen.decisions if one["rule"] in ("R8a", "R8b")]
    counted: set[str] = set()
    for one in lowered:
        basis = seen.basis(one)
        last = _since(basis)[-1 if one["rule"] == "R8a" else -3 :]
        mine = {unit["day"] for unit in last if _unsettled(basis, unit)}
        assert not mine & counted
        counted |= mine
    raised = [seen.before.tracks[one["track_id"]].footing.raised_at for one in lowered]
    assert raised == sorted(raised, reverse=True)


def a_rung_up_was_earned(seen: Seen) -> None:
    """R5a: after two ok sessions on a rung and its days, never after a hard one, and one rung at a time."""
    for one in seen.decisions:
        if one["rule"] != "R5a":
            continue
        basis = seen.basis(one)
        standing = basis["standing"]
        since, at = standing["step_since"] or standing["changed"], standing["step_since_at"] or 0
        assert (_today(basis, one) - date.fromisoformat(since)).days >= standing["step_min_days"]
        done = [unit for unit in basis["units"] if (unit["started"] or 0) >= at and (unit["planned"] or unit["amount"])]
        assert sum(unit["ok"] for unit in done) >= 2
        assert not done[-1]["bad"]
        assert not _cut_short(basis, done[-1])
        track = seen.after.tracks[one["track_id"]]
        if track.footing.status == "RETURNING" and not one["supersedes"]:
            assert track.footing.idx <= standing["idx"] + 1


def a_step_rests_on_good_sessions(seen: Seen) -> None:
    """R10d-R10g, 2.10 no. 1, 2 and 10: `advance_days` after any change; enough ok sessions since it, the last one
    not bad; where symptoms guide, no bad one in the window and two mornings that settled."""
    for one in seen.decisions:
        if one["rule"] not in ("R11", "R11s"):
            continue
        basis = seen.basis(one)
        parameters, since, today = basis["parameters"], _since(basis), _today(basis, one)
        assert since
        assert (today - date.fromisoformat(basis["standing"]["changed"])).days >= parameters["advance_days"]
        if parameters["profile"] == "quota":
            assert since[-1]["zone"] != "red"
            continue
        near = [u for u in since if (today - date.fromisoformat(u["day"])).days < parameters["evidence_window"]]
        ok = [unit for unit in since if unit["ok"]]
        assert not any(unit["bad"] for unit in near)
        assert len(ok) >= max(2, -(-2 * parameters["freq"] // 3))
        assert not parameters["mornings_needed"] or sum(unit["settled"] is True for unit in ok) >= 2


def a_flare_leaves_its_share(seen: Seen) -> None:
    """R3: `flare_pct` of the dose that the flare found, never more than a clinician fixed or the person asked for; and
    that is what is in force, as long as it goes on."""
    for one in seen.decisions:
        if one["rule"] == "R3":
            basis = seen.basis(one)
            parameters, dose = basis["parameters"], basis["standing"]["dose"]
            share = max(parameters["dose_min"], dose * parameters["flare_pct"] // 100) if parameters["flare_pct"] else 0
            assert one["dose"] <= min(dose, share)
            assert parameters["fixed_dose"] is None or one["dose"] <= parameters["fixed_dose"]
            assert seen.after.tracks[one["track_id"]].doses[-1][1] <= one["dose"]
