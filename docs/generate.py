"""Write what the pages say of the environments: the README's tables, docs/environments.md, the table of difficulties in
docs/memory.md, and the pictures.

python docs/generate.py           after a change of an environment or of the catalogue (tests compare the pages)
python docs/generate.py speed     measures this machine for the README's speed table, some minutes
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from regretlab import catalog, certificate
from regretlab.envs.api.rendering import draw
from regretlab.envs.core import canvas
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.environment import Environment
from regretlab.envs.core.registry import Row, build

DOCS = Path(__file__).parent
README, PAGE, IMAGES = DOCS.parent / "README.md", DOCS / "environments.md", DOCS / "images"
MEMORY = DOCS / "memory.md"
SHOWN = ("TMazePassive-v0", "RiverSwim-v0", "PartnerGame-v0", "HermiteEta-v0")  # in the README's picture
#: How the pictures came about: knobs, and the actions that were played, each for so many steps.
PLAYED: dict[str, tuple[dict[str, Any], list[tuple[tuple[int, ...], int]]]] = {
    "TMazePassive-v0": ({}, [((1,), 3)]),
    "IteratedGame-v0": ({"game": "stag-hunt"}, [((0, 1), 1), ((0, 0), 11)]),
    "MatrixGame-v0": ({"game": "jordan-pennies"}, [((0, 1, 1), 1)]),
    "RiverSwim-v0": ({}, [((1,), 30)]),
    "HermiteEta-v0": ({}, [((5,), 8)]),
    "StepSize-v0": ({"steps": 16}, [((11,), 400)]),
    "StepSizeKepler-v0": ({"steps": 16}, [((9,), 120)]),
    "Pythagorean-v0": ({"steps": 16}, [((6,), 300)]),
    "PeriodicOrbit-v0": ({}, [((11,), 700)]),
    "FreeFall-v0": ({"steps": 16}, [((5,), 300)]),
    "OdeStepSize-v0": ({}, [((4,), 30)]),
    "SorBandit-v0": ({}, [((8,), 2)]),
    "SorContextual-v0": ({}, [((15,), 1)]),
    "SorHeat2D-v0": ({}, [((8,), 60)]),
    "SorSweep-v0": ({}, [((0,), 1), ((98,), 1), ((90,), 6)]),
    "PartnerGame-v0": ({"game": "rps", "partner": "win-stay-lose-shift"}, [((2,), 3), ((0,), 4)]),
}
#: The knobs of the memory tasks by the difficulty that they turn.
DIFFICULTIES = {
    "distance": ("length", "delay", "memory_length", "k", "lags", "min_length", "max_length", "arm_length", "horizon"),
    "items": ("cues", "bits", "decks", "colours", "items", "symbols", "suits", "ranks"),
    "noise, distractors": ("noise", "distractors", "distract_reward"),
    "random distance": ("random_length", "min_length", "max_length", "p_flag", "p_query"),
    "rewriting": ("junctions", "continual"),
    "active acquisition": ("active", "slack", "oracle_length", "camera"),
    "credit": ("step_penalty", "penalty", "timeout_reward", "wrong"),
}


def own_rows() -> list[Row]:
    """Return the rows of the environments that come with RegretLab."""
    return [row for row in catalog() if row.id.startswith("regretlab/")]


def environment_table() -> str:
    """Return the README's table of environments: values and their kinds at the default knobs."""
    lines = []
    for row in own_rows():
        known = certificate(row.id)
        random, optimal = (f"{each.value:.4g}" for each in (known.random, known.optimal))
        players = "1" if row.players == "one" else "2 or more"
        link = f"[`{_short(row)}`](docs/environments.md#{_short(row).lower()})"
        cells = link, row.summary, players, random, optimal, known.unit, known.optimal.kind
        lines.append(cells)
    return _table(("environment", "task", "players", "random play", "optimum", "unit", "certificate"), lines)


def environment_page() -> str:
    """Return docs/environments.md: a section for each environment, from its row, its declaration and its docstring."""
    parts = [
        "# Environments",
        "Written by `python docs/generate.py` from the registry and the docstrings. Every id begins with `regretlab/`; "
        "values are those of the default knobs. `regretlab info ID --knob NAME=VALUE` tells them for others.",
    ]
    modules = dict.fromkeys(row.module for row in own_rows())
    for module in modules:
        for row in own_rows():
            if row.module != module:
                continue
            parts += [f"## {_short(row)}", row.summary, f"![{_short(row)}](images/{_short(row)}.png)", _facts(row)]
        parts.append(_markdown(sys.modules[module].__doc__ or ""))
    return "\n\n".join(parts) + "\n"


def difficulty_table() -> str:
    """Return the table of docs/memory.md: which knobs of a memory task turn which difficulty, or that it is fixed."""
    lines = []
    for row in own_rows():
        if row.family != "memory":
            continue
        turned = (
            ", ".join(f"`{knob}`" for knob in knobs if knob in row.knobs)
            or ("always" if row.fixed.keys() & set(knobs) else "")
            for knobs in DIFFICULTIES.values()
        )
        lines.append((f"[`{_short(row)}`](environments.md#{_short(row).lower()})", *turned))
    return _table(("environment", *DIFFICULTIES), lines)


