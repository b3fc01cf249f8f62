"""`python -m services.progression decide < cases.jsonl` runs the table; without a command the service starts."""

import sys

from services.progression.cases import decide_lines


def main(arguments: list[str]) -> int:
    """Run a command and return the exit code."""
    if arguments == ["decide"]:
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        return decide_lines(sys.stdin, sys.stdout, sys.stderr)
    print("usage: python -m services.progression decide < cases.jsonl", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
