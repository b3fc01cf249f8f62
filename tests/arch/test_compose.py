"""docker-compose.yml says what is there: every path, every setting, every secret, every name, held against the code."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import CollectorRegistry
from pydantic_settings import BaseSettings

from deploy.docker.make_secrets import DATABASES, make
from deploy.local.jars import KAFKA_LOCK
from deploy.local.topology import ROOT, SERVICES
from deploy.operations.installation import VARIABLE, of_file
from shared.observability.metrics import Metrics
from shared.web.principal import ROLES

COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS: Final = {name: COMPOSE["services"][name] for name in SERVICES}
TOOL: Final = COMPOSE["services"]["pacewell"]
DOCKER: Final = ROOT / "deploy" / "docker"
INSTALLATION: Final = ROOT / COMPOSE["configs"]["installation"]["file"]
REALM: Final[dict[str, Any]] = json.loads((DOCKER / "keycloak" / "pacewell-realm.json").read_bytes())
RUN_SECRETS: Final = "/run/secrets/"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of secrets that `make compose-secrets` makes."""
    folder = tmp_path_factory.mktemp("compose")
    make(folder / "secrets", folder / "env")
    return folder


def settings_of(service: str) -> list[type[BaseSettings]]:
    """Every settings class that a service loads at start, as its `__main__` names them."""
    tree = ast.parse((ROOT / "services" / service / "__main__.py").read_text())
    named = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    found = [getattr(importlib.import_module(str(module)), name) for name, module in named.items()]
    return [one for one in found if isinstance(one, type) and issubclass(one, BaseSettings)]


def volumes(service: dict[str, Any]) -> Iterator[str]:
    """The left sides of a service's volumes."""
    yield from (volume.split(":")[0] for volume in service.get("volumes", ()))


