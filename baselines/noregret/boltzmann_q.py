"""Q-learning with Boltzmann exploration: probabilities proportional to exp(value / temperature).

Watkins and Dayan, "Q-learning", Machine Learning 8, 1992; as a model of learning in games Tuyls, Verbeeck and Lenaerts,
"A selection-mutation model for Q-learning in multi-agent systems", AAMAS 2003. The values of a single state with
gamma = 0 are averages of what each action paid, so that slow learners who settle play a logit equilibrium at this
temperature: each replies to the others by the softmax of its payoffs over the temperature.

Accepts integer observations, any number of players (each learns alone) and every criterion.

    regretlab watch regretlab/IteratedGame-v0 --learner boltzmann_q
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..learner import Accepts
from ..table import STORAGE, find
from ..tabular import values
from ..tabular.q_learning import update  # noqa: F401 (it learns as that does, and chooses otherwise)
from .mixing import pick, softmax_into

ACCEPTS = Accepts()
KNOBS = {
    **values.BOOTSTRAPPING,
    "temperature": Knob(0.1, "difference in value that makes an action e times as likely", low=1e-9),
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read; ``terminal`` as in `values.Params`."""

    alpha: float
    gamma: float
    terminal: bool
    temperature: float
    initial: float
    capacity: int


# ``policy`` (rows, actions) is the mixed action of the last step.
State = values.with_fields(__name__, "policy")

params = partial(values.build, Params)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(*values.allocate(lp, observations, actions, rows), policy=np.zeros((rows, actions)))


@kernel
def act(lp, ls, row, observation):
    """Draw an action from the softmax of the values over the temperature."""
    count = ls.actions[row]
    slot = find(ls.table, row, observation)
    u = uniform(ls.key, row)
    if slot < 0:
        return scaled(u, count)
    softmax_into(ls.policy[row], ls.values[row, slot], count, 1.0 / lp.temperature)
    return pick(ls.policy[row], count, u)
