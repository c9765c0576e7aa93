"""RegretLab: games and benchmark environments whose optimum is known, so that every score is a regret.

Importing this package registers its environments with Gymnasium and PettingZoo. It compiles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module as _import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

from .envs.api.registration import publish as _publish
from .envs.catalog import ROWS as _ROWS
from .envs.core.knobs import Knob
from .envs.core.registry import Row
from .envs.core.registry import register as _register
from .envs.core.registry import rows as catalog

if TYPE_CHECKING:
    import gymnasium

    from .envs.api import wrappers
    from .envs.api.parallel import RegretLabParallelEnv
    from .envs.api.sb3 import to_sb3
    from .envs.api.vector import RegretLabVectorEnv
    from .envs.core.batch import Autoreset, Batch
    from .envs.core.certificate import Certificate
    from .envs.core.environment import Environment
    from .envs.core.model import Model

__all__ = [
    "Knob",
    "Row",
    "as_single_agent",
    "catalog",
    "certificate",
    "make",
    "make_batch",
    "make_parallel",
    "make_vec",
    "model",
    "register",
    "to_sb3",
    "wrappers",
]

__version__ = _version("regretlab")


def __getattr__(name: str) -> Any:
    if name == "wrappers":
        return _import_module(".envs.api.wrappers", __name__)
    if name == "to_sb3":
        return _import_module(".envs.api.sb3", __name__).to_sb3
    raise AttributeError(f"module 'regretlab' has no attribute {name!r}")


def make(
    id: str | Environment, render_mode: str | None = None, max_episode_steps: int | None = None, **knobs: Any
) -> gymnasium.Env:
    """Make a Gymnasium environment for one player.

    Parameters
    ----------
    id : such as ``"regretlab/TMazePassive-v0"`` (``regretlab/`` may be left out), or an environment that is already
        built, as by `as_single_agent`.
    render_mode : ``"ansi"``, ``"rgb_array"``, one of their ``"..._list"`` modes, ``"human"`` (needs pygame) or None.
    max_episode_steps : steps after which an episode is truncated; None takes the environment's own horizon, -1 none.
    knobs : the environment's arguments (see ``regretlab info ID``).

    Raises
    ------
    KeyError
        for an unknown id; the message names the nearest.
    TypeError, ValueError
        for an unknown knob, a value that is not allowed, or an environment of several players.
    """
    from .envs.api.single import make_single

    return make_single(_environment(id, knobs), render_mode, max_episode_steps, listed=isinstance(id, str))


def make_vec(
    id: str | Environment,
    num_envs: int,
    autoreset_mode: Any = "NextStep",
    max_episode_steps: int | None = None,
    render_mode: str | None = None,
    **knobs: Any,
) -> RegretLabVectorEnv:
    """Make a Gymnasium vector environment of ``num_envs`` lanes, stepped by one compiled loop.

    Parameters
    ----------
    id, max_episode_steps, knobs : as for `make`.
    num_envs : how many lanes, at least 1. Lane ``i`` seeded ``s`` equals the single environment seeded ``s + i``.
    autoreset_mode : a ``gymnasium.vector.AutoresetMode`` or its value ``"NextStep"``, ``"SameStep"`` or ``"Disabled"``.
    render_mode : ``"ansi"``, ``"rgb_array"`` or None; ``render`` returns one picture a lane.

    Raises what `make` raises.
    """
    from .envs.api.vector import RegretLabVectorEnv

    return RegretLabVectorEnv(
        _environment(id, knobs),
        num_envs,
        autoreset_mode=autoreset_mode,
        max_episode_steps=max_episode_steps,
        render_mode=render_mode,
    )


def make_parallel(
    id: str | Environment, render_mode: str | None = None, max_episode_steps: int | None = None, **knobs: Any
) -> RegretLabParallelEnv:
    """Make a PettingZoo parallel environment with the agents ``player_0``, ``player_1`` and so on.

    Parameters are those of `make`; of the render modes there are ``"ansi"``, ``"rgb_array"`` and ``"human"``. For the
    turn-based view use ``pettingzoo.utils.parallel_to_aec`` or ``pettingzoo.make("aec", id)``.

    Raises KeyError, TypeError or ValueError as `make` does.
    """
    from .envs.api.parallel import RegretLabParallelEnv

    return RegretLabParallelEnv(_environment(id, knobs), render_mode=render_mode, max_episode_steps=max_episode_steps)


def make_batch(
    id: str | Environment,
    lanes: int,
    autoreset: Autoreset = "next_step",
    max_episode_steps: int | None = None,
    lane_parameters: dict[str, Any] | None = None,
    **knobs: Any,
) -> Batch:
    """Make the native interface, for any number of players: ``lanes`` copies stepped together, arrays in and out.

    Parameters
    ----------
    id, knobs : as for `make`.
    lanes, autoreset, max_episode_steps, lane_parameters : see `regretlab.envs.core.batch.Batch`.

    Raises what `make` raises.
    """
    from .envs.core.batch import Batch

    return Batch(
        _environment(id, knobs),
        lanes,
        autoreset=autoreset,
        max_episode_steps=max_episode_steps,
        lane_parameters=lane_parameters,
    )


def model(id: str | Environment, limit: int = 1_000_000, **knobs: Any) -> Model:
    """List the states and transitions of an environment exactly, with the kernels that also simulate it.

    Parameters
    ----------
    id, knobs : as for `make`.
    limit : the most states to list.

    Raises ValueError for an environment that is sampled, continuous or larger than ``limit``; else what `make` raises.
    """
    from .envs.core.model import enumerate_model

    return enumerate_model(_environment(id, knobs), limit)


def certificate(id: str | Environment, **knobs: Any) -> Certificate:
    """Return what is known of a task: its optimal, uniformly random and memoryless value, each with its kind.

    The environment's own certificate where it has one, else the solution of its exact model.

    Raises ValueError for an environment with neither; else what `make` raises.
    """
    from .solvers.certify import certify_environment

    return certify_environment(_environment(id, knobs))


def as_single_agent(
    id: str | Environment,
    partners: Mapping[int, Any],
    player: int = 0,
    render_mode: str | None = None,
    max_episode_steps: int | None = None,
    **knobs: Any,
) -> Environment | gymnasium.Env:
    """Return a game of several players as one of them sees it, the other seats being played by ``partners``.

    Parameters
    ----------
    id, knobs : as for `make_parallel`.
    partners : who plays each of the other seats, by player number. Fixed policies are `Automaton` objects or arrays
        (observations, actions) of probabilities: see `regretlab.envs.core.single_agent`. Partners that may learn are
        learners (`regretlab.baselines.learner.load`) or classes of agents: see `regretlab.envs.api.partnered`.
    player : the seat that is left.
    render_mode, max_episode_steps : as for `make_parallel`, with partners that may learn; a game against fixed policies
        takes them where it is made.

    Returns
    -------
    with fixed policies a built environment, to be handed to `make`, `make_vec`, `make_batch`, `model` or `certificate`;
    with partners that may learn a Gymnasium environment.

    Raises TypeError or ValueError for a partner that does not fit its seat; else what `make` raises.
    """
    from .baselines.learner import Learner

    environment = _environment(id, knobs)
    if any(isinstance(partner, (type, Learner)) for partner in partners.values()):
        from .baselines.agent import as_agent
        from .envs.api.partnered import PartneredEnv

        agents = {
            seat: as_agent(partner, environment, seat) if isinstance(partner, Learner) else partner
            for seat, partner in partners.items()
        }
        return PartneredEnv(environment, agents, player, render_mode=render_mode, max_episode_steps=max_episode_steps)
    if render_mode is not None or max_episode_steps is not None:
        raise TypeError("render_mode and max_episode_steps are for partners that learn: give them to make instead")
    from .envs.core.single_agent import as_single_agent as seated

    return seated(environment, partners, player)


def register(row: Row) -> None:
    """Add an environment of your own: to RegretLab, and by its number of players to Gymnasium or PettingZoo.

    A row of the same id is replaced. Raises ValueError for an id that is not ``namespace/Name-v0``.
    """
    _register(row)
    _publish(row)


def _environment(id: str | Environment, knobs: dict[str, Any]) -> Environment:
    if not isinstance(id, str):
        if knobs:
            raise TypeError(f"{id.id} is built already: {', '.join(knobs)} cannot be changed any more")
        return id
    from .envs.core.registry import build

    return build(id, **knobs)


for _row in _ROWS:
    register(_row)
