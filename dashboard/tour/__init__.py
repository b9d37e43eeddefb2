"""The tour of the demo company: what there is to see and where, and what its people have kept.

steps → page → here; seeding fills a new state store, once
"""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service
from dashboard.answers.viewers import current_viewer
from dashboard.company.state import EXTENSION
from dashboard.tour import page


def install(server: Flask, service: Service) -> None:
    """Add the page "Tour", which is there while the demo company is."""
    keeps = EXTENSION in server.extensions
    server.add_url_rule("/tour", "tour.shown", lambda: page.shown(service.for_viewer(current_viewer()), keeps=keeps))
