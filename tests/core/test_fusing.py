"""The traps of caching compiled code, each in fresh processes that share a cache folder."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from regretlab.envs.core import kernel
from regretlab.envs.core.fusing import fuse, plain, source_hash, specialise
from regretlab.envs.core.streams import mix64

FACTOR = 2


@kernel
def scaled(x):
    return FACTOR * x


@kernel
def scaled_twice(x):
    return scaled(scaled(x))


def template(x):
    return scaled(x) + 1


inner = scaled


def scramble(x):
    return mix64(x)


def loop(x):
    return inner(x)


def test_a_kernel_called_from_python_agrees_with_the_compiled_one_and_wraps_around():
    assert scaled_twice(3) == fuse(template, {"scaled": scaled_twice}, "four times")(3) - 1 == 12
    with np.errstate(over="warn" if hasattr(mix64, "py_func") else "ignore"):  # plain Python leaves it to its caller
        assert mix64(np.uint64(2**64 - 1)) == fuse(scramble, {}, "scramble")(np.uint64(2**64 - 1))


def test_the_same_sources_are_compiled_once():
    assert fuse(template, {}, "one") is fuse(template, {}, "one")


def test_specialise_reaches_the_functions_a_kernel_calls():
    assert specialise(scaled_twice, {"FACTOR": 5})(2) == 50
    assert scaled_twice(2) == 8
    assert specialise(scaled_twice, {"OTHER": 5}) is scaled_twice


@kernel
def start(p):
    return p.start


def test_an_attribute_is_not_taken_for_a_kernel_of_the_same_name():
    assert plain(start)(slice(3, None)) == 3


def test_constants_enter_the_hash():
    assert source_hash({"f": scaled}) != source_hash({"f": specialise(scaled, {"FACTOR": 3})})
    assert source_hash({"f": scaled}) == source_hash({"f": scaled})


@pytest.fixture
def project(tmp_path):
    """A package with one template and one kernel in another file that imports a constant from a third."""
    package = tmp_path / "traps"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "constants.py").write_text("STEP = 10\n")
    (package / "moves.py").write_text(
        "from regretlab.envs.core import kernel\nfrom .constants import STEP\n\n\n"
        "@kernel\ndef move(x):\n    return x + STEP\n"
    )
    (package / "other.py").write_text(
        "from regretlab.envs.core import kernel\n\n\n@kernel\ndef move(x):\n    return x * 100\n"
    )
    (package / "loop.py").write_text("def move(x):\n    return x\n\n\ndef run(x):\n    return move(x)\n")

    def run(*modules, package="traps", variants=(), before_fusing="", argument="1"):
        code = f"""
            import importlib, json, sys
            sys.path.insert(0, {str(tmp_path)!r})
            from {package} import loop
            from regretlab.envs.core.fusing import cache_statistics, fuse, specialise
            moves = [importlib.import_module("{package}." + name).move for name in {modules!r}]
            if {variants!r}:  # of the first kernel, with its step bound to several values
                moves = [specialise(moves[0], {{"STEP": step - 1}}) for step in {variants!r}]
            {before_fusing}
            values = [fuse(loop.run, {{"move": move}}, "same name")({argument}) for move in moves]
            print(json.dumps([values, cache_statistics()]))
        """
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "NUMBA_DISABLE_JIT": "0"}
        environment.pop("REGRETLAB_NO_CACHE", None)
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=environment
        )
        return json.loads(done.stdout)

    run.package = package
    run.files = lambda: sorted(path.name for path in (tmp_path / "cache").rglob("*.nb*"))
    return run


def test_environments_of_equal_names_do_not_share_code(project):
    assert project("moves", "other")[0] == [11, 100]
    assert project("other", "moves")[0] == [100, 11]


def test_a_second_process_compiles_nothing_and_the_cache_does_not_grow(project):
    assert project("moves")[1] == {"hits": 0, "misses": 1}
    files = project.files()
    assert project("moves")[1] == {"hits": 1, "misses": 0}
    assert project.files() == files


def test_variants_of_one_environment_do_not_prune_each_other(project):
    assert project("moves", variants=(1, 2)) == [[1, 2], {"hits": 0, "misses": 2}]
    assert project("moves", variants=(2, 1)) == [[2, 1], {"hits": 2, "misses": 0}]


def test_a_package_that_was_renamed_is_compiled_again(project):
    """A cached function names the module of the types it was compiled for."""
    project("moves")
    project.package.rename(project.package.parent / "renamed")
    assert project("moves", package="renamed")[1] == {"hits": 0, "misses": 1}


def test_an_edit_in_the_kernels_file_is_noticed_and_the_stale_file_pruned(project):
    project("moves")
    files = project.files()
    path = project.package / "moves.py"
    path.write_text(path.read_text().replace("x + STEP", "x - STEP"))
    assert project("moves") == [[-9], {"hits": 0, "misses": 1}]
    assert len(project.files()) == len(files)
    assert not set(project.files()) & set(files)


def test_an_edit_while_a_process_runs_does_not_reach_the_cache(project):
    """What is cached under the hash of the new file must not be the code of the old one."""
    path = project.package / "moves.py"
    old, new = path.read_text(), path.read_text().replace("x + STEP", "x - STEP")
    assert project("moves", before_fusing=f"open({str(path)!r}, 'w').write({new!r})")[0] == [11]
    assert project("moves") == [[-9], {"hits": 0, "misses": 1}]
    path.write_text(old)


def test_an_edit_of_a_default_and_of_what_a_module_holds_is_noticed(project):
    path = project.package / "moves.py"
    path.write_text(
        "from regretlab.envs.core import kernel\nfrom . import constants\n\n\n"
        "@kernel\ndef move(x, n=constants.STEP):\n    return x + n + constants.STEP\n"
    )
    assert project("moves")[0] == [21]
    (project.package / "constants.py").write_text("STEP = 20\n")
    assert project("moves") == [[41], {"hits": 0, "misses": 1}]


def test_a_class_of_an_argument_that_has_gone_is_noticed(project):
    """The index of the cache names it, which the hash of the function's code does not."""
    moves, boxes = project.package / "moves.py", project.package / "boxes.py"
    moves.write_text(moves.read_text().replace("x + STEP", "x.held + STEP"))
    boxes.write_text("from typing import NamedTuple\n\n\nclass Box(NamedTuple):\n    held: int\n")
    argument = "importlib.import_module('traps.boxes').Box(1)"
    assert project("moves", argument=argument) == [[11], {"hits": 0, "misses": 1}]
    boxes.write_text(boxes.read_text().replace("Box", "Crate"))
    for hits in (0, 1):
        again = project("moves", argument=argument.replace("Box", "Crate"))
        assert again == [[11], {"hits": hits, "misses": 1 - hits}]


def test_functions_without_a_file_are_told_apart_by_their_constants():
    moves = []
    for factor in (2.0, 3.0):
        scope = {}
        exec(compile(f"def move(x):\n    return x * {factor}\n", "<prompt>", "exec"), scope)
        moves.append(kernel(scope["move"]))
    assert [fuse(loop, {"inner": move}, "prompt")(1.0) for move in moves] == [2.0, 3.0]


def test_an_edit_in_a_file_it_imports_is_noticed(project):
    project("moves")
    (project.package / "constants.py").write_text("STEP = 20\n")
    assert project("moves") == [[21], {"hits": 0, "misses": 1}]


def test_kernels_of_a_script_are_compiled_without_a_cache(project, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from regretlab.envs.core import kernel\nfrom regretlab.envs.core.fusing import fuse\nfrom traps import loop\n"
        "@kernel\ndef move(x):\n    return x + 1\n"
        "print(fuse(loop.run, {'move': move}, 'script')(1))\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "NUMBA_DISABLE_JIT": "0"}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "2"
    assert project.files() == []
