"""Operations: what an installation file may say, what counts as a gap, what led to what, and exit codes."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from deploy.local.topology import Layout
from deploy.operations.cli import app
from deploy.operations.figures import READ as FIGURES_READ
from deploy.operations.figures import figures
from deploy.operations.histories import Histories
from deploy.operations.installation import Installation, installation, of_file, of_layout
from deploy.operations.reach import Reach, Unpublished, service_of
from deploy.operations.rebuild import Asked, replay
from deploy.operations.status import status
from deploy.operations.tenants import created, hours_of
from deploy.operations.trace import Step, tree
from deploy.operations.wrong import WrongQuestion
from shared.clinics import read_clinics
from shared.observability.metrics import Metrics
from shared.runtime.restored import RAISED_BY
from tests.support.promql_rules import told_by

FILE = """
namespace = "east"
master_key_file = "secrets/master.key"
kafka = { servers = "kafka:9092" }
keys = { mongo_url_env = "KEYS_URL" }
[services.plans]
http = ["http://plans-1:8080", "http://plans-2:8080"]
mongo_url_file = "secrets/plans"
database_suffix = "r2"
"""


def written(folder: Path, text: str = FILE) -> Path:
    file = folder / "installation.toml"
    file.write_text(text)
    return file


def test_an_installation_is_read_from_a_file_and_secrets_from_where_it_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "plans").write_text("mongodb://me:secret@mongo/\n")
    monkeypatch.setenv("KEYS_URL", "mongodb://keys/")

    read = of_file(written(tmp_path))

    assert read.master_key_file == tmp_path / "secrets" / "master.key"
    assert read.place("plans").address() == "mongodb://me:secret@mongo/"
    assert read.keys.address() == "mongodb://keys/"
    assert read.kafka.options() == {}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('mongo_url_file = "secrets/plans"', 'mongo_url = "mongodb://me:secret@mongo/"', "password belongs into"),
        ('mongo_url_file = "secrets/plans"', "", "exactly one of"),
        ("[services.plans]", "[services.planes]", "there is no service planes"),
        ("namespace", "namespaces", "wrong at namespaces"),
        ("kafka = {", "kafka = [", "neither TOML nor JSON"),
    ],
)
def test_a_wrong_installation_file_is_told_by_its_place_without_what_it_holds(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    with pytest.raises(WrongQuestion, match=said) as wrong:
        of_file(written(tmp_path, FILE.replace(before, after)))

    assert "secret@" not in str(wrong.value)


async def test_a_service_reaches_the_database_that_it_runs_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANS_URL", "mongodb://127.0.0.1:1/")
    text = FILE.replace('mongo_url_file = "secrets/plans"', 'mongo_url_env = "PLANS_URL"')
    async with Reach(of_file(written(tmp_path, text))) as reach:
        assert reach.whole("plans").name == "east-plans-r2"
        assert reach.whole("plans", "").name == "east-plans"


def test_a_local_stack_that_does_not_run_is_a_wrong_question(tmp_path: Path) -> None:
    with pytest.raises(WrongQuestion, match="No Pacewell runs"):
        installation(tmp_path, None)


def test_the_local_stack_has_every_service() -> None:
    for name in of_layout(Layout.of_project()).services:
        assert service_of(name).name == name


def told(histories: Histories, *numbers: int, key: str = "p1", from_the_beginning: bool = True) -> Histories:
    for number in numbers:
        histories.add(key, number, from_the_beginning=from_the_beginning)
    return histories


def test_numbers_count_by_their_first_occurrence() -> None:
    histories = told(Histories(), 1, 2, 1, 2, 3)

    assert (histories.gaps, histories.repeated, histories.records) == ([], 2, 5)


def test_a_number_that_is_left_out_is_a_gap_and_so_is_a_late_beginning() -> None:
    assert told(Histories(), 1, 3, 4).gaps == [("p1", 2, 3)]
    assert told(Histories(), 2).gaps == [("p1", 1, 2)]


def test_what_retention_took_away_is_no_gap_and_neither_is_the_raise_of_a_restore() -> None:
    assert told(Histories(), 7, 8, from_the_beginning=False).gaps == []
    raised = told(Histories(), 1, 2, RAISED_BY + 3, RAISED_BY + 4)
    assert (raised.gaps, raised.raised) == ([], 1)
    assert told(Histories(), RAISED_BY + 1, RAISED_BY + 2).gaps == []
    assert told(Histories(), RAISED_BY + 2).gaps == [("p1", 1, RAISED_BY + 2)]
    assert told(Histories(), 1, RAISED_BY + 3, RAISED_BY + 5).gaps == [("p1", RAISED_BY + 4, RAISED_BY + 5)]


def step(id: str, kind: str, at: int, cause: str | None = None, service: str = "progression", **data: Any) -> Step:
    event = {"event_id": id, "type": kind, "service": service, "seq": at, "causation_id": cause, "data": data}
    return Step({**event, "correlation_id": "c1"}, at)


def test_what_a_log_led_to_hangs_below_its_cause_however_late_that_was_read() -> None:
    logged = step("e1", "session.logged", 1, "c1", "session_logging", session_id="s1")
    decided = step("e2", "progression.decided", 2, "e1", decision_id="d1")
    changed = step("e3", "dose.changed", 3, "e1", decision_id="d1")
    sent = step("e4", "reminder.dispatched", 4, "tick", "reminders", cause_event_id="e3")
    beside = step("e5", "session.logged", 1, "c1", "session_logging", session_id="s2")
    of_beside = step("e6", "progression.decided", 2, "e5", decision_id="d2")

    root = tree([sent, changed, of_beside, decided, decided, beside, logged], "s1")

    assert root is not None
    assert [child.id for child in root.children] == ["e2", "e3"]
    assert [child.id for child in root.children[1].children] == ["e4"]
    assert tree([logged], "s2") is None


CLINIC = {
    "name": "Harbour",
    "country": "IE",
    "emergency_number": "112",
    "crisis_line": "116123",
    "phone": "+353 1 555 0100",
    "hours": {"en": "Mon–Fri 9–17"},
    "messages_read": True,
}


def test_a_clinic_is_added_once_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "clinics.json"

    created(file, "harbour", CLINIC)
    created(file, "hillside", {**CLINIC, "name": "Hillside"})

    assert list(orjson.loads(file.read_bytes())) == ["harbour", "hillside"]
    found = read_clinics(file).of("harbour")
    assert found is not None
    assert found.name == "Harbour"
    with pytest.raises(WrongQuestion, match="already"):
        created(file, "harbour", CLINIC)


@pytest.mark.parametrize("wrong", [{"country": "Ireland"}, {"hours": {"es": "siempre"}}, {"phone": "none"}])
def test_a_clinic_that_breaks_a_rule_is_not_added(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongQuestion, match="The clinic is wrong at"):
        created(tmp_path / "clinics.json", "harbour", {**CLINIC, **wrong})

    assert not (tmp_path / "clinics.json").exists()
    with pytest.raises(WrongQuestion, match="by language"):
        hours_of(["Mon–Fri"])


def test_the_exit_code_tells_a_wrong_question_from_a_dependency_that_is_away(tmp_path: Path) -> None:
    text = FILE.replace(
        'mongo_url_file = "secrets/plans"', 'mongo_url = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"'
    )
    text = text.replace('"http://plans-1:8080", "http://plans-2:8080"', '"http://127.0.0.1:1"')
    text = text.replace("kafka:9092", "127.0.0.1:1")
    here = ["--installation", str(written(tmp_path, text))]
    ask = CliRunner().invoke

    assert ask(app, [*here, "dead-letters", "list", "nowhere"]).exit_code == 2
    assert ask(app, [*here, "dead-letters", "list", "--status", "lost"]).exit_code == 2
    assert ask(app, ["--installation", str(tmp_path / "none.toml"), "status"]).exit_code == 2
    assert ask(app, [*here, "token", "--role", "admin", "--tenant", "t"]).exit_code == 2
    assert ask(app, [*here, "topics", "diff"]).exit_code == 3
    status = ask(app, [*here, "status", "--json"])
    assert status.exit_code == 3
    assert orjson.loads(status.stdout)["services"][0]["ready"] == "unreachable"


READY = {"status": "ok", "checks": {"mongo": "ok", "kafka": "ok"}}
FIGURES = """
pacewell_consumer_lag_records{service="plans",topic="plans-events"} 3.0
pacewell_consumer_lag_records{service="plans",topic="safety-events"} 4.0
pacewell_runtime_outbox_oldest_seconds{service="plans"} 1.5
pacewell_runtime_outbox_quarantined{service="plans"} 0.0
pacewell_consumer_stopped{service="plans"} 0.0
pacewell_dead_letters_open{service="plans"} 0.0
pacewell_consumer_partitions_owned{service="plans"} 16.0
pacewell_plans_work_items_overdue{kind="red_flag",service="plans",urgency="emergency"} 0.0
pacewell_plans_work_items_overdue{kind="review",service="plans",urgency="routine"} 2.0
pacewell_safety_spool_waiting{service="plans"} 0.0
pacewell_safety_spool_refused{service="plans"} 0.0
pacewell_http_requests_total{method="GET",route="/a",service="plans",status="200"} 7.0
pacewell_http_requests_total{method="GET",route="/a",service="plans",status="503"} 2.0
# TYPE pacewell_http_request_duration_seconds histogram
pacewell_http_request_duration_seconds_bucket{le="0.5",method="GET",route="/a",service="plans"} 4.0
pacewell_http_request_duration_seconds_bucket{le="1.0",method="GET",route="/a",service="plans"} 6.0
pacewell_http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/a",service="plans"} 9.0
pacewell_http_request_duration_seconds_count{method="GET",route="/a",service="plans"} 9.0
pacewell_runtime_effects_total{channel="file",outcome="sent",service="plans"} 5.0
pacewell_runtime_effects_total{channel="file",outcome="failed",service="plans"} 1.0
pacewell_runtime_effects_total{channel="file",outcome="unknown",service="plans"} 1.0
"""


async def asked(tmp_path: Path, ready: dict[str, Any], figures: str) -> Any:
    """What `status` says of processes that answer so."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=ready) if request.url.path == "/readyz" else httpx.Response(200, text=figures)

    async with Reach(of_file(written(tmp_path))) as reach:
        reach.http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        return await status(reach, lambda *_: None)


