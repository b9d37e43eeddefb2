"""Notes and decisions in the browser: the page that lists them, the page of one, and what their forms send."""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service, ViewerService
from dashboard.company.state import EXTENSION


def install(server: Flask, service: Service) -> None:
    """Add notes where there is a state store to keep them."""
    state = server.extensions.get(EXTENSION)
    if state is not None:
        from dashboard.notebook import routes  # needs packages that only a state store needs

        routes.install(server, state, service)


def prepare(server: Flask, service: ViewerService) -> None:
    """Measure decisions once for new data, where there are any, before anybody asks."""
    state = server.extensions.get(EXTENSION)
    if state is not None:
        from dashboard.notes import outcomes

        outcomes.prepare(state, service)
