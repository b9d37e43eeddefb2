"""Alerts: rules that people make, tried on the past before they are kept, and told once when new data meet them."""

from __future__ import annotations

from flask import Flask

from dashboard import delivery
from dashboard.answers.service import Service


def install(server: Flask, service: Service) -> None:
    """Add the page, and the checking of the rules, where there is a state store."""
    runner = delivery.of(server)
    if runner is not None:
        from dashboard.alerts import checking, routes  # need packages that only a state store needs
        from dashboard.company.owners import policies_of

        checker = checking.install(runner, service, policies_of(server))
        routes.install(server, runner, service, checker)
