"""Compute the reference values of SorBandit, SorContextual and SorHeat2D: every fixed omega, and the comparators.

    python benchmarks/reference_linear.py

writes ``assets/reference/linear.json``, from which `regretlab.certificate` takes its values (about 3 minutes).
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from regretlab.envs.core.registry import build
from regretlab.envs.linear import sor_bandit, sor_heat_2d
from regretlab.envs.linear.rows import LAWS

SYSTEMS = 20_000
TARGET = Path(__file__).resolve().parents[1] / "assets" / "reference" / "linear.json"


def main() -> None:
    runs = []
    for law in LAWS:
        before = time.perf_counter()
        p = build("SorBandit-v0", law=law).params
        found = sor_bandit.summarise(p, SYSTEMS)
        runs.append({"task": "sor", "settings": sor_bandit.settings(p), "summary": found})
        print(f"SOR, {law}: {time.perf_counter() - before:.1f} s")
        for name in ("formula", "context", "instance"):
            print(f"  {name:9} mean sweeps {found[name][0]:7.2f} +- {found[name][1]:.2f}")
        for omega, mean in zip(p.omegas, found["fixed"], strict=True):
            print(f"  omega {omega:.2f} mean sweeps {mean:7.2f}")
    for steps in (5_000, 500):
        before = time.perf_counter()
        p = build("SorHeat2D-v0", steps=steps).params
        found = sor_heat_2d.summary(p)
        runs.append({"task": "heat", "settings": sor_heat_2d.settings(p), "summary": found})
        print(f"heat, {steps} steps: {time.perf_counter() - before:.1f} s; {found}")
    about = {
        "environments": ["regretlab/SorBandit-v0", "regretlab/SorContextual-v0", "regretlab/SorHeat2D-v0"],
        "kind": "reference",
        "command": "python benchmarks/reference_linear.py",
        "meaning": "sor: mean sweeps of a solve, of the pairs the second number being the standard error; "
        "heat: iterations of an episode",
    }
    TARGET.write_text(json.dumps({**about, "runs": runs}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
