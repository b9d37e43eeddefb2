"""Insights about how the company stands."""
