"""What is decided of a first TOML, and its text."""
