"""Pages with which people and administrators run the application: tokens of programs."""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION


def install(server: Flask, service: Service) -> None:
    """Add the pages where there is a state store."""
    state = server.extensions.get(EXTENSION)
    if state is not None:
        from dashboard.administration import tokens  # needs packages that only a state store needs

        tokens.install(server, state, service)
