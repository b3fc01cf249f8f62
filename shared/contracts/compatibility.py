"""The additive-only gate: a released version may grow by optional fields; anything else is a new version."""

from collections.abc import Iterator
from typing import Any, Final

from shared.contracts.schemas import Json

ANNOTATIONS: Final = frozenset({"$schema", "$id", "$comment", "title", "description", "examples", "deprecated"})
"""What says something to people only."""

_ONE_INSIDE: Final = frozenset({"items", "additionalProperties", "propertyNames", "contains", "not"})
_LIST_INSIDE: Final = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_UNORDERED: Final = frozenset({"enum", "type"})
_FIELDS: Final = frozenset({"properties", "required", "$defs"})


def breaking_changes(old: Json, new: Json) -> list[str]:
    """Why `new` may not replace `old` under the same version: one line per offending path, none when it may.

    Allowed are a new field that is not required, and other words in titles and descriptions. Everything else is
    refused in both directions: what is narrowed turns away events that are already in the log, and what is widened
    reaches consumers that were never told. References are followed, so that renaming a definition is no change.
    """
    return list(_Comparison(old, new).nodes(old, new, "", ()))


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self.old_definitions: Json = old.get("$defs", {})
        self.new_definitions: Json = new.get("$defs", {})

    def nodes(self, old: Any, new: Any, path: str, above: tuple[tuple[str, str], ...]) -> Iterator[str]:
        if not (isinstance(old, dict) and isinstance(new, dict)):
            if old != new:
                yield f"{path or '/'}: changed from {old} to {new}"
            return
        references = (str(old.get("$ref")), str(new.get("$ref")))
        if "$ref" in old or "$ref" in new:
            if references in above:
                return
            above = (*above, references)
            old, new = _followed(old, self.old_definitions), _followed(new, self.new_definitions)
        yield from self._fields(old, new, path, above)
        for keyword in sorted((old.keys() | new.keys()) - ANNOTATIONS - _FIELDS):
            yield from self._keyword(keyword, old, new, path, above)

    def _fields(self, old: Json, new: Json, path: str, above: tuple[tuple[str, str], ...]) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() - after.keys()):
            yield f"{path}/{name}: the field was removed"
        for name in sorted((after.keys() - before.keys()) & is_required):
            yield f"{path}/{name}: a new field must be optional"
        for name in sorted(before.keys() & after.keys()):
            if (name in was_required) != (name in is_required):
                yield f"{path}/{name}: the field became {'required' if name in is_required else 'optional'}"
            yield from self.nodes(before[name], after[name], f"{path}/{name}", above)

    def _keyword(
        self, keyword: str, old: Json, new: Json, path: str, above: tuple[tuple[str, str], ...]
    ) -> Iterator[str]:
        if keyword not in old:
            yield f"{path or '/'}: {keyword} {new[keyword]} was added"
        elif keyword not in new:
            yield f"{path or '/'}: {keyword} {old[keyword]} was removed"
        elif keyword in _ONE_INSIDE:
            yield from self.nodes(old[keyword], new[keyword], f"{path}/{keyword}", above)
        elif keyword in _LIST_INSIDE and len(old[keyword]) == len(new[keyword]):
            for index, (before, after) in enumerate(zip(old[keyword], new[keyword], strict=True)):
                yield from self.nodes(before, after, f"{path}/{keyword}/{index}", above)
        elif keyword == "patternProperties" and old[keyword].keys() == new[keyword].keys():
            for pattern in old[keyword]:
                yield from self.nodes(old[keyword][pattern], new[keyword][pattern], f"{path}/{{{pattern}}}", above)
        elif not _equal(keyword, old[keyword], new[keyword]):
            yield f"{path or '/'}: {keyword} changed from {old[keyword]} to {new[keyword]}"


def _followed(node: Json, definitions: Json) -> Json:
    while "$ref" in node:
        beside = {keyword: value for keyword, value in node.items() if keyword != "$ref"}
        node = {**definitions[node["$ref"].rpartition("/")[2]], **beside}
    return node


def _equal(keyword: str, old: Any, new: Any) -> bool:
    if keyword in _UNORDERED and isinstance(old, list) and isinstance(new, list):
        return sorted(map(repr, old)) == sorted(map(repr, new))
    return type(old) is type(new) and bool(old == new)
