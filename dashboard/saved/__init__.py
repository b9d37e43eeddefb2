"""Saved views in the browser: the page that lists them, and what its forms and the menu "Views" send."""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION


def install(server: Flask, service: Service) -> None:
    """Add saved views where there is a state store to keep them."""
    state = server.extensions.get(EXTENSION)
    if state is not None:
        from dashboard.saved import routes  # needs packages that only a state store needs

        routes.install(server, state, service)
