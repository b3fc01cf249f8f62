"""`python -m deploy.local run|live|outage|clock|clean`: the embedded stack at the command line."""

import argparse
import dataclasses
import logging
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from deploy.local.checks import alone
from deploy.local.clock import advance, set_to
from deploy.local.demo.cast import CAST
from deploy.local.demo.outage import outage
from deploy.local.found import found
from deploy.local.story import SEED, Demo, go_on
from deploy.local.supervisor import run
from deploy.local.topology import PROJECT_HOME, Layout, Ports
from deploy.local.trouble import Trouble


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 after one sentence on stderr that says what is wrong, or 130 where a person stopped it."""
    given = _parser().parse_args(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        _do(given)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("It was stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        print(_unexpected(error), file=sys.stderr)
        return 1
    return 0


def _do(given: argparse.Namespace) -> None:
    layout = _layout(given)
    if given.command == "run":
        demo = Demo(given.people, given.days, given.seed)
        begins = timedelta(0) if given.no_story else -timedelta(days=given.days)
        run(layout, Console(), story=None if given.no_story else demo.tell, stay=not given.once, begins=begins)
    elif given.command == "live":
        go_on(found(layout), Console(), given.days, given.seed)
    elif given.command == "outage":
        own = dataclasses.replace(layout, home=layout.home / "outage", ports=Ports.free())
        clean(own)
        run(own, Console(), story=outage, stay=False)
    elif given.command == "clean":
        clean(layout)
    else:
        now = set_to(layout.clock_file, given.at) if given.at else advance(layout.clock_file, _step(given))
        print(f"The clock shows {now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.")


def clean(layout: Layout) -> None:
    """Remove what was recorded, and the logs; the fetched archives and the issuer's keys stay."""
    with alone(layout):
        for folder in (layout.data, layout.home / "logs"):
            shutil.rmtree(folder, ignore_errors=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description="The embedded Pacewell.")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("run", help="start everything, show one logged session's way, and stay up")
    start.add_argument("--port-shift", type=int, default=0, metavar="N", help="add N to every port")
    start.add_argument("--no-story", action="store_true", help="only start and stay up")
    start.add_argument("--once", action="store_true", help="stop again after the story")
    start.add_argument("--people", type=_whole(1, len(CAST)), default=len(CAST), metavar="N", help="a smaller demo")
    start.add_argument(
        "--days", type=_whole(1, 60), default=28, metavar="N", help="how long they live before the story"
    )
    live = commands.add_parser("live", help="let everybody of the running demo live on")
    live.add_argument("--days", type=_whole(1, 60), required=True, metavar="N", help="for so many days")
    broken = commands.add_parser("outage", help="kill Kafka in a stack of its own and show that nothing is lost")
    clock = commands.add_parser("clock", help="set or advance the clock of the local stack")
    to = clock.add_mutually_exclusive_group(required=True)
    to.add_argument("--at", type=datetime.fromisoformat, metavar="ISO", help="set it to this moment")
    to.add_argument("--days", type=float, metavar="N", help="advance it by so many days")
    to.add_argument("--hours", type=float, metavar="N", help="advance it by so many hours")
    clean = commands.add_parser("clean", help="remove what was recorded, and the logs")
    for command in (start, live):
        command.add_argument("--seed", type=_whole(0, 1_000_000), default=SEED, metavar="N", help="other lives")
    for command in (start, live, broken, clock, clean):
        command.add_argument("--home", type=Path, default=PROJECT_HOME, metavar="DIR", help="keep everything there")
    return parser


def _layout(given: argparse.Namespace) -> Layout:
    try:
        return Layout.of_project(given.port_shift if given.command == "run" else 0, given.home.absolute())
    except ValueError as error:
        raise Trouble(f"With this shift {error}.") from None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most} is needed")
        return number

    return read


def _step(given: argparse.Namespace) -> timedelta:
    try:
        return timedelta(days=given.days or 0, hours=given.hours or 0)
    except OverflowError:
        raise Trouble("The clock can be set at most 100 years ahead.") from None


def _unexpected(error: Exception) -> str:
    """Keep the trace for whoever repairs it; the sentence for the person at the terminal."""
    log = Layout.of_project().log("supervisor")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(traceback.format_exception(error)))
    return f"Something unexpected went wrong ({type(error).__name__}); the details are in {log}."


if __name__ == "__main__":
    raise SystemExit(main())
