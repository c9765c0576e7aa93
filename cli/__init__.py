"""The command ``regretlab``: parsing and printing. What it does stands in `regretlab.evaluation`.

Exit codes: 0 fine; 1 something was run and failed, or differs; 2 a mistake of the user, told in one line; 130 Ctrl-C.
"""

from .app import app, main

__all__ = ["app", "main"]
