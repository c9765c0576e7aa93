"""The bots of the RoShamBo programming competitions, as OpenSpiel ships them (extra ``open-spiel``).

43 bots that play rock, paper, scissors against each other for a thousand throws: Lanctot et al., "Population-based
evaluation in repeated rock-paper-scissors as a benchmark for multiagent reinforcement learning", TMLR 2023,
arXiv:2303.03196. They learn within a match, so no exact best response to them is known.

    env = regretlab.as_single_agent("IteratedGame-v0", {1: roshambo_bot("greenberg")}, game="rock-paper-scissors")
"""

from __future__ import annotations

import ctypes
from typing import Any

from ...envs.core.hints import did_you_mean
from .rounds import check_actions, other_action

THROWS, ACTIONS = 1_000, 3  # of a match: the bots' own arrays are not longer
GAME = f"repeated_game(stage_game=matrix_rps(),num_repetitions={THROWS},recall=1)"
STREAM = 128  # bytes of a stream of the C library


def roshambo_names() -> tuple[str, ...]:
    """Return the names of the bots, sorted; ImportError without OpenSpiel, or where it was built without them."""
    return tuple(sorted(_pyspiel().roshambo_bot_names()))


def roshambo_bot(name: str) -> type:
    """Return the class of agents that plays as the bot called ``name``.

    Actions are rock, paper, scissors. A match is an episode, of at most a thousand throws, and every episode a new
    match. The bots draw from the C library's generator; every agent gives its bot a stream of its own there, which
    begins with its seed, so that what it plays depends on its seed and the other player alone. (Linux and macOS.)

    Raises ValueError for a bot that does not exist, with the nearest name; ImportError as `roshambo_names`. Its agents
    raise a ValueError in games of other than three actions or without ``memory``, and after a thousand throws.
    """
    known = roshambo_names()
    if name not in known:
        hint = did_you_mean(str(name), known)
        raise ValueError(f"name={name!r} is not a RoShamBo bot{hint} There are: {', '.join(known)}")
    return type(f"RoShamBo_{name}", (_Bot,), {"bot": name})


class _Bot:
    """An agent that plays as ``bot``, in the seat of a match's first player, whoever it is in the game."""

    bot = ""

    def __init__(self, observation_space: Any, action_space: Any, seed: int) -> None:
        check_actions(self.bot, action_space, ACTIONS)
        self._stream = ctypes.create_string_buffer(STREAM)
        library = _library()
        library.setstate(library.initstate(seed % 2**32, self._stream, STREAM))
        self._begin()

    def act(self, obs: Any) -> int:
        """Return the next throw."""
        if self._match.is_terminal():
            raise ValueError(f"{self.bot} plays at most {THROWS:,} throws: let episodes end by then")
        library = _library()
        before = library.setstate(ctypes.addressof(self._stream))
        try:
            return int(self._player.step(self._match))
        finally:
            library.setstate(before)

    def update(self, obs: Any, action: int, reward: float, next_obs: Any, terminated: bool, truncated: bool) -> None:
        """Tell the bot what both threw; after the end of an episode begin a new match."""
        self._match.apply_actions([action, other_action(self.bot, next_obs, action, ACTIONS)])
        if terminated or truncated:
            self._begin()

    def _begin(self) -> None:
        pyspiel = _pyspiel()
        self._player = pyspiel.make_roshambo_bot(0, self.bot)
        self._match = pyspiel.load_game(GAME).new_initial_state()


def _library() -> Any:
    library = ctypes.CDLL(None)
    library.initstate.argtypes = [ctypes.c_uint, ctypes.c_char_p, ctypes.c_size_t]
    library.setstate.argtypes = [ctypes.c_void_p]
    library.initstate.restype = library.setstate.restype = ctypes.c_void_p
    return library


def _pyspiel() -> Any:
    try:
        import pyspiel
    except ImportError:
        raise ImportError("the RoShamBo bots need OpenSpiel: pip install 'regretlab[open-spiel]'") from None
    if not hasattr(pyspiel, "roshambo_bot_names"):
        raise ImportError("this OpenSpiel was built without the RoShamBo bots: pip install 'regretlab[open-spiel]'")
    return pyspiel
