"""Every client of Kafka gets the same protocol, name, password and TLS from the settings."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from shared.kafka import outside, publisher
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.security import client_options, security
from shared.kafka.subscriber import Subscriber
from shared.kafka.topics import ensure_topics
from shared.observability.metrics import Metrics
from shared.runtime.ownership import Ownership
from shared.runtime.ports import DependencyDown
from shared.sealing import make_master_key
from shared.settings import RuntimeSettings


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Settings with some of their fields given."""
    make_master_key(tmp_path / "key")
    (tmp_path / "jwks.json").write_text("{}")
    files = {"master_key_file": tmp_path / "key", "jwks_file": tmp_path / "jwks.json"}
    needed = {"kafka": "k:9092", "mongo_url": "mongodb://m", "keys_mongo_url": "mongodb://m"}
    return lambda **given: RuntimeSettings(**{**files, **needed, "issuer": "i", "audience": "a", **given})


def sasl(mechanism: str, protocol: str = "SASL_SSL") -> dict[str, str]:
    return {
        "kafka_security_protocol": protocol,
        "kafka_sasl_mechanism": mechanism,
        "kafka_username": "pacewell",
        "kafka_password": "hidden",
    }


def test_plaintext_is_the_default_and_needs_no_option(make: Any) -> None:
    assert security(make()) is None
    assert client_options(make()) == {}


def test_tls_asks_for_a_certificate_of_the_brokers_name(make: Any) -> None:
    options = client_options(make(kafka_security_protocol="SSL"))
    context = options["ssl_context"]
    assert options["security_protocol"] == "SSL"
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_sasl_gives_mechanism_name_and_password(make: Any, mechanism: str, protocol: str) -> None:
    options = client_options(make(**sasl(mechanism, protocol)))
    assert options["security_protocol"] == protocol
    assert options["sasl_mechanism"] == mechanism
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("pacewell", "hidden")
    assert (options["ssl_context"] is None) is (protocol == "SASL_PLAINTEXT")


class Refusing:
    """In the place of a client of aiokafka: remembers its options and cannot connect."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []

    def __call__(self, **options: Any) -> "Refusing":
        self.given.append(options)
        return self

    async def start(self) -> None:
        raise OSError

    async def close(self) -> None:
        """Nothing is open."""

    stop = close


async def test_producer_and_admin_are_given_the_options(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    options = client_options(make(**sasl("PLAIN")))
    admin, producer = Refusing(), Refusing()
    monkeypatch.setattr(outside, "AIOKafkaAdminClient", admin)
    with pytest.raises(DependencyDown):
        await ensure_topics("k:9092", [], namespace=None, partitions=1, security=options)
    monkeypatch.setattr(publisher, "AIOKafkaProducer", producer)
    monkeypatch.setattr(publisher, "START_PAUSE_S", 0.0)
    made = KafkaPublisher(
        "k:9092", Metrics(CollectorRegistry(), "x"), namespace=None, partitions=1, client="x", security=options
    )
    connecting = made._connect()
    connecting.send(None)
    connecting.close()
    for client in (admin, producer):
        assert options.items() <= client.given[0].items()


async def test_the_consumer_is_given_the_options(make: Any) -> None:
    async def handle(_: Any) -> None: ...

    settings = make(**sasl("SCRAM-SHA-256"))
    subscriber = Subscriber(
        settings,
        "progression",
        ["plans-events"],
        Ownership(16),
        Metrics(CollectorRegistry(), "progression"),
        handle=handle,
        forget=lambda: None,
    )
    told = getattr(subscriber._broker.config.broker_config.builder, "keywords")  # noqa: B009 - typed as a function
    assert told["sasl_mechanism"] == "SCRAM-SHA-256"
    assert (told["security_protocol"], told["sasl_plain_password"]) == ("SASL_SSL", "hidden")
