"""Insights about what changed."""
