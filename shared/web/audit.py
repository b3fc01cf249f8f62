"""Every call leaves a record of who did what about whom, and whether it was allowed, in a chain that shows changes.

`python -m shared.web.audit verify FILE …` says whether records were changed or taken out; the files in their order.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final

import structlog

from shared.sealing import derived_key, read_master_key
from shared.settings import master_key_file
from shared.web.chain import Chain, Report, last_hash, verify

INTACT, BROKEN, NOT_JUDGED = 0, 1, 2
_PURPOSE: Final = "audit"
_LOOK_BACK_BYTES: Final = 65_536
_TOLD: Final = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One call. `subject`, `patient_id` and `group_id` are random ids and still do not go into a log as they are.

    `outcome` is allowed, denied (401, 403, 404), rejected (another 4xx) or failed (5xx, or the caller went away).
    """

    at: datetime
    tenant: str | None
    subject: str | None
    roles: frozenset[str]
    patient_id: str | None
    group_id: str | None
    method: str
    route: str
    status: int
    outcome: str


Audit = Callable[[AuditRecord], None]


def outcome_of(status: int) -> str:
    """The audit outcome of an HTTP status."""
    if status in (401, 403, 404):
        return "denied"
    if status >= 499:
        return "failed"
    return "rejected" if status >= 400 else "allowed"


class AuditTrail:
    """The records of one process as lines of a chain, with ids replaced by hashes under a secret key.

    They go to a file of their own, which is appended to and never read but for its end, or among the log's lines,
    whatever the log's level. A line is written at once and not synchronised to disk: a power failure may take the last
    ones. What cannot be written to the file goes among the log's lines, `failed` is called, and an error is logged.
    """

    def __init__(
        self,
        key: bytes,
        service: str,
        instance: str,
        *,
        file: Path | None = None,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._key = key
        self._failed = failed
        self._about = {"service": service, "instance": instance}
        self._file = file
        self._descriptor: int | None = None
        self._chain: Chain | None = None

    def start(self) -> Chain:
        """Begin the chain, with a line that says so; the first record does it too."""
        if self._chain is None:
            after = None if self._file is None else self._open(self._file)
            self._chain = Chain(self._key, self._write, self._about, after=after)
        return self._chain

    def end(self) -> None:
        """End the chain, with a line that says so."""
        if self._chain is not None:
            self._chain.end()
            self._chain = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __call__(self, record: AuditRecord) -> None:
        """Write one record."""
        self.start().add(
            "access.audited",
            {
                "at": record.at,
                "tenant": record.tenant,
                "actor_hash": self._hashed(record.subject),
                "roles": sorted(record.roles),
                "person_hash": self._hashed(record.patient_id),
                "group_hash": self._hashed(record.group_id),
                "method": record.method,
                "route": record.route,
                "status": record.status,
                "outcome": record.outcome,
            },
        )

    def _hashed(self, id: str | None) -> str | None:
        return None if id is None else blake2b(id.encode(), key=self._key, digest_size=8).hexdigest()

    def _open(self, file: Path) -> str | None:
        """Open the file and find the hash of its last record; a line that was cut short is closed."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        size = os.fstat(self._descriptor).st_size
        end = os.pread(self._descriptor, _LOOK_BACK_BYTES, max(0, size - _LOOK_BACK_BYTES))
        if end and not end.endswith(b"\n"):
            with suppress(OSError):  # the first record will not fit either, and goes elsewhere
                os.write(self._descriptor, b"\n")
        return last_hash(end)

    def _write(self, line: bytes) -> None:
        if self._descriptor is not None:
            try:
                if os.write(self._descriptor, line) == len(line):
                    return
                self._failed()
                os.write(self._descriptor, b"\n")
            except OSError as error:
                self._failed()
                _log.error("audit.file_failed", code=error.errno)
        sys.stdout.write(line.decode())
        sys.stdout.flush()


def audit_key(master_key: bytes) -> bytes:
    """The key of hashes and chains, which follows from the installation's master key."""
    return derived_key(master_key, _PURPOSE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify; 0 when nothing was changed or taken out, 1 when something was, 2 when that cannot be judged."""
    parser = argparse.ArgumentParser(prog="python -m shared.web.audit", description="Judge audit records.")
    commands = parser.add_subparsers(dest="command", required=True)
    judge = commands.add_parser("verify", help="say whether records were changed or taken out")
    judge.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audit files or logs, the oldest first")
    judge.add_argument("--master-key-file", type=Path, help="the installation's master key (default: as for a service)")
    given = parser.parse_args(arguments)
    key_file = given.master_key_file or master_key_file()
    if key_file is None:
        return _say(NOT_JUDGED, "Not judged: say with --master-key-file which master key the records were made under.")
    try:
        key = audit_key(read_master_key(key_file))
    except (OSError, ValueError):
        return _say(NOT_JUDGED, "Not judged: the master key cannot be read.")
    try:
        report = verify(_lines(given.files), key)
    except OSError as error:
        return _say(NOT_JUDGED, f"Not judged: a file cannot be read ({error.strerror}).")
    return _say(*_verdict(report))


def _verdict(report: Report) -> tuple[int, str]:
    if not report.chains:
        return NOT_JUDGED, "Not judged: there are no audit records here."
    if report.other_key:
        return NOT_JUDGED, "Not judged: records were made under another master key, or their start was changed."
    told = [
        f"chain {chain} of {found.service} {found.instance}, from {found.started}: {found.lines} lines, "
        + ("ended" if found.ended else f"not ended: it runs, was killed, or was cut off after number {found.seq}")
        for chain, found in report.chains.items()
    ]
    if report.unreadable:
        told.append(f"{report.unreadable} lines cannot be read")
    if report.faults:
        faults = [*report.faults[:_TOLD], *([f"and {left} more"] if (left := len(report.faults) - _TOLD) > 0 else [])]
        return BROKEN, "\n".join([*told, *faults, f"BROKEN: {len(report.faults)} faults."])
    lines = sum(found.lines for found in report.chains.values())
    return INTACT, "\n".join([*told, f"Intact: {lines} lines in {len(report.chains)} chains."])


def _lines(files: Sequence[Path]) -> Iterator[bytes]:
    for path in files:
        with path.open("rb") as file:
            yield from file


def _say(code: int, text: str) -> int:
    sys.stdout.write(text + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
