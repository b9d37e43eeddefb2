"""Signing in with an identity provider: OpenID Connect, the authorisation code flow with PKCE, by Authlib.

    GET /login             the page with the button
    GET /oidc/start        to the provider
    GET /oidc/callback     back from it, with a code that is exchanged for an ID token
    POST /logout           ends the session here, then at the provider

What begins at /oidc/start (state, nonce and code verifier of each attempt) lies for an hour in a signed cookie of the
browser that began it. Groups stay on the server: a cookie of many groups would be dropped without a word.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, redirect, request, session
from joserfc.errors import JoseError
from requests.exceptions import RequestException

from analytics.errors import ConfigError, NotAllowed
from analytics.language import N_, _
from dashboard.company import api_tokens, audit, members, owners, sessions, tokens
from dashboard.company.sessions import Session
from dashboard.company.state import State
from dashboard.login import pages
from dashboard.login.guard import keep, leaving, safe_next
from dashboard.settings import Settings
from dashboard.settings.readers import MAIL_ADDRESS

log = logging.getLogger("storesight")

MOST_ATTEMPTS = 5  # that one browser may have under way: the cookie holds them all
LONGEST_TARGETS = 1200  # characters of the addresses to which attempts lead, all together
SECONDS = 10  # that the provider may take for an answer
MOST_GROUPS, LONGEST = 500, 200
ATTEMPT = "_state_provider_"
# What Authlib raises where the provider cannot be reached, or answers something that is none of its documents.
GARBAGE = (RequestException, OAuthError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)


def install(server: Flask, state: State, settings: Settings) -> None:
    """Add the routes. ConfigError where a setting is missing; the provider is asked only when somebody signs in."""
    _check(settings)
    server.secret_key = settings.secret
    secure = settings.url.startswith("https:")
    server.config.update(SESSION_COOKIE_NAME="storesight-signing-in", SESSION_COOKIE_SECURE=secure)
    provider = OAuth(server).register(
        "provider",
        client_id=settings.oidc_client,
        client_secret=settings.oidc_secret,
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": settings.oidc_scope, "code_challenge_method": "S256", "timeout": SECONDS},
    )
    callback = f"{settings.url}/oidc/callback"

    host = urlsplit(settings.oidc_issuer).hostname or ""

    @server.get("/login")
    def login() -> Response:
        return pages.shown(pages.with_provider(host, safe_next(request.args.get("next", "/"))))

    @server.get("/oidc/start")
    def oidc_start() -> Any:
        for key in [key for key in session if key.startswith(ATTEMPT)][: -MOST_ATTEMPTS + 1 or None]:
            session.pop(key)
        try:
            return provider.authorize_redirect(callback, state=_attempt(safe_next(request.args.get("next", "/"))))
        except GARBAGE as fault:
            return _failed(_("The identity provider cannot be reached. Try again in a few minutes."), fault)

    @server.get("/oidc/callback")
    def oidc_callback() -> Response:
        try:
            token = provider.authorize_access_token(leeway=60)
            claims = dict(token["userinfo"])
            subject = _text(claims, "sub")
            named = groups_of(claims, settings.oidc_groups)
            groups = members.admitted(state, subject, _mail(claims), named)
        except NotAllowed as refused:
            return _failed(str(refused), refused)
        except (*GARBAGE, JoseError) as fault:
            provider.server_metadata.pop(
                "jwks", None
            )  # the provider may have other keys by now: ask it again next time
            return _failed(_("Sign-in failed. It may have taken too long, or started in another browser."), fault)
        person = Session("", subject, _title(claims) or subject, groups, "oidc", str(token.get("id_token", "")))
        return _begun(state, person, named, _mail(claims), safe_next(_target()), settings.audit_days)

    leaving(server, state, lambda ended: _signed_out_at(provider, settings.url, ended))


def _signed_out_at(provider: Any, url: str, ended: Session) -> str:
    """Where the provider ends its own session; here where it does not offer that."""
    try:
        metadata = provider.load_server_metadata()
        if not metadata.get("end_session_endpoint"):
            return "/login"
        back = f"{url}/login"
        found = provider.create_logout_url(post_logout_redirect_uri=back, id_token_hint=ended.provider_token)
        return str(found["url"])
    except GARBAGE as fault:
        log.warning("the identity provider does not say where to sign out: %s", fault)
        return "/login"


def _attempt(target: str) -> str:
    """A new attempt to sign in, and where it leads: tabs that sign in at once each land where they wanted to go. The
    addresses of the newest ones are kept, as many as fit into the cookie."""
    attempt, before = tokens.new(), dict(session.get("next") or {})
    found: dict[str, str] = {}
    for name, address in [(attempt, target), *reversed(before.items())][:MOST_ATTEMPTS]:
        if sum(map(len, found.values())) + len(address) <= LONGEST_TARGETS:
            found[name] = address
    session["next"] = dict(reversed(found.items()))
    return attempt


def _target() -> str:
    """Where the attempt leads that has come back; the others, of other tabs, may yet come."""
    targets = dict(session.get("next") or {})
    target = targets.pop(request.args.get("state", ""), "/")
    session["next"] = targets
    return str(target)


def _begun(state: State, person: Session, named: Sequence[str], mail: str, target: str, audit_days: int) -> Response:
    """Sign the person in, and lead them where they wanted to go. `named`: those of their groups that the provider
    names; what administrators add may change while the session lasts."""
    cookie = sessions.begin(state, person.subject, person.title, named, "oidc", provider_token=person.provider_token)
    api_tokens.confirm(state, person.subject, person.groups)
    owner = owners.owner_of(state, person)
    owners.confirm(state, owner)
    owners.remember(state, replace(owner, groups=tuple(named)), mail, person.title)
    detail = f"{person.title}, groups: {', '.join(person.groups) or 'none'}, {request.remote_addr}"
    audit.record(state, person.subject, "signed in", detail=detail)
    audit.forget(state, audit_days)
    response = redirect(target, 303)
    keep(response, cookie)  # type: ignore[arg-type]
    return response  # type: ignore[return-value]


def groups_of(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The groups that the provider names in a claim; none where the claim is missing, which lets the person do what
    the default policy says. NotAllowed where there are more groups than a token holds, so that the provider only names
    a place to look: to know some of the groups would be to know the wrong ones."""
    if name in (claims.get("_claim_names") or {}):
        raise NotAllowed(
            N_("you are in more groups than your identity provider sends."),
            hint=N_("Ask an administrator to let it send only the groups assigned to Storesight."),
        )
    found = claims.get(name)
    if isinstance(found, str):
        found = [found]
    names = found if isinstance(found, (list, tuple)) else ()
    texts = list(dict.fromkeys(g for g in names if isinstance(g, str) and 0 < len(g) <= LONGEST))
    if len(texts) > MOST_GROUPS:
        raise NotAllowed(
            N_("you are in more than {most} groups.", most=MOST_GROUPS),
            hint=N_("Ask an administrator to let the identity provider send fewer."),
        )
    return tuple(texts)


