"""Who may import whom: the contracts of pyproject.toml hold, and each fails on a tree that breaks just this one."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]

SOUND: Final = {
    "services/__init__.py": "",
    "services/plans/__init__.py": "",
    "services/plans/app.py": "from services.plans import http, settings, transitions",
    "services/plans/http.py": "from services.plans import store\nfrom services.plans.domain import commands",
    "services/plans/settings.py": "import shared.settings",
    "services/plans/store.py": "from services.plans.domain import commands",
    "services/plans/transitions.py": "from services.plans import store",
    "services/plans/domain/__init__.py": "",
    "services/plans/domain/commands.py": "import dataclasses",
    "services/reminders/__init__.py": "",
    "shared/__init__.py": "",
    "shared/settings.py": "",
    "shared/sealing.py": "",
    "shared/observability.py": "",
    "shared/web.py": "import fastapi",
    "shared/kafka/__init__.py": "import aiokafka, faststream",
    "shared/mongo/__init__.py": "import motor.motor_asyncio, pymongo",
    "shared/contracts/__init__.py": "",
    "shared/contracts/asyncapi.py": "import faststream",
    "deploy/__init__.py": "",
    "deploy/local/__init__.py": "import shared.settings, services.plans.app",
}
"""A tree in which everything is as it should be."""

BREAKS: Final = {
    "Services never import each other": {"services/reminders/app.py": "import services.plans"},
    "Shared imports no service": {"shared/settings.py": "import services.plans.domain.commands"},
    "Only deploy imports deploy": {"services/plans/app.py": "import deploy.local"},
    "A service keeps its layers": {"services/plans/domain/commands.py": "import services.plans.store"},
    "Transitions and rules touch no infrastructure": {"services/plans/store.py": "import shared.web"},
    "Only shared.mongo imports Motor": {"deploy/local/engine.py": "import motor.motor_asyncio"},
    "Only shared.mongo talks to MongoDB": {"services/plans/app.py": "import pymongo"},
    "Only shared.kafka talks to Kafka": {"services/plans/app.py": "import faststream"},
}
"""For each contract of pyproject.toml, by its name, the change to the sound tree that breaks it."""


def contracts() -> list[str]:
    document: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["name"] for contract in document["tool"]["importlinter"]["contracts"]]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the linter says of the project, of the sound tree, and of each tree that breaks one contract."""
    folder = tmp_path_factory.mktemp("trees")
    for name, changes in {"sound": {}, **BREAKS}.items():
        for path, source in {**SOUND, **changes}.items():
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source + "\n", encoding="utf-8")
    trees = [str(tree) for tree in (ROOT, *folder.iterdir())]
    command = [sys.executable, str(Path(__file__).parent / "lint_trees.py"), str(ROOT / "pyproject.toml"), *trees]
    linted = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(linted.stdout)
    return found


def test_the_project_keeps_every_contract(broken: dict[str, list[str]]) -> None:
    assert broken[ROOT.name] == []


def test_a_sound_tree_breaks_nothing(broken: dict[str, list[str]]) -> None:
    assert broken["sound"] == []


@pytest.mark.parametrize("contract", contracts())
def test_a_contract_fails_on_a_tree_that_breaks_it(contract: str, broken: dict[str, list[str]]) -> None:
    assert broken[contract] == [contract]
