"""The rules of community as pure functions over frozen dataclasses."""
