"""PPO of Stable-Baselines3 against a partner that plays tit for tat, and its regret (extra `clients`).

python examples/stable_baselines.py
"""

import torch
from stable_baselines3 import PPO

import regretlab

ID, KNOBS = "regretlab/PartnerGame-v0", {"game": "ipd", "partner": "tit-for-tat"}


def main(steps: int = 50_000) -> float:
    """Train for ``steps`` steps and return the regret of an episode played by what was learned."""
    torch.set_num_threads(1)  # so small a network is many times faster without threads
    envs = regretlab.to_sb3(regretlab.make_vec(ID, 16, autoreset_mode="SameStep", **KNOBS))
    model = PPO("MlpPolicy", envs, n_steps=128, gamma=0.95, seed=0, device="cpu").learn(steps)

    env = regretlab.make(ID, **KNOBS)
    observation, _ = env.reset(seed=0)
    total, truncated = 0.0, False
    while not truncated:
        action, _ = model.predict(observation, deterministic=True)
        observation, reward, _, truncated, _ = env.step(action)
        total += reward
    return regretlab.certificate(ID, **KNOBS).regret(total)


if __name__ == "__main__":
    known = regretlab.certificate(ID, **KNOBS)
    print(f"regret of an episode: {main():g}; uniformly random play: {known.regret(known.random.value):g}")
