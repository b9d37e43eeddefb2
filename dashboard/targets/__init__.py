"""Targets in the browser: kept in the state store, listed, changed and imported on the page "Targets"."""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION, open_state
from dashboard.settings import Settings


def install(server: Flask, service: Service) -> None:
    """Keep targets where there is a state store."""
    state = server.extensions.get(EXTENSION)
    if state is not None:
        from dashboard.targets import routes  # needs packages that only a state store needs

        routes.install(server, state, service)


def know(service: Service, settings: Settings) -> None:
    """Let the charts of a command know the targets of the state store that the settings name, if they name one. Errors
    as of open_state."""
    state = open_state(settings)
    if state is not None:
        from dashboard.targets.store import Stored

        service.stored_targets = Stored(state).of
