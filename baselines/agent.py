"""Outside agents: plain Python classes that play through observations, one object a lane and player.

An agent is a class with

* ``__init__(self, observation_space, action_space, seed)``, Gymnasium spaces and an integer;
* ``act(self, obs)``, an integer action;
* ``update(self, obs, action, reward, next_obs, terminated, truncated)``, called after every step;
* optionally ``predict(self, obs)``, the next observation it expects (an integer, or None); without it, metrics of
  prediction refuse.

``next_obs`` is what the step led to, also at the end of an episode; the next ``act`` then gets the first one of a new
episode. ``regretlab run SUITE --agent path/to/file.py:MyAgent`` plays a class of yours (see `load_agent`).
"""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..envs.core.batch import Batch
from ..envs.core.environment import Environment
from ..envs.core.streams import LEARNER, seed_streams
from .learner import Learner
