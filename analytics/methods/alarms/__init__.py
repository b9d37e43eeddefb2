"""Unusual days and alert rules: what was to be expected, what chance explains, what fires."""
