"""A plan's life over HTTP, asserted step by step: from what the person tells first to the end of the plan, on one page.

Both sides are asked at each step: what the person sees, and what their clinician does.
"""

from collections.abc import Callable
from typing import Any, Final

from tests.support.e2e_clinic import FLARE_PLAN, TRACK, Clinic, fresh
from tests.support.e2e_walk import Walk, only

HEAD: Final = """<!-- Written by `make walk-throughs` on a running stack. -->

# A plan's life

What a person and their clinician ask and are answered over HTTP while a plan is agreed on, lived, looked back on,
changed and ended, on the whole stack with its clock moved on by hand. Every exchange below really took place when the
page was written. Each begins with the service and the role that asks; paths are under `/v1`, and every request carries
a token of its role. `…` stands where fields of an answer are left out; ids have names in braces, and dates are told by
the number of their day. Doses are in seconds.
"""

ME: Final = "/patients/{id}"
WORK: Final = f"{ME}/work-items"
_PROBLEM: Final = only("status", "code", "title")
_REFUSED: Final = only("status", "code", errors=only("pointer", "rule"))
_PROMPTS: Final = only(prompts=only("kind", "until"))
_CARDS: Final = only("reason", "role", "question", "suggestion", "status")
_ACCEPTED: Final = only("of", "how")


def a_plan_life(clinic: Clinic) -> Walk:
    """One plan from the first talk to its end; the steps follow one another."""
    about = (
        "Somebody is enrolled on day 0, 8 h, and nothing is agreed on yet. Nobody else decides what they\n"
        "want, and nothing applies before both have said yes."
    )
    walk = Walk(clinic, "From the first talk to the end", about, Clinic.enrol)
    for step in STEPS:
        step(walk)
    return walk


def heard(walk: Walk) -> None:
    """The intake, what moves the person, and a plan that is refused because it is none yet."""
    walk.tell("### What the person tells")
    told = {
        "revision": 0,
        "story": "Since the fall two years ago my back hurts. Some days I do too much, and pay for it.",
        "routines": [{"words": "Coffee with my sister", "at": "09:30"}],
        "pacing_style": "push_and_rest",
        "values": ["family", "nature"],
    }
    walk.ask("Their story, in their own words, and the clock of their day.", "patient", "POST", "plans",
             f"{ME}/intake", told)  # fmt: skip
    motives = {"motives": ["family", "outdoors"]}
    walk.ask("What moves them.", "patient", "POST", "plans", f"{ME}/motives", motives)
    words = only(revisions=only("story", "routines", "pacing_style", "noted_by", "heard"))
    read = walk.ask("The clinician reads it as it was said.", "clinician", "GET", "plans", f"{ME}/intake", None, words)
    assert (read["revisions"][0]["story"], read["revisions"][0]["noted_by"]) == (told["story"], "patient")

    bare = {"tracks": [{name: value for name, value in TRACK.items() if name != "goal_dose"}]}
    wrong = walk.ask(
        "A plan that is not safe to start is refused, and the answer names every part that is missing.",
        "clinician", "POST", "plans", f"{ME}/plans", bare, _REFUSED, status=422,
    )  # fmt: skip
    assert {"usual_pain_needed", "goal_needed", "review_day_needed"} <= {one["rule"] for one in wrong["errors"]}

    goal = {
        "author": "patient",
        "words": "Walk to the market on Saturdays.",
        "why": "I meet my friends there.",
        "life_area": "social",
        "track_ids": [TRACK["track_id"]],
    }
    kept = walk.ask("What they want, and why it matters.", "patient", "POST", "plans", f"{ME}/goals", goal)
    walk.name(kept["goal_id"], "goal")


