"""Promised speeds beside measured ones, for every benchmark of this folder."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, NamedTuple

from peers import Peer

from regretlab.evaluation import bench

ROUNDS = 7


class Figure(NamedTuple):
    """A promise and what became of it; ``kind`` is ``"at least"`` or ``"at most"``."""

    name: str
    kind: str
    target: float
    measured: float
    unit: str
    note: str = ""

    @property
    def margin(self) -> float:
        """How many times over the promise is kept."""
        return self.measured / self.target if self.kind == "at least" else self.target / self.measured

    @property
    def verdict(self) -> str:
        """Whether the promise is kept: ``"ok"`` or ``"short"``."""
        return "ok" if self.margin >= 1.0 else "short"


def take_turns(calls: dict[str, Callable[[], Any]], count: int) -> dict[str, float]:
    """Return the median seconds of each call; in each of seven rounds every one is called ``count`` times in a row."""
    for call in calls.values():
        call()
    rounds = [{name: bench.time_calls(call, count) for name, call in calls.items()} for _ in range(ROUNDS)]
    return {name: median(each[name] for each in rounds) for name in calls}


def turns(*ways: Callable[[], Any], rounds: int = ROUNDS) -> list[list[Any]]:
    """Call all ways in turn in each of several rounds, after one to warm up if they are several; return the answers."""
    for way in ways if rounds > 1 else ways[:1]:
        way()
    answers = [[way() for way in ways] for _ in range(rounds)]
    return [list(each) for each in zip(*answers, strict=True)]


def ratio(name: str, target: float, answers: list[list[float]], unit: str, peer: Peer) -> Figure:
    """Return how many times our seconds go into the peer's, given the answers of `turns`: ours, theirs."""
    ours, theirs = (median(each) for each in answers)
    note = f"ours {ours * 1e6:.3g} us, theirs {theirs * 1e6:.3g} us {unit} ({versions(peer)})"
    return Figure(name, "at least", target, theirs / ours, "times", note)


def versions(peer: Peer) -> str:
    """Return what is installed for ``peer``, in words."""
    return ", ".join(f"{package} {version}" for package, version in peer.versions.items())


def rate(steps: float) -> str:
    """Return steps a second in words."""
    return f"{steps / 1e6:.3g} M steps/s"


def main(description: str | None, parts: dict[str, Callable[[], Iterator[Figure]]]) -> None:
    """Measure all parts, or the one of ``--only``, and print their figures."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=parts, help="run one part")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = []
    if not options.json:
        print(bench.describe_machine())
    for name in [options.only] if options.only else parts:
        if not options.json:
            print(f"\n{name}: {(parts[name].__doc__ or '').rstrip('.')}")
        for figure in parts[name]():
            figures.append({"part": name, **figure._asdict(), "margin": figure.margin, "verdict": figure.verdict})
            if not options.json:
                print(_line(figure), flush=True)
    if options.json:
        print(json.dumps({"machine": bench.machine(), "figures": figures}, indent=2))


def _line(figure: Figure) -> str:
    measured = f"{figure.kind} {figure.target:g} {figure.unit}: {figure.measured:.3g}"
    note = f"\n{'':9}{figure.note}" if figure.note else ""
    return f"  {figure.verdict:5}  {figure.name}: {measured} ({figure.margin:.2f} x the promise){note}"
