"""A first TOML for files that nobody has described."""
