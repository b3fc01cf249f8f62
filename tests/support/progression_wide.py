"""`python -m tests.support.progression_wide LIVES [FIRST]`: many more generated lives than a run of the tests has.

Each is drawn from its number and lived for 26 weeks; what breaks a promise is told with the number and the last steps.
"""

import random
import sys
import time
from collections import Counter

from services.progression.store import DECISIONS
from tests.support.progression_days import RARE, begin, born, live_a_day
from tests.support.progression_lives import Step
from tests.support.progression_promises import Memory, watching

WEEKS = 26


def live(seed: int, met: Counter[str]) -> tuple[int, AssertionError | None]:
    """The days of one life until its end, or until a promise broke."""
    dice = random.Random(seed)
    life, person = born(seed, frozenset(name for name in RARE if dice.random() < 0.5))
    ask = watching(Memory())

    def watch(step: Step) -> None:
        met.update(record.data["rule"] for record in step.done.records if record.collection == DECISIONS)
        ask(step)

    life.watch = watch
    try:
        begin(life, person)
        for _ in range(WEEKS * 7):
            live_a_day(life, person)
    except AssertionError as broken:
        return life.day, broken
    return life.day, None


def main(arguments: list[str]) -> int:
    """0 when every promise was kept, else 1."""
    lives, first = int(arguments[0]) if arguments else 500, int(arguments[1]) if len(arguments) > 1 else 0
    met, tell = Counter[str](), sys.stdout.write
    days, broken, begun = 0, 0, time.process_time()
    for seed in range(first, first + lives):
        lived, found = live(seed, met)
        days += lived
        if found is not None:
            broken += 1
            tell("\n  ".join([f"life {seed}: {found}", *getattr(found, "__notes__", ())]) + "\n")
    spent = time.process_time() - begun
    tell(f"{lives} lives, {days} days, {broken} with a broken promise, {spent:.0f} s of CPU\n")
    tell("decisions: " + ", ".join(f"{rule} {count}" for rule, count in sorted(met.items())) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
