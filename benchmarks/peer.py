"""The loop of a peer's script: a line of JSON in, a line of JSON out. It needs nothing but Python."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any


def serve(jobs: dict[str, Callable[..., Any]]) -> None:
    """Answer jobs until the pipe closes. What the peer prints itself goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    jobs = {"versions": lambda packages: {name: version(name) for name in packages}, **jobs}
    for line in sys.stdin:
        arguments = json.loads(line)
        print(json.dumps(jobs[arguments.pop("job")](**arguments)), file=answers, flush=True)


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long ``call`` took, and what it returned."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result
