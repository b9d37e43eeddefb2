"""How revenue as a whole and its parts moved."""