def fill(text: str, name: str, content: str) -> str:
    """Return ``text`` with ``content`` between the markers called ``name``; ValueError where there are none."""
    between = re.compile(rf"(<!-- begin {name}\b[^\n]*-->\n).*?(\n<!-- end {name} -->)", re.DOTALL)
    if not between.search(text):
        raise ValueError(f"the text has no markers called {name!r}")
    return between.sub(lambda found: found[1] + content + found[2], text)


def pictures() -> dict[str, np.ndarray]:
    """Return a frame of each environment by name, and one of several together for the README."""
    frames = {
        _short(row): _frame(build(row.id, **knobs), played)
        for row in own_rows()
        for knobs, played in [PLAYED.get(_short(row), ({}, [((0,), 1)]))]
    }
    chosen = [frames[name] for name in SHOWN]
    height, width = (max(frame.shape[axis] for frame in chosen) for axis in (0, 1))
    together = canvas.blank(2 * width, 2 * height)
    for place, frame in enumerate(chosen):
        top = place // 2 * height + (height - frame.shape[0]) // 2
        left = place % 2 * width + (width - frame.shape[1]) // 2
        together[top : top + frame.shape[0], left : left + frame.shape[1]] = frame
    return {**frames, "environments": together}


def main(what: str = "pages") -> None:
    """Write the pages, or measure for the speed table."""
    text = README.read_text(encoding="utf-8")
    if what == "speed":
        from regretlab.evaluation import bench

        README.write_text(fill(text, "speed", bench.markdown(bench.measure(quick=False))), encoding="utf-8")
        return
    from matplotlib.image import imsave

    README.write_text(fill(text, "environments", environment_table()), encoding="utf-8")
    PAGE.write_text(environment_page(), encoding="utf-8")
    memory = MEMORY.read_text(encoding="utf-8")
    MEMORY.write_text(fill(memory, "difficulties", difficulty_table()), encoding="utf-8")
    for name, frame in pictures().items():
        imsave(IMAGES / f"{name}.png", frame, metadata={"Software": None})


def _short(row: Row) -> str:
    return row.id.split("/")[1]


def _frame(environment: Environment, played: list[tuple[tuple[int, ...], int]]) -> np.ndarray:
    batch = Batch(environment, 1, autoreset="disabled")
    batch.reset(seed=3)
    total = np.zeros((1, environment.spec.players))
    for action, times in played:
        for _ in range(times):
            _, rewards, _, _ = batch.step(np.array([action]))
            total += rewards
    return draw(batch, 0, "rgb_array", np.array([action]), total)


def _facts(row: Row) -> str:
    """Return the declaration, the certificate and the knobs of a row as two tables."""
    built, known = build(row.id), certificate(row.id)
    spec = built.spec
    seen, (low, high) = spec.observation, spec.reward_range
    counts, sizes = (", ".join(map(str, dict.fromkeys(each))) for each in (spec.actions, seen.sizes))
    facts = {
        "family": f"{row.family} ({', '.join(row.tags)})",
        "players": str(spec.players) if row.players == "one" else f"{spec.players}, or any number by `payoffs`",
        "actions": counts,
        "observation": f"integer below {sizes}" if seen.kind == "integer" else f"{seen.kind} {seen.shape}",
        "reward": f"{low:g} to {high:g}",
        "criterion": spec.criterion.unit,
        "horizon": f"{spec.horizon} steps" if spec.horizon else "none",
        "exact model": "yes" if built.has_model else "no",
    }
    for name, value in (("optimal", known.optimal), ("random", known.random), ("memoryless", known.memoryless)):
        if value is not None:
            facts[name] = f"{value.value:.6g} {known.unit} ({value.kind}: {value.how})"
    facts["source"] = row.citation
    knobs = [(f"`{name}`", repr(knob.default), knob.allowed, knob.doc) for name, knob in row.knobs.items()]
    return "\n\n".join((_table(["", ""], facts.items()), _table(["knob", "default", "allowed", "meaning"], knobs)))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[each.replace("|", "\\|") for each in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], ["---"] * len(lines[0]), *lines[1:]))


def _markdown(docstring: str) -> str:
    """Return the sections of an environment's docstring as Markdown."""
    text = docstring.strip().replace("``", "`").replace(" ::\n", ":\n")
    text = re.sub(r"^(.+)\n-{3,}$", r"### \1", text, flags=re.MULTILINE)
    text = re.sub(r"^(\w+) : ", r"* `\1`: ", text, flags=re.MULTILINE)
    fenced = r"```text\n\1\n```"
    text = re.sub(r"^(=[= ]+$.*^=[= ]+$)", fenced, text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<=### References\n)(.*)", fenced, text, flags=re.DOTALL)


if __name__ == "__main__":
    main(*sys.argv[1:])
