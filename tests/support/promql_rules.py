"""The rules of deploy/prometheus/alerts.yml, and which metrics an expression asks for."""

import re
from dataclasses import dataclass
from typing import Any, Final

import promql_parser as parser
import yaml
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from deploy.grafana.boards import BOARDS
from deploy.local.topology import ROOT
from shared.observability.metrics import Metrics
from tests.support.promql import Series, ask

FILE: Final = ROOT / "deploy" / "prometheus" / "alerts.yml"
TARGET: Final = frozenset({"instance", "job"})
"""Labels that Prometheus adds to whatever it scrapes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert; `holds_s` is how long it must be true before somebody is told."""

    name: str
    query: str
    holds_s: float
    severity: str
    summary: str
    runbook: str

    def true(self, series: Series, at_s: float) -> list[dict[str, str]]:
        """The label sets for which the expression is true at a moment."""
        return [dict(labels) for labels in ask(series, self.query, at_s)]


def rules() -> dict[str, Rule]:
    """Every alert by its name; a name given twice is a `ValueError`."""
    found: dict[str, Rule] = {}
    for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"]:
        for told in group["rules"]:
            rule = Rule(
                told["alert"],
                told["expr"],
                parser.parse_duration(told["for"]).total_seconds(),
                told["labels"]["severity"],
                told["annotations"]["summary"],
                told["annotations"]["runbook"],
            )
            if rule.name in found:
                raise ValueError(rule.name)
            found[rule.name] = rule
    return found


def queries() -> list[tuple[str, str]]:
    """Every expression of the rules and of the boards, with where it stands."""
    found = [(rule.name, rule.query) for rule in rules().values()]
    for board in BOARDS:
        found += [(f"{board.uid}: {panel.title}", line.query) for panel in board.panels for line in panel.lines]
    return found


def told_by(exposition: str) -> set[str]:
    """The names of all samples that a process may tell, by the types in its own answer of `/metrics`."""
    found = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", exposition, re.MULTILINE):
        found |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return found


def samples() -> dict[str, frozenset[str]]:
    """Every sample name that a service tells, with its labels."""
    known = {"up": TARGET}
    for metric in set(Metrics(CollectorRegistry(), "plans").registry._collector_to_names):
        name, labels = metric._name, TARGET | set(metric._labelnames)  # type: ignore[attr-defined]
        match metric:
            case Counter():
                known[f"{name}_total"] = labels
            case Gauge():
                known[name] = labels
            case Histogram():
                known |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
    return known


def nodes(query: str) -> list[Any]:
    """Every part of an expression, the whole first."""
    found: list[Any] = []
    parser.walk(parser.parse(query), pre_visit=found.append)
    return found


def selectors(query: str) -> list[Any]:
    """Every selector of an expression, those of ranges too."""
    return [node for node in nodes(query) if isinstance(node, parser.VectorSelector)]
