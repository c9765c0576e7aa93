"""Bodies under gravity: tasks of choosing the accuracy of a numerical integration while it runs."""
