"""Pools of partners, see `regretlab.envs.partners.pools`."""
