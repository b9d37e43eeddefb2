"""POST /changes/seen: a person has read what changed in a data set, and it is taken away."""

from __future__ import annotations

from flask import Flask, Response, request

from dashboard.answers.service import Service
from dashboard.answers.viewers import current_viewer
from dashboard.company.state import State


def install(server: Flask, state: State, service: Service) -> None:
    """Add the route."""
    from dashboard.changes import looks  # needs packages that only a state store needs

    def seen() -> Response:
        viewer = current_viewer()
        data = service.for_viewer(viewer).engine(request.form.get("data", "")[:60]).name
        looks.dismiss(state, viewer.name, data)
        return Response(status=204)

    server.add_url_rule("/changes/seen", "changes.seen", seen, methods=["POST"])
