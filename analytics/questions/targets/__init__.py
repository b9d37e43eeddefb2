"""Targets: what a metric should reach in a period, who may see that, and how it stands."""
