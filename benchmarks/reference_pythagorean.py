"""States of the Pythagorean three-body problem to 21 decimals, from Taylor series in decimal arithmetic.

    python benchmarks/reference_pythagorean.py

Writes assets/reference/pythagorean.json, in about a minute. Masses 3, 4 and 5 start at rest in the corners of the
triangle with sides 3, 4 and 5, each opposite its side. With ``--digits 40`` the states differ by at most 2.1e-20, at
the last of the times; up to t = 30 they agree with those of another program, of order 40 with 55 digits, to 8e-20.

Source of the method: Jorba and Zou, "A software package for the numerical integration of ODEs by means of high-order
Taylor methods", Experimental Mathematics 14, 2005.
"""

from __future__ import annotations

import argparse
import json
from decimal import Decimal, getcontext
from operator import mul
from pathlib import Path

TIMES = ("1", "5", "10", "15", "15.83", "20", "30", "70")
MASSES = (3, 4, 5)
PAIRS = ((0, 1), (0, 2), (1, 2))
FILE = Path(__file__).parents[1] / "assets" / "reference" / "pythagorean.json"


def series(x, v, order):
    """Return the Taylor coefficients, up to ``order``, of positions and velocities (six each)."""
    x, v = [[value] for value in x], [[value] for value in v]
    power = Decimal(-3) / 2
    apart = [([], []) for _ in PAIRS]
    squares, cubes = [[] for _ in PAIRS], [[] for _ in PAIRS]
    for n in range(order):
        a = [Decimal(0)] * 6
        for pair, (i, k) in enumerate(PAIRS):
            dx, dy = apart[pair]
            dx.append(x[2 * k][n] - x[2 * i][n])
            dy.append(x[2 * k + 1][n] - x[2 * i + 1][n])
            r2, r3 = squares[pair], cubes[pair]
            r2.append(sum(map(mul, dx, reversed(dx))) + sum(map(mul, dy, reversed(dy))))
            if n == 0:
                r3.append(1 / (r2[0] * r2[0].sqrt()))
            else:
                terms = ((power * j - (n - j)) * r2[j] * r3[n - j] for j in range(1, n + 1))
                r3.append(sum(terms) / (n * r2[0]))
            for axis, d in enumerate((dx, dy)):
                pull = sum(map(mul, d, reversed(r3)))
                a[2 * i + axis] += MASSES[k] * pull
                a[2 * k + axis] -= MASSES[i] * pull
        for k in range(6):
            x[k].append(v[k][n] / (n + 1))
            v[k].append(a[k] / (n + 1))
    return x, v


def radius(x, order):
    """Return the radius of convergence that the last two coefficients suggest; at rest every other one vanishes."""
    largest = {n: max(abs(row[n]) for row in x) for n in (order - 1, order)}
    return min((1 / value) ** (Decimal(1) / n) for n, value in largest.items() if value > 0)


def at(row, h):
    """Return the value of a series."""
    total = Decimal(0)
    for coefficient in reversed(row):
        total = total * h + coefficient
    return total


def energy(x, v):
    """Return kinetic plus potential energy."""
    kinetic = sum(MASSES[i] * (v[2 * i] ** 2 + v[2 * i + 1] ** 2) for i in range(3)) / 2
    distances = [((x[2 * i] - x[2 * k]) ** 2 + (x[2 * i + 1] - x[2 * k + 1]) ** 2).sqrt() for i, k in PAIRS]
    return kinetic - sum(MASSES[i] * MASSES[k] / r for (i, k), r in zip(PAIRS, distances, strict=True))


def main():
    """Integrate and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--digits", type=int, default=48)
    parser.add_argument("--file", type=Path, default=FILE)
    options = parser.parse_args()
    getcontext().prec = options.digits
    order = options.digits
    share = Decimal(10) ** (Decimal(-(options.digits - 3)) / order)
    x, v = [Decimal(value) for value in (1, 3, -2, -1, 1, -1)], [Decimal(0)] * 6
    before = energy(x, v)
    time, states = Decimal(0), {}
    for end in map(Decimal, TIMES):
        while time < end:
            xs, vs = series(x, v, order)
            h = min(share * radius(xs, order), end - time)
            x, v = [at(row, h) for row in xs], [at(row, h) for row in vs]
            time += h
        states[f"{float(end)}"] = {"x": [f"{value:.21f}" for value in x], "v": [f"{value:.21f}" for value in v]}
    error = abs(energy(x, v) / before - 1)
    data = {
        "problem": "Pythagorean problem, G = 1, masses (3, 4, 5) at (1, 3), (-2, -1), (1, -1), at rest",
        "order": "x1, y1, x2, y2, x3, y3",
        "method": f"Taylor series of order {order}, {options.digits} digits; energy error {error:.1e} at the end",
        "command": "python benchmarks/reference_pythagorean.py",
        "states": states,
    }
    rows = ",\n".join(f"  {json.dumps(time)}: {json.dumps(state)}" for time, state in data.pop("states").items())
    head = json.dumps(data, indent=1).removesuffix("\n}")
    options.file.write_text(f'{head},\n "states": {{\n{rows}\n }}\n}}\n', encoding="utf-8")
    print(f"wrote {options.file}: relative error of the energy {error:.1e}")


if __name__ == "__main__":
    main()
