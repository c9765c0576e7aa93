"""Exact mathematics on plain data: optima of exact models, values of policies, equilibrium gaps of payoff tensors.

Model solvers take the exact model of a one-player environment (several players: give the others a policy first). Values
come with a bracket that accounts for the solver's own rounding.

======================= =======================================================================================
`optimum`, `evaluate`   the optimum, and the value of a policy, under the model's own criterion
`certify`               a `Certificate`: optimal, random and memoryless value
`discounted`            infinite discounted return
`finite_horizon`        return of a number of steps; `evaluate_plan` for policies that depend on the clock
`total_return`          undiscounted return until a terminal state
`optimal_gain`          average reward, by `relative_value_iteration` and `howard`, which must agree
`stationary_law`        the long run of a Markov chain; `period`, `bias_of`, `hitting_times`, `kemeny_constant`,
                        `deviation_matrix`; `chain_under` gives the chain of a policy
`mixing_time`           worst case over all starts; `cesaro_mixing_time`, `return_mixing_time`, `spectral_gap`
`conductance`           bottlenecks; `cut_conductance` and `residence_time` of a named set of states
`diameter`              of a model; `policy_diameter` of a chain
`hardness`              all of these on one card; `myopia_gaps` and `blackwell_threshold`, the price of discounting
`multichain_gain`       average reward where some steps can never be taken back; `policy_gain` of a policy
`best_memoryless`       the best policy that sees only the present observation; `best_of_observation` among those that
                        do not draw
`believe`               the model of belief states of a task that hides its state; `history_optimum` in it
`capacity`              the most that can be earned with a given memory; `certify_memory`, with how much memory the
                        optimum can be reached
`lambda_discrepancy`    whether bootstrapped values differ from whole returns: 0 where observations are Markov
`best_response`         against automata; `best_response_gain` in average reward
`best_response_to`      to an automaton or a policy of memory m, from the payoffs of a repeated game
`memory_one_value`      discounted payoffs of strategies of memory one; `memory_one_gain` the limit of means
`markov_gaps`           NashConv of stationary policies in a Markov game, from its exact model
`support_enumeration`   all equilibria of a game of two players that is not degenerate
`vertex_enumeration`    all extreme equilibria of any game of two players, and the components they span
`lemke_howson`          one equilibrium of a game of two players, fast in large games too
`zero_sum`              value and optimal strategies of a game of two players with a constant sum
`equilibrium`           payoffs and residual of any profile of any game, as the solvers return them
`welfare_range`         over (coarse) correlated equilibria; `payoff_ranges`, and the `correlated_equilibrium` that
                        is best for an objective, or assumes least: `maximum_entropy_correlated_equilibrium`
`nash_efficiency`       prices of anarchy and of stability; `correlated_efficiency`
`quantal_response_path` logit equilibria from uniform play to a Nash equilibrium
`orbit`, `basins`       replicator, best-response and other dynamics; where random starts end
`alpha_rank`            share of time that evolving populations spend in each profile
`normal_form`           module: NashConv, CE and CCE gap, pure equilibria
======================= =======================================================================================
"""