async def test_a_service_that_is_behind_is_well_as_long_as_it_moves(tmp_path: Path) -> None:
    found = await asked(tmp_path, READY, FIGURES)

    assert found.code == 0
    assert [(one["address"], one["lag"], one["well"]) for one in found.found["services"]] == [
        ("http://plans-1:8080", 7, True),
        ("http://plans-2:8080", 7, True),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('oldest_seconds{service="plans"} 1.5', 'oldest_seconds{service="plans"} 61.0'),
        ('quarantined{service="plans"} 0.0', 'quarantined{service="plans"} 1.0'),
        ('stopped{service="plans"} 0.0', 'stopped{service="plans"} 1.0'),
        ('open{service="plans"} 0.0', 'open{service="plans"} 2.0'),
        ('urgency="emergency"} 0.0', 'urgency="emergency"} 1.0'),
        ('spool_waiting{service="plans"} 0.0', 'spool_waiting{service="plans"} 1.0'),
        ('spool_refused{service="plans"} 0.0', 'spool_refused{service="plans"} 1.0'),
    ],
)
async def test_what_somebody_must_look_at_makes_the_status_wrong(tmp_path: Path, before: str, after: str) -> None:
    assert (await asked(tmp_path, READY, FIGURES.replace(before, after))).code == 1


