"""`python -m deploy.docgen write | check`."""

import argparse
import sys
from collections.abc import Sequence

from deploy.docgen.pages import FOLDER, differing, problems, write


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the pages say what the code says, 1 with one line for each thing that is wrong."""
    parser = argparse.ArgumentParser(prog="python -m deploy.docgen", description="The pages for those who decide.")
    parser.add_argument("command", choices=("write", "check"))
    given = parser.parse_args(arguments)
    found = problems()
    if given.command == "write":
        for name in write():
            print(f"wrote {name}")
    else:
        found += [f"{name} is not what the code says; run `make docs`" for name in differing()]
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"The pages in {FOLDER.name} say what the code says.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
