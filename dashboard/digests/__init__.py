"""Digests: mails that tell, every day, week or month, how a view stands and what changed since the one before.

schedule → kept → recipients → content → letter → sending; page and routes show them in the browser
"""

from __future__ import annotations

from flask import Flask

from dashboard import delivery
from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION
from dashboard.settings import Settings


def install(server: Flask, service: Service, settings: Settings) -> None:
    """Add digests where there is a state store to keep them."""
    state = server.extensions.get(EXTENSION)
    runner = delivery.of(server)
    if state is None or runner is None:
        return
    from dashboard.company.policies import EXTENSION as POLICIES
    from dashboard.digests import routes, sending  # need packages that only a state store needs

    post = sending.Post(service, state, server.extensions[POLICIES], runner.senders, settings)
    runner.handle(sending.KIND, post.send)
    runner.watch.append(post.plan)
    routes.install(server, post)
