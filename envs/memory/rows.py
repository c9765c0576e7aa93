"""The rows of the memory tasks."""

from __future__ import annotations

import dataclasses

from ..core.knobs import Knob
from ..core.registry import Row

LENGTH = Knob(10, "column of the junction: how many observations to keep the cue", low=2, high=10**9)
RANDOM_LENGTH = Knob(False, "draw the junction's column uniformly from 2 to length")
TIMEOUT = Knob(-1.0, "reward for running out of time; 0 makes it a truncation", low=-1.0, high=0.0)
ACTIVE = {
    "slack": Knob(1, "steps to spare", low=0, high=1000),
    "step_penalty": Knob(0.0, "what each step costs", low=0.0, high=0.25),
}

_NOISE = "standard deviation of the noise in each of the two numbers"
_CART_POLE_STEPS = Knob(200, "length of an episode; a step pays 1 / steps", low=1, high=10**6)
_PENDULUM_STEPS = Knob(200, "length of an episode; a step pays at most 1 / steps", low=1, high=1000)
_TORQUES = Knob(5, "how many torques there are, from -2 to 2", low=2, high=21)
VIEWS = ("integer", "vector")

DECK = {
    "decks": Knob(1, "decks shuffled together", low=1, high=64),
    "suits": Knob(4, "suits of a deck", low=2, high=26),
    "ranks": Knob(13, "cards of each suit in a deck", low=1, high=13),
}
POPGYM = "Morad et al. 2023, arXiv:2303.01859"

