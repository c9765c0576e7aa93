"""Other packages, each in a virtual environment of its own, spoken to over a pipe.

    python benchmarks/peers.py                   # make the environments (once, several minutes)
    python benchmarks/peers.py quantecon gymnax  # these alone

Their requirements exclude one another, and none of them is a dependency of RegretLab. A peer runs `peer_NAME.py`, which
answers each line of JSON that it reads, a job ``{"job": ..., ...}``, with a line of JSON: the seconds that the job took
once everything was compiled, and what it gave, so that both sides can be seen to do the same work.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDER = Path.home() / ".cache" / "regretlab-peers"

#: What is installed for each peer.
PACKAGES = {
    "matrax": ("matrax", "jax<0.7"),  # what it was made for
    "open_spiel": ("open-spiel", "matplotlib", "networkx", "scipy"),
    "quantecon": ("quantecon",),
    "nashpy": ("nashpy",),
    "popgym": ("popgym",),
    "bsuite": ("bsuite",),
    "gymnax": ("gymnax", "six"),  # which it needs and does not declare
    "mdptoolbox": ("pymdptoolbox", "scipy", "setuptools"),
    "pydtmc": ("pydtmc",),
    "axelrod": ("axelrod",),
    "statistical_rl": ("statisticalRL-learners", "statisticalRL-environments"),
    "rebound": ("rebound",),
    "heyoka": ("heyoka",),
    "scipy": ("scipy",),
}


class Peer:
    """A running peer. Use it as a context manager; `versions` says what is installed.

    A job that takes more than ``patience`` seconds ends the peer with a TimeoutError; None waits forever.
    """

    def __init__(self, name: str, patience: float | None = None) -> None:
        python = _python(name)
        if not python.exists():
            raise SystemExit(f"there is no environment for {name}: run `python {HERE.name}/peers.py` first")
        script = str(HERE / f"peer_{name}.py")
        self._process = subprocess.Popen(
            [str(python), script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._patience = patience
        self.versions: dict[str, str] = self.ask("versions", packages=[each.split("<")[0] for each in PACKAGES[name]])

    def ask(self, job: str, **arguments: Any) -> Any:
        """Have the peer do ``job`` and return its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"job": job, **arguments}) + "\n")
        if not select.select([self._process.stdout], [], [], self._patience)[0]:
            self._process.kill()
            raise TimeoutError(f"the peer did not finish {job} within {self._patience:g} s")
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the peer ended while it did {job}: its error stands above")
        return json.loads(answer)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def set_up(names: Sequence[str]) -> None:
    """Make the environments of these peers that are missing."""
    for name in names:
        if name not in PACKAGES:
            raise SystemExit(f"there is no peer {name!r}: {', '.join(PACKAGES)}")
    for name in names:
        packages = PACKAGES[name]
        if _python(name).exists():
            print(f"{name}: there")
            continue
        print(f"{name}: installing {', '.join(packages)}", flush=True)
        venv.create(FOLDER / name, with_pip=True)
        subprocess.run([str(_python(name)), "-m", "pip", "install", "--quiet", *packages], check=True)


def _python(name: str) -> Path:
    return FOLDER / name / "bin" / "python"


if __name__ == "__main__":
    try:
        set_up(sys.argv[1:] or list(PACKAGES))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}")
