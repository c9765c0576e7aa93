"""The return of uniformly random play, by simulation, of tasks whose states cannot be listed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.certificate import Value
from ..core.chance import categorical
from ..core.environment import _nothing as apply
from ..core.environment import _nothing as begin
from ..core.environment import _nothing as start
from ..core.fusing import fuse
from ..core.spec import Spec
from ..core.streams import EVALUATION, SAMPLED, below, seed_streams, uniform

EPISODES, ERRORS = 4_000, 5.0


def random_play(p: Any, spec: Spec, state: Any, kernels: dict[str, Any], slug: str) -> Value:
    """Return the mean return of `EPISODES` episodes of uniformly random actions, from fixed seeds.

    Parameters
    ----------
    p, spec, state : parameters, declaration and one lane of a task of one player with a horizon, whose chance is all in
        its start or drawn from ``state.key``.
    kernels : its ``start``, ``begin`` and ``apply``.
    slug : names it in the cache of compiled code.

    Returns
    -------
    Value of kind ``reference``; ``low`` and ``high`` are `ERRORS` standard errors away.
    """
    if spec.sampled:
        state.key[:] = seed_streams(np.zeros(1, np.int64), SAMPLED)
    returns = np.zeros(EPISODES)
    play = fuse(_play, kernels, f"{slug}_random_play")
    play(
        p,
        state,
        seed_streams(np.zeros(1, np.int64), EVALUATION),
        spec.actions[0],
        spec.horizon,
        spec.start_stages,
        np.zeros((1, 1), np.int64),
        np.zeros(spec.start_stages, np.int64),
        np.zeros(spec.start_outcomes),
        np.zeros((1, 1)),
        returns,
    )
    mean, error = float(returns.mean()), ERRORS * float(returns.std(ddof=1)) / math.sqrt(EPISODES)
    how = f"mean of {EPISODES:,} simulated episodes; low and high are {ERRORS:g} standard errors away"
    return Value(mean, "reference", how, mean - error, mean + error)


def _play(p, s, stream, actions, horizon, start_stages, a, c, prob, r, returns):
    for episode in range(returns.shape[0]):
        for stage in range(start_stages):
            c[stage] = categorical(prob, start(p, c, stage, prob), uniform(stream, 0))
        begin(p, s, 0, c)
        for _ in range(horizon):
            a[0, 0] = below(stream, 0, actions)
            ended = apply(p, s, 0, a, c, r)
            returns[episode] += r[0, 0]
            if ended:
                break