async def test_what_went_wrong_since_the_start_is_remarked_and_judged_by_nobody(tmp_path: Path) -> None:
    found = await asked(tmp_path, READY, FIGURES)

    (one, _), remarks = found.found["services"], found.lines
    counted = {name: count for name, count in one["since_start"].items() if count}
    assert counted == {"answers_5xx": 2, "requests_over_1_s": 3, "messages_failed": 2}
    assert (one["owned"], one["work_items_overdue"], found.code) == (16, 2, 0)
    assert list(remarks[:2]) == [
        "plans: 2 other work items overdue",
        "plans, since it started: 2 answers 5xx, 3 requests over 1 s, 2 messages failed",
    ]


def test_every_figure_is_read_from_a_metric_that_a_process_tells() -> None:
    told = told_by(Metrics(CollectorRegistry(), "plans").exposition().decode())
    assert {metric for _, metric, *_ in FIGURES_READ} - told == set()


def test_a_bound_that_a_figure_asks_for_is_one_of_its_histogram() -> None:
    """Or it would count everything."""
    metrics = Metrics(CollectorRegistry(), "plans")
    for metric in (metrics.log_to_decision(), metrics.tick_delay(), metrics.loop_stall()):
        metric.observe(0.001)
    metrics.http_duration("/", "GET").observe(0.001)
    told = figures(metrics.exposition().decode())
    assert {name: count for name, count in told.items() if "over" in name and "overdue" not in name and count} == {}


async def test_a_service_that_says_it_is_degraded_is_wrong(tmp_path: Path) -> None:
    ready = {"status": "degraded", "checks": {"mongo": "ok", "kafka": "down"}}

    found = await asked(tmp_path, ready, FIGURES)
    assert (found.code, found.found["services"][0]["kafka"]) == (1, "down")


@pytest.mark.parametrize(
    "wrong",
    [
        Asked(into="r2"),
        Asked(finish=True),
        Asked(drop=True),
        Asked(into="r2", drop=True),
        Asked(into="r3", drop=True, finish=True),
        Asked(dry_run=True, finish=True),
        Asked(into="r3", dry_run=True),
    ],
)
async def test_a_replay_into_the_live_database_or_to_no_end_is_a_wrong_question(tmp_path: Path, wrong: Asked) -> None:
    async with Reach(of_file(written(tmp_path))) as reach:
        with pytest.raises(WrongQuestion, match=r"already|--into|dry run|or drop"):
            await replay(reach, lambda *_: None, "plans", wrong)


async def test_what_waits_for_the_owner_is_not_published_by_a_command() -> None:
    assert [delivery.value for delivery in await Unpublished().publish([object(), object()])] == ["down", "down"]


def test_an_installation_knows_its_own_services_alone(tmp_path: Path) -> None:
    read: Installation = of_file(written(tmp_path))

    with pytest.raises(WrongQuestion, match="there are plans"):
        read.place("safety")
