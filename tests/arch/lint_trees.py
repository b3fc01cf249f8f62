"""Lints trees of packages with the project's own layer contracts, in a process where none of them is imported yet."""

import json
import sys
from contextlib import redirect_stdout
from importlib import invalidate_caches
from io import StringIO
from pathlib import Path

from importlinter.cli import lint_imports


def broken_contracts(config: Path, tree: Path) -> list[str]:
    """The names of the contracts that this tree breaks, or what kept the linter from saying so."""
    sys.path.insert(0, str(tree))
    invalidate_caches()
    said = StringIO()
    try:
        with redirect_stdout(said):
            failed = lint_imports(config_filename=str(config), no_cache=True)
    finally:
        sys.path.remove(str(tree))
    lines = said.getvalue().splitlines()
    broken = [line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")]
    return broken if bool(failed) == bool(broken) else [said.getvalue()]


if __name__ == "__main__":
    config, *trees = map(Path, sys.argv[1:])
    json.dump({tree.name: broken_contracts(config, tree) for tree in trees}, sys.stdout)
