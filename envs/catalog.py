"""The rows of the environments that come with RegretLab."""

from __future__ import annotations

from .bodies.rows import ROWS as BODIES
from .core.knobs import Knob
from .core.registry import Row
from .linear.rows import ROWS as LINEAR
from .mdps.rows import ROWS as MDPS
from .memory.rows import ROWS as MEMORY
from .partners.rows import ROWS as PARTNERS

_STAGE = {
    "game": Knob("prisoners-dilemma", "name of a game of the library, or of a family of games"),
    "parameters": Knob(None, "parameters of a family's game, a dict"),
    "payoffs": Knob(None, "a tensor to play instead, float (players, actions of player 0, actions of player 1, ...)"),
    "games": Knob(None, "several games instead, one a lane: '144', '78', 'sym12', a list of names or an array"),
    "index": Knob(0, "number of the game that is played (first)", low=0),
    "feedback": Knob("full", "what learners may be told: all payoffs, or their own", choices=("full", "bandit")),
    "noise": Knob("none", "noise of the payoffs, under bandit feedback", choices=("none", "gaussian", "bernoulli")),
    "noise_scale": Knob(1.0, "standard deviation of Gaussian noise, in payoffs", low=0.0, high=1e150),
}

ROWS = (
    *MEMORY,
    Row(
        id="regretlab/MatrixGame-v0",
        module="regretlab.envs.games.normal_form",
        family="games",
        summary="Play a normal-form game once, with any number of players.",
        knobs=_STAGE,
        players="several",
        tags=("games", "general-sum", "exact", "integer", "full feedback"),
        citation="Osborne and Rubinstein 1994, A Course in Game Theory",
    ),
    Row(
        id="regretlab/IteratedGame-v0",
        module="regretlab.envs.games.normal_form",
        family="games",
        summary="Play a normal-form game round after round, seeing the last joint actions.",
        knobs={
            **_STAGE,
            "horizon": Knob(100, "rounds after which the episode is truncated; 0 means never", low=0, high=10**9),
            "discount": Knob(1.0, "weight of a round's reward relative to the round before", low=0.0, high=1.0),
            "continuation": Knob(1.0, "probability that another round follows", low=0.0, high=1.0),
            "memory": Knob(1, "how many of the last joint actions are observed", low=0, high=60),
            "switching": Knob("never", "how the game changes", choices=("never", "schedule", "hazard", "sinusoidal")),
            "period": Knob(100, "rounds until a scheduled change, or of a sinusoidal one", low=1, high=10**6),
            "hazard": Knob(0.01, "probability of a change after a round", low=0.0, high=1.0),
        },
        players="several",
        tags=("games", "general-sum", "exact", "integer", "full feedback"),
        citation="Fudenberg and Maskin 1986, Econometrica 54:533",
    ),
    *MDPS,
    *BODIES,
    *LINEAR,
    *PARTNERS,
)
