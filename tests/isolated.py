"""Peers that run in environments of their own, which `python benchmarks/peers.py` makes."""

import atexit
import importlib.util
from functools import cache
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def ask(peer, job, **arguments):
    """Have a peer of benchmarks/peers.py do a job; it is started once, as some take half a minute to import."""
    return _running(peer).ask(job, **arguments)


@cache
def _running(peer):
    spec = importlib.util.spec_from_file_location("peers", BENCHMARKS / "peers.py")
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    if not peers._python(peer).exists():
        pytest.skip(f"there is no environment for {peer}: run `python benchmarks/peers.py`")
    running = peers.Peer(peer)
    atexit.register(running.__exit__)
    return running
