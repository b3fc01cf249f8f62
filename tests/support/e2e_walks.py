"""Walks over HTTP that are asserted step by step: a step offered, a flare and its ladder, an override; and their pages.

`python -m tests.support.e2e_walks` (`make walk-throughs`) walks them, and a plan's life, on a stack of its own and
writes the pages.
"""

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy.local.screen import Screen
from deploy.local.supervisor import Supervisor
from deploy.local.topology import ROOT, Layout, Ports
from tests.support import e2e_plan_life
from tests.support.e2e_clinic import Clinic
from tests.support.e2e_walk import Walk, only
from tests.support.stack import JARS

DOCS: Final = ROOT / "deploy" / "docs"
HEAD: Final = """<!-- Written by `make walk-throughs` on a running stack. -->

# Walk-throughs

What is asked and answered over HTTP when a dose is to change, on the whole stack with its clock moved on by hand. Every
exchange below really took place when the page was written. Each begins with the service and the role that asks; paths
are under `/v1`, and every request carries a token of its role. `…` stands where fields of an answer are left out; ids
have names in braces, and dates are told by the number of their day. Everybody here has a plan in force since day 0, 8
h: walking, ten minutes three times a week, towards thirty; usual pain 2. Doses are in seconds.
"""

TRACKS: Final = "/patients/{id}/tracks"
PROPOSALS: Final = "/patients/{id}/proposals"
_DECISION: Final = only("rule", "action", explanation=only("text"))
_STANDING: Final = only(tracks=only("status", "dose", decision=_DECISION))
_OFFERS: Final = only(open=only("proposal_id", "options", "expires_at"))
_PROBLEM: Final = only("status", "code", "title")


def _stands(status: str, dose: int, rule: str) -> Callable[[Any], bool]:
    """Whether the track stands so, and the decision beside it, which is stored apart, is already the one behind it."""

    def look(answer: Any) -> bool:
        (track,) = answer["tracks"]
        decision = track["decision"] or {}
        behind = (decision.get("rule"), decision.get("dose_in_force"))
        return (track["status"], track["dose"]) == (status, dose) and behind == (rule, dose)

    return look


def offered(walk: Walk) -> dict[str, Any]:
    """Four steady sessions in eight days, and the step that is offered then; the offer."""
    for day in (0, 2, 4, 7):
        walk.good_day(day)
    walk.tell("Four sessions as planned, on days 0, 2, 4 and 7, each settled by the next morning.")
    words = "A step is offered, and no change and less beside it."
    answer = walk.until(words, "patient", "plans", PROPOSALS, lambda answer: bool(answer["open"]), _OFFERS)
    (offer,) = answer["open"]
    walk.name(offer["proposal_id"], "offer")
    doses = {one["kind"]: one["dose"] for one in offer["options"]}
    assert doses == {"step": 660, "two_bouts": 660, "stay": 600, "less": 480}
    assert walk.person.track()["dose"] == 600
    return dict(offer)


def a_step(clinic: Clinic) -> Walk:
    """A proposal, from the sessions to the new dose: the person's yes, and nobody else's."""
    walk = Walk(clinic, "A step is offered and taken", "Nothing rises without the person's own yes.")
    path = f"{PROPOSALS}/{offered(walk)['proposal_id']}/answer"
    yes = {"answer": "accept"}
    refused = "Somebody who cares for the person cannot take it for them."
    walk.ask(refused, "caregiver", "POST", "plans", path, yes, _PROBLEM, status=403)
    walk.ask("The person says yes.", "patient", "POST", "plans", path, yes)

    risen = walk.until("The table is run once more, and the step is taken.", "patient", "progression", TRACKS,
                       _stands("ACTIVE", 660, "R11"), _STANDING)  # fmt: skip
    said = risen["tracks"][0]["decision"]["explanation"]["text"]
    assert said == "Your new amount is 11 min. You can always do less."
    gone = walk.ask("No offer is open any more.", "patient", "GET", "plans", PROPOSALS, None, only("open"))
    assert gone["open"] == []
    return walk


def a_late_yes(clinic: Clinic) -> Walk:
    """An offer that a flare withdraws: a yes afterwards raises nothing."""
    walk = Walk(clinic, "A flare withdraws an offer", "A yes that comes too late raises nothing, and is told so.")
    offer = offered(walk)
    flare = walk.ask("A flare is reported.", "patient", "POST", "progression", "/patients/{id}/flare", {})
    walk.name(flare["flare_id"], "flare")
    closed = walk.until("The offer is withdrawn at once, with the reason.", "patient", "plans", PROPOSALS,
                        lambda answer: bool(answer["closed"]),
                        only(open=None, closed=only("proposal_id", "status", "reason")))  # fmt: skip
    (gone,) = closed["closed"]
    assert (gone["proposal_id"], gone["status"], gone["reason"]) == (offer["proposal_id"], "withdrawn", "flare")
    path = f"{PROPOSALS}/{offer['proposal_id']}/answer"
    walk.ask("The late yes.", "patient", "POST", "plans", path, {"answer": "accept"}, _PROBLEM, status=409)
    walk.until("The dose is that of the flare.", "patient", "progression", TRACKS, _stands("FLARE", 300, "R3"),
                          _STANDING)  # fmt: skip
    return walk


