"""What each table of a TOML declares: read, checked and bounded, or a CatalogError that names the key."""
