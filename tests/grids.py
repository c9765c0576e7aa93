"""Tasks on grids as their rules say, in plain Python and without the environments' kernels."""

import numpy as np

CHANGES = ((-1, 0), (1, 0), (0, -1), (0, 1), (0, 0))  # up, down, left, right, none


def moves(action, slip):
    """The changes of row and column that may come, with their probabilities."""
    return [(change, slip / 5 + (1 - slip) * (k == action)) for k, change in enumerate(CHANGES)]


def bounce(place, change, side):
    """Where a move in a room leads: into a wall, one cell the other way."""
    there = tuple(a + b for a, b in zip(place, change, strict=True))
    inside = all(0 <= a < side for a in there)
    return there if inside else tuple(a - b for a, b in zip(place, change, strict=True))


def leg(side, slip, start, goal):
    """Expected steps of the fastest way from ``start`` until a move arrives at ``goal``, by value iteration."""
    cells = [(row, column) for row in range(side) for column in range(side)]
    steps = dict.fromkeys(cells, 0.0)
    for _ in range(100_000):
        new = {
            cell: min(
                1.0
                + sum(
                    weight * (0.0 if (there := bounce(cell, change, side)) == goal else steps[there])
                    for change, weight in moves(action, slip)
                )
                for action in range(4)
            )
            for cell in cells
        }
        moved = max(abs(new[cell] - steps[cell]) for cell in cells)
        steps = new
        if moved < 1e-13:
            return steps[start]
    raise AssertionError("value iteration did not settle")


def dynamics(environment, model, index):
    """Transitions (S, A, S) and rewards (S, A) of ``model``, its states numbered by ``index``, a list of tuples, one a
    field of the state that is not scratch.
    """
    fields = [name for name in model.states._fields if name not in environment.spec.scratch]
    keys = list(zip(*(getattr(model.states, name).tolist() for name in fields), strict=True))
    order = np.array([keys.index(key) for key in index])
    actions = model.joint_actions
    table = model.transitions.toarray().reshape(model.size, actions, model.size)
    return table[np.ix_(order, range(actions), order)], model.rewards[order, :, 0]
