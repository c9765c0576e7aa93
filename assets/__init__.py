"""Data only: payoff tables, partners, suites, reference results and page templates."""
