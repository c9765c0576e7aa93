"""Compute the reference values of OdeStepSize: fixed steps, two rules that try every step, and uniform random play.

    python benchmarks/reference_ode_step_size.py

writes ``assets/reference/ode_step_size.json``, from which `regretlab.certificate` takes its values (some minutes).
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
from reference_step_size import SETS, rounded

from regretlab.envs.bodies import ode_step_size_reference as reference
from regretlab.envs.bodies.rows import ODE_SYSTEMS
from regretlab.envs.bodies.step_size_reference import identity
from regretlab.envs.core.registry import build

TARGET = Path(__file__).resolve().parents[1] / "assets" / "reference" / reference.FILE


def main() -> None:
    runs = {}
    for knobs in ({"system": system, "seeds": seeds} for system in ODE_SYSTEMS for seeds in SETS):
        before = time.perf_counter()
        p = build("OdeStepSize-v0", **knobs).params
        found = reference.measure(p)
        runs[identity(p)] = {"id": "OdeStepSize-v0", "knobs": knobs, **rounded(found._asdict())}
        fixed = int(np.argmax(found.fixed_returns))
        print(
            f"{knobs}, {time.perf_counter() - before:.1f} s: best fixed action {fixed} "
            f"{found.fixed_returns[fixed]:.2f}, of each start {found.instance_return:.2f}, "
            f"greedy and priced {np.round(found.rule_returns, 2)} ({np.round(found.rule_evaluations)} evaluations, "
            f"mean errors {found.rule_errors}), random {found.random_return:.2f}",
            flush=True,
        )
    about = {
        "kind": "reference",
        "command": reference.COMMAND,
        "meaning": "means over the starts; one number an action, or one a rule: greedy, priced",
        "random_episodes_per_start": reference.RANDOM_EPISODES,
    }
    TARGET.write_text(json.dumps({**about, "runs": runs}).replace(', "', ',\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
