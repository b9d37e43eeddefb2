"""The whole report as one file: every page's insights, key figures and charts under one selection, printable and asking nobody outside."""

from dashboard.report.content import Report, collect
from dashboard.report.page import write

__all__ = ["Report", "collect", "write"]
