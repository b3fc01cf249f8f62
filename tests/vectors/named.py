"""Cases by name, in short hand: both sides of every threshold, and what stands over what."""

from typing import Any, Final

_HARD: Final = {"pain": 7, "morning": 5}
_UNSETTLED: Final = {"morning": 4}
_SHORT: Final = {"amount": 240, "stop": "pain"}
_AMBER: Final = {"pain": 4}
_RETURNING: Final = {
    "status": "RETURNING",
    "d_pre": 600,
    "ladder": [50, 75, 100],
    "idx": 0,
    "step_since": 6,
    "dose": 300,
}
_RUNG: Final = {"amount": 300, "planned": 300}
_START: Final = {"phase": "BASELINE", "changed": 12}
_FREE: Final = {"planned": 60}
_USUAL_6: Final = {"usual_pain": 6}


def _of_6(pain: int, morning: int = 6) -> dict[str, int]:
    return {"pain": pain, "before": 6, "morning": morning}


def _on(days: tuple[int, ...], differs: dict[str, Any]) -> tuple[tuple[int, dict[str, Any]], ...]:
    return tuple((day, differs) for day in days)


NAMED: Final[dict[str, dict[str, Any]]] = {
    "a red flag stands over everything": {"state": {"red_flag": True, "status": "FLARE"}},
    "suspended without a flag": {"state": {"status": "SUSPENDED"}},
    "a pause": {"state": {"status": "PAUSED"}},
    "a pause stands over a fixed dose": {"state": {"status": "PAUSED"}, "config": {"fixed_dose": 300}},
    "a flare is half": {"state": {"status": "FLARE"}},
    "a flare at 0 per cent is rest": {"state": {"status": "FLARE"}, "config": {"flare_pct": 0}},
    "a flare gives no more than a fixed dose": {"state": {"status": "FLARE"}, "config": {"fixed_dose": 120}},
    "a flare gives at least the smallest dose": {"state": {"status": "FLARE", "dose": 60}},
    "a flare gives no more than is in force": {"state": {"status": "FLARE", "dose": 60}, "config": {"dose_min": 120}},
    "a fixed dose": {"config": {"fixed_dose": 900}},
    "a fixed dose of none": {"config": {"fixed_dose": 0}},
    "automation off keeps the dose": {"config": {"auto": False}},
    "a fixed dose after 9 days away": {"config": {"fixed_dose": 900}, "sessions": (13, 11, 9)},
    "a fixed dose after 30 days away": {
        "config": {"fixed_dose": 900},
        "sessions": (34, 32, 30),
        "state": {"changed": 40},
    },
    "a fixed dose below that of the gap": {"config": {"fixed_dose": 120}, "sessions": (13, 11, 9)},
    "a fixed dose that is not tolerated": {"config": {"fixed_dose": 900}, "sessions": (6, (4, _HARD), (2, _HARD))},
    "a fixed dose in the cool-down": {
        "config": {"fixed_dose": 900},
        "state": {"last_regress": 1},
        "sessions": (6, (4, _HARD), (2, _HARD)),
    },
    "two well on a rung, three days": {"state": {**_RETURNING, "step_since": 3}, "sessions": _on((3, 1), _RUNG)},
    "two well on a rung, two days": {"state": {**_RETURNING, "step_since": 2}, "sessions": _on((2, 1), _RUNG)},
    "two well before this rung": {"state": {**_RETURNING, "step_since": 3}, "sessions": _on((6, 4), _RUNG)},
    "the last rung is reached": {
        "state": {**_RETURNING, "idx": 1, "dose": 420},
        "sessions": _on((4, 2), {**_RUNG, "amount": 420, "planned": 420}),
    },
    "on the last rung": {"state": {**_RETURNING, "idx": 2, "dose": 600}, "sessions": (4, 2)},
    "a rung under the ceiling": {
        "state": {**_RETURNING, "idx": 1},
        "config": {"dose_max": 500},
        "sessions": _on((4, 2), _RUNG),
    },
    "one hard on a rung": {"state": _RETURNING, "sessions": ((4, _RUNG), (2, {**_RUNG, **_UNSETTLED}))},
    "one cut short on a rung": {
        "state": _RETURNING,
        "sessions": ((4, _RUNG), (2, {"planned": 300, "amount": 149, "stop": "fatigue"})),
    },
    "half of a rung is not short": {
        "state": _RETURNING,
        "sessions": ((4, _RUNG), (2, {"planned": 300, "amount": 150, "stop": "fatigue"})),
    },
    "two hard on the second rung": {"state": {**_RETURNING, "idx": 1}, "sessions": _on((4, 2), {**_RUNG, **_HARD})},
    "two hard on the lowest rung": {"state": _RETURNING, "sessions": _on((4, 2), {**_RUNG, **_HARD})},
    "a rest on a rung is no session": {
        "state": _RETURNING,
        "sessions": (*_on((5, 4), _RUNG), (2, {"amount": 0, "planned": 0, "morning": 6})),
    },
    "way back whatever the gap": {"state": {**_RETURNING, "step_since": 20}, "sessions": _on((22, 20), _RUNG)},
    "two of three for a start": {"state": _START, "sessions": _on((5, 3), _FREE)},
    "three for a start": {
        "state": _START,
        "sessions": ((5, {**_FREE, "amount": 720}), (3, {**_FREE, "amount": 540}), (1, {**_FREE, "amount": 720})),
    },
    "a start of 14 days ago is too old": {"state": _START, "sessions": _on((14, 3, 1), _FREE)},
    "a start with one bad": {
        "state": _START,
        "sessions": (*_on((5, 3), {**_FREE, "amount": 300}), (1, {**_FREE, "amount": 900, **_HARD})),
    },
    "a start with all bad": {"state": _START, "sessions": _on((5, 3, 1), {**_FREE, **_HARD})},
    "a start under the ceiling": {"state": _START, "config": {"dose_max": 300}, "sessions": _on((5, 3, 1), _FREE)},
    "an attempt is no start": {"state": _START, "sessions": ((5, {**_FREE, "amount": 0}), *_on((3, 1), _FREE))},
    "six days without": {"sessions": (10, 8, 6)},
    "seven days without": {"sessions": (11, 9, 7)},
    "thirteen days without": {"sessions": (17, 15, 13)},
    "fourteen days without": {"sessions": (18, 16, 14)},
    "27 days without": {"sessions": (31, 29, 27)},
    "28 days without": {"sessions": (32, 30, 28)},
    "an attempt does not end a gap": {"sessions": (11, 9, (2, {"amount": 0}))},
    "no session at all": {"sessions": (), "state": {"changed": 8}},
    "once a week has a longer gap": {"config": {"freq": 1}, "sessions": (20, 13)},
    "a gap set by a clinician": {"config": {"gap_t1": 5, "gap_t2": 9}, "sessions": (12, 10, 5)},
    "a gap never gives more": {"sessions": (11, 9, 7), "state": {"dose": 60}, "config": {"dose_min": 120}},
    "red and unsettled": {"sessions": (6, 4, (2, _HARD))},
    "red and settled": {"sessions": (6, 4, (2, {"pain": 7}))},
    "red, the morning unknown": {"sessions": (6, 4, (2, {"pain": 7, "morning": None}))},
    "red and unsettled after more than planned": {"sessions": (6, 4, (2, {**_HARD, "amount": 751}))},
    "red and unsettled at 125 per cent": {"sessions": (6, 4, (2, {**_HARD, "amount": 750}))},
    "the third fall in 28 days": {"sessions": (6, 4, (2, _HARD)), "state": {"regress_28d": 2}},
    "the second fall in 28 days": {"sessions": (6, 4, (2, _HARD)), "state": {"regress_28d": 1}},
    "quota falls by R8a too": {"config": {"profile": "quota"}, "sessions": (6, 4, (2, _HARD))},
    "two of three unsettled": {"sessions": (6, (4, _UNSETTLED), (2, _UNSETTLED))},
    "two of three, the last well": {"sessions": ((6, _UNSETTLED), (4, _UNSETTLED), 2)},
    "quota knows no two of three": {"config": {"profile": "quota"}, "sessions": (6, (4, _UNSETTLED), (2, _UNSETTLED))},
    "more than planned keeps its place": {
        "sessions": ((7, _UNSETTLED), (6, _UNSETTLED), (4, {**_UNSETTLED, "amount": 900}), 2)
    },
    "bad before the change": {"sessions": ((10, _HARD), (9, _HARD), 6, 4, 2)},
    "two cut short for pain": {"sessions": (6, (4, _SHORT), (2, _SHORT))},
    "two cut short for fatigue, a good one between": {"sessions": ((6, {**_SHORT, "stop": "fatigue"}), 4, (2, _SHORT))},
    "two cut short at 49 per cent": {"sessions": (6, *_on((4, 2), {"amount": 299, "stop": "fatigue"}))},
    "two cut short for time": {"sessions": (6, *_on((4, 2), {**_SHORT, "stop": "time"}))},
    "two cut short at half": {"sessions": (6, *_on((4, 2), {**_SHORT, "amount": 300}))},
    "in the cool-down of two days": {"sessions": (6, (4, _HARD), (2, _HARD)), "state": {"last_regress": 2}},
    "after the cool-down of three days": {"sessions": (6, (4, _HARD), (2, _HARD)), "state": {"last_regress": 3}},
    "at the smallest dose": {"sessions": _on((6, 4, 2), {**_HARD, "amount": 60, "planned": 60}), "state": {"dose": 60}},
    "one step above the smallest": {
        "sessions": _on((6, 4, 2), {**_HARD, "amount": 120, "planned": 120}),
        "state": {"dose": 120},
    },
    "one unsettled alone": {"sessions": (6, 4, (2, _UNSETTLED))},
    "a bad one after more than planned": {"sessions": (6, 4, (2, {**_UNSETTLED, "amount": 900}))},
    "quota: amber is not bad": {"config": {"profile": "quota"}, "sessions": (6, 4, (2, _AMBER))},
    "a lock": {"config": {"allow_increase": False}},
    "a lock does not hold a fall": {"config": {"allow_increase": False}, "sessions": (6, 4, (2, _HARD))},
    "at the goal": {"config": {"goal_dose": 600}},
    "maintenance without a goal": {"state": {"phase": "MAINTENANCE"}},
    "at the ceiling": {"config": {"dose_max": 600}},
    "goal before ceiling": {"config": {"goal_dose": 600, "dose_max": 600}},
    "six days since the change": {"state": {"changed": 6}},
    "seven days since the change": {"state": {"changed": 7}},
    "a coarse step after 13 days": {
        "state": {"dose": 3, "changed": 13},
        "config": {"step": 1, "dose_min": 1},
        "sessions": (12, 10, 8, 6, 4, 2),
    },
    "a coarse step after 14 days": {
        "state": {"dose": 3, "changed": 14},
        "config": {"step": 1, "dose_min": 1},
        "sessions": (12, 10, 8, 6, 4, 2),
    },
    "a coarse step with too little": {
        "state": {"dose": 3, "changed": 14},
        "config": {"step": 1, "dose_min": 1},
        "sessions": (6, 4, 2),
    },
    "a step of just 20 per cent": {"state": {"dose": 5}, "config": {"step": 1, "dose_min": 1}},
    "one ok session": {"sessions": ((4, {"amount": 470}), 2)},
    "80 per cent is ok": {"sessions": _on((4, 2), {"amount": 480})},
    "79 per cent is not ok": {"sessions": _on((4, 2), {"amount": 479})},
    "126 per cent is not ok": {"sessions": _on((4, 2), {"amount": 756})},
    "no pain numbers": {"sessions": _on((6, 4, 2), {"pain": None})},
    "more is asked after a fall": {"state": {"last_regress": 8}, "sessions": (4, 2)},
    "enough after a fall": {"state": {"last_regress": 8}, "sessions": (6, 4, 2)},
    "four times a week asks for three": {"config": {"freq": 4}, "sessions": (4, 2)},
    "quota: two of three": {"config": {"profile": "quota"}, "sessions": (4, 2)},
    "quota: three in six days": {"config": {"profile": "quota"}, "sessions": (6, 4, 2)},
    "quota: the oldest is 7 days old": {"config": {"profile": "quota"}, "sessions": (7, 4, 2)},
    "without mornings two more": {"config": {"mornings_needed": False}, "sessions": _on((7, 5, 3), {"morning": None})},
    "without mornings enough": {"config": {"mornings_needed": False}, "sessions": _on((8, 6, 4, 2), {"morning": None})},
    "an older bad one in the window": {"sessions": ((8, _UNSETTLED), 6, 5, 4, 2)},
    "an older bad one out of the window": {"state": {"changed": 30}, "sessions": ((14, _UNSETTLED), 6, 5, 4, 2)},
    "mornings unknown": {"sessions": _on((6, 4, 2), {"morning": None})},
    "one morning known": {"sessions": (6, *_on((4, 2), {"morning": None}))},
    "neither before nor usual pain": {"state": {"usual_pain": None}, "sessions": _on((6, 4, 2), {"before": None})},
    "median effort 5": {"sessions": ((6, {"effort": 4}), (4, {"effort": 6}), 2)},
    "median effort 4": {"sessions": _on((6, 4, 2), {"effort": 4})},
    "tired on two mornings": {"state": {"usual_fatigue": 3}, "sessions": (6, *_on((4, 2), {"fatigue_morning": 5}))},
    "tired on one morning": {"state": {"usual_fatigue": 3}, "sessions": (6, 4, (2, {"fatigue_morning": 5}))},
    "usual fatigue unknown": {"sessions": _on((6, 4, 2), {"fatigue_morning": 9})},
    "all well": {},
    "half of them green": {"state": {"dose": 1200}, "sessions": ((4, _AMBER), 2)},
    "mostly amber": {"state": {"dose": 1200}, "sessions": (6, (4, _AMBER), (2, _AMBER))},
    "mostly amber, a step is the least": {"sessions": _on((6, 4, 2), _AMBER)},
    "up to the goal": {"config": {"goal_dose": 630}},
    "up to the ceiling": {"config": {"dose_max": 630}},
    "pain 5 of usual 3 is amber": {
        "state": {"usual_pain": 3, "dose": 1200},
        "sessions": _on((6, 4, 2), {"pain": 5, "before": 3, "morning": 3}),
    },
    "usual pain 6, one more": {"state": _USUAL_6, "sessions": _on((6, 4, 2), _of_6(7))},
    "usual pain 6, two more": {"state": {**_USUAL_6, "dose": 1200}, "sessions": _on((6, 4, 2), _of_6(8))},
    "usual pain 6, three more": {"state": _USUAL_6, "sessions": (6, 4, (2, _of_6(9)))},
    "usual pain 8, pain 9": {
        "state": {"usual_pain": 8},
        "sessions": (*_on((6, 4), {"pain": 8, "before": 8, "morning": 8}), (2, {"pain": 9, "before": 8, "morning": 8})),
    },
    "usual pain 9, pain 9": {
        "state": {"usual_pain": 9},
        "sessions": _on((6, 4, 2), {"pain": 9, "before": 9, "morning": 9}),
    },
}
