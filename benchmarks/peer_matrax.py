"""Matrax (InstaDeep), a matrix game in JAX: the steps of many lanes under ``jax.jit``."""

from __future__ import annotations

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import matrax
import numpy as np
from peer import seconds, serve


def steps(lanes: int, rounds: int, episode: int) -> dict[str, float]:
    """Time ``rounds`` steps of all lanes in episodes of some length: as one compiled loop, and one call a step."""
    payoffs = np.array([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    env = matrax.MatrixGame(payoffs, keep_state=episode > 1, time_limit=episode)
    keys = jax.random.split(jax.random.PRNGKey(0), lanes)
    state, _ = jax.jit(jax.vmap(env.reset))(keys)

    def move(state, action):
        """Step one lane and reset it when its episode is over, as ours do."""
        state, timestep = env.step(state, action)
        again, _ = env.reset(state.key)
        return jax.tree.map(lambda new, old: jnp.where(timestep.last(), new, old), again, state), timestep

    actions = jax.random.randint(jax.random.PRNGKey(1), (rounds, lanes, 2), 0, 2)
    step = jax.jit(jax.vmap(move))

    @jax.jit
    def loop(state, actions):
        def body(carry, action):
            state, total = carry
            state, timestep = jax.vmap(move)(state, action)
            total += timestep.reward.sum(axis=1) + timestep.observation.agent_obs.sum(axis=(1, 2))
            return (state, total), None

        return jax.lax.scan(body, (state, jnp.zeros(lanes)), actions)[0]

    def calls():
        now = state
        for action in actions:
            now, timestep = step(now, action)
        return jax.block_until_ready(timestep.reward)

    jax.block_until_ready(loop(state, actions))
    calls()
    whole, _ = seconds(lambda: jax.block_until_ready(loop(state, actions)))
    single, _ = seconds(calls)
    return {"loop": whole, "calls": single}


if __name__ == "__main__":
    serve({"steps": steps})
