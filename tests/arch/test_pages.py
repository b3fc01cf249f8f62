"""The pages for those who decide say what the code says, and `make check` fails where they do not."""

import ast
import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import BaseModel, create_model

from deploy.docgen import __main__ as command
from deploy.docgen import article, contract_fields, pages, rules, stored
from deploy.docgen.markdown import cell
from deploy.docgen.texts import told
from services.progression.domain.described import SAID
from services.progression.domain.model import Unit
from services.progression.domain.parameters import Parameters
from services.progression.domain.table import RULE_SET
from services.progression.texts import texts
from shared.contracts.catalog import CATALOG, Row
from shared.contracts.envelope import Event
from shared.contracts.schemas import version_name
from shared.kafka.topics import DAY_MS, topics
from tests.unit.services.progression.table_cases import ago, done, steady, verdict_on

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = sorted({row.producer for row in CATALOG})


@pytest.fixture(scope="module")
def data_map() -> str:
    return pages.PAGES["data-map.md"]()


@pytest.fixture(scope="module")
def rules_page() -> str:
    return rules.page()


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_committed_page_is_what_the_code_says(name: str) -> None:
    assert name not in pages.differing(), "run `make docs`"


def test_nothing_is_left_for_a_human_to_place() -> None:
    assert pages.problems() == []


def test_a_changed_or_missing_page_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pages.write(tmp_path)
    changed = tmp_path / "rules.md"
    changed.write_text(changed.read_text(encoding="utf-8").replace("| 7 | 3 to 28 |", "| 5 | 3 to 28 |"), "utf-8")
    (tmp_path / "article.md").unlink()
    monkeypatch.setattr(command, "differing", lambda: pages.differing(tmp_path))

    assert pages.differing(tmp_path) == ["rules.md", "article.md"]
    assert command.main(["check"]) == 1
    assert "rules.md is not what the code says; run `make docs`" in capsys.readouterr().err

    assert pages.write(tmp_path) == ["rules.md", "article.md"]
    assert command.main(["check"]) == 0


def test_make_check_asks_for_the_pages_and_the_build_asks_for_make_check() -> None:
    check = re.search(r"^check:.*?(?=^\S)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    assert check is not None
    assert "deploy.docgen check" in check[0]
    assert "\nmake check" in (ROOT / ".ci/run").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", CATALOG, ids=version_name)
def test_every_field_of_a_contract_is_in_the_data_map(row: Row, data_map: str) -> None:
    section = data_map.split(f"### `{row.type}` version {row.version}\n")[1].split("\n#", maxsplit=1)[0]

    assert (
        set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)) == set(_leaves(row.model.model_json_schema())) != set()
    )
    assert f"kept {row.retention_days} days" in section
    assert all(consumer in section for consumer in row.consumers)


def test_no_field_of_a_contract_may_hold_free_text() -> None:
    models: list[type[BaseModel]] = [Event, *(row.model for row in CATALOG)]
    kinds = [kind for model in models for _, kind in contract_fields.fields_of(model)]

    assert kinds
    assert [kind for kind in kinds if contract_fields.FREE_TEXT in kind] == []


def test_a_field_for_free_text_is_found_wherever_it_hides() -> None:
    inner = create_model("InnerV1", words=(str | None, None))
    model = create_model("HidingV1", inner=(tuple[inner, ...], ()), by=(dict[str, int], {}), locale=(str, ""))

    assert dict(contract_fields.fields_of(model)) == {
        "inner[].words": f"{contract_fields.FREE_TEXT}, or none",
        "by": f"by {contract_fields.FREE_TEXT}: whole number",
        "locale": contract_fields.FREE_TEXT,
    }


def test_every_topic_is_in_the_data_map_with_how_long_it_is_kept(data_map: str) -> None:
    for topic in topics(SERVICES):
        kept = "without end" if topic.retention_ms < 0 else f"{topic.retention_ms // DAY_MS} days"
        assert f"| `{topic.name}` | {kept} |" in data_map


