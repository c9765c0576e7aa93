"""A window in which a person plays: an environment's picture, the keys, the score and the regret so far."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..baselines.learner import Learner
from ..envs.core import canvas
from ..envs.core.certificate import Certificate
from ..envs.core.environment import Environment
from ..envs.core.registry import build, find
from ..solvers.certify import certify_environment
from .scene import Scene, player, seat

KEYS = "1234567890abcdefghijklmnopqrstuvwxyz"  # of the actions, in order
ARROWS = {  # the triangles that stand for them
    "up": np.array([(-1, 0.6), (0, -0.8), (1, 0.6)]),
    "down": np.array([(-1, -0.6), (0, 0.8), (1, -0.6)]),
    "left": np.array([(0.6, -1), (-0.8, 0), (0.6, 1)]),
    "right": np.array([(-0.6, -1), (0.8, 0), (-0.6, 1)]),
}
AGAIN = ("return", "space", "enter")
CLOSE = "escape"
INVISIBLE = ("dummy", "offscreen")  # what SDL falls back to
MARGIN, CAP, LINE = 24, 38, 26  # pixels


def table(id: str, knobs: dict[str, Any], opponent: str | None) -> tuple[Environment, Learner | type | None]:
    """Return the environment in which a person plays, and who plays its other seats (None where it has one player).

    Parameters
    ----------
    id, knobs : as for `regretlab.make`.
    opponent : a scripted partner, in an environment with the knob ``partner``; in a game of several players a learner
        or ``path/to/file.py:Class``. None takes the knob's default, or ``uniform``.

    Raises
    ------
    KeyError, TypeError, ValueError
        for an unknown id, a knob or an opponent that is not allowed.
    """
    row = find(id)
    if opponent is not None and row.players == "one":
        if "partner" not in row.knobs:
            raise ValueError(f"opponent={opponent!r} is not allowed: {row.id} is played alone")
        knobs = {**knobs, "partner": opponent}
    environment = build(row.id, **knobs)
    return environment, None if environment.spec.players == 1 else player(opponent or "uniform")


class Game:
    """What a person plays as player 0: the state of the window, without the window.

    Parameters
    ----------
    environment : what is played.
    opponent : who plays every other seat, and learns meanwhile; None in an environment of one player.
    seed : seeds the environment and the opponent; None draws one.

    Raises ValueError for an opponent that cannot play ``environment``, or more actions than there are keys.
    """

    def __init__(
        self, environment: Environment, opponent: Learner | type | None = None, seed: int | None = None
    ) -> None:
        spec = environment.spec
        if spec.actions[0] > len(KEYS):
            raise ValueError(f"{environment.id} has {spec.actions[0]} actions; there are keys for {len(KEYS)}")
        seats = [] if opponent is None else [seat(environment, opponent, tuple(range(1, spec.players)))]
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        self.environment = environment
        self._opponent = (
            "" if opponent is None else opponent.name if isinstance(opponent, Learner) else opponent.__name__
        )
        self.certificate = _certificate(environment)
        self.names = tuple(spec.action_names[0]) if spec.action_names else tuple(map(str, range(spec.actions[0])))
        self.keys = keys(self.names)
        self._scene = Scene(environment, seats, seed)
        self._would = np.zeros(spec.actions[0])  # what each action would have earned so far, taken always
        self.steps = self.episodes = 0
        self.score = self._finished = self._running = 0.0
        self._weight = 1.0

    @property
    def over(self) -> bool:
        """Whether the episode has ended and a key of `AGAIN` begins the next."""
        return self._scene.over

    def press(self, key: str) -> None:
        """Take the action of ``key``, or begin the next episode; any other key does nothing."""
        if self.over:
            if key in AGAIN:
                self._scene.begin()
                self._running, self._weight = 0.0, 1.0
        elif key in self.keys and self._scene.batch.legal()[0, 0, self.keys[key]]:
            self._take(self.keys[key])

    def regret(self) -> float | None:
        """Return the regret so far, None where it is unknown or no episode has ended yet.

        With the criterion gain: the optimum of all steps minus the score; with a return: that of all finished episodes.
        In a game of several players, whose certificate is a gap: what the best single action would have earned more,
        in every round against what the others really played.
        """
        known = self.certificate
        if known is None:
            return None
        if known.measure == "gap":
            return float(self._would.max() - self.score) if "payoffs" in self.environment.defined else None
        if self.environment.spec.criterion.kind == "gain":
            return known.optimal.value * self.steps - self.score
        return known.optimal.value * self.episodes - self._finished if self.episodes else None

    def frame(self) -> np.ndarray:
        """Return the environment's picture and a panel below it, uint8 (height, width, 3), of constant size."""
        picture = self._scene.picture("rgb_array")
        panel = self._panel(max(picture.shape[1], 640))
        if picture.shape[1] < panel.shape[1]:
            side = panel.shape[1] - picture.shape[1]
            margins = ((0, 0), (side // 2, side - side // 2), (0, 0))
            picture = np.pad(picture, margins, mode="edge")
        return np.concatenate([picture, panel])

    def _take(self, action: int) -> None:
        scene, spec = self._scene, self.environment.spec
        reward = float(scene.step(action)[0])
        if scene.would is not None:
            self._would += scene.would[0, 0, : len(self._would)]
        self.steps += 1
        self.score += reward
        self._running += self._weight * reward
        self._weight *= spec.criterion.discount
        if scene.over:
            self.episodes += 1
            self._finished += self._running

    def _panel(self, width: int) -> np.ndarray:
        lines, caps = self._lines(), self._caps(width - 2 * MARGIN)
        top = MARGIN + CAP * (1 + max(line for line, _ in caps))
        panel = canvas.blank(width, top + len(lines) * LINE + 14, canvas.PANEL)
        canvas.rectangle(panel, 0, 0, width, 2, canvas.FAINT)
        legal = self._scene.batch.legal()[0, 0]
        for action, (line, x) in enumerate(caps):
            y = 16 + CAP * line
            ink = canvas.INK if legal[action] and not self.over else canvas.MUTED
            for key in self._keys_of(action):
                size = _cap_width(key)
                canvas.rectangle(panel, x, y, size, 30, canvas.FAINT, radius=6)
                if key in ARROWS:
                    canvas.polygon(panel, np.array([x + size / 2, y + 15]) + 7 * ARROWS[key], ink)
                else:
                    canvas.text(panel, x + size / 2, y + 8, key, ink, align="center")
                x += size + 6
            canvas.text(panel, x + 4, y + 8, self.names[action], ink)
        for number, (label, value, colour) in enumerate(lines):
            canvas.text(panel, MARGIN, top + LINE * number, label, canvas.MUTED)
            canvas.text(panel, 170, top + LINE * number, value, colour)
        return panel

    def _keys_of(self, action: int) -> list[str]:
        return [key for key, taken in self.keys.items() if taken == action]

    def _caps(self, width: int) -> list[tuple[int, int]]:
        """Return for each action the line and the x in pixels at which its keys begin."""
        places, line, x = [], 0, 0
        for action, name in enumerate(self.names):
            size = sum(_cap_width(key) + 6 for key in self._keys_of(action)) + canvas.text_width(name) + 28
            if x and x + size > width:
                line, x = line + 1, 0
            places.append((line, MARGIN + x))
            x += size
        return places

    def _lines(self) -> list[tuple[str, str, canvas.Colour]]:
        """Return label, value and colour of the lines below the keys; as many in every state."""
        lines = [("opponent", self._opponent, canvas.INK)] if self._opponent else []
        lines.append(("score", f"{_number(self.score)} in {_count(self.steps, 'step')}", canvas.INK))
        known, regret = self.certificate, self.regret()
        if known is None:
            lines.append(("regret", "unknown: this environment has no certificate", canvas.MUTED))
        else:
            optimum = f"{_number(known.optimal.value)} {known.unit} ({known.optimal.kind})"
            reference = f"in {_count(self.steps, 'step')}"
            if known.measure == "gap":
                optimum, reference = "no regret at all", "to the best single action in hindsight"
            elif self.environment.spec.criterion.kind != "gain":
                lines.append(("this episode", _number(self._running), canvas.INK))
                reference = f"in {_count(self.episodes, 'finished episode')}"
            shown = "counted when an episode ends" if regret is None else f"{_number(regret)} {reference}"
            colour = canvas.MUTED if regret is None or not self.steps else canvas.GOOD if regret <= 0 else canvas.BAD
            lines += [("regret so far", shown, colour), ("optimum", optimum, canvas.INK)]
        help = "Enter: the next episode   Esc: close" if self.over else "Esc: close"
        colour = canvas.ACCENT if self.over else canvas.MUTED
        return [*lines, ("episode over" if self.over else "", help, colour)]


def keys(names: tuple[str, ...]) -> dict[str, int]:
    """Return the action of each key: digits, then letters, in order; for at most ten actions also arrows and the
    first letters of their ``names``, where these are called so or differ.
    """
    result = dict(zip(KEYS, range(len(names)), strict=False))
    if len(names) <= 10:
        first = [name[:1].lower() for name in names]
        result |= {name: action for action, name in enumerate(names) if name in ARROWS}
        result |= {
            letter: action
            for action, letter in enumerate(first)
            if letter.isalpha() and letter.isascii() and first.count(letter) == 1 and names[action] not in ARROWS
        }
    return result


def play(game: Game) -> None:
    """Show ``game`` in a window until it is closed.

    Raises
    ------
    ModuleNotFoundError
        when pygame is missing; the message names the extra.
    OSError
        when there is no display. (With ``SDL_VIDEODRIVER=dummy`` the window is there and cannot be seen.)
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from ..envs.api.rendering import Window

    window = Window(f"RegretLab: {game.environment.id}")
    import pygame

    try:
        window.show(game.frame())
        if "SDL_VIDEODRIVER" not in os.environ and pygame.display.get_driver() in INVISIBLE:
            raise OSError("no window can be opened: there is no display")
        while True:
            window.show(game.frame())
            event = pygame.event.wait()
            if event.type == pygame.QUIT:
                return
            if event.type == pygame.KEYDOWN:
                key = key_name(event.unicode, pygame.key.name(event.key))
                if key == CLOSE:
                    return
                game.press(key)
    except pygame.error as error:
        raise OSError(f"no window can be opened: {error}") from error
    finally:
        window.close()


def key_name(character: str, name: str) -> str:
    """Return the character that a key typed (which depends on the keyboard), or else the name of the key."""
    return character.lower() if character.isprintable() and character.strip() else name.strip("[]")


def _certificate(environment: Environment) -> Certificate | None:
    try:
        return certify_environment(environment)
    except ValueError:
        return None


def _cap_width(key: str) -> int:
    return 30 if key in ARROWS else canvas.text_width(key) + 18


def _number(value: float) -> str:
    """Return the number with five digits, without the dust of rounding."""
    return f"{0.0 if abs(value) < 5e-10 else value:.5g}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
