"""The envelope around every event: who, whose, when, in which order, and because of what."""

from datetime import date
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.fields import CONTRACT, Code, Id, Moment, Zone

DataT = TypeVar("DataT", bound=BaseModel)

ActorKind = Literal["patient", "caregiver", "clinician", "moderator", "device", "admin", "system"]
Source = Literal["app", "sms", "phone", "paper", "device", "import", "clinician", "system"]


class ActorV1(BaseModel):
    """Who caused the event; `id` is a random id."""

    model_config = CONTRACT
    kind: ActorKind
    id: Id


class Event(BaseModel, Generic[DataT]):
    """An event as it travels: envelope fields (vocabulary 0.2) and `data`.

    `seq` counts 1, 2, 3 ... per producing service and key; `event_id` is `uuid5(namespace, service:key:seq)`, so an
    event has the same id however often it is sent. `occurred_at` is when it happened, `local_date` the person's own day
    (progression 2.11 W1), `recorded_at` when the producer decided it. One of `patient_id` and `group_id` is the key.
    """

    model_config = ConfigDict(**CONTRACT)
    event_id: Id
    type: Code
    version: int = Field(ge=1, le=1000)
    service: Code
    seq: int = Field(ge=1, le=2**53)
    occurred_at: Moment
    recorded_at: Moment
    local_date: date | None = None
    tz: Zone | None = None
    tenant_id: Id
    patient_id: Id | None = None
    group_id: Id | None = None
    actor: ActorV1
    source: Source
    causation_id: str | None = Field(default=None, max_length=200)
    correlation_id: str | None = Field(default=None, max_length=200)
    consent_ref: Id | None = None
    data: DataT

    @property
    def key(self) -> str:
        """The Kafka key: the person's or the group's id."""
        key = self.patient_id or self.group_id
        if key is None:
            raise ValueError("an event needs patient_id or group_id")
        return key
