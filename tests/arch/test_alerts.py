"""The alerts say what Prometheus understands, ask only for what is told, and lead to a page that says what to do."""

import json
import re
from typing import Any, Final, get_args

import promql_parser as parser
import pytest
import typer.main
import yaml

from deploy.grafana import boards
from deploy.grafana.panels import Unit, drawn
from deploy.local.topology import ROOT
from deploy.operations.cli import app
from services.plans.domain.model import WorkKind
from shared.observability import metrics
from tests.support.promql_rules import TARGET, Rule, nodes, queries, rules, samples, selectors, told_by

RULES: Final = rules()
SAMPLES: Final = samples()
RUNBOOK: Final = ROOT / "deploy" / "docs" / "runbook.md"
RUNBOOK_NAME: Final = "deploy/docs/runbook.md"
PARTS: Final = ("For people", "Look", "Do", "If that fails")
MEANT: Final = {"kind": get_args(WorkKind), "service": ("progression",), "job": ("pacewell",)}
"""Values of labels that a metric's own sentence does not list."""


QUERIES: Final = queries()
each_query: Final = pytest.mark.parametrize("query", [query for _, query in QUERIES], ids=[name for name, _ in QUERIES])
each_rule: Final = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@each_query
def test_an_expression_asks_for_metrics_and_labels_that_are_told(query: str) -> None:
    for selector in selectors(query):
        assert selector.name in SAMPLES
        assert {matcher.name for matcher in selector.matchers.matchers} <= SAMPLES[selector.name]
    told = frozenset[str]().union(*(SAMPLES[selector.name] for selector in selectors(query)))
    for node in nodes(query):
        if isinstance(node, parser.AggregateExpr) and node.modifier is not None:
            assert set(node.modifier.labels) <= told


@each_query
def test_a_value_that_is_asked_for_is_one_that_the_label_takes(query: str) -> None:
    meanings = _meanings()
    for selector in selectors(query):
        for matcher in selector.matchers.matchers:
            for value in matcher.value.split("|"):
                if matcher.name == "le":
                    bounds = {*metrics.DELAY_S, *metrics.WORK_S, *metrics.SIZES}
                    assert float(value) in bounds
                elif matcher.name == "status":
                    assert re.fullmatch(r"[1-5](\.\.|\d\d)", value)
                else:
                    assert value in MEANT.get(matcher.name, ()) or value in re.findall(
                        r"\w+", meanings[re.sub("_(total|bucket|count|sum)$", "", selector.name)]
                    )


@each_query
def test_only_what_grows_is_asked_for_its_growth(query: str) -> None:
    counts = ("_total", "_bucket", "_count", "_sum")
    within = [str(x.vector_selector.name) for x in nodes(query) if isinstance(x, parser.MatrixSelector)]
    assert all(name.endswith(counts) for name in within)
    alone = [str(x.name) for x in selectors(query) if str(x.name) not in within]
    assert not any(name.endswith(counts) for name in alone)


@each_rule
def test_a_rule_says_how_grave_it_is_what_it_sees_and_where_to_read_on(rule: Rule) -> None:
    assert rule.severity in ("critical", "warning")
    assert rule.holds_s <= 1800
    shown = set(re.findall(r"\$labels\.(\w+)", rule.summary))
    assert shown <= _labels_left(rule.query), f"{rule.name} shows a label that its expression does not keep"
    assert rule.runbook == f"{RUNBOOK_NAME}#{rule.name.lower()}"


def test_the_runbook_has_one_entry_for_each_alert_and_each_says_what_to_do() -> None:
    entries = _entries()
    assert set(entries) == set(RULES)
    for name, text in entries.items():
        assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == list(PARTS), name
        assert RULES[name].severity in text.splitlines()[0], name
        assert "**Look.** `python -m deploy.operations " in text, name


