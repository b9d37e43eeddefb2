"""The embedded engine: numpy over memory-mapped columns."""
