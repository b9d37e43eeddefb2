"""The whole report as one file: every page under one selection, printable, without any request to the outside."""

from dashboard.report.content import Report, collect
from dashboard.report.page import write

__all__ = ["Report", "collect", "write"]
