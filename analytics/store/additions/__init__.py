"""Newer lines added to a stored version without reading its other lines: columns are continued in their files.

The result is what loading all lines at once gives, or there is none: `NotAdditive` says why, and the caller loads
all."""
