"""`python -m services.session_logging` serves; `... import FILE` takes a diary through the batch log."""

import sys


def main(arguments: list[str]) -> int:
    """Serve without arguments, run the diary import with `import`; anything else is told and ends with 2."""
    if not arguments:
        from services.session_logging.app import build
        from services.session_logging.settings import SessionLoggingSettings
        from shared.settings import load

        build(load(SessionLoggingSettings)).run()
        return 0
    if arguments[0] == "import":
        from services.session_logging.diary.command import import_diary

        return import_diary(arguments[1:])
    print("usage: python -m services.session_logging [import FILE --mapping MAPPING --patient ID ...]", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
