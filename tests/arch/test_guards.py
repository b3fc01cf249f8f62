"""Each rule of `guards` finds what breaks it, lets pass what does not, and holds for the whole project."""

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from tests.arch import guards

ROOT: Final = Path(__file__).parents[2]
LONGEST, MEDIAN = 300, 120

LONG: Final[dict[str, str]] = {}
"""Modules over 300 lines, each with the reason why it is one piece."""

BROKEN: Final[dict[Callable[[str], list[str]], tuple[str, ...]]] = {
    guards.impurities: (
        "def f(): return datetime.now(UTC)",
        "def f(): return date.today()",
        "def f(): return time.time_ns()",
        "def f(): return uuid4()",
        "def f(): return open('x').read()",
        "def f(): print('x')",
        "async def f(): ...",
        "count = 0\ndef f():\n    global count",
    ),
    guards.telling_logs: (
        "_log.info('logged', patient_id=message.key)",
        "_log.info('logged', tenant=message.data)",
        "self._log.warning('bad', reason=event['text'])",
        "log.error(f'failed for {patient}')",
        "log.error('Failed for %s', patient)",
        "logger.info('sent', **message)",
        "log.info('sent', whatever=1)",
        "log.info('sent', kind=f'to {person.email}')",
    ),
    guards.environment_names: (
        "import os\nos.environ['X']",
        "import os\nos.getenv('X')",
        "from os import environ",
        "NAME = 'PACEWELL_KAFKA'",
        "def f(x): return x['PACEWELL_' + 'KAFKA']",
    ),
    guards.own_metrics: ("from prometheus_client import Counter", "from prometheus_client.metrics import Histogram"),
    guards.inherited: (
        "from shared.runtime.messages import Service\nclass Reminders(Service): ...",
        "from shared.contracts import plans\nclass PlanActivatedV2(plans.PlanActivatedV1): ...",
        "from shared.web import Page\nclass Mine(Page[int]): ...",
    ),
    guards.unrun_tests: (
        "@pytest.mark.skip\ndef test_a(): ...",
        "@pytest.mark.xfail(reason='later')\ndef test_a(): ...",
        "def test_a(): pytest.importorskip('kafka')",
    ),
    guards.sleeps: ("def test_a(): time.sleep(1)", "async def test_a(): await asyncio.sleep(0.01)"),
}

SOUND: Final[dict[Callable[[str], list[str]], str]] = {
    guards.impurities: "def on_logged(state, message, now): return now + timedelta(days=1)",
    guards.telling_logs: (
        "_log.error('http.failed', route=route, **failure(error))\n"
        "_log.info('batch.done', records=len(payload), actor_hash=hashed(record.subject), exc_info=True)\n"
        "answer.info(message, patient_id)"
    ),
    guards.environment_names: '"""Reads PACEWELL_KAFKA, says the docstring."""\nkafka = settings.kafka',
    guards.own_metrics: "from prometheus_client import CollectorRegistry",
    guards.inherited: (
        "from shared.settings import RuntimeSettings\nclass A(BaseModel): ...\nclass B(A): ...\n"
        "class Settings(RuntimeSettings): ..."
    ),
    guards.unrun_tests: "def test_skip_is_a_word(): assert skipped == 1",
    guards.sleeps: "async def test_a(): await asyncio.sleep(0)",
}


def python_files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def found_in(files: list[Path], guard: Callable[[str], list[str]]) -> list[str]:
    return [f"{file.relative_to(ROOT)}:{what}" for file in files for what in guard(file.read_text(encoding="utf-8"))]


def pure_files(service: Path) -> Iterator[Path]:
    """The rules and transitions of a service, and whatever of its own they lead to."""
    waiting = [*(service / "domain").rglob("*.py"), service / "domain.py", service / "transitions.py"]
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file in seen or not file.exists():
            continue
        seen.add(file)
        yield file
        for _, module, names in guards.imports(guards.tree_of(file.read_text(encoding="utf-8"))):
            for whole in (module, *(f"{module}.{name}" for name in names)):
                if whole.startswith(f"services.{service.name}."):
                    path = ROOT / whole.replace(".", "/")
                    waiting += [path.with_suffix(".py"), path / "__init__.py"]


