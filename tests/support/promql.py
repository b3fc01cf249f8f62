"""What Prometheus would answer, from real `/metrics` texts: the part of PromQL that our rules use, and no more.

A library parses; here it is evaluated, with Prometheus' own rules of look-back, staleness and extrapolation.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import promql_parser as parser
from prometheus_client.parser import text_string_to_metric_families

LOOK_BACK_S: Final = 300.0
NAME: Final = "__name__"

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_GROUP: Final[dict[str, Callable[[list[float]], float]]] = {"sum": math.fsum, "max": max, "min": min}


class NotSupported(Exception):
    """The expression uses something of PromQL that is not evaluated here."""


@dataclass
class Series:
    """What was scraped, by series: moments in seconds, with None where a series had gone."""

    points: dict[Labels, list[tuple[float, float | None]]] = field(default_factory=dict)

    def add(self, text: str, at_s: float, **target: str) -> None:
        """One answer of `/metrics` of a target (`instance="…", job="…"`), later than those before it."""
        seen = set()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = frozenset({**sample.labels, **target, NAME: sample.name}.items())
                self.points.setdefault(labels, []).append((at_s, sample.value))
                seen.add(labels)
        up = frozenset({**target, NAME: "up"}.items())
        self.points.setdefault(up, []).append((at_s, 1.0))
        self._gone(target, seen | {up}, at_s)

    def missing(self, at_s: float, **target: str) -> None:
        """A target did not answer."""
        up = frozenset({**target, NAME: "up"}.items())
        self.points.setdefault(up, []).append((at_s, 0.0))
        self._gone(target, {up}, at_s)

    def _gone(self, target: Mapping[str, str], seen: set[Labels], at_s: float) -> None:
        for labels, points in self.points.items():
            if labels >= target.items() and labels not in seen and points[-1][1] is not None:
                points.append((at_s, None))


def ask(series: Series, query: str, at_s: float) -> Vector:
    """The answer to a query at a moment; raises `ValueError` where Prometheus could not parse it."""
    answer = _value(series, parser.parse(query), at_s)
    if isinstance(answer, float):
        raise NotSupported("a query that is a number")
    return {_without(labels, {NAME}): value for labels, value in answer.items()}


def _value(series: Series, node: Any, at: float) -> Vector | float:
    match node:
        case parser.NumberLiteral():
            return float(node.val)
        case parser.ParenExpr():
            return _value(series, node.expr, at)
        case parser.VectorSelector():
            return _instant(series, node, at)
        case parser.AggregateExpr():
            return _aggregated(node, _vector(series, node.expr, at))
        case parser.Call():
            return _called(series, node, at)
        case parser.BinaryExpr():
            return _binary(series, node, at)
    raise NotSupported(type(node).__name__)


def _vector(series: Series, node: Any, at: float) -> Vector:
    found = _value(series, node, at)
    if isinstance(found, float):
        raise NotSupported("a number where a vector is meant")
    return found


def _chosen(series: Series, node: Any, at: float) -> tuple[dict[Labels, list[tuple[float, float | None]]], float]:
    """The series that a selector means, and the moment after its offset."""
    offset = node.offset or timedelta()
    wanted = [*node.matchers.matchers, parser.Matcher(parser.MatchOp.Equal, NAME, node.name)]
    found = {
        labels: points
        for labels, points in series.points.items()
        if all(_fits(matcher, dict(labels).get(matcher.name, "")) for matcher in wanted)
    }
    return found, at - offset.total_seconds()


def _fits(matcher: Any, value: str) -> bool:
    if matcher.op == parser.MatchOp.Equal:
        return bool(value == matcher.value)
    if matcher.op == parser.MatchOp.NotEqual:
        return bool(value != matcher.value)
    fits = re.fullmatch(matcher.value, value) is not None
    return fits if matcher.op == parser.MatchOp.Re else not fits


def _instant(series: Series, node: Any, at: float) -> Vector:
    chosen, moment = _chosen(series, node, at)
    found = {}
    for labels, points in chosen.items():
        last = [(t, value) for t, value in points if moment - LOOK_BACK_S < t <= moment][-1:]
        if last and last[0][1] is not None:
            found[labels] = last[0][1]
    return found


def _aggregated(node: Any, vector: Vector) -> Vector:
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(_kept(node.modifier, labels), []).append(value)
    name = str(node.op)
    if name == "count":
        return {labels: float(len(values)) for labels, values in groups.items()}
    if name not in _GROUP:
        raise NotSupported(name)
    return {labels: _GROUP[name](values) for labels, values in groups.items()}


def _kept(modifier: Any, labels: Labels) -> Labels:
    if modifier is None:
        return frozenset()
    if modifier.type == parser.AggModifierType.By:
        return frozenset(pair for pair in labels if pair[0] in modifier.labels)
    return _without(labels, {NAME, *modifier.labels})


def _called(series: Series, node: Any, at: float) -> Vector:
    name = node.func.name
    if name in ("rate", "increase"):
        (matrix,) = node.args
        range_s = matrix.range.total_seconds()
        chosen, moment = _chosen(series, matrix.vector_selector, at)
        found = {}
        for labels, points in chosen.items():
            within = [(t, v) for t, v in points if moment - range_s < t <= moment and v is not None]
            if (grown := _increase(within, moment - range_s, moment)) is not None:
                found[_without(labels, {NAME})] = grown / range_s if name == "rate" else grown
        return found
    if name == "histogram_quantile":
        share, vector = float(node.args[0].val), _vector(series, node.args[1], at)
        buckets: dict[Labels, list[tuple[float, float]]] = {}
        for labels, value in vector.items():
            buckets.setdefault(_without(labels, {NAME, "le"}), []).append((float(dict(labels)["le"]), value))
        return {labels: _quantile(share, sorted(pairs)) for labels, pairs in buckets.items()}
    raise NotSupported(name)


def _increase(points: list[tuple[float, float]], start: float, end: float) -> float | None:
    """How much a counter grew, restarts counted in, stretched to the whole range as Prometheus does."""
    if len(points) < 2:
        return None
    (first_t, first), (last_t, last) = points[0], points[-1]
    pairs = pairwise(points)
    grown = last - first + sum(before for (_, before), (_, after) in pairs if after < before)
    sampled = last_t - first_t
    gap = sampled / (len(points) - 1)
    to_start = first_t - start if first_t - start < gap * 1.1 else gap / 2
    to_end = end - last_t if end - last_t < gap * 1.1 else gap / 2
    if grown > 0:
        to_start = min(to_start, sampled * first / grown)
    return grown * (sampled + to_start + to_end) / sampled


def _quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    """By linear interpolation within the bucket; NaN where nothing was observed."""
    total = buckets[-1][1]
    if total == 0 or len(buckets) < 2:
        return math.nan
    rank = share * total
    place = next(number for number, (_, count) in enumerate(buckets) if count >= rank)
    if place == len(buckets) - 1:
        return buckets[-2][0]
    low, before = buckets[place - 1] if place else (0.0, 0.0)
    high, count = buckets[place]
    return high if count == before else low + (high - low) * (rank - before) / (count - before)


def _binary(series: Series, node: Any, at: float) -> Vector | float:
    name = str(node.op)
    left, right = _value(series, node.lhs, at), _value(series, node.rhs, at)
    if isinstance(left, float) and isinstance(right, float):
        return _counted(name, left, right)
    if isinstance(right, float) and isinstance(left, dict):
        return _each(name, {labels: (value, right) for labels, value in left.items()})
    if isinstance(left, float) and isinstance(right, dict):
        if name in _COMPARE:
            raise NotSupported("a number compared with a vector")
        return _each(name, {labels: (left, value) for labels, value in right.items()})
    if not isinstance(left, dict) or not isinstance(right, dict):
        raise NotSupported(name)
    there = {_matched(node.modifier, labels): value for labels, value in right.items()}
    if name == "and":
        return {labels: value for labels, value in left.items() if _matched(node.modifier, labels) in there}
    if name == "unless":
        return {labels: value for labels, value in left.items() if _matched(node.modifier, labels) not in there}
    if name == "or":
        here = {_matched(node.modifier, labels) for labels in left}
        return {**{x: value for x, value in right.items() if _matched(node.modifier, x) not in here}, **left}
    if len(there) != len(right) or len({_matched(node.modifier, labels) for labels in left}) != len(left):
        raise NotSupported("many series to one")
    pairs = {x: (value, there[key]) for x, value in left.items() if (key := _matched(node.modifier, x)) in there}
    return _each(name, pairs)


def _each(name: str, pairs: Mapping[Labels, tuple[float, float]]) -> Vector:
    if name in _COMPARE:
        return {labels: left for labels, (left, right) in pairs.items() if _COMPARE[name](left, right)}
    return {_without(labels, {NAME}): _counted(name, *pair) for labels, pair in pairs.items()}


def _counted(name: str, left: float, right: float) -> float:
    match name:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right if right else math.nan if left == 0 else math.copysign(math.inf, left)
    raise NotSupported(name)


def _matched(modifier: Any, labels: Labels) -> Labels:
    """What of the labels counts when two sides are brought together."""
    matching = None if modifier is None else modifier.matching
    if matching is None:
        return _without(labels, {NAME})
    if matching.type == parser.LabelModifierType.Include:
        return frozenset(pair for pair in labels if pair[0] in matching.labels)
    return _without(labels, {NAME, *matching.labels})


def _without(labels: Labels, names: set[str]) -> Labels:
    return frozenset(pair for pair in labels if pair[0] not in names)
