"""Integrate three bodies of your own with several schemes, and compare what they cost with what they lose.

python examples/three_bodies.py
"""

from regretlab.envs.bodies.integrate import integrate

# A star flies by another one, which has a planet; G = 1. Any number of bodies, in a plane or in space, will do.
MASSES = [1.0, 0.8, 1e-3]
POSITIONS = [[0.0, 0.0], [4.0, 3.0], [0.4, 0.0]]
VELOCITIES = [[0.0, 0.0], [-0.6, 0.0], [0.0, 1.58]]


def main(schemes=("kdk", "hermite", "ias15"), until=20.0):
    """Print steps, evaluations of the forces and energy error of each scheme; return the runs by scheme."""
    runs = {scheme: integrate(MASSES, POSITIONS, VELOCITIES, until, scheme=scheme) for scheme in schemes}
    for scheme, run in runs.items():
        error = run.energy_error()[-1]
        print(
            f"{scheme:8} {run.reason}  {run.steps:6} steps  {run.evaluations:7} evaluations  energy error {error:.0e}"
        )
    planet = runs[schemes[-1]].positions[-1, 2]
    print(f"the planet ends at ({planet[0]:.3f}, {planet[1]:.3f})")
    return runs


if __name__ == "__main__":
    main()
