"""Settings: read once, and a wrong one is named in a sentence that does not repeat its value."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings import EXIT_CODE, PREFIX, RuntimeSettings, documentation, load
from tests.support.environment import complete

REQUIRED = {"KAFKA", "MONGO_URL", "KEYS_MONGO_URL", "MASTER_KEY_FILE", "ISSUER", "AUDIENCE"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A complete, valid environment."""
    complete(monkeypatch, tmp_path, KAFKA="127.0.0.1:19092,kafka-2:9092")
    return monkeypatch


def _complaint(capsys: pytest.CaptureFixture[str]) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        load(RuntimeSettings)
    assert ended.value.code == EXIT_CODE == 2
    return capsys.readouterr().err.splitlines()


@pytest.mark.usefixtures("environment")
def test_a_complete_environment_is_read_and_cannot_be_changed() -> None:
    settings = load(RuntimeSettings)
    assert (settings.http_host, settings.partitions, settings.clock_file) == ("127.0.0.1", 16, None)
    with pytest.raises(ValidationError, match="frozen"):
        settings.kafka = "elsewhere:1"  # type: ignore[misc]


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_missing_setting_is_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    environment.delenv(PREFIX + name)
    (line,) = _complaint(capsys)
    assert line.startswith(f"{PREFIX}{name} is not set: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA", "secret kafka"),
        ("MONGO_URL", "postgres://user:secret@host"),
        ("KEYS_MONGO_URL", "secret"),
        ("MASTER_KEY_FILE", "/no/such/secret"),
        ("JWKS_FILE", "/no/such/secret"),
        ("JWKS_URL", "secret"),
        ("JWKS_URL", "http://secret.example/keys"),
        ("HTTP_PORT", "secret"),
        ("HTTP_PORT", "99999"),
        ("NAMESPACE", "Secret Space"),
        ("INSTANCE", "secret one"),
        ("LOG_LEVEL", "secret"),
        ("BATCH_RECORDS", "0"),
        ("ISSUER", ""),
    ],
)
def test_an_invalid_setting_is_named_and_not_repeated(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.setenv(PREFIX + name, value)
    (line,) = _complaint(capsys)
    assert line.startswith(f"{PREFIX}{name} is not valid (")
    assert "secret" not in line.lower()
    assert "99999" not in line


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("PARTITIONS", "12", ["PARTITIONS"]),
        ("JWKS_URL", "https://issuer/keys", ["JWKS_FILE", "JWKS_URL"]),
        ("DRAIN_MS", "20000", ["DRAIN_MS", "REBALANCE_TIMEOUT_MS"]),
        ("AUDIT_FILE", "/no/such/folder/audit", ["AUDIT_FILE"]),
    ],
)
def test_settings_that_contradict_each_other_are_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, named: list[str]
) -> None:
    environment.setenv(PREFIX + name, value)
    (line,) = _complaint(capsys)
    assert all(PREFIX + each in line for each in named)


def test_a_master_key_file_with_something_else_is_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "other").write_text("secret")
    environment.setenv(f"{PREFIX}MASTER_KEY_FILE", str(tmp_path / "other"))
    (line,) = _complaint(capsys)
    assert line.startswith(f"{PREFIX}MASTER_KEY_FILE ")
    assert "secret" not in line


