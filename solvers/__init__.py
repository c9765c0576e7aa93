"""Exact mathematics on plain data: optima of exact models, values of policies, equilibrium gaps of payoff tensors.

Model solvers take the exact model of a one-player environment (several players: give the others a policy first). Values
come with a bracket that accounts for the solver's own rounding.

======================  ===================================================================================
`optimum`, `evaluate`   the optimum, and the value of a policy, under the model's own criterion
`certify`               a `Certificate`: optimal, random and memoryless value
`discounted`            infinite discounted return
`finite_horizon`        return of a number of steps; `evaluate_plan` for policies that depend on the clock
`total_return`          undiscounted return until a terminal state
`optimal_gain`          average reward, by `relative_value_iteration` and `howard`, which must agree
`multichain_gain`       average reward where some steps can never be taken back; `policy_gain` of a policy
`best_memoryless`       the best policy that sees only the present observation
`best_response`         against automata; `best_response_gain` in average reward
`normal_form`           module: NashConv, CE and CCE gap, pure equilibria
======================  ===================================================================================
"""

from . import normal_form
from .best_response import best_response, best_response_gain
from .certify import certify
from .criteria import evaluate, optimum
from .dynamic_programming import discounted, evaluate_plan, finite_horizon
from .gain import Gain, MultichainError, howard, optimal_gain, policy_gain, relative_value_iteration
from .linear import TooLargeError
from .memoryless import TooManyMapsError, best_memoryless
from .model_data import Solution, under, uniform_policy
from .multichain import multichain_gain
from .normal_form import (
    action_values,
    cce_gap,
    ce_gap,
    deviation_gains,
    empirical_joint,
    expected_payoffs,
    joint_payoffs,
    largest_pure_nash_conv,
    marginals,
    nash_conv,
    product_joint,
    pure_nash,
    uniform_profile,
)
from .total_return import NeverEndsError, total_return

__all__ = [
    "Gain",
    "MultichainError",
    "NeverEndsError",
    "Solution",
    "TooLargeError",
    "TooManyMapsError",
    "action_values",
    "best_memoryless",
    "best_response",
    "best_response_gain",
    "cce_gap",
    "ce_gap",
    "certify",
    "deviation_gains",
    "discounted",
    "empirical_joint",
    "evaluate",
    "evaluate_plan",
    "expected_payoffs",
    "finite_horizon",
    "howard",
    "joint_payoffs",
    "largest_pure_nash_conv",
    "marginals",
    "multichain_gain",
    "nash_conv",
    "normal_form",
    "optimal_gain",
    "optimum",
    "policy_gain",
    "product_joint",
    "pure_nash",
    "relative_value_iteration",
    "total_return",
    "under",
    "uniform_policy",
    "uniform_profile",
]
