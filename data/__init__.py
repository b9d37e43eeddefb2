"""Demonstration data: seeded generators of two companies, and the TOML that declares each data set."""