from . import normal_form
from .alpha_rank import AlphaRank, alpha_rank
from .belief import Beliefs, TooManyBeliefsError, believe, history_optimum
from .best_response import best_response, best_response_gain, best_response_to
from .capacity import capacity, certify_memory
from .certify import certify
from .chain import chain_under
from .conductance import Conductance, conductance, cut_conductance, residence_time
from .correlated import CorrelatedEquilibrium, Range, correlated_equilibrium, payoff_ranges, welfare_range
from .criteria import evaluate, optimum
from .deviation import bias_of, deviation_matrix, hitting_times, kemeny_constant
from .diameter import diameter, policy_diameter
from .dynamic_programming import discounted, evaluate_plan, finite_horizon
from .efficiency import Efficiency, correlated_efficiency, nash_efficiency
from .equilibrium import Equilibrium, equilibrium
from .gain import Gain, MultichainError, howard, optimal_gain, policy_gain, relative_value_iteration
from .hardness import Hardness, colosseum_hardness, hardness, sum_of_reciprocal_gaps, value_norm
from .lambda_discrepancy import lambda_discrepancy, random_rule
from .lemke_howson import lemke_howson
from .linear import TooLargeError
from .markov_game import MarkovGaps, markov_gaps
from .maximum_entropy import MaximumEntropy, maximum_entropy_correlated_equilibrium
from .memory_one import RepeatedValue, memory_one_chain, memory_one_gain, memory_one_value
from .memory_search import best_of_observation
from .memoryless import best_memoryless
from .mixing import mixing_time, second_eigenvalue_modulus, spectral_gap
from .model_data import Solution, under, uniform_policy
from .multichain import multichain_gain
from .myopia import blackwell_threshold, gains_of_discounting, myopia_gaps
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
    swap_gains,
    uniform_profile,
)
from .period import period
from .population_dynamics import Basins, Orbit, basins, orbit
from .quantal_response import QuantalResponsePath, quantal_response_path
from .quantity import Quantity
from .return_mixing import cesaro_mixing_time, return_mixing_time
from .stationary import StationaryLaw, stationary_law
from .support_enumeration import Equilibria, support_enumeration
from .total_return import NeverEndsError, total_return
from .vertex_enumeration import ExtremeEquilibria, vertex_enumeration
from .zero_sum import zero_sum

__all__ = [
    "AlphaRank",
    "Basins",
    "Beliefs",
    "Conductance",
    "CorrelatedEquilibrium",
    "Efficiency",
    "Equilibria",
    "Equilibrium",
    "ExtremeEquilibria",
    "Gain",
    "Hardness",
    "MarkovGaps",
    "MaximumEntropy",
    "MultichainError",
    "NeverEndsError",
    "Orbit",
    "QuantalResponsePath",
    "Quantity",
    "Range",
    "RepeatedValue",
    "Solution",
    "StationaryLaw",
    "TooLargeError",
    "TooManyBeliefsError",
    "action_values",
    "alpha_rank",
    "basins",
    "believe",
    "best_memoryless",
    "best_of_observation",
    "best_response",
    "best_response_gain",
    "best_response_to",
    "bias_of",
    "blackwell_threshold",
    "capacity",
    "cce_gap",
    "ce_gap",
    "certify",
    "certify_memory",
    "cesaro_mixing_time",
    "chain_under",
    "colosseum_hardness",
    "conductance",
    "correlated_efficiency",
    "correlated_equilibrium",
    "cut_conductance",
    "deviation_gains",
    "deviation_matrix",
    "diameter",
    "discounted",
    "empirical_joint",
    "equilibrium",
    "evaluate",
    "evaluate_plan",
    "expected_payoffs",
    "finite_horizon",
    "gains_of_discounting",
    "hardness",
    "history_optimum",
    "hitting_times",
    "howard",
    "joint_payoffs",
    "kemeny_constant",
    "lambda_discrepancy",
    "largest_pure_nash_conv",
    "lemke_howson",
    "marginals",
    "markov_gaps",
    "maximum_entropy_correlated_equilibrium",
    "memory_one_chain",
    "memory_one_gain",
    "memory_one_value",
    "mixing_time",
    "multichain_gain",
    "myopia_gaps",
    "nash_conv",
    "nash_efficiency",
    "normal_form",
    "optimal_gain",
    "optimum",
    "orbit",
    "payoff_ranges",
    "period",
    "policy_diameter",
    "policy_gain",
    "product_joint",
    "pure_nash",
    "quantal_response_path",
    "random_rule",
    "relative_value_iteration",
    "residence_time",
    "return_mixing_time",
    "second_eigenvalue_modulus",
    "spectral_gap",
    "stationary_law",
    "sum_of_reciprocal_gaps",
    "support_enumeration",
    "swap_gains",
    "total_return",
    "under",
    "uniform_policy",
    "uniform_profile",
    "value_norm",
    "vertex_enumeration",
    "welfare_range",
    "zero_sum",
]
