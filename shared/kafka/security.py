"""How Kafka is spoken to: in the clear, over TLS, with a name and a password; the same for every client."""

import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.settings import RuntimeSettings

PLAINTEXT: Final[Mapping[str, Any]] = MappingProxyType({})
"""The options of a client that speaks in the clear."""

_MECHANISMS: Final = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def security(settings: RuntimeSettings) -> BaseSecurity | None:
    """What the settings say, for FastStream; None is plaintext. TLS 1.2 at least, and the broker's name is checked."""
    protocol = settings.kafka_security_protocol
    if protocol == "PLAINTEXT":
        return None
    context = _context(settings) if protocol.endswith("SSL") else None
    if settings.kafka_sasl_mechanism is None:
        return BaseSecurity(ssl_context=context, use_ssl=True)
    made: BaseSecurity = _MECHANISMS[settings.kafka_sasl_mechanism](
        settings.kafka_username or "", settings.kafka_password or "", ssl_context=context, use_ssl=context is not None
    )
    return made


def client_options(settings: RuntimeSettings) -> Mapping[str, Any]:
    """The same for aiokafka's own clients, to be given to them beside the addresses."""
    return parse_security(security(settings))


def _context(settings: RuntimeSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.kafka_certificate_file is not None:
        context.load_cert_chain(settings.kafka_certificate_file)
    return context
