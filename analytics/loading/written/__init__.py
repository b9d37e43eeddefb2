"""How numbers, times and TOMLs are written in files: read here, and nowhere guessed."""