def a_ladder(clinic: Clinic) -> Walk:
    """A flare of five days: half at once, and the way back rung by rung."""
    walk = Walk(clinic, "A flare, and the ladder back", "Less at once on anybody's word, and back by rungs.")
    walk.days.go(1, 10)
    walk.session()
    walk.tell("One session, on day 1.")
    flare = walk.ask("The caregiver reports a flare.", "caregiver", "POST", "progression", "/patients/{id}/flare", {})
    walk.name(flare["flare_id"], "flare")
    assert flare["ask_red_flags"] is True
    standing = walk.until(
        "Half of it, at once.", "patient", "progression", TRACKS, _stands("FLARE", 300, "R3"), _STANDING
    )
    (track,) = standing["tracks"]
    assert track["decision"]["explanation"]["text"].startswith("Sorry you are having a flare.")

    walk.good_day(3)
    walk.days.go(6, 9)
    walk.tell("A short walk on day 3. On day 6, 9 h, the flare is over.")
    ended = {"flare_id": flare["flare_id"]}
    walk.ask("Only the person says that.", "caregiver", "POST", "progression", "/patients/{id}/flare/end", ended,
             _PROBLEM, status=403)  # fmt: skip
    walk.ask("They do.", "patient", "POST", "progression", "/patients/{id}/flare/end", ended)
    rungs = only(tracks=only("status", "dose", "ladder", "rung", decision=_DECISION))
    begun = "The way back begins at half: the first of the rungs, in per cent of what was before."
    standing = walk.until(begun, "patient", "progression", TRACKS, _stands("RETURNING", 300, "R5d"), rungs)
    (track,) = standing["tracks"]
    assert (track["ladder"], track["rung"]) == ([50, 75, 100], 0)

    for day, dose, ladder, rung in ((7, 420, [50, 75, 100], 1), (11, 600, [], 0)):
        walk.good_day(day)
        walk.days.go(day + 2, 18)
        walk.session()
        walk.tell(f"Two steady sessions, on days {day} and {day + 2}.")
        words = "The next rung." if ladder else "All of it again: the way back is over, and later steps are offered."
        standing = walk.until(
            words, "patient", "progression", TRACKS, _stands("RETURNING" if ladder else "ACTIVE", dose, "R5a"), rungs
        )
        (track,) = standing["tracks"]
        assert (track["ladder"], track["rung"]) == (ladder, rung)
        walk.days.go(day + 3, 8)
        walk.person.morning(2)
    return walk


def an_override(clinic: Clinic) -> Walk:
    """A clinician's word in place of a rule, read by the person, and less beside it; the rule is back afterwards."""
    walk = Walk(clinic, "A clinician decides for a while", "With a reason and an end; doing less is always allowed.")
    walk.days.go(1, 10)
    walk.session()
    path = "/patients/{id}/overrides"
    body = {"track_id": "walking", "name": "fixed_dose", "value": 420, "reason": "medical", "days": 14}
    said = walk.ask("Seven minutes for two weeks.", "clinician", "POST", "plans", path, body, only("override_id"))
    walk.name(said["override_id"], "override")
    behind = only("rule", "action", explanation=only("text"), overrides=only("override_id", "role", "reason"))
    shown = only(tracks=only("status", "dose", decision=behind))
    fixed = _stands("ACTIVE", 420, "R4")
    standing = walk.until("The decision tells whose word it is.", "patient", "progression", TRACKS, fixed, shown)
    (track,) = standing["tracks"]
    assert track["decision"]["explanation"]["text"].startswith("Your clinic set 7 min for now, until ")
    (one,) = track["decision"]["overrides"]
    assert (one["override_id"], one["role"], one["reason"]) == (said["override_id"], "clinician", "medical")
    words = "The person reads every word of their clinic that stands."
    read = walk.ask(words, "patient", "GET", "plans", path, None, only(standing=only("text")))
    assert read["standing"][0]["text"].startswith("The amount for now: 7 min. Set by your clinic until ")

    less = f"{TRACKS}/walking/less"
    told = walk.ask("Less than that is always granted.", "patient", "POST", "progression", less, {"dose": 300})
    assert (told["granted"], told["dose"]) == (True, 300)
    end = f"{path}/{said['override_id']}/end"
    walk.ask("The clinician takes it back.", "clinician", "POST", "plans", end, {}, only("override_id"))
    standing = walk.until(
        "The rule decides again.", "patient", "progression", TRACKS, _stands("ACTIVE", 300, "R10d"), shown
    )
    assert standing["tracks"][0]["decision"]["overrides"] == []
    return walk


WALKS: Final = (a_step, a_late_yes, a_ladder, an_override)
PAGES: Final[dict[str, tuple[str, tuple[Callable[[Clinic], Walk], ...]]]] = {
    "walk-throughs.md": (HEAD, WALKS),
    "plan-life.md": (e2e_plan_life.HEAD, (e2e_plan_life.a_plan_life,)),
}
"""Each page with how it begins and the walks that it tells."""


def main() -> int:
    """Start a stack, walk, write the pages; the stack is gone afterwards."""
    with tempfile.TemporaryDirectory() as home:
        supervisor = Supervisor(Layout(Path(home), Ports.free(), JARS), Screen(Console(file=io.StringIO())))
        try:
            clinic = Clinic(supervisor.start())
            told = {name: [head, *(walk(clinic).page() for walk in walks)] for name, (head, walks) in PAGES.items()}
        finally:
            supervisor.fleet.stop()
    for name, parts in told.items():
        (DOCS / name).write_text("\n".join(parts), encoding="utf-8")
        sys.stdout.write(f"wrote {(DOCS / name).relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