@pytest.mark.parametrize("service", SERVICES)
def test_every_collection_and_every_field_of_the_state_is_in_the_data_map(service: str, data_map: str) -> None:
    section = data_map.split("## Databases")[1].split(f"### `{service}`")[1].split("\n#", maxsplit=1)[0]

    for collection in stored.collections_of(service):
        assert f"| `{collection}` |" in section
    for name in stored.state_fields(service):
        assert f"`{name.partition('.')[2] or name}`" in section


def test_every_field_that_a_message_is_made_of_is_in_the_data_map() -> None:
    """Also of kinds of message that a test on the running stack may not have met."""
    tree = ast.parse((ROOT / "services" / "reminders" / "messages.py").read_text(encoding="utf-8"))
    made = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "sending")
    literals = [node for node in ast.walk(made) if isinstance(node, ast.Dict)]
    named = {key.value for one in literals for key in one.keys if isinstance(key, ast.Constant)}

    assert named | {"outcome_at"} == set(stored.SHAPES["reminders", "messages"])


def test_sealed_words_are_marked() -> None:
    assert stored.is_sealed("reminders", "cues[].situation")
    assert stored.is_sealed("session_logging", "sealed_text")
    assert stored.is_sealed("plans", "plan.terms.flare_plan_sealed")
    assert not stored.is_sealed("progression", "action")


def test_every_rule_stands_in_the_rules_page_with_its_words(rules_page: str) -> None:
    assert f"Rule set **{RULE_SET}**" in rules_page
    assert rules.given_rules() == {said.rule for said in SAID}
    for said in SAID:
        assert f"| {said.rule} | {cell(said.condition)} | {said.action} |" in rules_page
    for key, words in texts().items():
        assert f"| `{key}` | {cell(told(words, 'patient'))} | {cell(words['clinician'])} |" in rules_page


BAD: Final = {"morning": 5}
LADDER: Final[dict[str, object]] = {"status": "RETURNING", "d_pre": 600, "ladder": (50, 75, 100), "idx": 1, "dose": 450}
RUNG: Final = {"amount": 450, "planned": 450}
CUT: Final = {"amount": 200, "stop": "pain"}
CASES: Final[dict[str, tuple[tuple[Unit, ...], dict[str, Any]]]] = {
    "R1": ((), {"red_flag": True}),
    "R2": ((), {"status": "PAUSED"}),
    "R3": ((), {"status": "FLARE"}),
    "R4": ((), {"parameters": {"fixed_dose": 300}}),
    "R5a": (steady(6, 4, **RUNG), {**LADDER, "step_since": ago(7)}),
    "R5b": ((done(6, **RUNG), done(4, **RUNG, **BAD)), {**LADDER, "step_since": ago(7)}),
    "R5c": (steady(6, 4, **RUNG, **BAD), {**LADDER, "step_since": ago(7), "idx": 0}),
    "R5d": ((done(6, **RUNG),), {**LADDER, "step_since": ago(7)}),
    "R6a": ((done(2),), {"phase": "BASELINE"}),
    "R6b": ((), {"phase": "BASELINE"}),
    "R7a": ((done(9),), {}),
    "R7b": ((done(15),), {}),
    "R7c": ((done(40),), {}),
    "R8a": (steady(2, pain=7, morning=5), {}),
    "R8b": (steady(4, 2, **BAD), {}),
    "R8c": (steady(4, 2, **CUT), {}),
    "R8d": (steady(2, 1, **BAD), {"changed": ago(2), "last_regress": ago(2)}),
    "R8e": (steady(4, 2, amount=60, planned=60, **BAD), {"dose": 60}),
    "R9a": ((done(4), done(2, **BAD)), {}),
    "R10a": ((), {"parameters": {"allow_increase": False}}),
    "R10b": ((), {"parameters": {"goal_dose": 600}}),
    "R10c": ((), {"parameters": {"dose_max": 600}}),
    "R10d": ((), {"changed": ago(6)}),
    "R10e": ((done(2),), {}),
    "R10f": ((done(9, **BAD), *steady(6, 4, 2)), {}),
    "R10g": ((done(6), *steady(4, 2, morning=None)), {}),
    "R10h": (steady(4, 2, effort=5), {}),
    "R10i": (steady(4, 2, fatigue_morning=5), {"usual_fatigue": 3}),
    "R11": ((), {}),
    "R11s": (steady(6, 4, 2, pain=5), {}),
}
"""For each rule a case that it decides."""


