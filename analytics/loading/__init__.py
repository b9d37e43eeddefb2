"""From a company's files or database, as a TOML declares them, to cleaned canonical lines in the store."""
