"""`python -m deploy.grafana write | check`."""

import argparse
import sys
from collections.abc import Sequence

from deploy.grafana.boards import differing, write


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the boards are what the code draws, 1 with one line for each that is not."""
    parser = argparse.ArgumentParser(prog="python -m deploy.grafana", description="The Grafana boards.")
    parser.add_argument("command", choices=("write", "check"))
    if parser.parse_args(arguments).command == "write":
        for name in write():
            print(f"wrote {name}")
        return 0
    found = differing()
    for name in found:
        print(f"{name} is not what the code draws; run `make docs`", file=sys.stderr)
    if not found:
        print("The boards are what the code draws.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
