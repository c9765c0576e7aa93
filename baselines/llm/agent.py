"""A language model as an outside agent: it is asked what it expects and, apart from that, what it chooses.

Both questions follow from the same history in separate calls, and neither answer enters the other's context, except in
the social families, which show the prediction to the choice. An answer that names no option is asked for once more; if
that does not help either it is counted as invalid, and a uniformly random option is played, by the agent's seed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ...envs.core.environment import Environment
from ...envs.games.histories import decode, encode
from ...envs.games.stages import stage_game, tensor
from .. import forecasting
from . import prompts
from .client import Client, Settings
from .parser import parse
from .view import View, view

OWN, PARTNER = 0, 1
LONGEST_NOTE = 10_000  # characters of what a model wrote that are shown to it again
REPAIR = "Your answer was: {answer}\nIt does not name one option. Reply with the option alone, {options}.\nA: Option"


def unsuited(environment: Environment) -> str | None:
    """Say so where the game cannot be told in words: no partner, no end, or a partner that is not observed."""
    if environment.spec.horizon is None:
        return f"a language model is told how many rounds there are, and {environment.id} has no end"
    return forecasting.unsuited("a language model", environment)


def agent_class(environment: Environment, settings: Settings) -> type:
    """Return a class of outside agents (see `regretlab.baselines.agent`) that ask the model of ``settings``.

    Raises ValueError for an environment that is `unsuited` or a family that does not exist; further as `Client`.
    """
    reason = unsuited(environment)
    if reason is not None:
        raise ValueError(reason)
    game, horizon = stage_game(environment), environment.spec.horizon
    assert game is not None and horizon is not None
    payoffs, rounds, actions, memory = tensor(game), horizon, game.actions.tolist(), int(game.memory)
    prompt, client = prompts.load(settings.prompt), client_of(settings)
    client.resume()

    class LanguageModel:
        concurrency = settings.concurrency
        peeks = prompt.told
        stop = staticmethod(client.stop)

        def __init__(self, observation_space: Any, action_space: Any, seed: int) -> None:
            self.seed, self.rng = seed, np.random.default_rng(seed)
            self.view: View = view(payoffs, rounds, seed)
            self.expected: int | None = None
            self.counts = dict.fromkeys(
                ("answers", "repaired", "invalid", "calls", "prompt_tokens", "completion_tokens"), 0
            )
            self.seconds = 0.0
            self.peeked: int | None = None
            self._begin()

        def act(self, obs: Any) -> int:
            fields = self._fields()
            for step in prompt.before:
                if len(self.played) % step.every == 0 and (step.every == 1 or self.played):
                    said = self._ask(step.text.format_map(fields), step.max_tokens)
                    self.notes[step.field] = fields[step.field] = said.strip()[:LONGEST_NOTE]
            if prompt.social:
                self.expected = self._choose(
                    prompt.predict.format_map({**fields, "options": self._options(True)}), True
                )
                names = self.view.other
                fields["prediction"] = "something" if self.expected is None else f"Option {names[self.expected]}"
            if self.peeked is not None:
                fields["partner_action"] = f"Option {self.view.other[decode(self.peeked, actions)[-1][PARTNER]]}"
            chosen = self._choose(prompt.act.format_map(fields), False)
            self.chosen = int(self.rng.integers(actions[OWN])) if chosen is None else chosen
            return self.chosen

        def predict(self, obs: Any) -> int | None:
            if not prompt.social:
                question = prompt.predict.format_map({**self._fields(), "options": self._options(True)})
                self.expected = self._choose(question, True)
            if self.expected is None:
                return None
            return encode([*self.played, (self.chosen, self.expected)], actions, memory)

        def update(
            self, obs: Any, action: int, reward: float, next_obs: Any, terminated: bool, truncated: bool
        ) -> None:
            self.played.append((action, decode(int(next_obs), actions)[-1][PARTNER]))
            if terminated or truncated:
                self._begin()

        def report(self) -> dict[str, float]:
            answers = max(self.counts["answers"], 1)
            rates = {f"{name}_rate": self.counts[name] / answers for name in ("invalid", "repaired")}
            totals = {name: self.counts[name] for name in ("calls", "prompt_tokens", "completion_tokens")}
            return {**rates, **totals, "latency_seconds": self.seconds}

        def _begin(self) -> None:
            self.played: list[tuple[int, int]] = []
            self.notes = {step.field: "(none yet)" for step in prompt.before}
            self.expected = None
            self.chosen = 0

        def _options(self, partner: bool) -> str:
            return self.view.options_of(partner)

        def _fields(self) -> dict[str, Any]:
            shown = {
                "rules": self.view.rules,
                "setting": self.view.setting,
                "history": self.view.history(self.played),
                "moves": self.view.moves(self.played),
                "options": self._options(False),
                "round": len(self.played) + 1,
                "rounds": rounds,
            }
            return {**shown, **self.notes}

        def _choose(self, question: str, partner: bool) -> int | None:
            """Ask, once more if need be, and return the number of the option, None for an invalid answer."""
            letters = self.view.other if partner else self.view.own
            answer = self._ask(question, prompt.max_tokens)
            found = parse(answer, letters)
            self.counts["answers"] += 1
            if found is None:
                again = REPAIR.format(answer=answer[-500:], options=self._options(partner))
                found = parse(self._ask(f"{question}\n\n{again}", prompt.max_tokens), letters)
                self.counts["invalid" if found is None else "repaired"] += 1
            return found

        def _ask(self, text: str, max_tokens: int) -> str:
            seed = (self.seed + 1_000_003 * self.counts["calls"]) % 2**31
            reply = client.ask(prompt.endpoint, text, max_tokens, seed)
            self.counts["calls"] += 1
            self.counts["prompt_tokens"] += reply.prompt_tokens
            self.counts["completion_tokens"] += reply.completion_tokens
            self.seconds += reply.seconds
            return reply.text

    return LanguageModel


def calls_a_round(prompt: prompts.Prompt) -> float:
    """Return how many calls a round takes when every answer is valid."""
    return 2 + sum(1 / step.every for step in prompt.before)


def prompt_characters(environment: Environment, prompt: prompts.Prompt) -> int:
    """Return how long a question is in the middle of an episode, in characters."""
    game, horizon = stage_game(environment), environment.spec.horizon
    assert game is not None and horizon is not None
    shown = view(tensor(game), horizon, 0)
    played = [(0, 0)] * (horizon // 2)
    fields = {"rules": shown.rules, "setting": shown.setting, "history": shown.history(played)}
    fields |= {"moves": shown.moves(played), "options": shown.options_of(False)}
    known = dict.fromkeys((*prompts.FIELDS, *(step.field for step in prompt.before)), "")
    return len(prompt.act.format_map({**known, **fields}))


@lru_cache(maxsize=4)
def client_of(settings: Settings) -> Client:
    """Return the client of ``settings``, one for all its agents, so that calls are counted together."""
    return Client(settings)
