"""Metrics: functions from play to numbers; one that is undefined for its input raises, it never returns 0.

=================  ==========================================================================================
`regret`           against a certificate; external, internal and swap regret, as curves and as last values
`dynamic`          dynamic and tracking regret, against sequences of actions
`policy_regret`    against what a fixed action would have earned from opponents that react (played again)
`games`            gaps to equilibrium, welfare, equality, cooperation, Pareto efficiency, cycles, basins
`memory`           memory advantage, success, where regret comes from, sufficient sizes, generalisation to length
`retention`        memory regret, retention and false memories, from what stood in a stack
`probe`            memory regret of agents without a stack
`cost`             bytes stored and multiply-adds of an action
`partners`         literal and functional theory of mind
`population`       returns and exploitability within a population
`average_reward`   regret and pseudo-regret of continuing tasks, its growth, coverage
`continual`        accuracy, transfer and forgetting over a sequence of tasks
`solvers`          sweeps of a tuned linear solver, against three comparators
`work_precision`   errors of integrations beside their cost, fronts, scalarised regret
`statistics`       aggregates over seeds, with intervals
=================  ==========================================================================================
"""
