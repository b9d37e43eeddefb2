"""Signing in, and what a signed-in person may do: a guard before every request, and the pages of accounts."""

from __future__ import annotations

import logging
from importlib.util import find_spec

from flask import Flask

from analytics.errors import ConfigError
from dashboard.answers import viewers
from dashboard.settings import Settings

INSTALL = "Run `pip install -r requirements-company.txt`."
log = logging.getLogger("storesight")


def install(server: Flask, settings: Settings) -> None:
    """Let everybody in, or only people who are signed in, or only the person at this machine, as the settings say.
    ConfigError where there is no state store to keep who is who, and what belongs to them."""
    if settings.login == "off":
        if settings.embed_secrets:
            raise ConfigError(
                "signed links need a login.", where="STORESIGHT_EMBED_SECRET", hint="See docs/sharing.md."
            )
        viewers.install(server, viewers.anonymous)
        return
    from dashboard.company import owners, policies
    from dashboard.company.state import open_state
    from dashboard.login import guard, me, proxy, routes
    from dashboard.login.guard import Guard
    from dashboard.sharing import address
    from dashboard.sharing.visits import Visits
    from dashboard.sharing.wrong import Wrong

    alone = me.finder(settings) if settings.login == "me" else None
    state = open_state(settings)
    if state is None:
        raise ConfigError(
            f"STORESIGHT_LOGIN={settings.login} needs a state store.",
            where="environment",
            hint="Set DATABASE_URL to a PostgreSQL database, or STORESIGHT_STATE to a file on a disk that lasts.",
        )
    now = (lambda: me.POLICIES) if alone else policies.watched(settings.policies)
    server.extensions[owners.EXTENSION] = now
    visits = Visits(state, now, settings.embed_secrets, Wrong())
    address.install(server)
    if settings.login in ("me", "proxy"):
        guard.install(server, Guard(state, now, alone or proxy.finder(settings), settings.token_rate, visits=visits))
        return
    guard.install(server, Guard(state, now, per_minute=settings.token_rate, visits=visits))
    if settings.login == "oidc":
        if find_spec("authlib") is None:
            raise ConfigError("signing in with a provider needs Authlib.", where="STORESIGHT_LOGIN", hint=INSTALL)
        from dashboard.login import oidc

        oidc.install(server, state, settings)
        return
    routes.install(server, state, settings.audit_days, settings.threads)
    link = routes.first_administrator(state, settings.base)
    state.engine.dispose()  # a connection must not pass through a fork
    if link:
        log.warning("nobody can administer Storesight yet. Open this address once and choose a password: %s", link)
