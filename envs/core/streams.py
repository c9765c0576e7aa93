"""Random streams: one SplitMix64 stream for each lane and each domain.

The key of lane ``i`` under seed ``s`` is ``mix64(mix64(s + i) ^ mix64(domain))``. Mixing the seed
before it is used matters: keys that differ by a multiple of the increment would make one lane the
shifted copy of another. Lane ``i`` of a batch seeded ``s`` has the key of lane 0 seeded ``s + i``.

Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

from __future__ import annotations

import math

import numpy as np

from .kernel import kernel

ENVIRONMENT, LEARNER, PARTNER, EVALUATION, SAMPLED = range(5)

_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0  # 2**-53


@kernel
def mix64(word):
    """Scramble a 64-bit word (uint64 in, uint64 out), a bijection."""
    word = (word ^ (word >> _S30)) * _FIRST
    word = (word ^ (word >> _S27)) * _SECOND
    return word ^ (word >> _S31)


@kernel
def uniform(stream, i):
    """Advance stream ``i`` of ``stream`` (uint64, one a lane) and return a float64 in [0, 1)."""
    word = stream[i] + _INCREMENT
    stream[i] = word
    return np.float64(mix64(word) >> _S11) * _UNIT


@kernel
def skip(stream, i):
    """Advance stream ``i`` as `uniform` does, for a draw that decides nothing."""
    stream[i] += _INCREMENT


@kernel
def unwind(stream, i, draws):
    """Take back ``draws`` advances of stream ``i``."""
    stream[i] -= np.uint64(draws) * _INCREMENT


@kernel
def scaled(u, count):
    """Return the integer in 0 .. count-1 that the number ``u`` in [0, 1) picks (count at most 2**31)."""
    return min(int(u * count), count - 1)


@kernel
def below(stream, i, bound):
    """Advance stream ``i`` and return an integer in 0 .. bound-1 (bound at most 2**31)."""
    return scaled(uniform(stream, i), bound)


@kernel
def normal(stream, i):
    """Advance stream ``i`` by two draws and return a float64 of the standard normal law (Box and Muller 1958).

    Its absolute value is at most 8.6, since a draw has 53 bits.
    """
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(stream, i)))
    return radius * math.cos(2.0 * math.pi * uniform(stream, i))


def seed_streams(seeds: np.ndarray, domain: int) -> np.ndarray:
    """Return the keys (uint64, one a lane) of lanes seeded ``seeds`` (integers) in ``domain``."""
    with np.errstate(over="ignore"):
        return _mix(_mix(np.asarray(seeds, np.uint64)) ^ _mix(np.full(1, domain, np.uint64)))


def lane_seeds(seed: int, lanes: int) -> np.ndarray:
    """Return ``seed, seed + 1, ...`` as uint64, wrapping at 2**64."""
    with np.errstate(over="ignore"):
        return np.uint64(seed % 2**64) + np.arange(lanes, dtype=np.uint64)


def _mix(word: np.ndarray) -> np.ndarray:
    word = (word ^ (word >> _S30)) * _FIRST
    word = (word ^ (word >> _S27)) * _SECOND
    return word ^ (word >> _S31)
