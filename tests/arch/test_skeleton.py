"""Every service has the same files, and says in its docstring what the catalog says of it."""

import re
from pathlib import Path
from typing import Final

import pytest

from shared.contracts.catalog import CATALOG

SERVICES: Final = Path(__file__).parents[2] / "services"

SKELETON: Final = frozenset(
    {"__init__.py", "__main__.py", "settings.py", "app.py", "domain", "transitions.py", "store.py", "http.py"}
)

BESIDE: Final[dict[str, dict[str, str]]] = {
    "community": {
        "api": "http: shapes, reading, carrying out",
        "groups.py": "transitions: what happens to a group",
        "people.py": "transitions: what happens to a person",
        "texts": "the words that people read, as data",
    },
    "plans": {
        "api": "http: shapes and routes, one module for each area",
        "catalogue": "the activities to choose from and their words, as data",
        "folding": "transitions: what each command and event does, one module for each area",
        "texts": "the words that people read, as data",
        "waiting.py": "app: counting what waits on the work list",
    },
    "progression": {
        "adherence_routes.py": "http: the route of adherence",
        "adherence_views.py": "http: what callers read of adherence",
        "commands": "programs beside it: a decision explained, a rule set in the shadow, a diary stepped through",
        "episode_routes.py": "http: the routes of flares and pauses",
        "flare_page.py": "http: what somebody who reports a flare reads",
        "stopped_page.py": "http: what is answered to a flare that is reported in a stop",
        "folding": "transitions: how messages become known, and decisions events",
        "question_routes.py": "http: the routes of questions",
        "telling.py": "http and commands: how a stored decision is told again",
        "texts": "the words that explain a decision, as data",
        "wish_routes.py": "http: the routes of what a person asks for",
    },
    "reminders": {
        "asking.py": "transitions: what is asked of a person",
        "around.py": "transitions: the rules' view of zones and ids",
        "blocking.py": "transitions: days that a person blocks",
        "channels.py": "app: the ways to reach a person",
        "contact.py": "http and channels: the human whom every answer and message names",
        "facts.py": "transitions: what each event tells",
        "messages.py": "transitions: how what was decided is shown, sent and told",
        "requests.py": "http: what callers send",
        "texts": "the words that people read, as data",
        "views.py": "http: what callers read",
    },
    "safety": {
        "desk.py": "http: taking an answer, stored or put to the disk",
        "replay.py": "app: storing what waits on the disk",
        "requests.py": "http: what callers send",
        "spool.py": "http: answers that wait on the disk",
        "texts": "the words that people read, as data",
        "views.py": "http: what callers read",
    },
    "session_logging": {
        "api": "http: shapes, reading, paging, carrying out",
        "diary": "a program beside it: a CSV diary through the batch log",
        "folding": "transitions: setting, events, views, the batch log",
    },
}
"""What a service has beside the skeleton, each with what it is a part of."""

NAMES: Final = sorted(path.parent.name for path in SERVICES.glob("*/__init__.py"))


def files_of(service: Path) -> set[str]:
    """Modules and packages of a service; `domain.py` counts as `domain`, a package `store` as `store.py`."""
    found = {path.name for path in service.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    return {{"domain.py": "domain", "store": "store.py"}.get(name, name) for name in found}


def misplaced(service: Path, beside: frozenset[str]) -> list[str]:
    """What is missing of the skeleton, and what is there that nobody placed."""
    found = files_of(service)
    return [f"missing: {name}" for name in sorted(SKELETON - found)] + [
        f"not placed: {name}" for name in sorted(found - SKELETON - beside)
    ]


def said(docstring: str, heading: str) -> set[str]:
    """The event types after `Consumes:` or `Publishes:`, up to the full stop."""
    section = re.search(rf"^{heading}:(.*?)\.$", docstring, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"[a-z_]+\.[a-z_]+", section[1])) if section else {f"no line {heading}:"}


def differences(docstring: str, service: str) -> list[str]:
    """Where a docstring and the catalog disagree on what a service consumes and publishes."""
    catalog = {
        "Consumes": {row.type for row in CATALOG if service in row.consumers},
        "Publishes": {row.type for row in CATALOG if row.producer == service},
    }
    found = [
        f"{heading}: {sorted(said(docstring, heading) ^ types)}"
        for heading, types in catalog.items()
        if said(docstring, heading) != types
    ]
    return found if re.search(r"^Owns: \w", docstring, re.MULTILINE) else ["no line Owns:", *found]


def docstring_of(service: str) -> str:
    text = (SERVICES / service / "__init__.py").read_text(encoding="utf-8")
    return text.strip().strip('"').strip()


def test_every_service_of_the_catalog_is_here() -> None:
    assert set(NAMES) == {name for row in CATALOG for name in (row.producer, *row.consumers)}


@pytest.mark.parametrize("service", NAMES)
def test_a_service_has_the_files_of_the_skeleton(service: str) -> None:
    assert misplaced(SERVICES / service, frozenset(BESIDE.get(service, {}))) == []


def test_what_stands_beside_the_skeleton_is_there() -> None:
    for service, beside in BESIDE.items():
        assert set(beside) <= files_of(SERVICES / service)


@pytest.mark.parametrize("service", NAMES)
def test_a_service_says_what_the_catalog_says_of_it(service: str) -> None:
    assert differences(docstring_of(service), service) == []


def test_a_file_that_is_missing_or_that_nobody_placed_is_found(tmp_path: Path) -> None:
    for name in SKELETON - {"store.py", "domain"} | {"domain.py", "manager.py", "importer.py"}:
        (tmp_path / name).touch()

    assert misplaced(tmp_path, frozenset({"importer.py"})) == ["missing: store.py", "not placed: manager.py"]


def test_a_docstring_that_differs_from_the_catalog_is_found() -> None:
    right = docstring_of("plans")

    assert differences(right, "plans") == []
    assert differences(right.replace("plan.ended", "plan.closed"), "plans") == [
        "Publishes: ['plan.closed', 'plan.ended']"
    ]
    assert "'no line Consumes:'" in differences(right.replace("Consumes:", "Reads:"), "plans")[0]
    assert differences(right.replace("Owns:", "Has:"), "plans") == ["no line Owns:"]
