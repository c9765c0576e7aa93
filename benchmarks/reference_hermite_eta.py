"""Compute the reference values of HermiteEta: every fixed mu and uniform random play, from the 100 published starts.

    python benchmarks/reference_hermite_eta.py

writes ``assets/reference/hermite_eta.json``, from which `regretlab.certificate` takes its values (about 2 minutes).
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from regretlab.envs.bodies import hermite_eta

STARTS, CAP = 100, 1_000_000
TARGET = Path(__file__).resolve().parents[1] / "assets" / "reference" / "hermite_eta.json"


def main() -> None:
    runs = []
    for decisions in (100, 300):
        before = time.perf_counter()
        measured = hermite_eta.measure(hermite_eta.params(decisions, STARTS, CAP))
        table = {name: rounded(value) for name, value in measured._asdict().items()}
        runs.append({"decisions": decisions, "starts": STARTS, "sub_step_cap": CAP, **table})
        print(f"{decisions} decisions, {STARTS} starts: {time.perf_counter() - before:.1f} s")
        for mu, mean, cost in zip(
            hermite_eta.MUS, measured.returns.mean(axis=0), measured.sub_steps.mean(axis=0), strict=True
        ):
            print(f"  mu {mu:.1e}: mean return {mean:10.2f}, mean sub-steps {cost:10,.0f}")
        error = np.sqrt(measured.random_variances.sum() / hermite_eta.RANDOM_EPISODES) / STARTS
        print(f"  random    : mean return {measured.random_returns.mean():10.2f}, standard error {error:.2f}")
    about = {
        "environment": "regretlab/HermiteEta-v0",
        "kind": "reference",
        "command": "python benchmarks/reference_hermite_eta.py",
        "meaning": "returns, sub_steps and errors: one row a start (seeds 0 to 99), one column a fixed mu; "
        "random_returns and random_variances: one number a start",
        "weights": [hermite_eta.ERROR_WEIGHT, 0.0, hermite_eta.SPEED_WEIGHT],
        "mus": hermite_eta.MUS,
        "random_episodes_per_start": hermite_eta.RANDOM_EPISODES,
    }
    TARGET.write_text(compact({**about, "runs": runs}), encoding="utf-8")


def rounded(values: np.ndarray) -> list:
    """Keep ten significant digits: more would not survive the chaos."""
    return np.vectorize(lambda value: float(f"{value:.10g}"))(values).tolist()


def compact(content: dict) -> str:
    """Write JSON with one start a line."""
    text = json.dumps(content)
    return text.replace("], [", "],\n[").replace(', "', ',\n"') + "\n"


if __name__ == "__main__":
    main()
