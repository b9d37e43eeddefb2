"""Parallel work, allocators and caches of one process."""
