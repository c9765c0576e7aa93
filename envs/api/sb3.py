"""The way to Stable-Baselines3 (extra `clients`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .vector import RegretLabVectorEnv

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv


def to_sb3(vector_env: RegretLabVectorEnv) -> VecEnv:
    """Return ``vector_env`` as a Stable-Baselines3 ``VecEnv`` that behaves as ``DummyVecEnv`` does.

    Parameters
    ----------
    vector_env : what ``regretlab.make_vec(id, num_envs, autoreset_mode="SameStep")`` returns.

    Raises
    ------
    ValueError
        for another autoreset mode: Stable-Baselines3 expects the first observation of the next episode at once.
    ModuleNotFoundError
        without Stable-Baselines3; the message names the extra.
    """
    try:
        from .sb3_vec_env import Sb3VecEnv
    except ModuleNotFoundError as missing:
        package = (missing.name or "").split(".")[0]
        message = f'to_sb3 needs {package}: python -m pip install "regretlab[clients]"'
        raise ModuleNotFoundError(message, name=package) from None
    return Sb3VecEnv(vector_env)
