"""Compute the reference values of StepSize and its kin: fixed actions, the rule eta * tau, and uniform random play.

    python benchmarks/reference_step_size.py

writes ``assets/reference/step_size.json``, from which `regretlab.certificate` takes its values (some minutes).
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from regretlab.envs.bodies import step_size_reference as reference
from regretlab.envs.bodies.rows import ORBITS
from regretlab.envs.core.registry import build

TARGET = Path(__file__).resolve().parents[1] / "assets" / "reference" / "step_size.json"
SETS = ("train", "validation", "test")
RUNS: list[tuple[str, dict[str, Any]]] = [
    *(("StepSize-v0", {"seeds": seeds, "action": action}) for action in ("grid", "factor") for seeds in SETS),
    *(("StepSizeKepler-v0", {"seeds": seeds}) for seeds in SETS),
    *(("StepSizeKepler-v0", {"eccentricity": eccentricity}) for eccentricity in (0.0, 0.5, 0.99)),
    ("Pythagorean-v0", {}),
    *(("PeriodicOrbit-v0", {"orbit": orbit}) for orbit in ORBITS),
    *(("FreeFall-v0", {"seeds": seeds}) for seeds in SETS),
]


def main() -> None:
    runs = {}
    for id, knobs in RUNS:
        before = time.perf_counter()
        p = build(id, **knobs).params
        found = reference.summary(reference.measure(p))
        runs[reference.identity(p)] = {"id": id, "knobs": knobs, **rounded(found._asdict())}
        fixed, rule = int(np.argmax(found.fixed_returns)), int(np.argmax(found.rule_returns))
        print(
            f"{id} {knobs}, {time.perf_counter() - before:.1f} s: best fixed action {fixed} "
            f"{found.fixed_returns[fixed]:.2f}, best fixed of each start {found.instance_return:.2f}, "
            f"eta {reference.ETAS[rule]:g} {found.rule_returns[rule]:.2f} "
            f"({found.rule_evaluations[rule]:,.0f} evaluations), random {found.random_return:.2f}"
        )
    about = {
        "kind": "reference",
        "command": reference.COMMAND,
        "meaning": "means over the starts, medians of energy errors; one number an action, or one an eta",
        "etas": reference.ETAS,
        "random_episodes_per_start": reference.RANDOM_EPISODES,
    }
    TARGET.write_text(json.dumps({**about, "runs": runs}).replace(', "', ',\n"') + "\n", encoding="utf-8")


def rounded(values: dict[str, Any]) -> dict[str, Any]:
    """Keep ten significant digits: more would not survive the chaos."""
    return json.loads(json.dumps(values), parse_float=lambda text: float(f"{float(text):.10g}"))


if __name__ == "__main__":
    main()