def agreed(walk: Walk) -> None:
    """A draft that obliges nobody, read and accepted by the person."""
    walk.tell("### The agreement")
    plan = walk.name(fresh(), "plan")
    body = {
        "id": plan,
        **_terms(walk, 14),
        "why": {"reason": "first", "words": "Ten minutes is what a bad day allows."},
    }
    drafted = walk.ask("The clinician drafts a plan.", "clinician", "POST", "plans", f"{ME}/plans", body, status=202)
    draft = walk.name(drafted["draft_id"], "draft")
    assert drafted["missing"] == ["patient"]
    waits = walk.ask("It waits for the person.", "patient", "GET", "plans", f"{ME}/prompts", None, _PROMPTS)
    assert [one["kind"] for one in waits["prompts"]] == ["agreement"]
    tracks = only("track_id", "freq", "goal_dose", "start_dose", "shown")
    keep = only("revision", accepted=_ACCEPTED, why=None, terms=only("review_on", "flare_plan", tracks=tracks))
    read = walk.ask("They read it, with why it is so.", "patient", "GET", "plans", f"{ME}/draft", None, keep)
    path = f"{ME}/drafts/{draft}/accept"
    before = walk.person.send("patient", "GET", "progression", f"{ME}/tracks")
    assert not before.is_success or before.json()["tracks"] == []
    walk.ask("Their yes, to what they read.", "patient", "POST", "plans", path, {}, read=read["revision"])
    walk.person.until_known()
    standing = only("plan_version", "effective_at", "ended", accepted=_ACCEPTED)
    now = walk.ask("Both have said yes: it is in force.", "clinician", "GET", "plans", f"{ME}/plan", None, standing)
    assert [one["of"] for one in now["accepted"]] in (["clinician", "patient"], ["patient", "clinician"])
    gone = walk.person.ask("patient", "GET", "plans", f"{ME}/prompts")["prompts"]
    assert "agreement" not in {one["kind"] for one in gone}


def begun(walk: Walk) -> None:
    """Lessons, somebody to call by name, and the first session."""
    walk.tell("### The first days")
    words = only("title", "waits", "comes_back_on")
    path = f"{ME}/lessons"
    lessons = walk.ask("The plan brings lessons.", "patient", "GET", "plans", path, None, only(lessons=words))
    first = next(one["lesson_id"] for one in lessons["lessons"] if one["waits"])
    walk.ask("One is read; it comes back in a week.", "patient", "POST", "plans", f"{path}/{first}/viewed", {})
    member = {
        "subject": walk.name(fresh(), "account"),
        "role": "physiotherapist",
        "contact": {"label": "Ana, your physio", "number": "+1 555 010 0142"},
    }
    place = f"{ME}/care-team/{walk.name(fresh(), 'member')}"
    walk.ask("The clinic names somebody whom the person can call.", "clinician", "PUT", "plans", place, member)
    team = only(members=only("role", "name", "phone"))
    seen = walk.ask("The person reads who that is.", "patient", "GET", "plans", f"{ME}/care-team", None, team)
    assert [one["name"] for one in seen["members"]] == ["Ana, your physio"]

    own = {"situation": "the coffee with my sister is over", "action": "walk to the corner and back"}
    cue = {"time": "09:45", "track_id": TRACK["track_id"], "if_then": own}
    walk.ask("A reminder that hangs on something they do anyway.", "patient", "PUT", "reminders",
             f"{ME}/cues/coffee", cue, only("time", "enabled", "reason"))  # fmt: skip

    walk.days.go(1, 10)
    session = {"track_id": TRACK["track_id"], "amount": 10, "unit": "min", "pain": 2}
    kept = only(session=only("track_id", "amount", "pain"))
    walk.ask("The first session, on day 1.", "patient", "POST", "session_logging", f"{ME}/sessions", session, kept)
    standing = only(tracks=only("status", "dose", decision=only("rule", "action", explanation=only("text"))))
    walk.until("What it means for the next one is said at once.", "patient", "progression", f"{ME}/tracks",
               _decided(600), standing)  # fmt: skip


