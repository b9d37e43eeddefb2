"""The page "Your account" for who has one here: another password, a second factor, signing out elsewhere.

GET  /account
POST /account    do = password (before, password), begin, on (key, code, password), off (password) or out
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html
from flask import Flask, Response
from markupsafe import Markup

from analytics.errors import Busy, NotAllowed, RequestError
from dashboard.administration.forms import button, field, told
from dashboard.company import audit, sessions, users
from dashboard.company.sessions import Session
from dashboard.company.state import State
from dashboard.company.users import LONGEST_PASSWORD, User
from dashboard.login import pages, totp
from dashboard.login.guard import current_session
from dashboard.login.routes import TURNS, Turns
from dashboard.page.routes import standing_page

LONGEST = 2000
Change = Callable[[State, User, Session], list[Any]]


def install(server: Flask, state: State) -> None:
    """Add the routes."""
    turns: Turns = server.extensions[TURNS]

    def listed() -> Response:
        return _shown(state, [])

    def change() -> Response:
        session, do = _session(), field("do")
        if do not in CHANGES:
            raise RequestError(f"do must be one of {', '.join(CHANGES)}.", where="do")
        try:
            with turns.take():  # most check a password
                message = CHANGES[do](state, users.find(state, session.subject), session)
        except (RequestError, NotAllowed, Busy) as fault:
            return _shown(state, [], str(fault.message), 503 if isinstance(fault, Busy) else 400)
        if do != "begin":
            audit.record(state, session.subject, "changed their account", do)
        return _shown(state, message)

    server.add_url_rule("/account", "account.listed", listed, methods=["GET"])
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
    return [
        html.P(["Add this key to an app for codes, or ", html.A("open it there", href=address), ":"]),
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
    ended = sessions.end_others(state, session)
    return [html.P(f"{ended} other {'session' if ended == 1 else 'sessions'} ended.", role="status")]


CHANGES: dict[str, Change] = {"password": _password, "begin": _begin, "on": _on, "off": _off, "out": _out}


def _shown(state: State, message: list[Any], fault: str = "", status: int = 200) -> Response:
    user = users.find(state, _session().subject)
    said = told(fault, message)
    parts = [
        *([html.Section(said, className="card-plain")] if said else []),
        html.Section([html.H2("Password"), _password_form()], className="card-plain"),
        html.Section([html.H2("Second factor"), *_factor(user)], className="card-plain"),
        html.Section(
            [html.H2("Other browsers"), _form("", button("out", "Sign out everywhere else"))], className="card-plain"
        ),
    ]
    return pages.shown(standing_page("Your account", html.Div(parts, className="adding")), status)


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
