"""Compiled functions that only other compiled functions call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core.registry import CPUDispatcher


class InnerFunction(CPUDispatcher):
    """A compiled function without an entry from Python: to compile the entries would take a third of the time."""

    def __call__(self, *arguments: Any) -> Any:
        """Run the function as plain Python, which agrees with the compiled one to the last bit."""
        with np.errstate(over="ignore"):  # the streams wrap around at 2**64
            return self.py_func(*arguments)
