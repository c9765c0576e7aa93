"""What is installed: packages, their data, versions and extras. (.ci/run compares a wheel with the folders.)"""

from __future__ import annotations

import re
import tomllib

import regretlab
from fences import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
ENVIRONMENTS = {path.parent.name for path in ROOT.glob("*/pyvenv.cfg")}  # a checkout may hold the reader's own
NOT_PACKAGES = {"tests", "docs", "examples", "benchmarks", "build", "dist", *ENVIRONMENTS}


def _folders() -> dict[str, list[str]]:
    """Return the packages that the checkout has, and the names of the files in each that are not Python."""
    found = {}
    for marker in ROOT.rglob("__init__.py"):
        parts = marker.parent.relative_to(ROOT).parts
        if not (parts and (parts[0] in NOT_PACKAGES or any(part.startswith(".") for part in parts))):
            data = [path.name for path in marker.parent.iterdir() if path.is_file() and path.suffix != ".py"]
            found[".".join(("regretlab", *parts))] = data
    return found


def test_every_package_is_declared():
    """A folder that is forgotten in pyproject.toml would be missing from the wheel, and only there."""
    assert SETUPTOOLS["packages"] == sorted(_folders())


def test_every_data_file_is_declared():
    for package, data in _folders().items():
        patterns = SETUPTOOLS["package-data"].get(package, [])
        left = [] if package == "regretlab" else [name for name in data if f"*.{name.split('.')[-1]}" not in patterns]
        assert not left, f"{package}: {left}"


def test_the_types_are_shipped():
    assert (ROOT / "py.typed").is_file()
    assert SETUPTOOLS["package-data"]["regretlab"] == ["py.typed"]


def test_the_root_has_no_module_but_the_package_and_the_command():
    assert sorted(path.name for path in ROOT.glob("*.py")) == ["__init__.py"]


def test_the_version_is_the_same_everywhere():
    version = PROJECT["project"]["version"]
    assert regretlab.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version = {{{version}}}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(.*?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[0] == version


def test_the_test_extra_is_light():
    """Whoever only wants to see the tests pass need not install torch."""
    names = [re.split(r"[<>=]", name)[0] for name in PROJECT["project"]["optional-dependencies"]["test"]]
    assert names == ["pytest", "pytest-xdist"]


def test_the_extras_that_messages_name_exist():
    extras = set(PROJECT["project"]["optional-dependencies"])
    named = {
        extra
        for package in SETUPTOOLS["packages"]
        for path in (ROOT / "/".join(package.split(".")[1:])).glob("*.py")
        for extra in re.findall(r"regretlab\[([\w-]+)\]", path.read_text(encoding="utf-8"))
    }
    assert named == {"play", "clients", "llm", "axelrod", "open-spiel"}
    assert named <= extras
