"""Fusing: one compiled loop out of a template and the kernels of one environment, cached on disk.

Numba never finds a closure over kernels, or a kernel passed as an argument, in its disk cache. So the engine copies
a module-level template, rebinds the names of the kernels in the copy's globals, and gives the copy a name that
carries a hash of everything the compiler reads: the source files of all functions involved and the values of the
constants they use. Without the hash a second environment of the same name would silently run the first one's code,
and an edit in another file would go unnoticed.
"""

from __future__ import annotations

import contextlib
import dis
import hashlib
import os
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .kernel import OPTIONS
from .kernel import kernel as as_kernel

_fused: dict[str, Any] = {}


def fuse(template: Callable[..., Any], bindings: Mapping[str, Any], slug: str) -> Any:
    """Compile a copy of ``template`` in which the global names of ``bindings`` stand for the given objects.

    Parameters
    ----------
    template : a module-level function; the names it leaves to be bound must exist in its module.
    bindings : kernels and constants (numbers, strings, booleans) by name.
    slug : names the environment or learner in the cache; entries of the same slug with other sources are pruned.

    Returns
    -------
    the compiled function; the same object for the same sources and constants. Functions that come from ``__main__``
    are compiled without a disk cache, as are all when the environment variable ``REGRETLAB_NO_CACHE`` is ``1``.
    """
    from numba import config, njit

    slug = "".join(letter if letter.isalnum() else "_" for letter in slug)[:60]
    assert isinstance(template, types.FunctionType)
    family = f"{template.__name__}__{slug}__{_variant(bindings)}__"
    copy = _copy(template, {**_helpers(template, bindings), **bindings})
    digest, cacheable = _digest(copy, _code_identity)
    copy.__name__ = copy.__qualname__ = family + digest
    if copy.__qualname__ in _fused:
        return _fused[copy.__qualname__]
    if config.DISABLE_JIT:  # the streams wrap around at 2**64, of which NumPy would warn
        return _fused.setdefault(copy.__qualname__, np.errstate(over="ignore")(copy))
    cache = cacheable and os.environ.get("REGRETLAB_NO_CACHE") != "1"
    compiled = _cached(copy) if cache else njit(**OPTIONS)(copy)
    if cache:
        _prune(Path(compiled.stats.cache_path), f"{template.__module__.split('.')[-1]}.{family}", digest)
    _fused[copy.__qualname__] = compiled
    return compiled


def _cached(function: types.FunctionType) -> Any:
    """Compile with a disk cache in the user's cache folder: files beside the package would outlive its removal, and
    what is left of the folder would then hide the package when it is installed from a checkout.
    """
    from numba import config, njit
    from numba.misc.appdirs import AppDirs

    chosen = config.CACHE_DIR  # NUMBA_CACHE_DIR
    config.CACHE_DIR = chosen or AppDirs("regretlab", appauthor=False).user_cache_dir
    try:
        compiled = njit(cache=True, **OPTIONS)(function)
    finally:
        config.CACHE_DIR = chosen
    _forget_what_is_gone(compiled._cache)
    return compiled


def _forget_what_is_gone(cache: Any) -> None:
    """Let ``cache`` take an index that cannot be read for an empty one.

    It names the classes of the arguments that were compiled for. One of these may have moved or gone since, in another
    version of the package, while the function's own code, and so its hash, is the same.
    """
    load = cache.load_overload

    def load_overload(signature: Any, context: Any) -> Any:
        try:
            return load(signature, context)
        except (AttributeError, ImportError):
            cache.flush()
            return None

    cache.load_overload = load_overload


def specialise(kernel: Any, bindings: Mapping[str, Any]) -> Any:
    """Return ``kernel`` compiled with some of its global names bound to other values, in the functions it calls too.

    Used for constants that only the fusing knows, such as the number of players, and for wrappers, whose kernels
    call those of the environment inside. Returns ``kernel`` itself when it uses none of the names.
    """
    plain = _plain(kernel)
    names = [name for name in _names(plain.__code__) if name in plain.__globals__]
    changed = {name: bindings[name] for name in names if name in bindings}
    for name in names:
        value = plain.__globals__[name]
        if name not in changed and _is_kernel(value) and value is not kernel:
            inner = specialise(value, bindings)
            if inner is not value:
                changed[name] = inner
    if not changed:
        return kernel
    copy = _copy(plain, changed)
    # The name tells the variant of the loop it is fused into: variants of one kernel must not prune each other's cache.
    copy.__qualname__ = f"{plain.__qualname__}__{_variant(changed)}"
    return as_kernel(copy)


def plain(kernel: Any) -> types.FunctionType:
    """Return ``kernel`` as a plain Python function that calls plain Python functions, for testing the compiled ones."""
    function = _plain(kernel)
    scope = function.__globals__
    inner = {name: plain(scope[name]) for name in _names(function.__code__) if hasattr(scope.get(name), "py_func")}
    return _copy(function, inner)


def source_hash(functions: Mapping[str, Any]) -> str:
    """Return a hash of the source files and constants of several kernels, as stored with every result.

    Unlike the hash in the cache it is that of the text, which is the same under every version of Python.
    """
    digest = hashlib.sha256()
    for name in sorted(functions):
        digest.update(f"{name}={_digest(_plain(functions[name]), _file_identity)[0]};".encode())
    return digest.hexdigest()[:16]