def looked_back(walk: Walk) -> None:
    """The review day, the work item with its question, the parts and the summary."""
    walk.tell("### The review")
    _good_days(walk, 4, 8, 11)
    walk.days.go(14, 9)
    due = walk.until("Its day has come, day 14. The clinic has a card with a question on it.", "clinician", "plans",
                     WORK, lambda answer: bool(_of(answer["waiting"], "review_due")), only(waiting=_CARDS))  # fmt: skip
    item = walk.name(_of(due["waiting"], "review_due")[0]["item_id"], "item")
    walk.ask("A clinician sees to it.", "clinician", "POST", "plans", f"{WORK}/{item}/take", {})
    asked = only("opening", "parts")
    waits = walk.ask("The person hears of it too.", "patient", "GET", "plans", f"{ME}/prompts", None, _PROMPTS)
    assert "review" in {one["kind"] for one in waits["prompts"]}
    now = walk.ask("They are asked, the open question first.", "patient", "GET", "plans", f"{ME}/measures/due",
                   None, asked)  # fmt: skip
    review = walk.name(now["review_id"], "review")
    done = f"{ME}/reviews/{review}/complete"
    summary = {
        "gains": "Ten minutes on most days, and a quiet night after.",
        "still_hard": "Days with much to carry.",
        "targets": "Twelve minutes, and to the market and back by summer.",
    }
    early = walk.ask("It is not over before every part was answered or declined.", "clinician", "POST", "plans", done,
                     {"gains": summary["gains"]}, _REFUSED, status=422)  # fmt: skip
    assert len(early["errors"]) >= 3
    measures = f"{ME}/measures"
    answers: tuple[dict[str, Any], ...] = (
        {"instrument": "open", "words": "I went to my sister's on foot."},
        {"instrument": "peg", "values": {"pain": 4, "enjoyment": 5, "activity": 6}},
        {"instrument": "open", "domain": "mood", "words": "Better than in winter."},
        {"instrument": "sleep", "reasons": {"sleep": "declined"}},
        {"instrument": "pgic", "values": {"change": 2}},
        {"instrument": "checkin", "values": {"satisfaction": 8, "heard": 9}},
    )
    scores = only("outcome", "scores", "text")
    told = ("An answer in words comes first.", "Then numbers, with what they come to.")
    for words, answer in zip(told, answers, strict=False):
        walk.ask(words, "patient", "POST", "plans", measures, {"review_id": review, **answer}, scores)
    for answer in answers[len(told) :]:
        walk.person.ask("patient", "POST", "plans", measures, {"id": fresh(), "review_id": review, **answer})
    walk.tell("Mood, sleep (rather not said), how life is on the whole, and how they were heard: the same way.")
    walk.ask("Now it is closed, with what got better, what is still hard and what comes.", "clinician", "POST",
             "plans", done, summary)  # fmt: skip
    page = only(reviews=only("status", "missing", "gains", "still_hard", "targets", "on_time", "next_on"))
    seen = walk.ask("The person reads the summary.", "patient", "GET", "plans", f"{ME}/reviews", None, page)
    assert {name: seen["reviews"][0][name] for name in summary} == summary
    cards = walk.ask("The card is closed with it.", "clinician", "GET", "plans", WORK, None,
                     only(waiting=_CARDS, closed=only("reason", "status", "closed_because")))  # fmt: skip
    assert _of(cards["waiting"], "review_due") == []


