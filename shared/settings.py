"""The settings every service reads from `PACEWELL_*`, and one way to say in a sentence which of them is wrong."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, Field, FilePath, StringConstraints, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.sealing import read_master_key

PREFIX: Final = "PACEWELL_"
EXIT_CODE: Final = 2
BY_FILE: Final = "by_file"
"""The mark of a setting that may also be given as the path of a file that holds it, in the variable with `_FILE`."""

_Servers = Annotated[str, StringConstraints(pattern=r"^[\w.\-]+:\d{1,5}(,[\w.\-]+:\d{1,5})*$")]
_MongoUrl = Annotated[str, StringConstraints(pattern=r"^mongodb(\+srv)?://\S+$"), BY_FILE]
_HttpUrl = Annotated[str, StringConstraints(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])\S+$")]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_\-]{0,39}$")]
_Port = Annotated[int, Field(ge=1, le=65_535)]
_MAX_SECRET: Final = 65_536

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class RuntimeSettings(BaseSettings):
    """What the runtime and the HTTP side of one service process need; read once at start, never changed.

    A service adds its own by holding a second class beside this one. Durations carry their unit in the name.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=True
    )

    kafka: _Servers = Field(description="Kafka's addresses, host:port, separated by commas.")
    mongo_url: _MongoUrl = Field(repr=False, description="The service's own MongoDB, as a mongodb:// address.")
    keys_mongo_url: _MongoUrl = Field(
        repr=False, description="The MongoDB that holds people's wrapped keys and nothing else."
    )
    master_key_file: FilePath = Field(description="A file with the 32-byte master key in base64url, made once.")
    issuer: str = Field(min_length=1, description="The `iss` that a token must carry.")
    audience: str = Field(min_length=1, description="The `aud` that a token must carry.")
    jwks_file: FilePath | None = Field(None, description="A file with the issuer's public keys; this or JWKS_URL.")
    jwks_url: _HttpUrl | None = Field(
        None, description="Where the issuer serves its public keys, over https; this or JWKS_FILE."
    )

    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How Kafka is spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="With SASL: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    )
    kafka_username: str | None = Field(None, min_length=1, description="With SASL: the name that Kafka knows.")
    kafka_password: Annotated[str, BY_FILE] | None = Field(
        None, min_length=1, repr=False, description="With SASL: its password."
    )
    kafka_ca_file: FilePath | None = Field(
        None, description="With SSL: the authorities that Kafka's certificate may come from; the system's if not given."
    )
    kafka_certificate_file: FilePath | None = Field(
        None, description="With SSL: this process's own certificate and key as PEM, where Kafka asks for them."
    )

    namespace: _Name | None = Field(
        None, description="Prefix of topics, groups and databases, so that installations share a cluster."
    )
    database_suffix: _Name | None = Field(
        None, description="What stands behind the name of the service's database; set after a replay into a new one."
    )
    instance: _Name = Field("1", description="This process among those of its service; unique and kept over restarts.")
    http_host: str = Field("127.0.0.1", min_length=1, description="The address to listen on.")
    http_port: _Port = Field(8080, description="The port to listen on.")
    log_level: Annotated[str, StringConstraints(pattern="^(debug|info|warning|error)$")] = Field(
        "info", description="The least level logged: debug, info, warning or error."
    )
    clock_file: Path | None = Field(None, description="A file whose offset moves the clock; local mode and tests only.")
    crash_at: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(:\d+(:stop)?)?$")] | None = Field(
        None, description="Die (or stop) at this crash point (name:count[:stop]); fault tests only."
    )
    replicas: Annotated[int, Field(ge=1, le=9)] = Field(1, description="Copies of each topic; 1 is for development.")
    partitions: Annotated[int, Field(ge=1, le=64)] = Field(
        16, description="Partitions of every keyed topic: a power of two up to 64, never changed later."
    )

    batch_records: Annotated[int, Field(ge=1, le=10_000)] = Field(2000, description="Most records in one batch.")
    batch_wait_ms: Annotated[int, Field(ge=1, le=1000)] = Field(20, description="Longest wait for a batch to fill.")
    session_timeout_ms: Annotated[int, Field(ge=1000, le=120_000)] = Field(
        10_000, description="Silence after which Kafka gives a member's partitions to another."
    )
    rebalance_timeout_ms: Annotated[int, Field(ge=1000, le=300_000)] = Field(
        20_000, description="Time that Kafka leaves for a rebalance; longer than a drain."
    )
    drain_ms: Annotated[int, Field(ge=0, le=60_000)] = Field(
        8000, description="Longest time to finish work in hand when partitions are taken away."
    )
    sweep_after_ms: Annotated[int, Field(ge=100, le=600_000)] = Field(
        5000, description="Age at which a waiting outbox is forwarded by the sweeper."
    )
    tick_every_ms: Annotated[int, Field(ge=10, le=60_000)] = Field(
        1000, description="Time between two looks for ticks."
    )
    clear_after_ms: Annotated[int, Field(ge=0, le=60_000)] = Field(
        1000, description="Rest after which what was forwarded is cleared from the outbox."
    )
    cache_bytes: Annotated[int, Field(ge=0)] = Field(
        67_108_864, description="Size of the cache of aggregates of owned partitions; 0 switches it off."
    )
    mongo_timeout_ms: Annotated[int, Field(ge=100, le=60_000)] = Field(
        5000, description="Longest time for one MongoDB operation."
    )
    pause_ms: Annotated[int, Field(ge=10, le=5000)] = Field(
        5000, description="Longest pause before a failed dependency is tried again."
    )
    body_bytes: Annotated[int, Field(ge=1024, le=16_000_000)] = Field(
        1_000_000, description="Largest HTTP request body."
    )
    rate_per_token: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        100, description="Requests per second of one caller (all tokens of one subject) to this process; 0 = no limit."
    )
    rate_per_tenant: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        2000, description="Requests per second of one tenant to this process; 0 = no limit."
    )
    rate_per_address: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        100, description="Requests per second without a good token from one client address; 0 = no limit."
    )
    rate_burst_s: Annotated[int, Field(ge=1, le=600)] = Field(
        5, description="How many seconds' worth of each rate may come at once."
    )
    requests_at_once: Annotated[int, Field(ge=0, le=100_000)] = Field(
        512, description="Most requests in hand at one time; more are answered 503. 0 = no limit."
    )
    audit_file: Path | None = Field(
        None, description="A file for audit records, appended to; without it they go among the log's lines."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_files(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Every secret may lie in a file, whose path stands in the variable with `_FILE` behind its name."""
        read = {}
        for name, field in cls.model_fields.items():
            if not _is_secret(field) or (path := os.environ.get(f"{PREFIX}{name.upper()}_FILE")) is None:
                continue
            if name in given:
                raise ValueError(f"Only one of {PREFIX}{name.upper()} and {PREFIX}{name.upper()}_FILE may be set.")
            read[name] = _content(Path(path), f"{PREFIX}{name.upper()}_FILE")
        return {**given, **read}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.partitions & (self.partitions - 1):
            raise ValueError(f"{PREFIX}PARTITIONS must be a power of two.")
        if (self.jwks_file is None) == (self.jwks_url is None):
            raise ValueError(f"Exactly one of {PREFIX}JWKS_FILE and {PREFIX}JWKS_URL must be set.")
        try:
            read_master_key(self.master_key_file)
        except (OSError, ValueError):
            raise ValueError(f"{PREFIX}MASTER_KEY_FILE must name a file with 32 bytes in base64url.") from None
        self._kafka_is_consistent()
        if self.audit_file is not None and not _can_be_written(self.audit_file):
            raise ValueError(f"{PREFIX}AUDIT_FILE must name a file that can be written.")
        if self.drain_ms >= self.rebalance_timeout_ms:
            raise ValueError(f"{PREFIX}DRAIN_MS must be shorter than {PREFIX}REBALANCE_TIMEOUT_MS.")
        return self

    def _kafka_is_consistent(self) -> None:
        told = {"KAFKA_SASL_MECHANISM", "KAFKA_USERNAME", "KAFKA_PASSWORD"}
        missing = {name for name in told if getattr(self, name.lower()) is None}
        if missing != (set() if self.kafka_security_protocol.startswith("SASL") else told):
            names = ", ".join(f"{PREFIX}{name}" for name in sorted(told))
            raise ValueError(f"{names} are needed with SASL, all three, and of no use without.")
        files = (self.kafka_ca_file, self.kafka_certificate_file)
        if not self.kafka_security_protocol.endswith("SSL") and files != (None, None):
            names = f"{PREFIX}KAFKA_CA_FILE and {PREFIX}KAFKA_CERTIFICATE_FILE"
            raise ValueError(f"{names} are of no use without SSL.")

    def database(self, service: str) -> str:
        """The name of a service's database."""
        return self.named(service) + (f"-{self.database_suffix}" if self.database_suffix else "")

    def named(self, name: str) -> str:
        """A topic, group or database name of this installation: with the namespace in front, where there is one."""
        return f"{self.namespace}-{name}" if self.namespace else name


def load(settings: type[SettingsT]) -> SettingsT:
    """Read the settings from the environment, or say on stderr what is wrong and exit with code 2.

    One sentence per variable, naming it and its rule; what it held is not repeated.
    """
    try:
        return settings()
    except ValidationError as error:
        for line in explain(settings, error):
            sys.stderr.write(line + "\n")
        raise SystemExit(EXIT_CODE) from None


def explain(settings: type[BaseSettings], error: ValidationError) -> list[str]:
    """One sentence for each wrong variable of a settings class."""
    return [_sentence(settings, detail) for detail in error.errors(include_input=False, include_url=False)]


def master_key_file() -> Path | None:
    """Where the master key lies by the environment, for commands beside the services."""
    path = os.environ.get(f"{PREFIX}MASTER_KEY_FILE")
    return None if path is None else Path(path)


def documentation(settings: type[BaseModel], prefix: str = PREFIX) -> dict[str, str]:
    """Each variable's name with its meaning and default, in the order of the class."""
    lines = {}
    for name, field in settings.model_fields.items():
        default = "" if field.is_required() else f" Default: {'none' if field.default is None else field.default}."
        file = f" Or {prefix}{name.upper()}_FILE: a file that holds it." if _is_secret(field) else ""
        lines[prefix + name.upper()] = f"{field.description}{default}{file}"
    return lines


def _is_secret(field: FieldInfo) -> bool:
    return BY_FILE in field.metadata or any(
        BY_FILE in getattr(part, "__metadata__", ()) for part in get_args(field.annotation)
    )


def _can_be_written(path: Path) -> bool:
    return os.access(path, os.W_OK) if path.exists() else os.access(path.parent, os.W_OK)


def _content(path: Path, variable: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_SECRET).strip()
    except (OSError, ValueError):
        raise ValueError(f"{variable} must name a file that can be read.") from None
    if not text:
        raise ValueError(f"{variable} names a file that is empty.")
    return text


def _sentence(settings: type[BaseSettings], detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return detail["msg"].removeprefix("Value error, ")
    field = str(detail["loc"][0]).lower()
    prefix = settings.model_config.get("env_prefix", "")
    variable = prefix + field.removeprefix(prefix.lower()).upper()
    meaning = settings.model_fields[field.removeprefix(prefix.lower())].description or ""
    if detail["type"] == "missing":
        return f"{variable} is not set: {meaning}"
    return f"{variable} is not valid ({_RULES.get(detail['type'], detail['msg'])}): {meaning}"


_RULES: Final = {
    "string_pattern_mismatch": "wrong form",
    "path_not_file": "no such file",
    "int_parsing": "must be a whole number",
}
