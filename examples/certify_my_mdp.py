"""Certify a decision process of your own: its best average reward, how far it is across, and how fast it mixes.

python examples/certify_my_mdp.py
"""

import numpy as np

import regretlab
from regretlab.baselines import load
from regretlab.baselines.fused import Fused
from regretlab.envs.core.registry import build
from regretlab.solvers import hardness

# A battery with six levels. Waiting charges it now and then; selling pays the level's price and empties it.
LEVELS, PRICES = 6, (0.0, 0.2, 0.5, 1.0, 1.2, 1.3)
transitions = np.zeros((LEVELS, 2, LEVELS))
rewards = np.zeros((LEVELS, 2))
for level in range(LEVELS):
    transitions[level, 0, min(level + 1, LEVELS - 1)] += 0.7
    transitions[level, 0, level] += 0.3
    transitions[level, 1, 0] = 1.0
    rewards[level, 1] = PRICES[level]


def main(steps=100_000):
    """Print what is certified, and the regret of a learner; return both."""
    card = hardness(regretlab.model("TabularMDP-v0", transitions=transitions, rewards=rewards))
    print(f"optimal gain {card.gain.gain:.6f}, between {card.gain.low:.9f} and {card.gain.high:.9f}")
    print(f"sell at the levels {np.flatnonzero(card.gain.policy).tolist()}")
    for name in ("diameter", "mixing_time", "period", "bias_span", "blackwell_threshold"):
        print(f"{name:20} {card.quantities[name].value:10.6g}  ({card.quantities[name].kind})")

    battery = build("TabularMDP-v0", transitions=transitions, rewards=rewards)
    earned = Fused(battery, load("differential_q"), lanes=10).advance(steps).rewards[:, 0]
    regret = steps * card.gain.gain - earned.mean()
    print(f"differential Q-learning lost {regret:.0f} of {steps * card.gain.gain:.0f} in {steps:,} steps")
    return card, regret


if __name__ == "__main__":
    main()