def test_every_command_that_a_page_names_exists_with_its_options() -> None:
    root = typer.main.get_command(app)
    pages = [RUNBOOK, RUNBOOK.with_name("capacity.md")]
    commands = [
        line
        for page in pages
        for line in re.findall(r"python -m deploy\.operations ([^`\n]+)", page.read_text(encoding="utf-8"))
    ]
    assert len(commands) > len(RULES) / 2
    for line in commands:
        command: Any = root
        for word in line.split():
            if hasattr(command, "commands") and not word.startswith("-"):
                assert word in command.commands, line
                command = command.commands[word]
            elif word.startswith("--"):
                known = {option for one in (root, command) for parameter in one.params for option in parameter.opts}
                assert word in known, line
        assert not hasattr(command, "commands"), line


def test_prometheus_reads_the_rules_where_compose_puts_them() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    mounted = dict(volume.split(":")[:2] for volume in compose["services"]["prometheus"]["volumes"])
    told = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert told["rule_files"] == [mounted["./deploy/prometheus/alerts.yml"]]


def test_the_committed_boards_are_what_the_code_draws() -> None:
    assert boards.differing() == [], "run `make docs`"


def test_a_changed_missing_or_left_over_board_is_seen(tmp_path: Any) -> None:
    assert set(boards.write(tmp_path)) == {f"{board.uid}.json" for board in boards.BOARDS}
    assert boards.differing(tmp_path) == []
    first, second, *_ = sorted(tmp_path.iterdir())
    first.write_text(json.dumps({**json.loads(first.read_text()), "title": "x"}))
    second.unlink()
    (tmp_path / "old.json").write_text("{}")
    assert boards.differing(tmp_path) == sorted([first.name, second.name, "old.json"])
    boards.write(tmp_path)
    assert boards.differing(tmp_path) == []


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    for board in boards.BOARDS:
        panels = json.loads(drawn(board))["panels"]
        assert len({panel["title"] for panel in panels}) == len(panels)
        for panel in panels:
            assert re.fullmatch(r"[A-Z0-9].{8,}\.", panel["description"]), panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"] in get_args(Unit)
            assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


def test_every_metric_is_on_a_board() -> None:
    """Or nobody would ever see it."""
    shown = {selector.name for name, query in QUERIES if ":" in name for selector in selectors(query)}
    families = {re.sub("_(total|bucket|count|sum)$", "", name) for name in SAMPLES}
    assert families - {re.sub("_(total|bucket|count|sum)$", "", name) for name in shown} == set()


def test_a_metric_that_no_process_tells_is_seen() -> None:
    told = told_by("# TYPE a_total counter\n# TYPE b gauge\n# TYPE c histogram\n")
    assert told == {"a_total", "b", "c_bucket", "c_sum", "c_count"}
    asked = "sum(rate(a_total[5m])) / max by (x) (d) + histogram_quantile(0.5, sum by (le) (rate(c_bucket[5m])))"
    assert {selector.name for selector in selectors(asked)} - told == {"d"}


@pytest.mark.parametrize("wrong", ["a{b=", "sum(a", "rate(a)", "a[5x]", "foo(a)", "rate(a[5m]) >"])
def test_what_prometheus_would_not_understand_is_seen(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        nodes(wrong)


def _labels_left(query: str) -> set[str]:
    """The labels of an answer: those kept by the outermost groupings, or the selector's own."""
    groupings = [x for x in nodes(query) if isinstance(x, parser.AggregateExpr)]
    if not groupings:
        return set(TARGET)
    return {label for x in groupings for label in (x.modifier.labels if x.modifier else [])} - {"le"}


def _meanings() -> dict[str, str]:
    text = (ROOT / "shared" / "observability" / "metrics.py").read_text(encoding="utf-8")
    found = re.findall(r'"([a-z_]+?)(?:_total)?",\s*"([^"]+)"', text)
    return {"up": "", **{f"pacewell_{name}": meaning for name, meaning in found}}


def _entries() -> dict[str, str]:
    """The entries under *Alerts*, each from the line below its heading."""
    section = RUNBOOK.read_text(encoding="utf-8").split("\n## Alerts\n", 1)[1].split("\n## ", 1)[0]
    parts = re.split(r"^### (\w+)\n", section, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
