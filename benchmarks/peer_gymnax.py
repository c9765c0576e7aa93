"""gymnax in JAX: the steps of many lanes of two of its tasks under ``jax.jit``, one call a step and as one loop."""

from __future__ import annotations

import os
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import gymnax
import jax
import jax.numpy as jnp
from peer import seconds, serve


def steps(length: int, lanes: int, rounds: int) -> dict[str, float]:
    """Time the memory chain with one bit."""
    env, params = gymnax.make("MemoryChain-bsuite")
    return _time(env, params.replace(memory_length=length), lanes, rounds)


def deep_sea(size: int, lanes: int, rounds: int) -> dict[str, float]:
    """Time DeepSea, deterministic, with its default action mapping."""
    env, params = gymnax.make("DeepSea-bsuite", size=size)
    return _time(env, params.replace(max_steps_in_episode=size), lanes, rounds)


def _time(env: Any, params: Any, lanes: int, rounds: int) -> dict[str, float]:
    """Time ``rounds`` steps of all lanes, resets included (``step`` resets); return steps a second."""
    keys = jax.random.split(jax.random.PRNGKey(0), lanes)
    _, state = jax.jit(jax.vmap(env.reset, in_axes=(0, None)))(keys, params)
    actions = jax.random.randint(jax.random.PRNGKey(1), (rounds, lanes), 0, 2)

    @jax.jit
    def step(key, state, action):
        key, use = jax.random.split(key)
        result = jax.vmap(env.step, in_axes=(0, 0, 0, None))(jax.random.split(use, lanes), state, action, params)
        return key, *result[:5]

    def calls():
        key, now = jax.random.PRNGKey(2), state
        for action in actions:
            key, observation, now, reward, *_ = step(key, now, action)
        return jax.block_until_ready((observation, reward))

    @jax.jit
    def loop(state, actions):
        def body(carry, action):
            key, state, total = carry
            key, observation, state, reward, *_ = step(key, state, action)
            return (key, state, total + reward + observation.reshape(lanes, -1).sum(axis=1)), None

        return jax.lax.scan(body, (jax.random.PRNGKey(2), state, jnp.zeros(lanes)), actions)[0][2]

    calls()
    jax.block_until_ready(loop(state, actions))
    single, _ = seconds(calls)
    whole, _ = seconds(lambda: jax.block_until_ready(loop(state, actions)))
    return {"calls": lanes * rounds / single, "loop": lanes * rounds / whole}


if __name__ == "__main__":
    serve({"steps": steps, "deep_sea": deep_sea})
