"""The lambda-discrepancy: whether values learned by bootstrapping differ from those learned from whole returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .belief import observation_groups
from .linear import solve
from .model_data import one_player, under, uniform_policy

if TYPE_CHECKING:
    from ..envs.core.model import Model


def lambda_discrepancy(model: Model, discount: float, policy: np.ndarray | None = None) -> float:
    """Return how far TD(0) and Monte-Carlo estimates of the action values disagree under a memoryless policy.

    The norm of the difference Q_0 - Q_1 over observations x and actions a,

        sqrt( sum_x,a  d(x) pi(a | x) (Q_0(x, a) - Q_1(x, a))**2 ),

    where d(x) is the discounted share of time that is spent with observation x, from the initial distribution and until
    the episode ends (weights 1 in sum). With w(s | x) the share of the state s in it,

        Q_1(x, a) = sum_s w(s | x) Q(s, a),                                          what TD(1) learns, and
        Q_0(x, a) = sum_s w(s | x) (R(s, a) + discount sum_s' P(s' | s, a) V_0(x(s'))),   what TD(0) learns,

    with V_0(x) = sum_a pi(a | x) Q_0(x, a). It is 0 when the observations are a Markov state, and almost always greater
    when they are not (Allen, Kirtland, Tao et al., Mitigating partial observability in sequential decision processes
    via the lambda discrepancy, NeurIPS 2024, arXiv:2407.07333). Almost: under the uniform policy the symmetry of a task
    may hide it, as in the T-mazes, where both estimates are 0. `random_rule` gives another policy.

    Parameters
    ----------
    model : a model of one player; its horizon is ignored.
    discount : factor in [0, 1).
    policy : float (S, A), the same row for all states of an observation; default the uniform policy.

    Raises
    ------
    ValueError
        for several players, a malformed model, a discount outside [0, 1), or a policy that is none of the observations.
    """
    if not 0 <= discount < 1:
        raise ValueError(f"discount must be at least 0 and below 1, not {discount}")
    transitions, rewards = one_player(model, "lambda_discrepancy")
    policy = uniform_policy(model) if policy is None else np.asarray(policy, float)
    chain = under(model, policy)  # checks the policy
    groups, count = observation_groups(model)
    _check_rule(policy, groups, model.terminal)
    identity = sparse.identity(model.size, format="csr")
    spent = solve(identity - discount * chain.transitions.T.tocsr(), model.initial)
    spent = np.where(model.terminal, 0.0, np.maximum(spent, 0.0))
    share = np.bincount(groups, spent, minlength=count + 1)[:count]
    met = share > 0
    living = ~model.terminal
    entries = groups[living], np.flatnonzero(living)
    weights = np.divide(spent[living], share[groups[living]], out=np.zeros(living.sum()), where=met[groups[living]])
    state_of = sparse.csr_matrix((weights, entries), shape=(count, model.size))
    shows = sparse.csr_matrix((np.ones(living.sum()), entries[::-1]), shape=(model.size, count))
    values = solve(identity - discount * chain.transitions, chain.rewards[:, 0, 0])
    bootstrapped = solve(
        sparse.identity(count, format="csr") - discount * (state_of @ chain.transitions @ shows),
        state_of @ chain.rewards[:, 0, 0],
    )
    ahead = (transitions @ (shows @ bootstrapped - values)).reshape(rewards.shape)
    difference = discount * (state_of @ ahead)
    rule = state_of @ policy
    return float(np.sqrt((share[:, None] / share.sum() * rule * difference**2).sum()))


def random_rule(model: Model, seed: int = 0) -> np.ndarray:
    """Draw a memoryless policy, float (S, A): after each observation a distribution that is uniform on the simplex."""
    groups, count = observation_groups(model)
    rule = np.random.default_rng(seed).dirichlet(np.ones(model.rewards.shape[1]), count + 1)
    return rule[groups]


def _check_rule(policy: np.ndarray, groups: np.ndarray, terminal: np.ndarray) -> None:
    for group in np.unique(groups[~terminal]):
        rows = policy[groups == group]
        if np.any(np.abs(rows - rows[0]) > 1e-12):
            raise ValueError(
                f"policy must be one of the present observation: the rows {np.flatnonzero(groups == group).tolist()} "
                "belong to states that look alike, and differ"
            )
