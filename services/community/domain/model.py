"""What is known about one person or one group."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person of the tenant: their locale; `seq` is that of the event which said so."""

    locale: str
    seq: int


@dataclass(frozen=True, slots=True)
class CommunityState:
    """The whole state of one person or one group; the defaults are one never heard of."""

    enrolment: Enrolment | None = None
