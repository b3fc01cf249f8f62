"""An operator who looks at no progress, and their process beside a rig: on the same database, forwarding nothing."""

from prometheus_client import CollectorRegistry

from shared.clock import to_ms
from shared.observability.metrics import Metrics
from shared.runtime.messages import Service
from shared.runtime.runtime import Runtime
from shared.sealing import Sealer
from tests.support.rig import Rig
from tests.support.toy import CURED


def no_bar(_title: str, _so_far: int, _of: int) -> None:
    """Nobody looks."""


def beside(rig: Rig, service: Service = CURED) -> Runtime:
    """A second process on the same database, with newer code unless told otherwise, that forwards nothing."""
    return Runtime(
        service,
        rig.store,
        rig.broker,
        Sealer(rig.keys, b"k" * 32),
        rig.clock,
        Metrics(CollectorRegistry(), service.name),
        rig.ownership,
        instance="operations",
        wall=lambda: to_ms(rig.clock.now()),
        forwards=False,
    )