def test_what_the_page_says_of_a_rule_is_what_the_table_does() -> None:
    """The action always; the review where it is said to come always or never."""
    assert CASES.keys() == {said.rule for said in SAID}
    for said in SAID:
        units, standing = CASES[said.rule]
        verdict = verdict_on(units, **standing)
        assert (verdict.rule, verdict.action) == (said.rule, said.action)
        if said.review in ("always", "–"):
            assert (verdict.rule, verdict.review) == (said.rule, said.review == "always")


def test_every_threshold_stands_with_its_default_and_basis(rules_page: str) -> None:
    for field in dataclasses.fields(Parameters):
        assert f"| `{field.name}` |" in rules_page
    assert "| `advance_days` | 7 | 3 to 28 | per track | [V1 V3] |" in rules_page
    assert "| `auto` | on | on, off |" in rules_page


def test_the_signature_is_for_one_state_of_the_rules(tmp_path: Path, rules_page: str) -> None:
    for file in rules.signed_files():
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    assert rules.digest(tmp_path) == rules.digest()
    assert rules.digest() in rules_page

    (tmp_path / "services/progression/domain/parameters.py").write_text("advance_days = 5", encoding="utf-8")
    assert rules.digest(tmp_path) != rules.digest()


ROWS: Final = """
["P1.1"]
claim = "a"
feature = "b"
owner = "c"

["P1.2"]
claim = "a"
feature = "b"
owner = "c"
later = "not built"
"""


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ('@pytest.mark.article("P1.1")\ndef test_a(): ...', []),
        ('pytestmark = [pytest.mark.article("P1.1"), pytest.mark.slow]\ndef test_a(): ...', []),
        ('@pytest.mark.article("P1.1")\nclass TestA: ...', []),
        ("def test_a(): ...", ["row P1.1 has no test that carries its id; write one, or say why it comes later"]),
        ('@pytest.mark.article("P1.1", "P9.9")\ndef test_a(): ...', ["tests/test_a.py: no row 'P9.9' in rows.toml"]),
        (
            '@pytest.mark.article("P1.1", "P1.2")\ndef test_a(): ...',
            ["row P1.2 is said to come later and has a test in tests/test_a.py"],
        ),
        (
            '@pytest.mark.article("P1.1")\ndef help(): ...',
            ["tests/test_a.py: help carries a row's id and is no test"],
        ),
    ],
)
def test_a_row_is_proved_by_a_marker_or_later_and_nothing_else(test: str, told: list[str], tmp_path: Path) -> None:
    (tmp_path / "rows.toml").write_text(ROWS, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text(f"import pytest\n\n{test}\n", encoding="utf-8")

    assert article.problems(tmp_path / "rows.toml", tmp_path / "tests") == told


def test_a_row_without_its_claim_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows.toml").write_text('["P1.1"]\nclaim = "a"\n', encoding="utf-8")

    assert article.problems(tmp_path / "rows.toml", tmp_path)[0].startswith("row P1.1 has claim; it needs")


def test_every_row_of_the_article_stands_in_its_page() -> None:
    page = article.page()
    lines = article.load()

    assert len(lines) == 81
    assert re.findall(r"^\| (D|[HP]\d\S*) \|", page, re.MULTILINE) == [line.id for line in lines]
    assert sum(article.by_standing().values()) == len(lines)


def _leaves(schema: dict[str, Any]) -> Iterator[str]:
    """Every field of an event's payload, read from its JSON Schema."""

    def walk(node: Any, path: str) -> Iterator[str]:
        if "$ref" in node:
            yield from walk(schema["$defs"][node["$ref"].rpartition("/")[2]], path)
        elif "properties" in node:
            for name, field in node["properties"].items():
                yield from walk(field, f"{path}.{name}")
        elif "items" in node or "prefixItems" in node:
            yield from walk(node.get("items") or node["prefixItems"][0], f"{path}[]")
        elif "anyOf" in node and any("$ref" in way or "items" in way for way in node["anyOf"]):
            for way in node["anyOf"]:
                yield from walk(way, path)
        elif node.get("type") != "null":
            yield path

    return (path.removeprefix(".") for path in walk(schema, ""))
