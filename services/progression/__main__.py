"""`python -m services.progression` serves; `... decide | explain | shadow | diary` are programs beside it."""

import sys
from collections.abc import Iterable
from typing import Final, TextIO

from services.progression.domain.cases import CaseMalformed, answer_line


def decide_lines(lines: Iterable[str], out: TextIO, errors: TextIO) -> int:
    """Answer each line on `out`, name a malformed one by its number on `errors`; returns 0, or 2 if any was."""
    malformed = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            out.write(answer_line(line) + "\n")
        except CaseMalformed as error:
            malformed += 1
            errors.write(f"line {number}: {error}\n")
    return 2 if malformed else 0


USAGE: Final = """\
usage: python -m services.progression                       serve
       python -m services.progression decide < cases.jsonl  run the table on cases
       python -m services.progression explain PATIENT       print a person's latest decisions, and why not more
       python -m services.progression shadow --rules NEW    compare what other rules would have decided
       python -m services.progression diary FILE            step a diary through the rules\
"""


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code; without one, serve."""
    if arguments == ["decide"]:
        with open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False) as lines:
            return decide_lines(lines, sys.stdout, sys.stderr)
    if arguments[:1] == ["explain"]:
        from services.progression.commands.explain import explain_command

        return explain_command(arguments[1:])
    if arguments[:1] == ["shadow"]:
        from services.progression.commands.shadow import shadow_command

        return shadow_command(arguments[1:])
    if arguments[:1] == ["diary"]:
        from services.progression.commands.diary import diary_command

        return diary_command(arguments[1:])
    if arguments:
        print(USAGE, file=sys.stderr)
        return 2
    from services.progression.app import build
    from services.progression.settings import ProgressionSettings
    from shared.settings import load

    build(load(ProgressionSettings)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
