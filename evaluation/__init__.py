"""From runs to results that others can trust: suites, protocols, metrics, store, leaderboard, comparison."""