def changed(walk: Walk) -> None:
    """A new version with why, accepted, its difference, and the record of the change that the person has seen."""
    walk.tell("### The change after it")
    plan = walk.person.ask("clinician", "GET", "plans", f"{ME}/plan")
    version, path = plan["plan_version"], f"{ME}/plans/{plan['plan_id']}"
    why = {"reason": "review", "words": "You want to reach the market, and four walks fit your week."}
    tracks = [{**TRACK, "freq": 4, "goal_dose": 2400}]
    body = {**_terms(walk, 98), "tracks": tracks, "why": why}
    drafted = walk.ask(
        "The clinician drafts the next version, from the one that they read. The one before stays in force.",
        "clinician", "PUT", "plans", path, body, status=202, read=version,
    )  # fmt: skip
    draft = walk.name(drafted["draft_id"], "next draft")
    keep = only("revision", "made_from", why=None, terms=only(tracks=only("freq", "goal_dose", "shown")))
    read = walk.ask("The person reads it, and why.", "patient", "GET", "plans", f"{ME}/draft", None, keep)
    yes = f"{ME}/drafts/{draft}/accept"
    walk.ask("Their yes.", "patient", "POST", "plans", yes, {}, read=read["revision"])
    differs = only("before", "after", differences=None)
    compared = walk.ask("What differs from the version before.", "patient", "GET", "plans",
                        f"{path}/versions/{version + 1}/difference", None, differs)  # fmt: skip
    paths = [one["path"] for one in compared["differences"]]
    assert "/tracks/walking/freq" in paths
    assert "/tracks/walking/goal_dose" in paths
    record = only("plan_version", "what", "reason", "words", "by", "effective_at", "seen_at")
    changes = walk.ask(
        "The record of what changed: the day of the next review, by the review, and what both agreed on.",
        "patient", "GET", "plans", f"{ME}/changes?limit=2", None, only(changes=record),
    )  # fmt: skip
    latest, earlier = changes["changes"]
    assert (latest["words"], latest["seen_at"], earlier["what"]) == (why["words"], None, ["review_on"])
    seen = f"{ME}/changes/{walk.name(latest['change_id'], 'change')}/seen"
    walk.ask("They have seen it.", "patient", "POST", "plans", seen, {})
    walk.person.ask("patient", "POST", "plans", f"{ME}/changes/{earlier['change_id']}/seen", {"id": fresh()})


def lived(walk: Walk) -> None:
    """What gets in the way, when there is energy, and what is done today."""
    walk.tell("### Day by day")
    barrier = {"code": "weather", "words": "I walk up and down the hall.", "activity_id": "walk_indoors"}
    kept = walk.ask("The person's own plan for what gets in the way.", "patient", "POST", "plans", f"{ME}/barriers",
                    barrier)  # fmt: skip
    walk.name(kept["barrier_id"], "barrier")
    energy = {
        "weekday": [0, 1, 3, 2, 1, 0],
        "weekend": [0, 1, 2, 3, 1, 0],
        "budget": 20,
        "points": [{"track_id": TRACK["track_id"], "points": 4}],
    }
    walk.ask("When they have energy, and how much of it a walk takes.", "patient", "PUT", "plans", f"{ME}/energy",
             energy)  # fmt: skip
    week = walk.ask("What a week holds.", "patient", "GET", "plans", f"{ME}/energy", None,
                    only("best", "budget", "week"))  # fmt: skip
    assert [(one["points"], one["within"]) for one in week["week"]] == [(16, True)]
    entry = {"tags": ["barrier"], "text": "It poured all day.", "bring_to_visit": True}
    walk.ask("A day on which something got in the way, in the journal.", "patient", "POST", "session_logging",
             f"{ME}/journal-entries", entry, only(entry=only("tags", "bring_to_visit")))  # fmt: skip
    routine = only("energy", "text", "less", steps=only("step", "name", "adapted"),
                   plan_b=only("text", "words", instead=only("name")))  # fmt: skip
    today = walk.until("What is done today, and their own plan B beside it.", "patient", "plans", f"{ME}/routine",
                       lambda answer: bool(answer["plan_b"]), routine)  # fmt: skip
    assert today["plan_b"][0]["words"] == barrier["words"]


