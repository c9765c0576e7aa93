"""Expected travel times to several targets at once, by sweeps that stay below the optimum."""

from __future__ import annotations


def sweep(first, successor, probability, targets, actions, times, least, forward):
    """Improve ``times`` (S, targets) in place, state by state: the least over actions of 1 + expected time after.

    ``first``, ``successor`` and ``probability`` are the transitions (S * A, S) in compressed rows. Times that are too
    low stay so, and never fall. ``least`` (2, targets) is a work array; ``forward`` is the order of the states.
    """
    states, count = times.shape
    for place in range(states):
        s = place if forward else states - 1 - place
        for a in range(actions):
            for j in range(count):
                least[1, j] = 1.0
            for entry in range(first[s * actions + a], first[s * actions + a + 1]):
                weight, x = probability[entry], successor[entry]
                for j in range(count):
                    least[1, j] += weight * times[x, j]
            for j in range(count):
                if a == 0 or least[1, j] < least[0, j]:
                    least[0, j] = least[1, j]
        for j in range(count):
            times[s, j] = least[0, j]
        for j in range(count):
            if targets[j] == s:
                times[s, j] = 0.0


def residuals(first, successor, probability, targets, actions, times, growth, policy):
    """Write into ``growth`` (targets,) the most that another sweep of all states at once would add to ``times``, and
    into ``policy`` (S, targets) the actions of least expected time.
    """
    states, count = times.shape
    for j in range(count):
        growth[j] = 0.0
    for s in range(states):
        for j in range(count):
            best = 0.0
            for a in range(actions):
                value = 1.0
                for entry in range(first[s * actions + a], first[s * actions + a + 1]):
                    value += probability[entry] * times[successor[entry], j]
                if a == 0 or value < best:
                    best = value
                    policy[s, j] = a
            if targets[j] != s and best - times[s, j] > growth[j]:
                growth[j] = best - times[s, j]


def make_proper(first, pair, target, actions, policy, arrives, queue):
    """Change ``policy`` (S,) in place where it never leads to the state ``target``, which every state can reach.

    ``first`` and ``pair`` list by state, in compressed columns, the pairs s * actions + a that may lead to it.
    ``arrives`` (S,), all false, and ``queue`` (S,) are work arrays.
    """
    arrives[target], queue[0] = True, target
    count = 1
    for any_action in (False, True):  # first along the policy, then by any action to whatever arrives
        place = 0
        while place < count:
            x = queue[place]
            place += 1
            for entry in range(first[x], first[x + 1]):
                s, a = pair[entry] // actions, pair[entry] % actions
                if not arrives[s] and (any_action or policy[s] == a):
                    policy[s], arrives[s], queue[count] = a, True, s
                    count += 1
