"""Compare a wheel with the folders of a checkout: every package and every asset, and nothing else.

python .ci/wheel_contents.py WHEEL CHECKOUT
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

NOT_SHIPPED = {"tests", "docs", "examples", "benchmarks", "build", "dist"}


def expected(checkout: Path) -> set[str]:
    """Return the names that a wheel has to hold: the files of all packages, of the root only what belongs to it."""
    names = {"regretlab/__init__.py", "regretlab/cli/__init__.py", "regretlab/py.typed"}
    for path in checkout.rglob("*"):
        parts = path.relative_to(checkout).parts
        ours = len(parts) > 1 and parts[0] not in NOT_SHIPPED and not any(part.startswith(".") for part in parts)
        if ours and path.is_file() and not {"__pycache__", "regretlab.egg-info"} & set(parts):
            names.add("/".join(("regretlab", *parts)))
    return names


def main(wheel: str, checkout: str) -> None:
    """Exit with a message when the wheel holds too much or too little."""
    names = {name for name in ZipFile(wheel).namelist() if not name.split("/")[0].endswith(".dist-info")}
    wanted = expected(Path(checkout))
    if names != wanted:
        sys.exit(f"missing in the wheel: {sorted(wanted - names)}\nnot expected in it: {sorted(names - wanted)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
