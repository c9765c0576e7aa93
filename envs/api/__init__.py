"""The surfaces through which others see an environment: Gymnasium, PettingZoo, Stable-Baselines3, pictures."""
