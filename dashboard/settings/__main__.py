"""`python -m dashboard.settings`: the table of settings as docs/deployment.md shows it."""

from __future__ import annotations

from dashboard.settings.table import markdown_table

print(markdown_table())
