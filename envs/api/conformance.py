"""Warnings of the conformance tests of Gymnasium and PettingZoo that are expected, each with the reason."""

from __future__ import annotations

#: Text that the warning contains, and why it is ignored. ``gymnasium.utils.env_checker.check_env`` has none.
GYMNASIUM_IGNORED: dict[str, str] = {}

#: The same for ``pettingzoo.test.api_test`` and ``parallel_api_test``.
PETTINGZOO_IGNORED: dict[str, str] = {
    "Observation is not a NumPy array": "an observation in a Discrete space is an np.int64, as Gymnasium wants it",
    "Observation numpy array is all zeros": "zero is an ordinary value of many observations",
    "Observation is a single number": "a player may see one number only",
    "Observations are different shapes": "players may see unequally much; each one's part has its own size",
    "The old environment creation API": "an environment that is built already has no id to be made from",
    "Agents have different observation space sizes": "players may see unequally much; each one's part has its own size",
}