def test_every_wrong_setting_has_its_sentence(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv(f"{PREFIX}KAFKA")
    environment.setenv(f"{PREFIX}HTTP_PORT", "x")
    assert len(_complaint(capsys)) == 2


def test_the_documentation_names_exactly_the_settings_of_the_class() -> None:
    documented = documentation(RuntimeSettings)
    assert list(documented) == [PREFIX + name.upper() for name in RuntimeSettings.model_fields]
    for name, meaning in documented.items():
        assert meaning[0].isupper(), name
        assert "None" not in meaning, name
        assert ("Default: " in meaning) is (name.removeprefix(PREFIX) not in REQUIRED), name


@pytest.mark.parametrize(("namespace", "expected"), [(None, "progression-events"), ("t1", "t1-progression-events")])
@pytest.mark.usefixtures("environment")
def test_a_namespace_stands_in_front_of_names(
    monkeypatch: pytest.MonkeyPatch, namespace: str | None, expected: str
) -> None:
    if namespace:
        monkeypatch.setenv(f"{PREFIX}NAMESPACE", namespace)
    assert load(RuntimeSettings).named("progression-events") == expected


@pytest.mark.parametrize("name", ["MONGO_URL", "KEYS_MONGO_URL"])
def test_a_secret_may_lie_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    (tmp_path / "address").write_text("\n mongodb://pacewell:hidden@db \n")
    environment.delenv(PREFIX + name)
    environment.setenv(f"{PREFIX}{name}_FILE", str(tmp_path / "address"))
    settings = load(RuntimeSettings)
    assert getattr(settings, name.lower()) == "mongodb://pacewell:hidden@db"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "must name a file that can be read.", id="no file"),
        pytest.param(b"\n", "names a file that is empty.", id="an empty file"),
        pytest.param(b"\xff\xfe", "must name a file that can be read.", id="no text"),
    ],
)
def test_a_secret_file_that_cannot_be_used_is_named(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: bytes | None,
    sentence: str,
) -> None:
    if content is not None:
        (tmp_path / "hidden").write_bytes(content)
    environment.delenv(f"{PREFIX}MONGO_URL")
    environment.setenv(f"{PREFIX}MONGO_URL_FILE", str(tmp_path / "hidden"))
    assert _complaint(capsys) == [f"{PREFIX}MONGO_URL_FILE {sentence}"]


def test_a_secret_given_twice_is_one_sentence(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "address").write_text("mongodb://hidden")
    environment.setenv(f"{PREFIX}MONGO_URL_FILE", str(tmp_path / "address"))
    assert _complaint(capsys) == [f"Only one of {PREFIX}MONGO_URL and {PREFIX}MONGO_URL_FILE may be set."]


def test_what_a_secret_file_holds_is_judged_and_not_repeated(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "address").write_text("postgres://hidden")
    environment.delenv(f"{PREFIX}MONGO_URL")
    environment.setenv(f"{PREFIX}MONGO_URL_FILE", str(tmp_path / "address"))
    (line,) = _complaint(capsys)
    assert line.startswith(f"{PREFIX}MONGO_URL is not valid (")
    assert "hidden" not in line


SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512", "KAFKA_USERNAME": "pacewell"}


def test_kafkas_password_may_lie_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hidden\n")
    for name, value in {**SASL, "KAFKA_PASSWORD_FILE": str(tmp_path / "password")}.items():
        environment.setenv(PREFIX + name, value)
    settings = load(RuntimeSettings)
    assert (settings.kafka_password, "hidden" in repr(settings)) == ("hidden", False)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        pytest.param(SASL, "KAFKA_PASSWORD", id="SASL without a password"),
        pytest.param({"KAFKA_PASSWORD": "hidden"}, "KAFKA_PASSWORD", id="a password without SASL"),
        pytest.param({"KAFKA_CA_FILE": __file__}, "KAFKA_CA_FILE", id="authorities without SSL"),
    ],
)
def test_settings_of_kafka_that_do_not_belong_together_are_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: dict[str, str], named: str
) -> None:
    for name, value in given.items():
        environment.setenv(PREFIX + name, value)
    (line,) = _complaint(capsys)
    assert f"{PREFIX}{named}" in line
    assert "hidden" not in line


def test_every_secret_is_documented_with_its_file() -> None:
    by_file = {name for name, meaning in documentation(RuntimeSettings).items() if f"{name}_FILE" in meaning}
    assert by_file == {f"{PREFIX}MONGO_URL", f"{PREFIX}KEYS_MONGO_URL", f"{PREFIX}KAFKA_PASSWORD"}
