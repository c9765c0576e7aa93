"""What others may rely on: modules import lightly, and every `__all__` is sorted, complete and documented."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import pytest

import regretlab

NEEDS_EXTRA = "regretlab.envs.api.sb3_vec_env"  # imported by to_sb3 alone, with Stable-Baselines3
MODULES = [each.name for each in pkgutil.walk_packages(regretlab.__path__, "regretlab.") if each.name != NEEDS_EXTRA]
HEAVY = ["duckdb", "matplotlib", "pygame", "ray", "stable_baselines3", "torch", "torchrl"]
IMPORT = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def _loaded(*modules: str) -> set[str]:
    command = [sys.executable, "-W", "error", "-c", IMPORT, json.dumps(modules)]
    return set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def test_importing_the_package_loads_nothing_heavy():
    assert not _loaded("regretlab") & {*HEAVY, "numba", "scipy"}


def test_the_command_line_loads_nothing_heavy():
    """So that `regretlab --help` answers at once."""
    assert not _loaded("regretlab.cli") & {*HEAVY, "numba", "scipy", "pydantic"}


def test_every_module_can_be_imported_and_none_loads_what_is_heavy_or_optional():
    loaded = _loaded(*MODULES)
    assert set(MODULES) <= loaded
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("name", ["regretlab", *MODULES])
def test_a_module_says_what_it_is_and_what_it_exports(name):
    module = importlib.import_module(name)
    assert module.__doc__
    exported = getattr(module, "__all__", [])
    assert exported == sorted(exported)
    for each in (getattr(module, each) for each in exported):
        assert inspect.ismodule(each) or not callable(each) or inspect.getdoc(each)


@pytest.mark.parametrize("row", regretlab.catalog(), ids=lambda row: row.id)
def test_every_id_has_a_module_with_all_sections(row):
    """Gymnasium's sections, and the certificate."""
    page = importlib.import_module(row.module).__doc__
    sections = "Description", "Action Space", "Observation Space", "Rewards", "Starting State", "Episode End"
    for section in (*sections, "Arguments", "Certificate", "Version History", "References"):
        assert f"\n{section}\n{'-' * len(section)}\n" in page, section
    for knob in row.knobs:
        assert f"\n{knob} : " in page, knob
