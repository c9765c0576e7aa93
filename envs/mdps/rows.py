"""The rows of the continuing tasks."""

from __future__ import annotations

from ..core.knobs import Knob
from ..core.registry import Row

SLIP = Knob(0.05, "chance that a move is replaced by one drawn from all five", low=0.0, high=1.0)
ROOMS = {
    "side": Knob(5, "rows, and columns, of each room", low=2, high=10_000),
    "slip": SLIP,
    "goals": Knob("corners", "where the goals of the rooms are", choices=("corners", "seeded")),
    "seed": Knob(0, "of the goals that are drawn", low=0),
}
RIEMER = "Riemer et al. 2022, arXiv:2112.07066"
LEVIN = "Levin, Peres and Wilmer 2017, Markov Chains and Mixing Times"
CHAIN = ("mdps", "exact", "integer", "continuing", "chain")
TASK = ("mdps", "exact", "integer", "continuing")

ROWS = (
    # Chains: nothing to decide, everything known.
    Row(
        id="regretlab/TwoState-v0",
        module="regretlab.envs.mdps.two_state",
        family="mdps",
        summary="Watch a machine break and be repaired: the chain whose mixing is a formula.",
        knobs={
            "break_probability": Knob(0.002, "chance to break, in a step", low=0.0, high=1.0),
            "repair_probability": Knob(0.004, "chance to be repaired, in a step", low=0.0, high=1.0),
        },
        tags=CHAIN,
        citation=LEVIN,
    ),
    Row(
        id="regretlab/Cycle-v0",
        module="regretlab.envs.mdps.cycle",
        family="mdps",
        summary="Go round and round: a periodic chain, which never mixes.",
        knobs={"states": Knob(6, "how many places", low=2, high=10**9)},
        tags=CHAIN,
        citation=LEVIN,
    ),
    Row(
        id="regretlab/LazyRing-v0",
        module="regretlab.envs.mdps.lazy_ring",
        family="mdps",
        summary="Walk at random on a ring: mixing takes the square of its size.",
        knobs={"states": Knob(16, "how many places", low=3, high=10**9)},
        tags=CHAIN,
        citation=LEVIN,
    ),
    Row(
        id="regretlab/Barbell-v0",
        module="regretlab.envs.mdps.barbell",
        family="mdps",
        summary="Walk at random in two crowded rooms with one door between them.",
        knobs={"clique": Knob(8, "places of each of the two cliques", low=2, high=100_000)},
        tags=CHAIN,
        citation=LEVIN,
    ),
    # Tasks that come one after another.
    Row(
        id="regretlab/TaskRing-v0",
        module="regretlab.envs.mdps.task_ring",
        family="mdps",
        summary="Answer easy tasks that come in a ring or at random: mixing time to order.",
        knobs={
            "tasks": Knob(4, "how many tasks", low=2, high=10**6),
            "duration": Knob(100.0, "expected steps until a task is over", low=1.0, high=10**9),
            "mode": Knob("cycle", "what comes next", choices=("cycle", "random")),
            "answers": Knob(2, "how many answers there are", low=1, high=1_000),
        },
        tags=TASK,
        citation=RIEMER,
    ),
    Row(
        id="regretlab/BottleneckRooms-v0",
        module="regretlab.envs.mdps.bottleneck_rooms",
        family="mdps",
        summary="Find the door of each room: more rooms in a cycle, slower mixing.",
        knobs={
            "rooms": Knob(4, "how many rooms", low=1, high=1_000_000),
            "evolution": Knob("cycles", "which room comes next", choices=("cycles", "random", "curricular")),
            **ROOMS,
        },
        tags=TASK,
        citation=RIEMER,
    ),
    Row(
        id="regretlab/ResidenceRooms-v0",
        module="regretlab.envs.mdps.residence_rooms",
        family="mdps",
        summary="Collect the goal of a room until the room changes: longer stays, slower mixing.",
        knobs={
            "rooms": Knob(4, "how many rooms", low=2, high=1_000_000),
            "exponent": Knob(1, "of the expected visit to a room, 2 side**exponent steps", low=0, high=8),
            **ROOMS,
        },
        tags=TASK,
        citation=RIEMER,
    ),
    # Exploration.
    Row(
        id="regretlab/RiverSwim-v0",
        module="regretlab.envs.mdps.riverswim",
        family="mdps",
        summary="Swim against the current for a reward that is far away, for ever.",
        knobs={
            "states": Knob(6, "how many places", low=2, high=10**7),
            "variant": Knob(
                "classic",
                "a published parameter set",
                choices=("classic", "statrl", "statrl-default", "naik", "ergodic", "jump"),
            ),
        },
        tags=("mdps", "exact", "integer", "continuing", "exploration"),
        citation="Strehl and Littman 2008, JCSS 74:1309",
    ),
    Row(
        id="regretlab/ErgodicRiverSwim-v0",
        module="regretlab.envs.mdps.riverswim",
        family="mdps",
        summary="Swim where even going with the current may fail.",
        knobs={
            "states": Knob(6, "how many places", low=2, high=10**7),
            "drift": Knob(0.001, "probability that the action left fails", low=0.0, high=0.999),
        },
        tags=("mdps", "exact", "integer", "continuing", "exploration"),
        citation="Pesquerel and Maillard 2022, NeurIPS",
        fixed={"variant": "ergodic"},
    ),
    Row(
        id="regretlab/JumpRiverSwim-v0",
        module="regretlab.envs.mdps.riverswim",
        family="mdps",
        summary="Swim in a river of six places where one may be carried anywhere.",
        tags=("mdps", "exact", "integer", "continuing", "exploration"),
        citation="Wei et al. 2020, arXiv:1910.07072",
        fixed={"states": 6, "variant": "jump"},
    ),
    Row(
        id="regretlab/DeepSeaContinuing-v0",
        module="regretlab.envs.mdps.deep_sea_continuing",
        family="mdps",
        summary="Dive for a treasure that only one sequence of moves finds, again and again.",
        knobs={
            "size": Knob(10, "rows, and columns", low=2, high=10**6),
            "mapped": Knob(True, "draw for each cell which action goes right"),
            "seed": Knob(0, "of those coins", low=0),
        },
        tags=("mdps", "exact", "integer", "continuing", "exploration"),
        citation="Osband et al. 2020, arXiv:1908.03568",
    ),
    # Control.
    Row(
        id="regretlab/AccessControl-v0",
        module="regretlab.envs.mdps.access_control",
        family="mdps",
        summary="Decide which customers of a queue are served while servers are few.",
        knobs={
            "servers": Knob(10, "how many servers", low=1, high=500),
            "free_probability": Knob(0.06, "chance of a busy server to become free, in a step", low=0.0, high=0.999),
        },
        tags=TASK,
        citation="Sutton and Barto 2018, example 10.2",
    ),
    Row(
        id="regretlab/FourRooms-v0",
        module="regretlab.envs.mdps.four_rooms",
        family="mdps",
        summary="Cross a house of four rooms with narrow doors, again and again.",
        knobs={
            "side": Knob(7, "rows, and columns, an odd number", low=5, high=10_001),
            "slip": Knob(0.1, "chance that a move is replaced by one drawn from all five", low=0.0, high=1.0),
        },
        tags=TASK,
        citation="Sutton, Precup and Singh 1999",
    ),
    Row(
        id="regretlab/Maze-v0",
        module="regretlab.envs.mdps.maze",
        family="mdps",
        summary="Cross a maze that is computed from a seed, at any size, again and again.",
        knobs={
            "side": Knob(8, "rows, and columns", low=2, high=10_000),
            "loops": Knob(0.1, "chance of an opening in each further wall", low=0.0, high=1.0),
            "slip": Knob(0.1, "chance that a move is replaced by one drawn from all five", low=0.0, high=1.0),
            "seed": Knob(0, "of the maze", low=0),
        },
        tags=TASK,
        citation="Buck 2015, Mazes for Programmers",
    ),
    Row(
        id="regretlab/Garnet-v0",
        module="regretlab.envs.mdps.garnet",
        family="mdps",
        summary="Act in a random sparse decision process of any size.",
        knobs={
            "states": Knob(20, "how many states", low=2, high=10**7),
            "actions": Knob(2, "how many actions", low=1, high=1_000),
            "branches": Knob(3, "successors of a state and an action", low=1, high=10_000),
            "seed": Knob(0, "of the task", low=0),
        },
        tags=TASK,
        citation="Archibald, McKinnon and Thomas 1995",
    ),
    Row(
        id="regretlab/TabularMDP-v0",
        module="regretlab.envs.mdps.tabular_mdp",
        family="mdps",
        summary="Act in a decision process of your own, from its transitions and rewards.",
        knobs={
            "transitions": Knob(None, "probabilities (S * A, S), an array or a sparse matrix, or (S, A, S)"),
            "rewards": Knob(None, "expected rewards (S, A)"),
            "first": Knob(0, "the state of the start", low=0),
        },
        tags=TASK,
        citation="Puterman 1994, Markov Decision Processes",
    ),
)
