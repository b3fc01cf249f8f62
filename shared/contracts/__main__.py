"""`python -m shared.contracts check | export | asyncapi [SERVICE] | trace EVENT`."""

import argparse
import sys
from collections.abc import Sequence

from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.catalog import CATALOG
from shared.contracts.check import VersionsOnlyGrow, export, problems
from shared.contracts.schemas import written
from shared.contracts.trace import NothingOfThatName, trace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when a contract is broken, 2 when the question was wrong."""
    parser = argparse.ArgumentParser(prog="python -m shared.contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="committed schemas, examples and AsyncAPI are those of the catalog")
    commands.add_parser("export", help="write schemas and AsyncAPI; refuses what is not additive")
    document = commands.add_parser("asyncapi", help="print the AsyncAPI document of one service, or of all")
    document.add_argument("service", nargs="?", choices=sorted({row.producer for row in CATALOG}))
    path = commands.add_parser("trace", help="print the path of an event or a command through the code")
    path.add_argument("event", help="session.logged, session.logged.v1, SessionLoggedV1 or LogSession")
    chosen = parser.parse_args(arguments)
    match chosen.command:
        case "check":
            return _check()
        case "export":
            return _export()
        case "asyncapi":
            sys.stdout.write(written(asyncapi_document(chosen.service)))
            return 0
        case _:
            return _trace(chosen.event)


def _check() -> int:
    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"{len(CATALOG)} event versions: schemas, examples and AsyncAPI agree with the catalog")
    return 1 if found else 0


def _export() -> int:
    try:
        changed = export()
    except VersionsOnlyGrow as refused:
        print("Nothing was written. A version may only grow by optional fields:", file=sys.stderr)
        for change in refused.changes:
            print(f"  {change}", file=sys.stderr)
        print(
            "Add a version to the catalog instead. (Never released? Delete its committed schema and export again.)",
            file=sys.stderr,
        )
        return 1
    for file in changed:
        print(f"wrote {file.name}")
    print(f"{len(changed)} of {len(CATALOG) + 1} files changed")
    return 0


def _trace(event: str) -> int:
    try:
        for line in trace(event):
            print(line)
    except NothingOfThatName as unknown:
        print(unknown, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