SERVICES: Final = sorted(path.parent for path in (ROOT / "services").glob("*/__init__.py"))
PURE: Final = [file for service in SERVICES for file in pure_files(service)]


@pytest.mark.parametrize(
    ("guard", "source"),
    [(guard, source) for guard, sources in BROKEN.items() for source in sources],
    ids=lambda value: value.__name__ if callable(value) else value.splitlines()[-1],
)
def test_a_guard_finds_what_breaks_it(guard: Callable[[str], list[str]], source: str) -> None:
    assert guard(source)


@pytest.mark.parametrize("guard", SOUND, ids=lambda guard: guard.__name__)
def test_a_guard_lets_pass_what_is_sound(guard: Callable[[str], list[str]]) -> None:
    assert guard(SOUND[guard]) == []


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("import pydantic", ()),
        ("import time", ()),
        ("import os.path", ()),
        ("from random import choice", ()),
        ("from shared.clock import local_date", ("services.plans.domain",)),
        ("from services.plans import store", ("services.plans.domain",)),
        ("from shared.runtime.runtime import Runtime", guards.TRANSITION_IMPORTS),
        ("import structlog", guards.TRANSITION_IMPORTS),
        ("from shared.clock import SystemClock", guards.TRANSITION_IMPORTS),
        ("from shared.ids import random_id", guards.TRANSITION_IMPORTS),
    ],
)
def test_an_import_that_a_rule_or_a_transition_may_not_have_is_found(source: str, allowed: tuple[str, ...]) -> None:
    assert guards.imports_beyond(source, allowed)


def test_imports_that_a_transition_may_have_are_let_pass() -> None:
    source = (
        "from dataclasses import replace\nfrom services.plans.domain import rules\nfrom services.plans import domain\n"
        "from shared.clock import local_date\nfrom shared.contracts.plans import PlanEndedV1"
    )

    assert guards.imports_beyond(source, ("services.plans.domain", *guards.TRANSITION_IMPORTS)) == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_rules_import_the_standard_library_only(service: Path) -> None:
    for file in (*(service / "domain").rglob("*.py"), *service.glob("domain.py")):
        assert guards.imports_beyond(file.read_text(encoding="utf-8"), [f"services.{service.name}.domain"]) == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_transitions_import_rules_contracts_and_the_words_of_the_runtime_only(service: Path) -> None:
    allowed = (f"services.{service.name}", *guards.TRANSITION_IMPORTS)

    assert found_in(list(pure_files(service)), lambda source: guards.imports_beyond(source, allowed)) == []


def test_rules_and_transitions_know_no_clock_no_dice_and_no_outside() -> None:
    assert len(PURE) > len(SERVICES)
    assert found_in(PURE, guards.impurities) == []


def test_no_log_line_tells_of_a_person() -> None:
    assert found_in(python_files("services", "shared", "deploy"), guards.telling_logs) == []


def test_only_settings_know_the_environment() -> None:
    allowed = {
        ROOT / "shared/settings.py",
        *(service / "settings.py" for service in SERVICES),
        # a program for a terminal: a token must not stand among its arguments, where everyone on the machine reads it
        ROOT / "services/session_logging/diary/command.py",
    }
    files = [file for file in python_files("services", "shared") if file not in allowed]

    assert found_in(files, guards.environment_names) == []


def test_metrics_are_defined_in_one_file() -> None:
    files = [file for file in python_files("services", "shared", "deploy") if file.name != "metrics.py"]

    assert found_in(files, guards.own_metrics) == []
    assert [file for file in python_files("services", "shared") if file.name == "metrics.py"] == [
        ROOT / "shared/observability/metrics.py"
    ]


def test_no_service_inherits_from_shared_code() -> None:
    assert found_in(python_files("services"), guards.inherited) == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    files = [file for file in python_files("tests") if file != Path(__file__)]

    assert found_in(files, guards.unrun_tests) == []


def test_unit_tests_do_not_sleep() -> None:
    assert found_in(python_files("tests/unit", "tests/property"), guards.sleeps) == []


def test_modules_are_short() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in python_files("services", "shared", "deploy")
    }

    assert median(lengths.values()) < MEDIAN
    assert {path for path, length in lengths.items() if length > LONGEST} == LONG.keys()


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    names = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}

    assert [file for file in python_files("services", "shared", "deploy", "tests") if file.name in names] == []