def checked_in(walk: Walk) -> None:
    """A check-in when it is due, and the page for the next visit."""
    walk.tell("### A check-in, and the next visit")
    _good_days(walk, 16, 19, 22, 25)
    due = walk.person.ask("patient", "GET", "plans", f"{ME}/measures/due")["due"]
    day = next(one["on"] for one in due if one["instrument"] == "checkin")
    number = next(number for number in range(91) if walk.days.date(number).isoformat() == day)
    walk.days.go(number, 9)
    keep = only("asked", "opening", "items_left", forms=only("instrument", "lead", questions=only("item", "text")))
    walk.until(f"Day {number}: two weeks later a few questions wait.", "patient", "plans", f"{ME}/measures/due",
               lambda answer: answer["asked"] == "checkin", keep)  # fmt: skip
    answer = {"instrument": "checkin", "values": {"motivation": 7, "satisfaction": 8, "heard": 9}}
    walk.ask("Numbers are not taken before the person had the word.", "patient", "POST", "plans", f"{ME}/measures",
             answer, _PROBLEM, status=409)  # fmt: skip
    said = {"instrument": "open", "words": "The market was full, and I stayed for tea."}
    for words, one in (("They say how it is.", said), ("And answer.", answer)):
        walk.ask(words, "patient", "POST", "plans", f"{ME}/measures", one, only("outcome", "text"))
    page = only("since", "next_review_on", brought=only("tags", "on"), barriers=only("code"),
                goals=only("words", "why"), scores=only("instrument", "scores"))  # fmt: skip
    visit = walk.ask("What there is to talk about at the next visit: of the journal only what the person brings.",
                     "clinician", "GET", "plans", f"{ME}/visit-summary", None, page)  # fmt: skip
    assert [one["tags"] for one in visit["brought"]] == [["barrier"]]


def shared(walk: Walk) -> None:
    """Somebody close to the person is shown the plan, and then no more."""
    walk.tell("### Somebody close to them")
    plan = f"{ME}/plan"
    walk.ask("Nobody is shown anything yet.", "caregiver", "GET", "plans", plan, None, _PROBLEM, status=403)
    yes = {"purpose": "sharing_with_caregiver", "text_version": 1, "language": "en"}
    consent = walk.ask("The person allows it.", "patient", "POST", "plans", f"{ME}/consents", yes)
    walk.name(consent["consent_id"], "consent")
    link = walk.name(fresh(), "invitation")
    invited = {"id": link, "label": "My sister", "scopes": ["plan"]}
    walk.ask("They invite their sister, to see the plan.", "patient", "POST", "plans", f"{ME}/caregivers", invited)
    walk.ask("She accepts.", "caregiver", "POST", "plans", f"{ME}/caregivers/{link}/accept", {})
    seen = walk.ask("She reads what is done, and nothing of how the person is.", "caregiver", "GET", "plans", plan,
                    None, only("plan_version", "tracks"))  # fmt: skip
    assert "usual_pain" not in seen
    assert "flare_plan" not in seen
    walk.ask("The person takes it back.", "patient", "POST", "plans", f"{ME}/caregivers/{link}/end", {})
    walk.ask("It is gone with her next request.", "caregiver", "GET", "plans", plan, None, _PROBLEM, status=403)


def moved(walk: Walk) -> None:
    """Another site of the clinic cares for the person, and the plan goes on."""
    walk.tell("### A move to another site")
    move = {
        "id": walk.name(fresh(), "transfer"),
        "to_site": "north",
        "note": "Walks well with company; ask about the market.",
    }
    walk.ask("The person lives elsewhere now.", "clinician", "POST", "plans", f"{ME}/transfer", move)
    read = walk.ask("They read where they are now; the note is for the new site.", "patient", "GET", "plans",
                    f"{ME}/transfers", None, only("site", transfers=only("from_site", "to_site", "note")))  # fmt: skip
    assert (read["site"], read["transfers"][0]["note"]) == ("north", None)
    waits = walk.ask("It is among what waits for them.", "patient", "GET", "plans", f"{ME}/prompts",
                     None, _PROMPTS)  # fmt: skip
    assert "transfer" in {one["kind"] for one in waits["prompts"]}
    team = only("site", members=only("role", "name", "site"))
    seen = walk.ask("Whoever was there for them at the old site is so no more.", "patient", "GET", "plans",
                    f"{ME}/care-team", None, team)  # fmt: skip
    assert seen["members"] == []
    cards = walk.ask("The new site is asked to meet them.", "clinician", "GET", "plans", WORK, None,
                     only(waiting=only("site", **(_CARDS or {}))))  # fmt: skip
    assert {one["site"] for one in cards["waiting"]} == {"north"}
    assert _of(cards["waiting"], "new_site")
    still = walk.person.ask("patient", "GET", "plans", f"{ME}/plan")
    assert (still["plan_version"], still["ended"]) == (3, None)


