"""PPO of Stable-Baselines3 in a T-maze with a memory of two observations, the last or the chosen (extra `clients`).

python examples/adaptive_stack_sb3.py
"""

import torch
from stable_baselines3 import PPO

import regretlab

ID, KNOBS = "regretlab/TMazePassive-v0", {"length": 6}


def main(choose: bool, steps: int = 60_000) -> float:
    """Train for ``steps`` steps, on a stack of 2 that PPO manages or on a window of 2, and return the mean regret."""

    def remember(env):
        # The cue is 5 steps old when it is needed. As a part of its action PPO says which observation to drop.
        return regretlab.wrappers.adaptive_stack(env, 2, "split") if choose else regretlab.wrappers.frame_stack(env, 2)

    torch.set_num_threads(1)  # so small a network is many times faster without threads
    envs = regretlab.to_sb3(remember(regretlab.make_vec(ID, 32, autoreset_mode="SameStep", **KNOBS)))
    model = PPO("MlpPolicy", envs, n_steps=64, batch_size=512, learning_rate=2e-3, ent_coef=0.02, seed=0, device="cpu")
    model.learn(steps)

    env = remember(regretlab.make(ID, **KNOBS))
    total = 0.0
    for cue in (0, 1):  # all that chance decides
        observation, _ = env.reset(options={"outcome": cue})
        terminated = False
        while not terminated:
            action, _ = model.predict(observation, deterministic=True)
            observation, reward, terminated, _, _ = env.step(action)
            total += reward
    return regretlab.certificate(ID, **KNOBS).regret(total / 2)


if __name__ == "__main__":
    print(f"regret of an episode with a window of 2: {main(choose=False):g}, with a stack of 2: {main(choose=True):g}")
