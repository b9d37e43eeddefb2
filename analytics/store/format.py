"""The number of the layout of stored files.

Data of another format are not read: `open` raises a StoreError that says to load them again, and the background loader
does so by itself where the sources are there. tests/analytics/test_layout.py fails when the layout changes and FORMAT
does not."""

from __future__ import annotations

FORMAT = 2
# The oldest format whose columns of lines, orders and customers (without summaries) this program reads. Newer rows of a
# database are joined to stored lines, which the database may have dropped since: raise this only where the columns
# themselves change, not for a new summary or fact.
LINES_SINCE = 1
