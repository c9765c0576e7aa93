"""What a memory costs: bytes stored and multiply-adds computed. Steps per second are measured by `regretlab bench`.

The networks read a stack of k observations. Additions of biases, activations, normalisations and the output layer,
whose size depends on the task's actions, are left out.
"""

from __future__ import annotations

from collections.abc import Callable

WIDTH, LAYERS, FEED_FORWARD = 128, 2, 2048


def stored_bytes(k: int, features: int, number_bytes: int = 4, memory_action_bytes: int = 0) -> int:
    """Return the bytes that a replay memory stores for the stack of one transition.

    Parameters
    ----------
    k : observations in the stack.
    features : numbers in an observation.
    number_bytes : of one number.
    memory_action_bytes : of the memory action, which is stored as well where the agent chooses what to keep.

    Raises ValueError for sizes that are too small.
    """
    _check(k=k, features=features, number_bytes=number_bytes)
    return k * features * number_bytes + memory_action_bytes


def mlp_macs(k: int, features: int, width: int = WIDTH) -> int:
    """Return the multiply-adds of one action of a perceptron that sees the whole stack: k f h + 2 h².

    ``features`` f numbers in an observation, three hidden layers of ``width`` h. Raises ValueError for sizes below 1.
    """
    _check(k=k, features=features, width=width)
    return k * features * width + _head(width)


def lstm_macs(k: int, features: int, width: int = WIDTH, layers: int = LAYERS) -> int:
    """Return the multiply-adds of one action of an LSTM that runs over the stack: linear in k.

    A layer computes four gates from its input and its own output, ``width`` numbers each; two hidden layers of
    ``width`` follow the last one. Raises ValueError for sizes below 1.
    """
    _check(k=k, features=features, width=width, layers=layers)
    first, later = 4 * width * (features + width), 4 * width * (width + width)
    return k * (first + (layers - 1) * later) + _head(width)


def transformer_macs(
    k: int, features: int, width: int = WIDTH, layers: int = LAYERS, feed_forward: int = FEED_FORWARD
) -> int:
    """Return the multiply-adds of one action of a Transformer decoder over the stack: quadratic in k.

    Each observation is embedded; a layer has self-attention, cross-attention (four projections each, and 2 k² h for
    scores and averages, whatever the number of heads) and a feed-forward part of ``feed_forward`` units; two hidden
    layers of ``width`` h follow. Raises ValueError for sizes below 1.
    """
    _check(k=k, features=features, width=width, layers=layers, feed_forward=feed_forward)
    attention = 4 * k * width**2 + 2 * k**2 * width
    return k * features * width + layers * (2 * attention + 2 * k * width * feed_forward) + _head(width)


def _head(width: int) -> int:
    return 2 * width**2


def _check(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}={size} is not allowed: {name} must be at least 1")


#: Multiply-adds of an action by architecture, functions of k and the numbers in an observation.
MACS: dict[str, Callable[..., int]] = {"MLP": mlp_macs, "LSTM": lstm_macs, "Transformer": transformer_macs}
