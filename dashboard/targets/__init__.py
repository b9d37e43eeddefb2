"""Targets in the browser: kept in the state store, listed, changed and imported on the page "Targets"."""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION


def install(server: Flask, service: Service) -> None:
    """Keep targets where there is a state store."""
    state = server.extensions.get(EXTENSION)
    if state is not None:
        from dashboard.targets import routes  # needs packages that only a state store needs

        routes.install(server, state, service)
