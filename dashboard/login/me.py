"""Without a login, and with a state store: whoever opens the application on this machine is one person, "me".

There is no session and nothing to sign in with: a request is from this person because the machine that is connected is
one of STORESIGHT_LOGIN_FROM, this machine unless it says otherwise. So nothing may stand in between that others reach:
a proxy that is declared ends the start, and a request that tells of one is refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final

from flask import request

from analytics.errors import ConfigError, NotAllowed
from analytics.language import N_
from dashboard.answers.viewers import ME, RIGHTS
from dashboard.company.policies import Policies, Policy
from dashboard.company.sessions import Session
from dashboard.login.proxy import peer, trusted
from dashboard.settings import Settings

NAME: Final = ME  # also of the group, and as the setting STORESIGHT_LOGIN
TITLE: Final = "Me"
METHOD: Final = "me"
POLICIES: Final = Policies({NAME: Policy(rights=frozenset(RIGHTS) - {"administer"})})  # there is nobody to administer
OF_PROXIES: Final = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


def finder(settings: Settings) -> Callable[[], Session]:
    """What finds the person of a request: NotAllowed for one that comes from elsewhere. ConfigError where the settings
    say that others come."""
    for setting, given in (
        ("STORESIGHT_PROXIES", settings.proxies),
        ("STORESIGHT_POLICIES", settings.policies),
        ("STORESIGHT_EMBED_SECRET", settings.embed_secrets),
    ):
        if given:
            hint = "Choose another STORESIGHT_LOGIN: see docs/people.md."
            raise ConfigError("STORESIGHT_LOGIN=me is for one person at their own machine.", where=setting, hint=hint)
    networks = tuple(ipaddress.ip_network(text) for text in settings.login_from)

    def find() -> Session:
        if not trusted(peer(), networks) or any(name in request.headers for name in OF_PROXIES):
            raise NotAllowed(
                N_("this application is only for the person at the machine it runs on."),
                hint=N_("To let others in, set up a login: see docs/people.md."),
            )
        return Session("", NAME, TITLE, (NAME,), METHOD)

    return find
