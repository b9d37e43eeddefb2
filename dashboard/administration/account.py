"""The page "Your account": who one is here and what follows from it, where one is signed in; for who has an account
here also another password and a second factor.

GET  /account
POST /account    do = out; with an account here also password (before, password), begin, on (key, code, password) or
                 off (password)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dash import html
from flask import Flask, Response
from markupsafe import Markup

from analytics.errors import Busy, NotAllowed, RequestError
from dashboard.administration.forms import button, field, told
from dashboard.answers.viewers import RIGHTS
from dashboard.company import api_tokens, audit, sessions, users
from dashboard.company.policies import Policies
from dashboard.company.sessions import Session
from dashboard.company.state import State
from dashboard.company.users import LONGEST_PASSWORD, User
from dashboard.login import pages, totp
from dashboard.login.guard import current_session
from dashboard.login.routes import TURNS, Turns
from dashboard.page.routes import standing_page
from dashboard.text.moments import day, moment

LONGEST = 2000
MOST_BROWSERS = 20  # that the page lists
Change = Callable[[State, User, Session], list[Any]]


def install(server: Flask, state: State, now: Callable[[], Policies], login: str) -> None:
    """Add the routes; with a proxy, which asks who people are with each request, there is nothing to change. `now`
    gives the policies."""

    def listed() -> Response:
        return _shown(state, now(), [])

    def signed_out() -> Response:
        session = _session()
        if field("do") != "out":
            raise RequestError("do must be out.", where="do")
        message = _ended(sessions.end_others(state, session))
        audit.record(state, session.subject, "changed their account", "out")
        return _shown(state, now(), message)

    server.add_url_rule("/account", "account.listed", listed, methods=["GET"])
    if login == "local":
        _install_changes(server, state, now)
    elif login == "oidc":
        server.add_url_rule("/account", "account.change", signed_out, methods=["POST"])


def _install_changes(server: Flask, state: State, now: Callable[[], Policies]) -> None:
    """Add the route of who has an account here."""
    turns: Turns = server.extensions[TURNS]

    def change() -> Response:
        session, do = _session(), field("do")
        if do not in CHANGES:
            raise RequestError(f"do must be one of {', '.join(CHANGES)}.", where="do")
        try:
            with turns.take():  # most check a password
                message = CHANGES[do](state, users.find(state, session.subject), session)
        except (RequestError, NotAllowed, Busy) as fault:
            return _shown(state, now(), [], str(fault.message), 503 if isinstance(fault, Busy) else 400)
        if do != "begin":
            audit.record(state, session.subject, "changed their account", do)
        return _shown(state, now(), message)

    server.add_url_rule("/account", "account.change", change, methods=["POST"])


def _session() -> Session:
    session = current_session()
    assert session is not None  # the guard lets nobody else pass
    return session


def _password(state: State, user: User, session: Session) -> list[Any]:
    users.change_password(state, user.name, field("before", LONGEST), field("password", LONGEST), session.token)
    return [html.P("The password is changed. You are signed out everywhere else.", role="status")]


def _begin(_: State, user: User, __: Session) -> list[Any]:
    key = totp.new_key()
    address = totp.address(key, user.name)
    spaced = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    form = Markup(
        '<form method="post" action="/account" class="stacked"><input type="hidden" name="key" value="{}">'
        '<label><span>The code that it shows now</span><input name="code" inputmode="numeric" '
        'autocomplete="one-time-code" maxlength="40" required></label>'
        '{}<button name="do" value="on" class="apply">Ask for codes from now on</button></form>'
    ).format(key, _secret("password", "Password", "current-password"))
    shown = totp.picture(key, user.name)
    return [
        html.P("Let an app for codes photograph this:") if shown else "",
        Markup('<div class="qr" role="img" aria-label="The key as a QR code">{}</div>').format(Markup(shown))
        if shown
        else "",
        html.P(
            [
                "Or add this key to it" if shown else "Add this key to an app for codes",
                ", or ",
                html.A("open it there", href=address),
                ":",
            ]
        ),
        html.P(html.Code(spaced, className="secret")),
        form,
    ]


def _on(state: State, user: User, _: Session) -> list[Any]:
    if user.second:
        raise RequestError("there is a second factor already; switch it off first.")
    users.verify(state, user.name, field("password", LONGEST))
    codes = totp.switch_on(state, user, field("key", LONGEST), field("code", LONGEST))
    note = "From now on signing in asks for a code. Keep these recovery codes: each serves once, where the app is lost."
    return [
        html.P(f"{note} They are not shown again.", role="status"),
        html.P(html.Code("   ".join(codes), className="secret")),
    ]


def _off(state: State, user: User, _: Session) -> list[Any]:
    users.verify(state, user.name, field("password", LONGEST))
    users.remove_factor(state, user)
    return [html.P("Signing in asks for the password only.", role="status")]


def _out(state: State, _: User, session: Session) -> list[Any]:
    return _ended(sessions.end_others(state, session))


def _ended(sessions_ended: int) -> list[Any]:
    what = "session" if sessions_ended == 1 else "sessions"
    return [html.P(f"{sessions_ended} other {what} ended.", role="status")]


CHANGES: dict[str, Change] = {"password": _password, "begin": _begin, "on": _on, "off": _off, "out": _out}


def _shown(state: State, policies: Policies, message: list[Any], fault: str = "", status: int = 200) -> Response:
    session = _session()
    said = told(fault, message)
    parts = [html.Section(said, className="card-plain")] if said else []
    parts += [_who(state, session, policies)]
    if session.method == "local":
        user = users.find(state, session.subject)
        parts += [
            html.Section([html.H2("Password"), _password_form()], className="card-plain"),
            html.Section([html.H2("Second factor"), *_factor(user)], className="card-plain"),
        ]
    if session.token:
        parts += [_browsers(state, session)]
    return pages.shown(standing_page("Your account", html.Div(parts, className="adding")), status)


WAYS: Final = {"local": "with an account here", "oidc": "with your identity provider", "proxy": "by a proxy"}


def _who(state: State, session: Session, policies: Policies) -> html.Section:
    """Who one is here, and what one may see and do for that."""
    named = f"{session.title} ({session.subject})" if session.title != session.subject else session.subject
    follows = policies.name_of(session.groups)
    policy = policies.of(session.groups)
    rights = ", ".join(r for r in RIGHTS if policy and r in policy.rights)
    tokens = len(api_tokens.all_tokens(state, session.subject))
    rows = [
        ("You are", f"{named}, signed in {WAYS[session.method]}"),
        ("Your groups", ", ".join(session.groups) or "none"),
        ("What you may see follows", f"the group {follows}" if follows else "what everybody may see"),
        ("Your rights", rights),
    ]
    if policy and "export" in policy.rights:
        rows.append(("Your tokens", str(tokens) if tokens else "none"))
    about = [part for term, text in rows for part in (html.Dt(term), html.Dd(text))]
    return html.Section([html.H2("Who you are"), html.Dl(about, className="facts")], className="card-plain")


def _browsers(state: State, session: Session) -> html.Section:
    """Where one is signed in, and a button that ends all of it but this."""
    opened = sessions.opened(state, session.subject)
    lines = [
        html.Li(
            f"{'This browser' if one.token == session.token else 'Another browser'}, signed in on "
            f"{moment(one.since)} UTC, used last on {day(one.seen_at)}"
        )
        for one in opened[:MOST_BROWSERS]
    ]
    if len(opened) > MOST_BROWSERS:
        lines.append(html.Li(f"and {len(opened) - MOST_BROWSERS} more"))
    form = _form("", button("out", "Sign out everywhere else")) if len(opened) > 1 else ""
    return html.Section(
        [html.H2("Where you are signed in"), html.Ul(lines, className="browsers"), form], className="card-plain"
    )


def _password_form() -> Markup:
    return _form(
        Markup("").join(
            [
                _secret("before", "Present password", "current-password"),
                _secret("password", "New password", "new-password"),
            ]
        ),
        Markup('<button name="do" value="password" class="apply">Change the password</button>'),
    )


def _factor(user: User) -> list[Any]:
    if user.second:
        note = "Signing in asks for a code of your app as well. An administrator can take this back where it is lost."
        ask = _secret("password", "Password", "current-password")
        return [html.P(note), _form(ask, button("off", "Ask for the password only"))]
    note = "With it, signing in asks for a code that an app on your phone shows: a password alone is then of no use."
    return [html.P(note), _form("", button("begin", "Set it up"))]


def _form(fields: Markup | str, buttons: Markup) -> Markup:
    return Markup('<form method="post" action="/account" class="stacked">{}<p class="saved-view">{}</p></form>').format(
        fields, buttons
    )


def _secret(name: str, label: str, autocomplete: str) -> Markup:
    box = '<label><span>{}</span><input name="{}" type="password" autocomplete="{}" maxlength="{}" required></label>'
    return Markup(box).format(label, name, autocomplete, LONGEST_PASSWORD)
