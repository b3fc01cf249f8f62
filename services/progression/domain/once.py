"""A value that is computed when it is first asked for and kept: `functools.cached_property` without its lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same promise, which the type checker knows
    from functools import cached_property as once
else:

    class once:  # noqa: N801 - it is written as a decorator
        """`@once` on a method of a class without slots; asked for again, the value is an attribute like any other."""

        def __init__(self, compute: Any) -> None:
            self._compute = compute
            self._name = compute.__name__
            self.__doc__ = compute.__doc__

        def __get__(self, one: Any, _: Any = None) -> Any:
            """Compute it, and let it stand in this method's place."""
            if one is None:
                return self
            value = one.__dict__[self._name] = self._compute(one)
            return value


__all__ = ["once"]
