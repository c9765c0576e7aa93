"""Recording what stood in memory during play: the traces that `regretlab.evaluation.metrics.retention` measures."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..envs.core.batch import Batch
from ..envs.core.environment import Environment
from ..envs.core.stacks import decode, stack_size


class Trace(NamedTuple):
    """``stacks`` int64 (steps + 1, lanes, k), ``needed`` (steps + 1, lanes), ``ended`` bool (steps, lanes).

    They are the arguments of the functions of `regretlab.evaluation.metrics.retention`, in their order.
    """

    stacks: np.ndarray
    needed: np.ndarray
    ended: np.ndarray


def record(batch: Batch, step: Callable[[], object], steps: int) -> Trace:
    """Play ``steps`` steps and return what was in memory and what was needed.

    Parameters
    ----------
    batch : of an environment with a stack of integers (one without is a memory of one observation) that tells what is
        ``needed``, in autoreset mode ``same_step``, after its first reset. The batch of a
        `regretlab.baselines.lockstep.Lockstep` is one; that of a `Fused` run has no flags of single steps.
    step : moves the batch by one step, such as ``lambda: play.advance(1)``.
    steps : at least 1.

    Raises
    ------
    ValueError
        for a batch that is not like that.
    """
    environment = batch.environment
    reason = unsuited(environment)
    if reason is not None:
        raise ValueError(reason)
    if batch.autoreset != "same_step":
        raise ValueError(f"autoreset={batch.autoreset!r} is not allowed: a trace is recorded in the mode 'same_step'")
    seen, needed, ended = [batch.observation[:, 0].copy()], [batch.info()["needed"].copy()], []
    for _ in range(steps):
        step()
        seen.append(batch.observation[:, 0].copy())
        needed.append(batch.info()["needed"].copy())
        ended.append(batch.terminated | batch.truncated)
    observations = np.array(seen)
    stacks = observations[..., None] if stack_size(environment) is None else decode(environment, observations)
    return Trace(stacks, np.array(needed), np.array(ended))


def unsuited(environment: Environment) -> str | None:
    """Return why what stands in memory during play of ``environment`` cannot be recorded, or None when it can."""
    if "needed" not in environment.spec.info or environment.spec.observation.kind != "integer":
        return (
            f"{environment.id} is no task whose memory can be recorded: that takes integer observations and 'needed' "
            "in its info"
        )
    stacked = environment.params if stack_size(environment) is None else environment.params.inner
    if hasattr(stacked, "inner"):
        return (
            f"{environment.id} shows something else than the observations that 'needed' numbers: record it with a "
            "stack of its own observations, or without a wrapper"
        )
    return None
