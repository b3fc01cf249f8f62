"""How a body answers in the demo: a hidden capacity that nobody sees, drawn from a seed, and what a person then tells.

It knows no rule of care. It gets the amount that a service asked for and says what was done and how it felt; the same
seed, person, day and amount always give the same answer.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

from deploy.local.demo.cast import KINDS, Somebody

BAD_DAYS: Final = range(11, 18)
"""The days (from 0) of a bad week."""

FLAG_DAY: Final = 9
"""The day on which something is wrong for the person who answers a red flag."""

_DAYS: Final = {1: (2,), 2: (1, 4), 3: (0, 2, 4), 4: (0, 2, 4, 5), 5: (0, 1, 2, 4, 5)}
"""Which days of a week are meant for a session, by how many there are."""
_KEEPS: Final = {"steady": 0.95, "careful": 0.9, "boom": 0.8, "bad_week": 0.9, "busy": 0.6, "paper": 0.9}


@dataclass(frozen=True, slots=True)
class Bout:
    """What was done on one track on one day, in the marker's base unit, and how it felt."""

    kind: str
    amount: int
    variant: str
    activity: str | None
    pain: int | None
    pain_before: int | None
    effort: int | None
    stop: str | None
    enjoyment: int | None


@dataclass(frozen=True, slots=True)
class Life:
    """One person's hidden side. Days count from 0, the first whole day of the demo."""

    who: Somebody
    seed: int

    def trains(self, kind: str, day: int) -> bool:
        """Whether a session of this track is meant for this day; the days between are for rest."""
        shift = list(self.who.tracks).index(kind)
        return (day - shift) % 7 in _DAYS[self.who.tracks[kind]]

    def bout(self, kind: str, day: int, dose: int | None) -> Bout | None:
        """The session of a day that was meant for one; `dose` is what the service asks for, none if it asks nothing.

        None: not today, and nothing is noted.
        """
        who, draw = self.who, self._draw(day, f"bout:{kind}")
        capacity = self._capacity(kind, day)
        keeps = _KEEPS.get(who.habit, 0.9) - (0.3 if self._bad(day) else 0.0)
        if draw.random() > keeps:
            return self._rest(kind) if draw.random() < 0.5 else None
        aim = dose if dose else capacity * 0.5
        wish, variant, stop = aim * draw.uniform(0.92, 1.08), "full", None
        if who.habit == "boom" and draw.random() < 0.3:
            wish = max(wish, aim * draw.uniform(1.7, 2.4))
        elif draw.random() < 0.08:
            wish, variant, stop = aim * draw.uniform(0.5, 0.75), "shorter", draw.choice(("time", "weather", "fatigue"))
        ratio = wish / capacity
        if ratio > 1.25 and who.habit != "boom":
            wish, variant, stop = wish * draw.uniform(0.4, 0.7), "shorter", "pain"
            ratio = max(ratio * 0.8, wish / capacity)
        also = KINDS[kind].also
        must_name = KINDS[kind].family in ("hobby", "social")
        activity = draw.choice(also) if also and (must_name or draw.random() < 0.2) else None
        if variant == "full" and not must_name and KINDS[kind].unit == "min" and draw.random() < 0.05:
            variant, activity = "swap", "gardening"
        usual = self._usual()
        before = usual + self._ache(day) + draw.gauss(0, 0.5)
        during = before + 3.5 * max(0.0, ratio - 0.7) + draw.gauss(0, 0.5)
        silent = draw.random() < (0.15 if who.habit == "busy" else 0.03)
        return Bout(
            kind,
            max(KINDS[kind].step, round(wish / KINDS[kind].step) * KINDS[kind].step),
            variant,
            activity,
            None if silent else _score(during),
            None if silent else _score(before),
            None if silent else _score(1 + 3 * ratio + draw.gauss(0, 0.5)),
            stop,
            draw.choice((2, 3)) if must_name else None,
        )

    def morning(self, day: int, loads: dict[str, int]) -> tuple[int, int] | None:
        """Pain and fatigue of a morning, or None when nobody noted it; `loads` is what was done the day before."""
        draw = self._draw(day, "morning")
        if draw.random() > (0.55 if self.who.habit == "busy" else 0.92):
            return None
        over = max((amount / self._capacity(kind, day - 1) for kind, amount in loads.items()), default=0.0)
        pain = self._usual() + self._ache(day) + 4.0 * max(0.0, over - 1.0) + draw.gauss(0, 0.45)
        return _score(pain), _score(2 + self._ache(day) + 2 * max(0.0, over - 1.0) + draw.gauss(0, 0.6))

    def answers(self, day: int, offer: str) -> str:
        """What the person says to an offered step."""
        draw = self._draw(day, f"answer:{offer}").random()
        if self.who.habit == "careful":
            return "smaller" if draw < 0.4 else "stay" if draw < 0.8 else "accept"
        if self._bad(day):
            return "less" if draw < 0.5 else "stay"
        return "accept" if draw < 0.85 else "stay"

    def journals(self, day: int) -> tuple[tuple[str, ...], str] | None:
        """Tags and words for the journal, on some days."""
        draw = self._draw(day, "journal")
        if draw.random() > 0.12:
            return None
        words = _WORDS.get(self.who.locale, _WORDS["en"])
        return (("hard",), words[1]) if self._bad(day) else (("easy",), words[0])

    def shares(self, day: int) -> bool:
        """Whether an offered celebration is shared."""
        return self._draw(day, "shares").random() < 0.8

    def _bad(self, day: int) -> bool:
        return self.who.habit == "bad_week" and day in BAD_DAYS

    def _ache(self, day: int) -> float:
        """What a bad week adds to every score, rising and settling."""
        if not self._bad(day):
            return 0.0
        return 3.0 * math.sin(math.pi * (day - BAD_DAYS[0] + 1) / (len(BAD_DAYS) + 1))

    def _usual(self) -> float:
        return 4.0 if self.who.usual_pain is None else float(self.who.usual_pain)

    def _capacity(self, kind: str, day: int) -> float:
        """How much this body could do on this day, in base units: it grows slowly and has its own weather."""
        own = self._draw(0, f"own:{kind}")
        grown = KINDS[kind].start * own.uniform(1.25, 1.6) * (1 + own.uniform(0.006, 0.014) * day)
        weather = math.exp(self._draw(day, "weather").gauss(0, 0.08))
        return grown * weather * (0.6 if self._bad(day) else 1.0)

    def _rest(self, kind: str) -> Bout:
        return Bout(kind, 0, "rest", None, None, None, None, None, None)

    def _draw(self, day: int, what: str) -> Random:
        return Random(f"{self.seed}:{self.who.key}:{day}:{what}")  # noqa: S311 - a demo, not a secret


_WORDS: Final = {
    "en": ("It went more easily than last week.", "A hard day. I lay down after a few minutes."),
    "es": ("Fue más fácil que la semana pasada.", "Un día difícil. Me acosté a los pocos minutos."),
    "ar": ("كان أسهل من الأسبوع الماضي.", "يوم صعب. استلقيت بعد دقائق."),
}


def _score(value: float) -> int:
    return min(10, max(0, round(value)))