def _check(settings: Settings) -> None:
    needed = {
        "STORESIGHT_OIDC_ISSUER": settings.oidc_issuer,
        "STORESIGHT_OIDC_CLIENT": settings.oidc_client,
        "STORESIGHT_OIDC_SECRET": settings.oidc_secret,
        "STORESIGHT_URL": settings.url,
        "STORESIGHT_SECRET": settings.secret,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise ConfigError(
            f"STORESIGHT_LOGIN=oidc needs {', '.join(missing)} too.",
            where="environment",
            hint="docs/people.md says what each is.",
        )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if name == "sub" and not (isinstance(value, str) and value):
        raise ValueError("the provider names nobody")
    return value[:LONGEST] if isinstance(value, str) else ""


def _title(claims: Mapping[str, Any]) -> str:
    """What people are called on pages: their name, or their mail address; "" where the provider says neither."""
    return _text(claims, "name") or _text(claims, "email")


def _mail(claims: Mapping[str, Any]) -> str:
    """The person's mail address, if the provider says that it is theirs; "" otherwise."""
    mail = _text(claims, "email")
    verified = claims.get("email_verified") in (True, "true")
    return mail if verified and re.fullmatch(MAIL_ADDRESS, mail) else ""


def _failed(told: str, fault: Exception) -> Response:
    log.warning("signing in failed: %s: %s", type(fault).__name__, str(fault)[:500])
    return pages.shown(pages.try_again(told), 403)
