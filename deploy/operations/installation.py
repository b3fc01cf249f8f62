"""An installation as operations see it: where its services, databases and Kafka are, and in which files secrets lie."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from deploy.local.found import found
from deploy.local.ports import LOOPBACK
from deploy.local.topology import CLINICS, PROJECT_HOME, SERVICES, Layout
from deploy.local.trouble import Trouble
from deploy.operations.wrong import WrongQuestion
from shared.kafka.security import client_options
from shared.settings import RuntimeSettings

VARIABLE: Final = "PACEWELL_INSTALLATION"
_STRICT: Final = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_MongoUrl = Annotated[str, StringConstraints(pattern=r"^mongodb(\+srv)?://\S+$")]
_HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+$")]


class Mongo(BaseModel):
    """One MongoDB. An address that holds a password lies in a file or in a variable, never in the installation file.

    `suffix` is the service's own `PACEWELL_DATABASE_SUFFIX`, where it runs on a replayed database.
    """

    model_config = _STRICT
    mongo_url: _MongoUrl | None = None
    mongo_url_file: Path | None = None
    mongo_url_env: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.mongo_url, self.mongo_url_file, self.mongo_url_env].count(None) != 2:
            raise ValueError("exactly one of mongo_url, mongo_url_file and mongo_url_env is needed")
        if self.mongo_url is not None and "@" in self.mongo_url:
            raise ValueError("an address with a password belongs into mongo_url_file or mongo_url_env")
        return self

    def address(self) -> str:
        """The address; `WrongQuestion` when the file or the variable that holds it is not there."""
        return self.mongo_url or _secret(self.mongo_url_file, self.mongo_url_env)


class ServicePlace(Mongo):
    """One service: the HTTP address of each of its processes, and its database."""

    http: tuple[_HttpUrl, ...] = Field(min_length=1)
    database_suffix: str | None = None


class KafkaPlace(BaseModel):
    """Kafka, and how it is spoken to (as in the services' settings)."""

    model_config = _STRICT
    servers: str
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    username: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None

    def options(self) -> Mapping[str, Any]:
        """What a client of Kafka is given beside the addresses."""
        password = None if self.sasl_mechanism is None else _secret(self.password_file, self.password_env)
        only_kafka = RuntimeSettings.model_construct(
            kafka_security_protocol=self.security_protocol,
            kafka_sasl_mechanism=self.sasl_mechanism,
            kafka_username=self.username,
            kafka_password=password,
            kafka_ca_file=self.ca_file,
            kafka_certificate_file=self.certificate_file,
        )
        return client_options(only_kafka)


class Installation(BaseModel):
    """Everything that operations need to know of an installation.

    `clock_file` and `issuer` are there in local mode alone; `messages` is the folder of the file channel.
    """

    model_config = _STRICT
    services: Mapping[str, ServicePlace]
    keys: Mongo
    kafka: KafkaPlace
    master_key_file: Path
    namespace: str | None = None
    partitions: int = Field(16, ge=1, le=64)
    replicas: int = Field(1, ge=1, le=9)
    clinics_file: Path | None = None
    clock_file: Path | None = None
    issuer: Path | None = None
    messages: Path | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := set(self.services) - set(SERVICES):
            raise ValueError(f"there is no service {min(unknown)}")
        return self

    def place(self, service: str) -> ServicePlace:
        """Where a service is; `WrongQuestion` when the installation has none of that name (`-` counts as `_`)."""
        name = service.replace("-", "_")
        if name not in self.services:
            raise WrongQuestion(f"There is no service of that name; there are {', '.join(sorted(self.services))}.")
        return self.services[name]


def of_layout(layout: Layout) -> Installation:
    """The local stack of a layout."""
    ports = layout.ports
    services = {
        name: ServicePlace(http=(layout.url(name),), mongo_url=f"mongodb://{LOOPBACK}:{ports.engines[name]}/")
        for name in SERVICES
    }
    return Installation(
        services=services,
        keys=Mongo(mongo_url=f"mongodb://{LOOPBACK}:{ports.keys}/"),
        kafka=KafkaPlace(servers=f"{LOOPBACK}:{ports.kafka}"),
        master_key_file=layout.master_key_file,
        namespace=layout.namespace,
        clinics_file=CLINICS,
        clock_file=layout.clock_file,
        issuer=layout.issuer,
        messages=layout.messages,
    )


def of_file(file: Path) -> Installation:
    """The installation that a TOML or JSON file describes; paths in it are seen from its folder."""
    try:
        text = file.read_bytes()
        told = orjson.loads(text) if file.suffix == ".json" else tomllib.loads(text.decode())
        return Installation.model_validate(_seen_from(file.absolute().parent, told))
    except OSError:
        raise WrongQuestion(f"The installation file {file} cannot be read.") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise WrongQuestion(f"The installation file is wrong at {place}: {first['msg']}.") from None
    except ValueError:
        raise WrongQuestion(f"The installation file {file} is neither TOML nor JSON.") from None


def installation(home: Path | None, file: Path | None) -> Installation:
    """The installation that was asked for: that file, or the local stack that runs in a folder."""
    if file is not None and home is not None:
        raise WrongQuestion("Say either --installation or --home.")
    if file is not None:
        return of_file(file)
    try:
        return of_layout(found(Layout.of_project(home=(home or PROJECT_HOME).absolute())))
    except Trouble as trouble:
        raise WrongQuestion(f"{trouble} Or name another installation with --installation.") from None


def _seen_from(folder: Path, told: Any) -> Any:
    if isinstance(told, dict):
        return {
            name: str(folder / value) if _is_path(name) and isinstance(value, str) else _seen_from(folder, value)
            for name, value in told.items()
        }
    return told


def _is_path(name: str) -> bool:
    return name.endswith("_file") or name in ("issuer", "messages")


def _secret(file: Path | None, variable: str | None) -> str:
    if file is None:
        if variable is None or not (value := os.environ.get(variable, "").strip()):
            raise WrongQuestion(f"The variable {variable} holds nothing.")
        return value
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise WrongQuestion(f"The file {file} cannot be read.") from None
