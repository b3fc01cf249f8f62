"""`python -m deploy.security audit [--advisories FOLDER] | sbom | check`."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from deploy.security.sbom import FILE, document


def main(arguments: Sequence[str] | None = None) -> int:
    """`audit`: 0 nothing known, 1 something known, 2 not audited. `sbom` writes the bill; `check`: 1 when it is old."""
    parser = argparse.ArgumentParser(prog="python -m deploy.security", description="What we are made of.")
    commands = parser.add_subparsers(dest="command", required=True)
    audit = commands.add_parser("audit", help="judge the lock files by known advisories")
    audit.add_argument("--advisories", type=Path, metavar="FOLDER", help="a local copy in the OSV format")
    commands.add_parser("sbom", help=f"write {FILE.name} from the lock files")
    commands.add_parser("check", help=f"say whether {FILE.name} fits the lock files")
    given = parser.parse_args(arguments)
    if given.command == "audit":
        from deploy.security.audit import audit_here, audit_online

        today = datetime.now(UTC).date()
        return audit_online(print) if given.advisories is None else audit_here(given.advisories, today, print)
    if given.command == "sbom":
        FILE.write_bytes(document())
        print(f"wrote {FILE.name}")
        return 0
    if FILE.exists() and FILE.read_bytes() == document():
        print("The bill of materials fits the lock files.")
        return 0
    print(f"{FILE.name} does not fit the lock files; run `make sbom`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
