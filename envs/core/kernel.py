"""The decorator of every compiled function that an environment or a learner is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

#: Options of every compiled function. No ``fastmath``: it changes the last digit, and compiled and
#: plain Python must agree to the last bit. ``error_model="numpy"`` makes 1.0 / 0.0 an infinity. Without reference
#: counting (``_nrt``) a kernel cannot allocate arrays, and a loop with a branch runs up to 17 times faster, because
#: else every access to an array of a NamedTuple counts up and down atomically. Kernels that are not inlined are handed
#: a copy of the whole state at each call (a fused learner: 3 instead of 80 million steps a second). Nobody calls them
#: from C (``no_cfunc_wrapper``).
OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "_nrt": False,
    "forceinline": True,
    "no_cfunc_wrapper": True,
}


def kernel(function: Function) -> Function:
    """Compile a small function that the engine fuses into its loops.

    A kernel is called once a lane, takes arrays, numbers and NamedTuples of them, and writes into the
    arrays it is given. It is compiled on first use, without a cache of its own: what is cached is the
    fused loop that contains it (see `fusing`). Called from Python, and with ``NUMBA_DISABLE_JIT=1``, it is plain
    Python.
    """
    from numba import config, njit

    if config.DISABLE_JIT:
        return function
    from .inner_function import InnerFunction

    compiled: Any = njit(**{**OPTIONS, "no_cpython_wrapper": True})(function)
    compiled.__class__ = InnerFunction
    return compiled
