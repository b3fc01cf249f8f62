"""The derived values of domain/progression.md 2.3, each computed at most once for one case."""

from __future__ import annotations

from datetime import date

from services.progression.domain.model import Case, Unit, Zone
from services.progression.domain.once import once
from services.progression.domain.parameters import Parameters, ceil_div


def _in_time(unit: Unit) -> tuple[date, int]:
    return unit.day, unit.started or 0


def zone_of(pain: float | None, usual: float | None, p: Parameters) -> Zone:
    """The pain zone of 2.3: absolute while usual pain is unknown or low, relative to it above `rel_switch` (V7, V9)."""
    if pain is None:
        return "unknown"
    if usual is None or usual <= p.rel_switch:
        if pain <= p.green_max:
            return "green"
        return "amber" if pain <= p.amber_max else "red"
    rise = pain - usual
    if rise >= p.rel_red or (pain >= p.abs_cap and rise >= 1):
        return "red"
    return "amber" if rise >= p.rel_amber else "green"


def settled_of(unit: Unit, usual: float | None, p: Parameters) -> bool | None:
    """Whether pain was back the morning after (2.3); None when the morning or its reference is not known."""
    if unit.morning is None:
        return None
    reference = unit.before if unit.before is not None else usual
    if reference is None:
        return None
    return unit.morning <= reference + p.settle_tol


