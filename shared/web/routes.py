"""The template of a request's address, also for a request that was refused before routing; never the address itself."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.routing import compile_path
from starlette.types import Scope

UNMATCHED: Final = "unmatched"


class Templates:
    """Finds the template, such as `/v1/patients/{patient_id}/sessions`, and the person in the address.

    `openapi` gives the app's own description, which is asked for once, on the first request that was not routed.
    """

    def __init__(self, openapi: Callable[[], Mapping[str, Any]]) -> None:
        self._openapi = openapi
        self._compiled: list[tuple[re.Pattern[str], str]] | None = None

    def of(self, scope: Scope) -> str:
        """The template, or `unmatched`."""
        routed = getattr(scope.get("route"), "path_format", None)
        return routed if isinstance(routed, str) else self._match(scope)[0]

    def named(self, scope: Scope, name: str) -> str | None:
        """The id of this name in the address: `patient_id`, `group_id`."""
        routed = scope.get("path_params")
        found = routed.get(name) if routed else self._match(scope)[1].get(name)
        return found if isinstance(found, str) else None

    def _match(self, scope: Scope) -> tuple[str, dict[str, str]]:
        if self._compiled is None:
            self._compiled = [(compile_path(path)[0], path) for path in self._openapi()["paths"]]
        for pattern, path in self._compiled:
            if found := pattern.match(scope["path"]):
                return path, found.groupdict()
        return UNMATCHED, {}
