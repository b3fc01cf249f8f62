"""`python -m tests.vectors.make` writes `progression.jsonl`: cases on both sides of every threshold, and drawn ones.

What a case expects is what `reading.py` reads off the page of the rules, never what the service answers.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tests.vectors.named import NAMED
from tests.vectors.reading import read
from tests.vectors.words import UNSAID, Raw

FILE: Final = Path(__file__).parent / "progression.jsonl"
TODAY: Final = date(2026, 3, 2)
SEED: Final = 7
DRAWS: Final = 4000
OF_EACH_RULE: Final = 1
"""So many drawn cases of each rule, where the draws meet it, beside the named ones."""


def day(ago: int) -> str:
    """So many days before today."""
    return (TODAY - timedelta(days=ago)).isoformat()


def cases() -> Iterator[Raw]:
    """Every case with what it expects, the named ones first."""
    for name, said in NAMED.items():
        yield expecting(named(name, said))
    dice, met = random.Random(SEED), Counter[str]()
    for _ in range(DRAWS):
        case = expecting(drawn(dice, f"drawn {met.total() + 1}"))
        rule = case["expect"]["rule"]
        if met[rule] < OF_EACH_RULE:
            met[rule] += 1
            yield case


def expecting(case: Raw) -> Raw:
    """A case with its answer."""
    return {**case, "expect": read(case)}


def named(name: str, said: Raw) -> Raw:
    """A case in short hand: days are days ago, a session is its day and what differs from a good one."""
    state: Raw = {
        "status": "ACTIVE",
        "phase": "GRADED",
        "dose": 600,
        "changed": 8,
        "usual_pain": 2,
        **said.get("state", {}),
    }
    for name_of_day in ("changed", "last_regress", "step_since"):
        if state.get(name_of_day) is not None:
            state[name_of_day] = day(state[name_of_day])
    config = {"freq": 3, "step": 60, "dose_min": 60, **said.get("config", {})}
    good = {"amount": state["dose"], "planned": state["dose"], "pain": 2, "before": 2, "morning": 2}
    sessions = []
    for one in said.get("sessions", (6, 4, 2)):
        ago, differs = one if isinstance(one, tuple) else (one, {})
        sessions.append({"day": day(ago), **good, **differs})
    return {"name": name, "today": TODAY.isoformat(), "config": config, "state": state, "sessions": sessions}


def drawn(dice: random.Random, name: str) -> Raw:
    """A case by the dice, as wild as a record can be."""
    step, dose = dice.choice([(60, 600), (60, 1200), (60, 120), (50, 500), (10, 200), (1, 3), (1, 12)])
    status = dice.choice(["ACTIVE"] * 7 + ["RETURNING"] * 4 + ["FLARE", "PAUSED"])
    ladder = dice.choice([[80, 100], [75, 100], [50, 75, 100], [50, 70, 80, 90, 100]])
    usual, rough = dice.choice([None, 1, 2, 2, 3, 4.5, 6]), dice.random() < 0.5
    changed = dice.randint(0, 35)
    state: Raw = {
        "status": status,
        "phase": dice.choice(["GRADED"] * 5 + ["BASELINE", "MAINTENANCE"]),
        "red_flag": dice.random() < 0.04,
        "dose": dose,
        "changed": day(changed),
        "last_regress": dice.choice([None, None, day(changed), day(dice.randint(0, 9))]),
        "regress_28d": dice.choice([0, 0, 1, 2]),
        "usual_pain": usual,
        "usual_fatigue": dice.choice([None, 3]),
    }
    if status == "RETURNING":
        state |= {
            "d_pre": dose,
            "ladder": ladder,
            "idx": dice.randrange(len(ladder)),
            "step_since": day(dice.randint(0, 12)),
        }
    config: Raw = {
        "freq": dice.randint(1, 7),
        "step": step,
        "dose_min": dice.choice([step, step, step, dose]),
        "profile": dice.choice(["symptom_guided"] * 3 + ["quota"]),
        "dose_max": dice.choice([None, None, dose, 2 * dose]),
        "goal_dose": dice.choice([None, 2 * dose, 3 * dose, dose]),
        "advance_days": dice.choice([3, 7, 7, 14]),
        "allow_increase": dice.random() < 0.9,
        "fixed_dose": dice.choice([None] * 9 + [dose // 2]),
    }
    ages = sorted(dice.sample(range(30), dice.randint(0, 11)), reverse=True)
    sessions = [session(dice, ago, dose, int(usual or 2), rough=rough) for ago in ages]
    return {
        "name": name,
        "today": TODAY.isoformat(),
        "config": unlike(config, "config"),
        "state": unlike(state, "state"),
        "sessions": sessions,
    }


def session(dice: random.Random, ago: int, dose: int, usual: int, *, rough: bool) -> Raw:
    """One session by the dice; a rough life has hard and short ones."""
    part = dice.choice([100, 100, 100, 90, 80, 79, 125, 130, 49, 0]) if rough else 100
    worse = dice.choice([0, 0, 1, 3, 4, 5]) if rough else dice.choice([0, 0, 1, 2])
    return unlike(
        {
            "day": day(ago),
            "amount": dose * part // 100,
            "planned": dose,
            "pain": dice.choice([None, *[min(10, usual + worse)] * 6]),
            "before": dice.choice([None, usual, usual + 1]),
            "morning": dice.choice([None, usual, usual, min(10, usual + worse // 2)]),
            "fatigue_morning": dice.choice([None, 3, 5]),
            "stop": dice.choice([None, "pain", "fatigue", "time"]) if part < 80 else None,
            "effort": dice.choice([None, 2, 4, 6]),
        },
        "session",
    )


def unlike(said: Raw, what: str) -> Raw:
    """Only what differs from what holds unsaid."""
    return {name: value for name, value in said.items() if name not in UNSAID[what] or UNSAID[what][name] != value}


def text() -> str:
    """The file: one case a line."""
    return "".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n" for case in cases())


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
