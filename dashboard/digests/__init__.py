"""Digests: mails that tell, every day, week or month, how a view stands and what changed since the one before.

schedule → kept → recipients → content → letter → sending; page and routes show them in the browser
"""

from __future__ import annotations

from flask import Flask

from dashboard import delivery
from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION


def install(server: Flask, service: Service) -> None:
    """Add digests where there is a state store to keep them."""
    state, runner = server.extensions.get(EXTENSION), delivery.of(server)
    if state is None or runner is None:
        return
    from dashboard.company.owners import policies_of  # these need packages that only a state store needs
    from dashboard.digests import kept, routes, sending

    post = sending.Post(service, state, policies_of(server), runner.senders)
    runner.handle(kept.KIND, post.send)
    runner.watch.append(post.plan)
    routes.install(server, post)
