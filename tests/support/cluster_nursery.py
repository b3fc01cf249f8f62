"""A process that has imported every service once and forks ready copies: many real processes, one slow start."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from deploy.local.nursery import Nursery as Forking
from deploy.local.process import Child

_MODULES: Final = (
    "shared.contracts.asyncapi",
    "services.plans.app",
    "services.session_logging.app",
    "services.progression.app",
    "services.reminders.app",
    "services.community.app",
    "services.safety.app",
)


class Nursery:
    """The local stack's nursery, which has learnt all services; `with Nursery() as nursery`."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="pacewell-nursery-")
        self._forking = Forking(Path(self._folder.name) / "nursery.log")
        self._forking.child.start()
        self._forking.learn(_MODULES)
        return self

    def __exit__(self, *_: object) -> None:
        self._forking.child.kill()
        self._folder.cleanup()

    def fork(self, name: str, module: str, *, log: Path, env: Mapping[str, str]) -> Child:
        """A process that becomes a module, as `python -m` would; it is not started yet."""
        return Child(name, [sys.executable, "-m", module], log=log, env=env, starts=self._forking.start)
