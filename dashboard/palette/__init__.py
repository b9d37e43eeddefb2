"""The command palette: one field that finds pages, charts, products, places, customers, saved views and actions."""

from dashboard.palette.routes import install

__all__ = ["install"]
