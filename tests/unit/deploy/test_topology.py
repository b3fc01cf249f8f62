"""The table of ports and environments of the local stack."""

from pathlib import Path

import pytest

from deploy.local.ports import FIRST_EPHEMERAL
from deploy.local.topology import CLINICS, SERVICES, Layout, Ports, environment
from shared.sealing import make_master_key
from shared.settings import RuntimeSettings

HOME = Path("/home-of-the-stack")


def layout(namespace: str | None = None) -> Layout:
    return Layout(HOME, Ports.usual(), HOME / "jars", namespace)


def test_the_usual_ports_are_the_documented_ones() -> None:
    ports = Ports.usual()
    assert (ports.kafka, ports.controller, ports.keys) == (19092, 19093, 27117)
    assert list(ports.http) == ["plans", "session_logging", "progression", "reminders", "community", "safety"]
    assert list(ports.http.values()) == [18101, 18102, 18103, 18104, 18105, 18106]
    assert list(ports.engines.values()) == [27118, 27119, 27120, 27121, 27122, 27123]


def test_every_service_has_a_port_and_an_engine_of_its_own() -> None:
    for ports in (Ports.usual(), Ports.free()):
        assert len(ports.named()) == 3 + 2 * len(SERVICES)
        assert max(ports.named()) < FIRST_EPHEMERAL


@pytest.mark.parametrize("shift", [6000, -20_000])
def test_a_shift_out_of_the_safe_range_is_refused(shift: int) -> None:
    with pytest.raises(ValueError, match="between 1024 and 32767"):
        Ports.usual(shift)


def test_the_environment_of_a_service_is_the_table_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACEWELL_JWKS_URL", "http://somewhere.else/")
    monkeypatch.setenv("PACEWELL_LOG_LEVEL", "debug")
    own = {name: value for name, value in environment(layout(), "progression").items() if name.startswith("PACEWELL_")}
    assert own == {
        "PACEWELL_KAFKA": "127.0.0.1:19092",
        "PACEWELL_MONGO_URL": "mongodb://127.0.0.1:27120/",
        "PACEWELL_KEYS_MONGO_URL": "mongodb://127.0.0.1:27117/",
        "PACEWELL_MASTER_KEY_FILE": "/home-of-the-stack/data/master.key",
        "PACEWELL_ISSUER": "http://127.0.0.1:18100",
        "PACEWELL_AUDIENCE": "pacewell",
        "PACEWELL_JWKS_FILE": "/home-of-the-stack/issuer/jwks.json",
        "PACEWELL_INSTANCE": "1",
        "PACEWELL_HTTP_PORT": "18103",
        "PACEWELL_CLOCK_FILE": "/home-of-the-stack/data/clock.json",
        "PACEWELL_OUTBOX_DIR": "/home-of-the-stack/data/messages",
        "PACEWELL_CLINICS_FILE": str(CLINICS),
        "PACEWELL_SPOOL_DIR": "/home-of-the-stack/data/spool",
        "PACEWELL_LOG_LEVEL": "debug",
    }


def test_a_namespace_is_passed_on_only_where_there_is_one() -> None:
    assert "PACEWELL_NAMESPACE" not in environment(layout(), "plans")
    assert environment(layout("demo"), "plans")["PACEWELL_NAMESPACE"] == "demo"


def test_services_accept_what_the_table_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Layout(tmp_path, Ports.usual(), tmp_path, "demo")
    stack.data.mkdir()
    stack.issuer.mkdir()
    make_master_key(stack.master_key_file)
    (stack.issuer / "jwks.json").touch()
    for name, value in environment(stack, "reminders", instance="2").items():
        monkeypatch.setenv(name, value)
    settings = RuntimeSettings()
    assert (settings.http_port, settings.instance, settings.named("reminders")) == (18104, "2", "demo-reminders")
