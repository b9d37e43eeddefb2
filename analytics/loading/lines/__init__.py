"""Raw rows to canonical order lines."""
