"""The tour of the demo company."""