def test_every_service_of_the_product_is_a_container_and_runs_its_own_module() -> None:
    assert {name: service["command"] for name, service in OURS.items()} == {
        name: ["python", "-m", f"services.{name}"] for name in SERVICES
    }
    assert len({service["image"] for service in OURS.values()}) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_not_root_cannot_write_and_tells_its_health(name: str) -> None:
    service = OURS[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["healthcheck"]["test"] == ["CMD", "python", "-m", "deploy.docker.healthy"]


@pytest.mark.parametrize("name", SERVICES)
def test_the_environment_of_a_container_is_all_that_the_service_asks_for(
    name: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings are really read, with the secrets that were made in the place where the container finds them."""
    service, classes = OURS[name], settings_of(name)
    assert classes
    for variable, value in service["environment"].items():
        if value.startswith(RUN_SECRETS):
            assert value.removeprefix(RUN_SECRETS) in service["secrets"], variable
        path = value.replace(RUN_SECRETS, f"{made}/secrets/").replace("/etc/pacewell/clinics.json", clinics_file())
        monkeypatch.setenv(variable, path)
    loaded = [one() for one in classes]
    known = {f"PACEWELL_{field.upper()}" for one in classes for field in one.model_fields}
    given = {variable for variable in service["environment"] if variable.startswith("PACEWELL_")}
    assert {variable for variable in given if variable.removesuffix("_FILE") not in known} <= known
    assert any(f"mongodb://{name}:" in getattr(one, "mongo_url", "") for one in loaded)


def clinics_file() -> str:
    """The file that the compose file gives as the clinics."""
    return str(ROOT / COMPOSE["configs"]["clinics"]["file"])


def test_every_secret_that_is_named_is_made_and_every_one_made_is_used(made: Path) -> None:
    files = {name: Path(secret["file"]).name for name, secret in COMPOSE["secrets"].items()}
    assert set(files.values()) == {file.name for file in (made / "secrets").iterdir()}
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", ())}
    assert used == set(files)
    variables = set(re.findall(r"\$\{(PACEWELL_\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert variables == {line.split("=")[0] for line in (made / "env").read_text().splitlines()}


def test_secrets_made_again_stay_as_they_are(made: Path) -> None:
    before = {file.name: file.read_bytes() for file in (made / "secrets").iterdir()}
    assert make(made / "secrets", made / "env") == 0
    assert {file.name: file.read_bytes() for file in (made / "secrets").iterdir()} == before


def test_every_path_and_name_in_the_file_is_there() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        for source in volumes(service):
            known = (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
            assert known, f"{name}: {source}"
        assert set(service.get("depends_on", ())) <= set(services), name
        assert set(service.get("networks", ())) <= set(COMPOSE["networks"]), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
    mounted = {source for service in services.values() for source in volumes(service) if not source.startswith(".")}
    assert mounted == set(COMPOSE["volumes"])
    assert Path(clinics_file()).is_file()


def copied() -> dict[str, str]:
    """What the image takes from here, by its place under `/app` or elsewhere."""
    build = OURS["plans"]["build"]
    text = (ROOT / build["context"] / build["dockerfile"]).read_text().replace("\\\n", " ")
    found = {}
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *sources, target = [word for word in line.split() if not word.startswith("--")]
        for source in sources:
            name = Path(source).name
            found[source.lstrip("/")] = target if Path(target).name == name else f"{target.rstrip('/')}/{name}"
    return found


def test_the_image_is_built_from_files_that_are_there_and_let_in() -> None:
    build = OURS["plans"]["build"]
    dockerfile = (ROOT / build["context"] / build["dockerfile"]).read_text()
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied()) == allowed
    assert all((ROOT / source).exists() for source in copied())
    user = re.search(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    assert user is not None
    assert user[1] == OURS["plans"]["user"]
    made = re.findall(r"/var/lib/pacewell/\w+", dockerfile)
    mounted = {volume.split(":")[1] for one in (*OURS.values(), TOOL) for volume in one.get("volumes", ())}
    assert mounted == set(made)


def test_the_command_for_operations_is_a_container_for_one_command_that_waits_for_nothing() -> None:
    """Closed as a service is; with every secret that its installation file names, and no other."""
    closed = ("image", "user", "read_only", "cap_drop", "security_opt", "networks")
    assert {name: TOOL[name] for name in closed} == {name: OURS["plans"][name] for name in closed}
    assert (TOOL["profiles"], TOOL["depends_on"], TOOL["restart"]) == (["tools"], {}, "no")
    assert TOOL["healthcheck"] == {"disable": True}
    (variable,) = TOOL["environment"].items()
    targets = {config["target"]: config["source"] for config in TOOL["configs"]}
    assert variable == (VARIABLE, next(target for target, source in targets.items() if source == "installation"))
    named = set(re.findall(rf"{RUN_SECRETS}(\w+)", INSTALLATION.read_text()))
    assert named == set(TOOL["secrets"])


def test_the_command_in_its_container_finds_what_the_services_are_told(made: Path, tmp_path: Path) -> None:
    text = INSTALLATION.read_text().replace(RUN_SECRETS, f"{made}/secrets/")
    (tmp_path / "installation.toml").write_text(text)
    read = of_file(tmp_path / "installation.toml")
    told = OURS["plans"]["environment"]
    assert read.kafka.servers == told["PACEWELL_KAFKA"]
    assert read.replicas == int(told["PACEWELL_REPLICAS"])
    assert {name: place.http for name, place in read.services.items()} == {
        name: (f"http://{name}:{told['PACEWELL_HTTP_PORT']}",) for name in SERVICES
    }
    for place in (read.keys, *read.services.values()):
        assert place.address().startswith("mongodb://operations:")
    assert str(read.messages) == OURS["reminders"]["environment"]["PACEWELL_OUTBOX_DIR"]
    assert {volume.partition(":")[0] for volume in OURS["reminders"]["volumes"]} <= set(volumes(TOOL))
    assert str(read.clinics_file) in {config["target"] for config in TOOL["configs"]}


def test_the_command_runs_on_what_the_image_holds_and_nothing_else(made: Path, tmp_path: Path) -> None:
    for source, target in copied().items():
        if target.startswith("/app/"):
            at = tmp_path / target.lstrip("/")
            at.parent.mkdir(parents=True, exist_ok=True)
            at.symlink_to(ROOT / source)
    text = INSTALLATION.read_text().replace(RUN_SECRETS, f"{made}/secrets/")
    file = tmp_path / "installation.toml"
    file.write_text(re.sub(r"http://\w+:8080", "http://127.0.0.1:9", text))
    script = (DOCKER / "pacewell").read_text().splitlines()[-1]
    assert script == 'exec python -m deploy.operations "$@"'
    done = subprocess.run(
        [sys.executable, "-P", "-m", "deploy.operations", "status", "--json"],
        env={"PYTHONPATH": str(tmp_path / "app"), "PYTHONDONTWRITEBYTECODE": "1", VARIABLE: str(file)},
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr.decode()
    assert [one["ready"] for one in json.loads(done.stdout)["services"]] == ["unreachable"] * len(SERVICES)


def test_kafka_and_keycloak_are_those_that_the_code_was_tried_with() -> None:
    services = COMPOSE["services"]
    version = services["kafka"]["image"].removeprefix("apache/kafka:")
    assert f'"{version}"' in KAFKA_LOCK.read_text()
    issuer = OURS["plans"]["environment"]["PACEWELL_ISSUER"]
    hostname = services["keycloak"]["environment"]["KC_HOSTNAME"]
    assert issuer == f"{hostname}/realms/{REALM['realm']}"


def test_the_realm_gives_tokens_with_the_claims_that_are_asked_for() -> None:
    assert {role["name"] for role in REALM["roles"]["realm"]} == set(ROLES)
    (client,) = REALM["clients"]
    claims = {mapper["config"].get("claim.name") for mapper in client["protocolMappers"]}
    assert claims >= {"tenant", "roles", "patient_id"}
    audiences = {mapper["config"].get("included.client.audience") for mapper in client["protocolMappers"]}
    assert OURS["plans"]["environment"]["PACEWELL_AUDIENCE"] in audiences
    clinics = json.loads(Path(clinics_file()).read_bytes())
    assert {tenant for user in REALM["users"] for tenant in user["attributes"]["tenant"]} <= set(clinics)


def test_each_service_has_a_database_of_its_own_beside_the_keys() -> None:
    assert set(DATABASES) == {"keys", *SERVICES}


def test_prometheus_asks_every_service_and_the_boards_name_only_metrics_that_exist() -> None:
    scraped = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {target for job in scraped for config in job["static_configs"] for target in config["targets"]}
    assert {f"{name}:{OURS[name]['environment']['PACEWELL_HTTP_PORT']}" for name in SERVICES} <= targets
    exposed = Metrics(CollectorRegistry(), "plans").exposition().decode()
    families = set(re.findall(r"^# TYPE (\w+)", exposed, re.MULTILINE))
    boards = list((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
    assert boards
    for board in boards:
        named = set(re.findall(r"\bpacewell_\w+", " ".join(expressions(json.loads(board.read_bytes())))))
        assert named
        assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in named} <= families


def expressions(board: dict[str, Any]) -> Iterator[str]:
    """Every query of a board; each asks the one source of data that is provisioned."""
    sources = ROOT / "deploy" / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    (source,) = yaml.safe_load(sources.read_text())["datasources"]
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == source["uid"]
        yield from (target["expr"] for target in panel["targets"])
