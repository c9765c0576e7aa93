"""Peers that run in environments of their own, which `python benchmarks/peers.py` makes."""

import importlib.util
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def ask(peer, job, **arguments):
    """Have a peer of benchmarks/peers.py do a job."""
    spec = importlib.util.spec_from_file_location("peers", BENCHMARKS / "peers.py")
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    if not peers._python(peer).exists():
        pytest.skip(f"there is no environment for {peer}: run `python benchmarks/peers.py`")
    with peers.Peer(peer) as running:
        return running.ask(job, **arguments)
