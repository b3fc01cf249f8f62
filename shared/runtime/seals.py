"""The keys of the people of one fold; a stranger gets one only when a command made them known."""

from shared.sealing import Keyring


class Seals:
    """Seals for people whose keys are loaded, and remembers in `missing` for whom one has to be made first.

    A command about somebody never heard of is usually refused; it must not leave a key behind.
    """

    def __init__(self, *rings: Keyring) -> None:
        self._rings = rings
        self.missing: set[tuple[str, str]] = set()

    def seal(self, tenant: str, key: str, plain: bytes) -> str:
        """The token of these bytes, or "" for somebody in `missing`. Raises `Erased`."""
        for ring in self._rings:
            if ring.holds(tenant, key):
                return ring.seal(tenant, key, plain)
        self.missing.add((tenant, key))
        return ""

    def erased(self, tenant: str, key: str) -> bool:
        """Whether the person's key was thrown away."""
        return any(ring.holds(tenant, key) and ring.erased(tenant, key) for ring in self._rings)