def scaled_ratio(numerator: int, denominator: int, pct: int, p: Parameters) -> int:
    """`scaled` of 2.3 for the exact amount numerator / denominator: pct of it, down to a step, at least `dose_min`."""
    return max(p.dose_min, numerator * pct // (denominator * 100 * p.step) * p.step)


def days_between(today: date, day: date) -> int:
    """Whole days from `day` to `today`; a day ahead (westward across the date line) counts as 0 (2.11 W1)."""
    return max(0, (today - day).days)


class View:
    """One case with its derived values; units in order of time. A rest record has nothing planned and nothing done."""

    def __init__(self, case: Case) -> None:
        self.today = case.today
        self.p = case.parameters
        self.standing = case.standing
        self.rule_set = case.rule_set
        self.units = sorted(case.units, key=_in_time)
        usual = case.standing.usual_pain
        self._zones = {id(unit): zone_of(unit.pain, usual, self.p) for unit in self.units}
        self._settled = {id(unit): settled_of(unit, usual, self.p) for unit in self.units}

    @classmethod
    def of(cls, case: Case) -> View:
        """The view of a case, made once; it does not know the case, or neither could be forgotten without a search."""
        made: View | None = case.derived.get("view")
        if made is None:
            made = case.derived["view"] = cls(case)
        return made

    def zone(self, unit: Unit) -> Zone:
        """Pain zone of one of the units."""
        return self._zones[id(unit)]

    def settled(self, unit: Unit) -> bool | None:
        """Whether one of the units settled by the next morning."""
        return self._settled[id(unit)]

    def bad(self, unit: Unit) -> bool:
        """Red, or not settled the morning after."""
        return self.zone(unit) == "red" or self.settled(unit) is False

    def ok(self, unit: Unit) -> bool:
        """Near the planned amount, green or amber, and not known to be unsettled; without a pain score it is not ok."""
        return (
            unit.planned > 0
            and self.p.ok_pct * unit.planned <= 100 * unit.amount <= self.p.over_pct * unit.planned
            and self.zone(unit) in ("green", "amber")
            and self.settled(unit) is not False
        )

    def over(self, unit: Unit) -> bool:
        """More than `over_pct` of the planned amount."""
        return unit.planned > 0 and 100 * unit.amount > self.p.over_pct * unit.planned

    def cut_short(self, unit: Unit) -> bool:
        """Less than `short_pct` of the planned amount, stopped for pain or fatigue."""
        return unit.stop in ("pain", "fatigue") and 100 * unit.amount < self.p.short_pct * unit.planned

    def age(self, unit: Unit) -> int:
        """Whole days since the unit."""
        return days_between(self.today, unit.day)

    def capped(self, dose: int) -> int:
        """`dose`, at most `dose_max`."""
        return dose if self.p.dose_max is None else min(dose, self.p.dose_max)

    def scaled(self, dose: int, pct: int) -> int:
        """pct of `dose`, down to a whole step, never below `dose_min`."""
        return scaled_ratio(dose, 1, pct, self.p)

    def lowered(self, pct: int) -> int:
        """pct of the dose in force, and in no case more than it or than `dose_max` (2.5.1, never up by accident)."""
        return min(self.capped(self.scaled(self.standing.dose, pct)), self.standing.dose)

    @once
    def since(self) -> list[Unit]:
        """Units begun after the dose in force took effect, for which an amount was planned (2.3 `since`, 2.5.1)."""
        at, changed = self.standing.changed_at, self.standing.changed
        return [
            unit
            for unit in self.units
            if unit.planned > 0 and (unit.day >= changed if at is None or unit.started is None else unit.started >= at)
        ]

    @once
    def in_step(self) -> list[Unit]:
        """Units of the running ladder step, without rest records (2.5.1, R5)."""
        at, since = self.standing.step_since_at, self.standing.step_since
        return [
            unit
            for unit in self.units
            if (unit.planned > 0 or unit.amount > 0)
            and (since is None or (unit.day >= since if at is None or unit.started is None else unit.started >= at))
        ]

    @once
    def gap_days(self) -> int:
        """Days since the last session with any amount; with none, since the last change (2.5.1, R7); or since the day
        until which the person says that they kept moving (W6)."""
        done = [unit.day for unit in self.units if unit.amount > 0]
        last = done[-1] if done else self.standing.last_active or self.standing.changed
        contact = self.standing.contact
        return days_between(self.today, last if contact is None else max(last, contact))

    @once
    def simple_need(self) -> int:
        """Evidence asked for before coarse steps are doubled (2.3 `need`; hysteresis after a regress)."""
        if self.p.profile == "quota":
            return ceil_div(4 * self.p.freq, 5)
        regressed = self.standing.last_regress is not None and self.standing.last_regress == self.standing.changed
        return max(2, ceil_div(2 * self.p.freq, 3)) + (1 if regressed else 0)

    def _window(self, need: int) -> list[Unit]:
        days = self.window_days(need)
        return [unit for unit in self.since if self.age(unit) < days]

    def window_days(self, need: int) -> int:
        """Length of the evidence window in days for that much evidence (2.2 `evidence_window`)."""
        return max(self.p.evidence_window, ceil_div(7 * need, self.p.freq) + 7)

    @once
    def mostly_green(self) -> bool:
        """At least half of the ok sessions of the simple window were green; without one it is False (2.5.1)."""
        ok = [unit for unit in self._window(self.simple_need) if self.ok(unit)]
        green = sum(1 for unit in ok if self.zone(unit) == "green")
        return bool(ok) and 2 * green >= len(ok)

    @once
    def full_step(self) -> bool:
        """Whether the rise is by `g_normal`: mostly green, quota, or a track whose small step is no smaller."""
        return self.p.profile == "quota" or self.p.g_small == self.p.g_normal or self.mostly_green

    @once
    def increment(self) -> int:
        """What a rise would add, before goal and ceiling cap it (2.3 `inc`)."""
        pct = self.p.g_normal if self.full_step else self.p.g_small
        return max(self.p.step, self.standing.dose * pct // (100 * self.p.step) * self.p.step)

    @once
    def coarse(self) -> bool:
        """One step is so large a part of the dose that twice the time and evidence is asked (2.2 `coarse_pct`)."""
        return 100 * self.increment > self.p.coarse_pct * self.standing.dose

    @once
    def need(self) -> int:
        """Evidence asked for before a rise."""
        if self.p.profile == "quota":
            return self.simple_need
        without_mornings = 0 if self.p.mornings_needed else 2
        return self.simple_need * (2 if self.coarse else 1) + without_mornings

    @once
    def window(self) -> list[Unit]:
        """Units of the evidence window."""
        return self._window(self.need)

    @once
    def window_ok(self) -> list[Unit]:
        """The ok units of the evidence window."""
        return [unit for unit in self.window if self.ok(unit)]

    @once
    def evidence(self) -> int:
        """What is held against `need`: ok units of the window; for quota the completed ones of the last 7 days."""
        if self.p.profile == "quota":
            return sum(1 for u in self.since if self.age(u) < 7 and 100 * u.amount >= self.p.ok_pct * u.planned)
        return len(self.window_ok)
