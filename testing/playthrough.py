"""Golden playthroughs: one random play of every environment, written down, so that no change goes unnoticed.

A change in dynamics, rewards or observations needs a new version of the id; then write a new file with

    python -m regretlab.testing.playthrough tests/golden
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from ..envs.core.batch import Batch
from ..envs.core.environment import Environment
from ..envs.core.registry import build, rows

SEED, STEPS = 2024, 40
#: Integers are compared exactly. Floats may differ by this, relative to their size: enough for another machine's
#: mathematical library, far too little for another formula. A continuous state may be chaotic, and its logarithm of an
#: error of 1e-10 has four digits fewer than the error's double: it is followed for fewer steps, with a wider tolerance.
TOLERANCE, CHAOTIC_TOLERANCE, CHAOTIC_STEPS = 1e-9, 1e-5, 12


def playthrough(environment: Environment) -> str:
    """Return a play of legal actions, a line for each step, in three lanes one after the other."""
    spec = environment.spec
    lines = [
        f"{environment.id}",
        f"knobs {dict(environment.knobs)}",
        f"actions {list(spec.actions)}",
        f"observation {spec.observation.kind} {list(spec.observation.sizes)} {np.dtype(spec.observation.dtype).name}",
        f"rewards from {spec.reward_range[0]:.12g} to {spec.reward_range[1]:.12g}",
        f"criterion {spec.criterion.kind} {spec.criterion.discount:.12g}",
        f"horizon {spec.horizon}",
    ]
    for lane in range(3):
        batch = Batch(environment, 1)
        generator = np.random.default_rng([SEED, lane])
        batch.reset(seed=SEED + lane)
        lines += ["", f"lane {lane}", f"reset observation {_numbers(batch.observation)}"]
        for step in range(STEPS if spec.enumerable else CHAOTIC_STEPS):
            actions = np.array([[generator.choice(np.flatnonzero(row)) for row in batch.legal()[0]]])
            observation, rewards, terminated, truncated = batch.step(actions)
            flags = f"terminated {bool(terminated[0])} truncated {bool(truncated[0])}"
            infos = "".join(f" {name} {_numbers(column)}" for name, column in batch.info().items())
            lines.append(
                f"step {step} actions {_numbers(actions)} observation {_numbers(observation)} "
                f"rewards {_numbers(rewards)} {flags}{infos}"
            )
    return "\n".join(lines) + "\n"


def difference(expected: str, found: str, tolerance: float = TOLERANCE) -> str | None:
    """Return the first line in which two playthroughs differ, or None; floats may differ by ``tolerance``."""
    one, other = expected.splitlines(), found.splitlines()
    for number, (line, line_found) in enumerate(zip(one, other, strict=False), 1):
        words, words_found = line.split(), line_found.split()
        if len(words) != len(words_found) or not all(
            _same(word, word_found, tolerance) for word, word_found in zip(words, words_found, strict=True)
        ):
            return f"line {number}:\n  expected {line}\n  found    {line_found}"
    return None if len(one) == len(other) else f"{len(one)} lines expected, {len(other)} found"


def file_name(id: str) -> str:
    """Return the name of the golden file of an id."""
    return id.replace("/", "--") + ".txt"


def _numbers(array: np.ndarray) -> str:
    entries = np.asarray(array).ravel().tolist()
    return "[" + " ".join(f"{entry:.17g}" if isinstance(entry, float) else str(entry) for entry in entries) + "]"


def _same(word: str, found: str, tolerance: float) -> bool:
    if word == found:
        return True
    try:
        a, b = float(word.strip("[]")), float(found.strip("[]"))
    except ValueError:
        return False
    exact = not any(mark in word + found for mark in ".e")
    return not exact and abs(a - b) <= tolerance * max(1.0, abs(a))


def main(folder: str) -> None:
    """Write the playthroughs that ``folder`` does not have; a file that is there is never replaced."""
    for row in rows():
        path = Path(folder) / file_name(row.id)
        if not path.exists():
            path.write_text(playthrough(build(row.id)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
