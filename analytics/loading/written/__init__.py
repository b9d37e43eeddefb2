"""How numbers and times are written in files: read here, and nowhere guessed."""
