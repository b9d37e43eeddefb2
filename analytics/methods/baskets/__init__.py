"""Statistics of what is bought together."""