def cache_statistics() -> dict[str, int]:
    """Return how many fused functions of this process were loaded from the disk cache and how many were compiled."""
    counted = [function.stats for function in _fused.values() if hasattr(function, "stats")]
    hits = sum(sum(stats.cache_hits.values()) for stats in counted)
    return {"hits": hits, "misses": sum(sum(stats.cache_misses.values()) for stats in counted)}


def _helpers(template: types.FunctionType, bindings: Mapping[str, Any]) -> dict[str, Any]:
    """Bind the same names in the helpers of the template's own module (and in no other module's functions)."""
    scope = template.__globals__
    own = {name: scope[name] for name in _names(template.__code__) if name in scope and name not in bindings}
    return {
        name: specialise(value, bindings)
        for name, value in own.items()
        if _is_kernel(value) and _plain(value).__module__ == template.__module__
    }


def _plain(function: Any) -> types.FunctionType:
    return getattr(function, "py_func", function)


def _is_kernel(value: Any) -> bool:
    return hasattr(value, "py_func") or isinstance(value, types.FunctionType)


def _copy(function: types.FunctionType, bindings: Mapping[str, Any]) -> types.FunctionType:
    scope = {**function.__globals__, **bindings}
    copy = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
    return copy


@lru_cache(maxsize=1024)
def _names(code: types.CodeType) -> tuple[str, ...]:
    """Return the global names that ``code`` reads, in order; attributes of the same names do not count."""
    names = [each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names += _names(constant)
    return tuple(dict.fromkeys(names))


def _variant(bindings: Mapping[str, Any]) -> str:
    parts = [f"{k}={_plain(v).__qualname__ if _is_kernel(v) else v!r}" for k, v in sorted(bindings.items())]
    return hashlib.sha256(";".join(parts).encode()).hexdigest()[:8]


def _digest(function: types.FunctionType, identity: Callable[[types.CodeType], bytes]) -> tuple[str, bool]:
    """Hash all that decides what ``function`` compiles to; also tell whether all of it may be cached.

    That is the functions it calls, each by the ``identity`` of its code, and the values of the constants they read.
    """
    digest = hashlib.sha256(repr(sorted(OPTIONS.items())).encode())
    cacheable = True
    seen: set[int] = set()

    def visit(value: Any, attributes: tuple[str, ...]) -> None:
        nonlocal cacheable
        if _is_kernel(value):
            plain = _plain(value)
            if id(plain) in seen:
                return
            seen.add(id(plain))
            cacheable &= plain.__module__ != "__main__"
            digest.update(identity(plain.__code__))
            # Cached code names the module of the State it was compiled for, so a module that moved is another one.
            digest.update(f"{plain.__module__}.{plain.__name__ if plain is not function else ''}:".encode())
            for name in sorted(_names(plain.__code__)):
                if name in plain.__globals__:
                    digest.update(f"{name}=".encode())
                    visit(plain.__globals__[name], plain.__code__.co_names)
            for each in (*(plain.__defaults__ or ()), *(cell.cell_contents for cell in plain.__closure__ or ())):
                visit(each, ())
        elif isinstance(value, np.ndarray):
            digest.update(value.dtype.str.encode() + str(value.shape).encode() + value.tobytes())
        elif isinstance(value, types.ModuleType):
            digest.update(value.__name__.encode())
            if value.__name__.split(".")[0] not in _LIBRARIES:
                for name in attributes:
                    visit(getattr(value, name, None), attributes)
        elif isinstance(value, (int, float, complex, str, bytes, tuple, Enum, np.generic, type(None))):
            digest.update(f"{type(value).__name__}:{value!r};".encode())
        else:
            digest.update(getattr(value, "__qualname__", type(value).__qualname__).encode())
            digest.update(repr(getattr(value, "_fields", ())).encode())

    visit(function, ())
    return digest.hexdigest()[:16], cacheable


_LIBRARIES = frozenset({"math", "numpy", "numba"})


def _code_identity(code: types.CodeType) -> bytes:
    """Return a hash of what was imported, whatever its file says by now."""
    digest = hashlib.sha256(code.co_code)
    digest.update(repr((code.co_names, code.co_varnames, code.co_freevars)).encode())
    for constant in code.co_consts:
        nested = isinstance(constant, types.CodeType)
        digest.update(_code_identity(constant) if nested else f"{type(constant).__name__}:{constant!r};".encode())
    return digest.digest()


def _file_identity(code: types.CodeType) -> bytes:
    """Return a hash of the file, or of the code where there is none, as for a function typed into a prompt."""
    try:
        return hashlib.sha256(Path(code.co_filename).read_bytes()).digest()
    except OSError:
        return _code_identity(code)


def _prune(folder: Path, family: str, digest: str) -> None:
    """Delete the cache files of ``family`` that were compiled from other sources."""
    if not folder.is_dir():
        return
    for path in folder.glob(f"{family}*.nb[ic]"):
        if not path.name.startswith(family + digest):
            with contextlib.suppress(OSError):  # another process may have it open, or have deleted it
                path.unlink()
