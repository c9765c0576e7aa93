"""What others may rely on: modules import lightly, and `__all__` is sorted, complete and documented."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest
import regretlab
from regretlab.envs.core.registry import build

NEEDS_EXTRA = {"regretlab.envs.api.sb3_vec_env"}  # imported by to_sb3 alone, with Stable-Baselines3
NAMES = [module.name for module in pkgutil.walk_packages(regretlab.__path__, "regretlab.")]
PACKAGES = ["regretlab", *(name for name in NAMES if hasattr(importlib.import_module(name), "__path__"))]
IMPORT_ALL = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({"duckdb", "joblib", "matplotlib", "pygame", "torch", "stable_baselines3"} & set(sys.modules))))
"""
