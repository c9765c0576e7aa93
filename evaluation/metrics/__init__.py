"""Metrics: functions from play to numbers; one that is undefined for its input raises, it never returns 0.

=================  ==========================================================================================
`regret`           against a certificate; external, internal and swap regret, as curves and as last values
`dynamic`          dynamic and tracking regret, against sequences of actions
`policy_regret`    against what a fixed action would have earned from opponents that react (played again)
`games`            gaps to equilibrium, welfare, equality, cooperation, Pareto efficiency, cycles, basins
`partners`         literal and functional theory of mind
`statistics`       aggregates over seeds, with intervals
=================  ==========================================================================================
"""
