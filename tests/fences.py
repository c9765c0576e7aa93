"""The fenced code blocks of the Markdown pages, and how they are run.

The ``python`` blocks of a page run in order, in one process and one namespace, with warnings as errors. What they print
must be what their comments ``# -> ...`` say. A block whose first line is a comment with the path of a file is not run:
it becomes that file, which the others can import.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# (\S+\.(?:py|toml))\n")
_RUN = (
    "import pathlib, sys; page = sys.argv[1]; exec(compile(pathlib.Path('page.py').read_text('utf-8'), page, 'exec'))"
)


class Block(NamedTuple):
    """One fenced block: its language, the number of its first line in the page, and its text."""

    language: str
    line: int
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of ``page``."""
    text = page.read_text(encoding="utf-8")
    return [Block(each[1], text.count("\n", 0, each.start(2)) + 1, each[2]) for each in _FENCE.finditer(text)]


def files(page: Path) -> dict[str, str]:
    """Return the files that ``page`` shows, by path."""
    return {named[1]: block.text for block in blocks(page) if (named := _FILE.match(block.text))}


def run_page(page: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Run the ``python`` blocks of ``page`` in ``folder``; return the lines they print and those the page says.

    RuntimeError shows what went wrong, by the page's lines.
    """
    for name, text in files(page).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    source = [""] * page.read_text(encoding="utf-8").count("\n")
    for block in blocks(page):
        if block.language == "python" and not _FILE.match(block.text):
            lines = block.text.splitlines()
            source[block.line - 1 : block.line - 1 + len(lines)] = lines
    (folder / "page.py").write_text("\n".join(source), encoding="utf-8")
    command = [sys.executable, "-W", "error", "-c", _RUN, str(page)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    said = [line.split("# -> ", 1)[1] for line in source if "# -> " in line]
    return [line.rstrip() for line in done.stdout.splitlines()], said
