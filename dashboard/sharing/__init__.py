"""Share links and embedded pages: one view, shown to people who may not know the rest of the application.

A link's page lies under an address of its own, `/shared/<token>/…` or `/embed/<token>/…`, behind which the same routes
answer; the guard (dashboard/login/guard.py) finds the viewer of such a request by the token, and lets it reach few of
them. So nothing depends on cookies, and whoever is signed in stays so.
"""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION
from dashboard.settings import Settings


def install(server: Flask, service: Service, settings: Settings) -> None:
    """Add the page of share links where there is a state store to keep them."""
    state = server.extensions.get(EXTENSION)
    if state is not None:
        from dashboard.sharing import routes  # needs packages that only a state store needs

        routes.install(server, state, service, settings)
