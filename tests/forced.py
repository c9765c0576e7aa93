"""Episodes of a memory task with forced outcomes, in plain Python, and what they say about the memory it takes.

For tasks whose observations do not depend on the actions: then a memory is enough if, over all episodes that may
happen, what it holds at a decision tells the right answer.
"""

import numpy as np

from regretlab.envs.core.fusing import plain


def play(environment, outcomes, answers):
    """Play an episode whose draws are ``outcomes`` (one tuple of stages each), answering ``answers[t]`` at step t.

    Checks that every outcome was possible. Returns observations (the last one included), rewards, ``needed`` (one for
    each observation), and the probability of these draws.
    """
    p, spec = environment.params, environment.spec
    kernel = {name: plain(each) for name, each in environment.kernels.items()}
    state, prob = environment.new_state(1), np.zeros(max(spec.outcomes, spec.start_outcomes))
    seen, value, reward = np.zeros((1, 1), np.int64), np.zeros((1, 1)), np.zeros((1, 1))
    observations, rewards, needed = [], [], []

    def note():
        kernel["observe"](p, state, 0, seen)
        kernel["info"](p, state, 0, value)
        observations.append(int(seen[0, 0]))
        needed.append(int(value[0, 0]))

    def probability(write, count, drawn):
        total = 1.0
        for stage in range(count):
            assert drawn[stage] < write(stage)
            total *= prob[drawn[stage]]
        assert total > 0
        return total

    first = outcomes[0]
    likelihood = probability(lambda stage: kernel["start"](p, first, stage, prob), spec.start_stages, first)
    kernel["begin"](p, state, 0, first)
    note()
    for t, answer in enumerate(answers):
        a, drawn = np.array([[answer]]), outcomes[t + 1]
        likelihood *= probability(
            lambda stage, a=a, drawn=drawn: kernel["chance"](p, state, 0, a, drawn, stage, prob), spec.stages, drawn
        )
        ended = kernel["apply"](p, state, 0, a, drawn, reward)
        rewards.append(float(reward[0, 0]))
        note()
        assert bool(ended) == (t == len(answers) - 1)
    return observations, rewards, needed, likelihood


def orders(copies):
    """Yield all different orders of a deck that has ``copies[k]`` cards of kind k."""
    if not any(copies):
        yield ()
    for kind, left in enumerate(copies):
        if left:
            for rest in orders([count - (k == kind) for k, count in enumerate(copies)]):
                yield (kind, *rest)


def smallest_window(episodes):
    """Return the shortest window of observations that tells every answer.

    ``episodes`` is a list of pairs (observations, answers), an answer being None where nothing is asked.
    """
    longest = max(len(answers) for _, answers in episodes)
    for size in range(1, longest + 1):
        known = {}
        shown = [
            ((*(None,) * size, *observations[: t + 1])[-size:], answer)
            for observations, answers in episodes
            for t, answer in enumerate(answers)
            if answer is not None
        ]
        if all(known.setdefault(window, answer) == answer for window, answer in shown):
            return size
    raise AssertionError("not even the whole history tells the answers")


def smallest_stack(episodes):
    """Return how many slots an adaptive stack needs at least, by exhaustive search: a rule says, for every content of
    the stack, which slot is given up for the next observation.
    """
    paths = [(tuple(observations), tuple(answers)) for observations, answers in episodes]
    for size in range(1, 99):
        start = {((None,) * (size - 1) + seen[:1], seen[1:], answers) for seen, answers in paths}
        if _can_be_told(start, {}, {}):
            return size
    raise AssertionError


def _can_be_told(now, given_up, known):
    """Return whether some completion of the rule ``given_up`` tells all answers, and all those ``known`` so far.

    ``now`` is the set of what may be the case: the stack, and the observations and answers yet to come.
    """
    given_up, known = dict(given_up), dict(known)
    while now:
        futures = {}
        for stack, seen, answers in now:
            # Equal stacks before equal observations stay equal, so that they must lead to equal answers.
            if futures.setdefault((stack, seen), answers) != answers:
                return False
            if answers[0] is not None and known.setdefault(stack, answers[0]) != answers[0]:
                return False
        gap = min((stack for stack, _, _ in now if stack not in given_up), key=str, default=None)
        if gap is not None:
            # An empty slot is as good to give up as another one: they are all alike.
            slots = range(max(gap.count(None) - 1, 0), len(gap))
            return any(_can_be_told(now, {**given_up, gap: slot}, known) for slot in slots)
        now = {
            ((*stack[: given_up[stack]], *stack[given_up[stack] + 1 :], seen[0]), seen[1:], answers[1:])
            for stack, seen, answers in now
            if len(answers) > 1
        }
    return True


def best_map(episodes, probabilities):
    """Return the largest expected number of right answers of a map from the present observation to an answer."""
    right = {}
    for (observations, answers), probability in zip(episodes, probabilities, strict=True):
        for seen, answer in zip(observations, answers, strict=False):
            table = right.setdefault(seen, {})
            table[answer] = table.get(answer, 0.0) + probability * (answer is not None)
    return sum(max(table.values()) for table in right.values())


def as_set(*observations):
    """Return observations as the set of bits that ``needed`` is."""
    return sum(1 << seen for seen in set(observations))
