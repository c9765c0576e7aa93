"""Games in files: Gambit's ``.nfg`` and a JSON form, the one in which the library's own games are written."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .game import NormalFormGame
from .game_data import parse, to_data
from .nfg import format_nfg, parse_nfg


def read(path: str | os.PathLike[str]) -> NormalFormGame:
    """Return the game in a file.

    Parameters
    ----------
    path : its name ends in ``.nfg`` (Gambit's format, see `nfg`; payoff or outcome form) or ``.json`` (see `game_data`;
        only the key ``payoffs`` is required).

    Raises
    ------
    OSError
        when the file cannot be read.
    ValueError
        for another ending, or a malformed or truncated file; the message names the file, says what was expected, and,
        wherever the text itself is malformed, the line and the column.
    TypeError
        for payoffs or names of another type.
    """
    path = Path(path)
    suffix = _suffix(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return parse_nfg(text) if suffix == ".nfg" else parse(json.loads(text))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{path}: {error}") from error


def write(game: NormalFormGame, path: str | os.PathLike[str]) -> None:
    """Write a game into a file, which appears complete or not at all, and replaces what was there.

    Parameters
    ----------
    game : what to write. An ``.nfg`` file holds title, citation (as its comment), names of actions and payoffs; a
        ``.json`` file holds everything. Reading gives back the same numbers, to the last bit.
    path : its name ends in ``.nfg`` or ``.json``; the folder must exist.

    Raises
    ------
    OSError
        when the file cannot be written.
    ValueError
        for another ending, or a text that an ``.nfg`` file cannot hold.
    """
    path = Path(path)
    if _suffix(path) == ".nfg":
        text = format_nfg(game)
    else:
        entries = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in to_data(game).items())
        text = "{\n" + ",\n".join(entries) + "\n}\n"
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        scratch.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".nfg", ".json"):
        raise ValueError(f"path={str(path)!r} is not allowed: the name of a game's file must end in .nfg or .json")
    return suffix
