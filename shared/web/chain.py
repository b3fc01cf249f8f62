"""Lines that cannot be changed or taken out unnoticed: each is numbered, names the one before, and carries a hash.

The hash is an HMAC-SHA256 under a secret key over the line as it is written, the hash of the line before included. A
chain belongs to one process and begins with a line that says so. What is cut off at the end of a chain that was never
ended shows only in the start of the next chain in the same file, which names the last line that it found there.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import orjson

STARTED: Final = "audit.chain_started"
ENDED: Final = "audit.chain_ended"
_HASH_BYTES: Final = 16
_TAIL: Final = re.compile(rb',"hash":"([0-9a-f]{32})"}$')
_MARK: Final = b'"chain":"'


class Chain:
    """One process's chain; every line goes to `sink` with its line feed, as soon as it is made."""

    def __init__(
        self,
        key: bytes,
        sink: Callable[[bytes], None],
        about: Mapping[str, str],
        *,
        after: str | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._key = key
        self._sink = sink
        self._about = about
        self._wall = wall
        self._id = secrets.token_hex(8)
        self._seq = 0
        self._previous = ""
        self.add(STARTED, {"after": after, "key": key_id(key)})

    def add(self, event: str, fields: Mapping[str, Any]) -> None:
        """Write the next line."""
        line = orjson.dumps(
            {
                "event": event,
                "level": "info",
                "chain": self._id,
                "seq": self._seq,
                "previous": self._previous,
                **fields,
                "timestamp": self._wall(),
                **self._about,
            },
            option=orjson.OPT_UTC_Z,
        )
        self._previous = _hash(self._key, line)
        self._seq += 1
        self._sink(b'%s,"hash":"%s"}\n' % (line[:-1], self._previous.encode()))

    def end(self) -> None:
        """Write the last line: whoever finds it knows that nothing was cut off."""
        self.add(ENDED, {})


@dataclass(slots=True)
class Found:
    """What was found of one chain: how many lines, and whether it was ended."""

    service: str
    instance: str
    started: str
    lines: int = 0
    ended: bool = False
    seq: int = -1
    hash: str | None = None


@dataclass(slots=True)
class Report:
    """What the verification came to; `faults` is empty when nothing was changed, added or taken out."""

    chains: dict[str, Found] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    unreadable: int = 0
    other_key: bool = False


def verify(lines: Iterable[bytes], key: bytes) -> Report:
    """Judge every chain in these lines, in their order; lines that belong to none are passed over.

    A line that is no JSON (a crash may cut the last one short) counts as not there: its number is missed then, unless
    it was the last.
    """
    report, hashes = Report(), {""}
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if _MARK not in line:
            continue
        try:
            told = orjson.loads(line)
            chain, seq = str(told["chain"]), int(told["seq"])
        except (ValueError, KeyError, TypeError):
            report.unreadable += 1
            continue
        _judge(report, number, line, told, chain, seq, key, hashes)
    return report


def last_hash(text: bytes) -> str | None:
    """The hash of the last whole line of a chain in a piece of a file; None when there is none."""
    for line in reversed(text.splitlines()):
        if _MARK in line and (tail := _TAIL.search(line)):
            return tail[1].decode()
    return None


def key_id(key: bytes) -> str:
    """Which key a chain was made under, without telling the key."""
    return blake2b(b"audit chain", key=key, digest_size=4).hexdigest()


def _judge(
    report: Report, number: int, line: bytes, told: dict[str, Any], chain: str, seq: int, key: bytes, hashes: set[str]
) -> None:
    tail = _TAIL.search(line)
    given = tail[1].decode() if tail else ""
    sound = tail is not None and hmac.compare_digest(_hash(key, line[: tail.start()] + b"}"), given)
    if told.get("event") == STARTED and told.get("key") != key_id(key):
        report.other_key = True
    if not sound:
        report.faults.append(f"line {number}: it was changed (chain {chain}, number {seq})")
    if (known := report.chains.get(chain)) is None:
        service, instance, started = (str(told.get(name, "")) for name in ("service", "instance", "timestamp"))
        known = report.chains[chain] = Found(service, instance, started)
        if told.get("event") == STARTED and sound and (told.get("after") or "") not in hashes:
            report.faults.append(f"line {number}: the records before this chain {chain} are missing")
    if seq > known.seq + 1:
        missing = f"{known.seq + 1} to {seq - 1}" if seq > known.seq + 2 else f"{seq - 1}"
        report.faults.append(f"line {number}: number {missing} of chain {chain} is missing before it")
    elif seq <= known.seq:
        report.faults.append(f"line {number}: number {seq} of chain {chain} is here twice or out of order")
        return
    elif known.hash is not None and told.get("previous") != known.hash:
        report.faults.append(f"line {number}: it does not follow the line before it (chain {chain}, number {seq})")
    known.lines += 1
    known.seq = seq
    known.hash = given if sound else None
    known.ended = told.get("event") == ENDED
    if sound:
        hashes.add(given)


def _hash(key: bytes, line: bytes) -> str:
    return hmac.digest(key, line, "sha256")[:_HASH_BYTES].hex()
