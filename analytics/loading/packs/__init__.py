"""Files of platforms that are known: a pack is the TOML of one platform's file, and how it is recognised."""
