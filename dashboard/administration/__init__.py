"""Pages with which people and administrators run the application: tokens of programs, people, the audit log, and a look
with somebody else's eyes."""

from __future__ import annotations

from flask import Flask

from dashboard.answers.service import Service
from dashboard.company.state import EXTENSION
from dashboard.settings import Settings


def install(server: Flask, service: Service, settings: Settings) -> None:
    """Add the pages where people sign in."""
    state = server.extensions.get(EXTENSION)
    if state is None:
        return
    from dashboard.administration import (
        account,
        log,
        looking,
        people,
        tokens,
    )  # need packages that only a state store needs
    from dashboard.administration import policies as policies_page
    from dashboard.administration.policy_file import PolicyFile
    from dashboard.company.policies import EXTENSION as POLICIES

    now = server.extensions[POLICIES]
    tokens.install(server, state, service)
    looking.install(server, state)
    policies_page.install(server, state, service, PolicyFile(settings.policies), now)
    log.install(server, state, settings.audit_days)
    if settings.login != "me":  # who is alone needs neither
        account.install(server, state, now, settings.login)
    if settings.login in ("local", "oidc"):  # a proxy keeps people itself
        people.install(server, state, settings, now)