ROWS = (
    # Mazes.
    Row(
        id="regretlab/TMazePassive-v0",
        module="regretlab.envs.memory.tmaze",
        family="memory",
        summary="Remember the colour seen at the start until the junction at the far end.",
        knobs={"length": LENGTH, "random_length": RANDOM_LENGTH},
        tags=("memory", "exact", "integer"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
    ),
    Row(
        id="regretlab/TMazeActive-v0",
        module="regretlab.envs.memory.tmaze",
        family="memory",
        summary="Go and look at the colour behind you, then remember it until the junction; time is short.",
        knobs={"length": LENGTH, "random_length": RANDOM_LENGTH, "timeout_reward": TIMEOUT, **ACTIVE},
        tags=("memory", "exact", "integer"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
        fixed={"active": True},
    ),
    Row(
        id="regretlab/TMazeActivePaper-v0",
        module="regretlab.envs.memory.tmaze",
        family="memory",
        summary="TMazeActive as published: running out of time costs nothing, and too short a memory earns half.",
        knobs={
            "length": LENGTH,
            "random_length": RANDOM_LENGTH,
            "timeout_reward": dataclasses.replace(TIMEOUT, default=0.0),
            **ACTIVE,
        },
        tags=("memory", "exact", "integer"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
        fixed={"active": True},
    ),
    Row(
        id="regretlab/TMazeContinual-v0",
        module="regretlab.envs.memory.tmaze",
        family="memory",
        summary="A T-maze without end: every arm leads back to the start, with a new colour to remember.",
        knobs={
            "length": LENGTH,
            "random_length": RANDOM_LENGTH,
            "active": Knob(False, "walk by oneself, and begin beside the cue instead of on it"),
        },
        tags=("memory", "exact", "integer", "gain"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
        fixed={"continual": True},
    ),
    Row(
        id="regretlab/TMazeNi-v0",
        module="regretlab.envs.memory.tmaze_ni",
        family="memory",
        summary="A T-maze with no step to spare, in which every step behind time costs: memory without exploration.",
        knobs={
            "length": Knob(10, "cells from the start's side to the junction", low=1, high=10**9),
            "oracle_length": Knob(0, "cells from the cue to the start; 1: go back for the cue", low=0, high=1),
            "penalty": Knob(None, "for a step behind time: None (-1 / length) or a number from -1000 to 0"),
            "distract_reward": Knob(0.0, "for a step to the cue's cell", low=-1000.0, high=1000.0),
            "observation": Knob("integer", "the view: a number, or two as in the source", choices=VIEWS),
        },
        tags=("memory", "exact", "integer", "vector", "dense reward"),
        citation="Ni et al. 2023, arXiv:2307.03864",
    ),
    Row(
        id="regretlab/TMazeBakker-v0",
        module="regretlab.envs.memory.tmaze_bakker",
        family="memory",
        summary="The first T-maze: remember a road sign on a walk on which standing still costs.",
        knobs={
            "length": Knob(10, "moves from the sign to the junction", low=1, high=10**9),
            "steps": Knob(200, "steps after which an episode is truncated, more than length", low=2, high=10**9 + 1),
            "discount": Knob(1.0, "discount of the return (0.98 in the source)", low=0.0, high=1.0),
            "observation": Knob("integer", "the view: a number, or three bits as in the source", choices=VIEWS),
            "noise": Knob(False, "draw the corridor's bits anew at every step (vectors only)"),
        },
        tags=("memory", "exact", "integer", "vector", "noise"),
        citation="Bakker 2001, NeurIPS 14",
    ),
    Row(
        id="regretlab/TMazeDistract-v0",
        module="regretlab.envs.memory.tmaze_distract",
        family="memory",
        summary="Remember a hint through a noisy corridor, past choices whose rewards nothing can tell.",
        knobs={
            "length": Knob(10, "steps of an episode: how many observations to keep the hint", low=2, high=10**9),
            "distractors": Knob(0, "further choices on the way, of random reward", low=0, high=1000),
            "noise": Knob(True, "show a random sign at every step"),
            "observation": Knob("integer", "the view: a number, or three as in the source", choices=VIEWS),
        },
        tags=("memory", "exact", "integer", "vector", "noise"),
        citation="Beck et al. 2020, ICLR; Sorokin et al. 2022, NeurIPS",
    ),
    # Chains of cues.
    Row(
        id="regretlab/EndlessTMaze-v0",
        module="regretlab.envs.memory.endless_tmaze",
        family="memory",
        summary="Corridor after corridor, each with a new colour that replaces the one before.",
        knobs={
            "junctions": Knob(5, "how many corridors follow one another", low=1, high=10**6),
            "min_length": Knob(3, "steps from the cue to the junction in the shortest corridor", low=1, high=10**6),
            "max_length": Knob(8, "steps from the cue to the junction in the longest corridor", low=1, high=10**6),
            "wrong": Knob(-1.0, "reward of a wrong turn", low=-1.0, high=0.0),
        },
        tags=("memory", "exact", "integer"),
        citation="Shchendrigin et al. 2026, arXiv:2601.15086",
    ),
    Row(
        id="regretlab/MultiCueTMaze-v0",
        module="regretlab.envs.memory.multi_cue_tmaze",
        family="memory",
        summary="Remember several colours until the junctions at the far end ask for them one by one.",
        knobs={
            "cues": Knob(3, "colours to be remembered, and junctions that ask for them", low=1, high=24),
            "colours": Knob(2, "how many different colours there may be", low=2, high=4),
            "delay": Knob(3, "cells between the last cue and the first junction", low=0, high=10**9),
            "order": Knob("same", "the order in which the junctions ask", choices=("same", "reverse")),
        },
        tags=("memory", "exact", "integer"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
    ),
    *(
        Row(
            id=f"regretlab/XorMaze{name}-v0",
            module="regretlab.envs.memory.xor_maze",
            family="memory",
            summary=f"Fetch two colours that lie apart and leave by the exit of their exclusive or; {limit}.",
            knobs={
                "arm_length": Knob(0, "corridor cells in each of the four arms", low=0, high=1000),
                "step_penalty": Knob(0.0, "what a step costs", low=0.0, high=1.0),
                "timeout_reward": Knob(timeout, "reward of running out of time", low=-1.0, high=0.0),
                "limit": Knob(100, "the most steps of an episode", low=5, high=10_000),
            },
            tags=("memory", "exact", "integer"),
            citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
        )
        for name, timeout, limit in (("", -1.0, "running out of time loses"), ("Paper", 0.0, "waiting is free"))
    ),
    Row(
        id="regretlab/MemoryChain-v0",
        module="regretlab.envs.memory.memory_chain",
        family="memory",
        summary="Some bits are shown at the start, and one of them is asked for at the end.",
        knobs={
            "memory_length": Knob(10, "the step at which the query is shown", low=1, high=10**9),
            "bits": Knob(1, "how many bits the context has", low=1, high=40),
            "bsuite_compat": Knob(False, "show the context twice, as bsuite does"),
            "observation": Knob("integer", "an integer, or bsuite's vector", choices=("integer", "vector")),
        },
        tags=("memory", "exact", "integer"),
        citation="Osband et al. 2020, arXiv:1908.03568",
    ),
    Row(
        id="regretlab/UmbrellaChain-v0",
        module="regretlab.envs.memory.umbrella_chain",
        family="memory",
        summary="A control that needs no memory: the first action counts after many steps of noise.",
        knobs={
            "length": Knob(10, "steps of an episode", low=1, high=10**6),
            "distractors": Knob(0, "coins in an observation", low=0, high=100),
            "observation": Knob("integer", "an integer, or bsuite's vector", choices=("integer", "vector")),
        },
        tags=("memory", "exact", "integer"),
        citation="Osband et al. 2020, arXiv:1908.03568",
    ),
    # Cards and symbols.
    Row(
        id="regretlab/RepeatFirst-v0",
        module="regretlab.envs.memory.repeat_first",
        family="memory",
        summary="Name the suit of the first card for as long as the deck lasts.",
        knobs=DECK,
        tags=("memory", "exact", "integer"),
        citation=POPGYM,
    ),
    Row(
        id="regretlab/RepeatPrevious-v0",
        module="regretlab.envs.memory.repeat_previous",
        family="memory",
        summary="Name the suit of the k-th last card, the present one included.",
        knobs={**DECK, "k": Knob(4, "which card is asked for, from 1 (the present one) to the deck's size - 1", low=1)},
        tags=("memory", "exact", "integer"),
        citation=POPGYM,
    ),
    Row(
        id="regretlab/Autoencode-v0",
        module="regretlab.envs.memory.autoencode",
        family="memory",
        summary="Watch a deck being dealt, then recite it backwards.",
        knobs=DECK,
        tags=("memory", "exact", "integer"),
        citation=POPGYM,
    ),
    Row(
        id="regretlab/CountRecall-v0",
        module="regretlab.envs.memory.count_recall",
        family="memory",
        summary="Say how many cards of the queried kind have been dealt.",
        knobs={**DECK, "kind": Knob("colors", "what is counted", choices=("colors", "suits", "ranks"))},
        tags=("memory", "exact", "integer"),
        citation=POPGYM,
    ),
    Row(
        id="regretlab/FlaggedRecall-v0",
        module="regretlab.envs.memory.flagged_recall",
        family="memory",
        summary="Store the symbols that carry a flag, and tell the one of some flags ago when asked.",
        knobs={
            "symbols": Knob(4, "how many different symbols there are", low=2, high=13),
            "items": Knob(2, "how many flags ago the symbol was stored that is asked for", low=1, high=50),
            "p_flag": Knob(0.2, "probability of a flag", low=0.0, high=1.0),
            "p_query": Knob(0.2, "probability of a query, once enough symbols have been stored", low=0.0, high=1.0),
            "steps": Knob(100, "length of an episode", low=2, high=10**6),
        },
        tags=("memory", "exact", "integer"),
        citation="new in RegretLab",
    ),
    Row(
        id="regretlab/SparseLag-v0",
        module="regretlab.envs.memory.sparse_lag",
        family="memory",
        summary="Add up the symbols of fixed ages, modulo the number of symbols.",
        knobs={
            "symbols": Knob(4, "how many different symbols there are", low=2, high=26),
            "lags": Knob((1, 4), "ages of the symbols that are added, 0 being the present one"),
            "steps": Knob(100, "length of an episode", low=1, high=10**9),
        },
        tags=("memory", "exact", "integer"),
        citation="new in RegretLab",
    ),
    # Continuous states, and the cube.
    Row(
        id="regretlab/HiddenGoalReach-v0",
        module="regretlab.envs.memory.hidden_goal_reach",
        family="memory",
        summary="Go to a goal that is shown for the first steps only.",
        knobs={
            "dimensions": Knob(2, "dimensions of the space", low=1, high=3),
            "visible_steps": Knob(1, "how many observations show the goal", low=1, high=10**6),
            "horizon": Knob(50, "length of an episode", low=1, high=10_000),
            "moves": Knob(10, "steps from one side to the other", low=1, high=1000),
            "reward": Knob("distance", "minus the distance, or 1 at the goal", choices=("distance", "reached")),
            "lattice": Knob(False, "only the points of a grid, whose states can be listed"),
        },
        tags=("memory", "continuous", "vector"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
    ),
    Row(
        id="regretlab/PositionOnlyCartPole-v0",
        module="regretlab.envs.memory.position_only_cart_pole",
        family="memory",
        summary="Balance a pole on a cart without seeing the velocities.",
        knobs={"steps": _CART_POLE_STEPS, "noise": Knob(0.0, _NOISE, low=0.0, high=10.0)},
        tags=("memory", "continuous", "vector"),
        citation="Morad et al. 2023, ICLR (POPGym)",
    ),
    Row(
        id="regretlab/NoisyPositionOnlyCartPole-v0",
        module="regretlab.envs.memory.position_only_cart_pole",
        family="memory",
        summary="Balance a pole on a cart, seeing noisy positions and no velocities.",
        knobs={"steps": _CART_POLE_STEPS, "noise": Knob(0.1, _NOISE, low=0.0, high=10.0)},
        tags=("memory", "continuous", "vector", "noise"),
        citation="Morad et al. 2023, ICLR (POPGym)",
    ),
    Row(
        id="regretlab/PositionOnlyPendulum-v0",
        module="regretlab.envs.memory.position_only_pendulum",
        family="memory",
        summary="Swing up a pendulum and hold it without seeing its velocity.",
        knobs={
            "steps": _PENDULUM_STEPS,
            "torques": _TORQUES,
            "noise": Knob(0.0, _NOISE, low=0.0, high=10.0),
        },
        tags=("memory", "continuous", "vector"),
        citation="Morad et al. 2023, ICLR (POPGym)",
    ),
    Row(
        id="regretlab/NoisyPositionOnlyPendulum-v0",
        module="regretlab.envs.memory.position_only_pendulum",
        family="memory",
        summary="Swing up a pendulum and hold it, seeing its noisy position and no velocity.",
        knobs={
            "steps": _PENDULUM_STEPS,
            "torques": _TORQUES,
            "noise": Knob(0.1, _NOISE, low=0.0, high=10.0),
        },
        tags=("memory", "continuous", "vector", "noise"),
        citation="Morad et al. 2023, ICLR (POPGym)",
    ),
    Row(
        id="regretlab/Cube2x2-v0",
        module="regretlab.envs.memory.cube2x2",
        family="memory",
        summary="Solve a 2x2x2 cube that shows one face at a time.",
        knobs={
            "camera": Knob("face", "what is in view", choices=("face", "orthographic", "full")),
            "scramble": Knob(5, "random turns of the scramble", low=0, high=1000),
            "steps": Knob(100, "length of an episode", low=1, high=10_000),
            "faces": Knob(6, "how many faces can be turned", low=1, high=6),
        },
        tags=("memory", "vector"),
        citation="Nangue Tasse et al. 2025, arXiv:2512.19154",
    ),
)
