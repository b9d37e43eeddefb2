"""Parallel work, memory and small caches of one process."""