def ended(walk: Walk) -> None:
    """The end of the plan, and what both see after it."""
    walk.tell("### The end")
    plan = walk.person.ask("clinician", "GET", "plans", f"{ME}/plan")["plan_id"]
    end = walk.ask("What was planned is complete.", "clinician", "POST", "plans", f"{ME}/plans/{plan}/end",
                   {"reason": "completed"})  # fmt: skip
    assert end["ended"] == "completed"
    last = walk.ask("The person still reads the last version, and how it ended.", "patient", "GET", "plans",
                    f"{ME}/plan", None, only("plan_version", "ended", "ended_at"))  # fmt: skip
    assert last["ended"] == "completed"
    walk.until("No activity has an amount any more.", "patient", "progression", f"{ME}/tracks",
               lambda answer: answer["tracks"] == [])  # fmt: skip
    nothing = walk.ask("Nothing is to be done today.", "patient", "GET", "plans", f"{ME}/routine", None, only("steps"))
    assert nothing["steps"] == []
    cues = only(cues=only("time", "waits_for_plan", "reason_text"))
    walk.until("The reminder rests, and says why.", "patient", "reminders", f"{ME}/cues",
               lambda answer: answer["cues"][0]["waits_for_plan"], cues)  # fmt: skip
    waits = walk.ask("Nothing waits for the person.", "patient", "GET", "plans", f"{ME}/prompts", None, _PROMPTS)
    assert waits["prompts"] == []
    cards = walk.ask("Nor for the clinic.", "clinician", "GET", "plans", WORK, None,
                     only(waiting=_CARDS, closed=only("reason", "closed_because")))  # fmt: skip
    assert cards["waiting"] == []
    walk.ask("Every version stays readable.", "clinician", "GET", "plans", f"{ME}/plans/{plan}/versions", None,
             only(versions=only("plan_version", "effective_at", why=only("reason", "words"))))  # fmt: skip


STEPS: Final[tuple[Callable[[Walk], None], ...]] = (
    heard, agreed, begun, looked_back, changed, lived, checked_in, shared, moved, ended,
)  # fmt: skip


def _good_days(walk: Walk, *days: int) -> None:
    """A session on each of these days, and the morning after it; not shown."""
    for day in days:
        walk.good_day(day)
    walk.tell(f"Sessions as planned on days {', '.join(map(str, days[:-1]))} and {days[-1]}.")


def _terms(walk: Walk, review_on: int) -> dict[str, Any]:
    """What makes a plan safe to start, its review on the day of this number."""
    return {
        "usual_pain": 2,
        "flare_plan": FLARE_PLAN,
        "pem": "no",
        "review_on": walk.days.date(review_on).isoformat(),
        "feedback": "app",
        "tracks": [TRACK],
    }


def _decided(dose: int) -> Callable[[Any], bool]:
    """Whether the only track has a decision about a record beside this dose."""

    def look(answer: Any) -> bool:
        (track,) = answer["tracks"]
        return bool(track["dose"] == dose and track["decision"] and track["decision"]["trigger"] == "record")

    return look


def _of(cards: list[dict[str, Any]], reason: str) -> list[dict[str, Any]]:
    return [one for one in cards if one["reason"] == reason]
