"""The page "Your account": who one is here and what follows from it, where one is signed in; for who has an account
here also another password and a second factor.

GET  /account
POST /account    do = out; with an account here also password (before, password), begin, on (key, code, current) or
                 off (current)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from dash import html
from flask import Flask, Response
from markupsafe import Markup

from analytics.errors import Busy, NotAllowed, RequestError
from analytics.language import LANGUAGES, N_, _, language
from dashboard.administration.forms import button, field, told
from dashboard.answers.viewers import RIGHTS
from dashboard.company import api_tokens, audit, sessions, users
from dashboard.company.policies import Policies
from dashboard.company.sessions import Session
from dashboard.company.state import State
from dashboard.company.users import LONGEST_PASSWORD, User
from dashboard.components.refusals import refusal
from dashboard.languages import choices
from dashboard.login import pages, totp
from dashboard.login.guard import current_session
from dashboard.login.routes import TURNS, Turns
from dashboard.page.routes import standing_page
from dashboard.text.moments import day, moment

LONGEST = 2000
WRONG = N_(
    "the current password is wrong. After five wrong passwords in a row, the account is locked for up to 15 minutes."
)
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
            again = _setup(users.find(state, session.subject), field("key", LONGEST)) if do == "on" else []
            return _shown(state, now(), again, refusal(fault), 503 if isinstance(fault, Busy) else 400)
        if do != "begin":
            audit.record(state, session.subject, "changed their account", do)
        return _shown(state, now(), message)

    server.add_url_rule("/account", "account.change", change, methods=["POST"])


def _session() -> Session:
    session = current_session()
    assert session is not None  # the guard lets nobody else pass
    return session


def _password(state: State, user: User, session: Session) -> list[Any]:
    with _asked("before"):
        users.change_password(state, user.name, field("before", LONGEST), field("password", LONGEST), session.token)
    return [html.P(_("Password changed. You have been signed out everywhere else."), role="status")]


def _begin(_state: State, user: User, _session: Session) -> list[Any]:
    return _setup(user, totp.new_key())


def _setup(user: User, key: str) -> list[Any]:
    """The key for the person's app, and the form that takes the code which the app shows; [] for what is no key."""
    if user.second or not totp.KEY.fullmatch(key):
        return []
    address = totp.address(key, user.name)
    spaced = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    form = Markup(
        '<form method="post" action="/account" class="stacked"><input type="hidden" name="key" value="{}">'
        '<label><span>{}</span><input name="code" inputmode="numeric" '
        'autocomplete="one-time-code" maxlength="40" required></label>'
        '{}{}<button name="do" value="on" class="apply">{}</button></form>'
    ).format(
        key,
        _("Code shown in the app"),
        _whose(user),
        _secret("current", _("Password"), "current-password"),
        _("Turn on"),
    )
    shown = totp.picture(key, user.name)
    scanned = [
        html.P(_("Scan this QR code with your authenticator app:")),
        Markup('<div class="qr" role="img" aria-label="{}">{}</div>').format(_("The key as a QR code"), Markup(shown)),
    ]
    return [
        *(scanned if shown else []),
        html.P(_("Or enter this key in the app:") if shown else _("Enter this key in your authenticator app:")),
        html.P(html.Code(spaced, className="secret")),
        html.P(html.A(_("Open it in an app on this device"), href=address)),
        form,
    ]


@contextmanager
def _asked(name: str) -> Iterator[None]:
    """What checks the person's own password; where it is wrong, the error points at the field of this name."""
    try:
        yield
    except NotAllowed:
        raise NotAllowed(WRONG, where=name) from None


def _on(state: State, user: User, _session: Session) -> list[Any]:
    if user.second:
        raise RequestError(N_("two-step sign-in is already on."), hint=N_("Turn it off first."))
    with _asked("current"):
        users.verify(state, user.name, field("current", LONGEST))
    codes = totp.switch_on(state, user, field("key", LONGEST), field("code", LONGEST))
    note = _(
        "Two-step sign-in is on. Keep these recovery codes in a safe place: each works once if you lose the app. "
        "They are not shown again."
    )
    return [
        html.P(note, role="status"),
        html.P(html.Code("   ".join(codes), className="secret")),
    ]


def _off(state: State, user: User, _session: Session) -> list[Any]:
    with _asked("current"):
        users.verify(state, user.name, field("current", LONGEST))
    users.remove_factor(state, user)
    return [html.P(_("Two-step sign-in is off."), role="status")]


def _out(state: State, _user: User, session: Session) -> list[Any]:
    return _ended(sessions.end_others(state, session))


def _ended(sessions_ended: int) -> list[Any]:
    told = _("Signed out of {sessions:other session|other sessions}.", sessions=sessions_ended)
    return [html.P(told, role="status")]


CHANGES: dict[str, Change] = {"password": _password, "begin": _begin, "on": _on, "off": _off, "out": _out}


def _shown(state: State, policies: Policies, message: list[Any], fault: str = "", status: int = 200) -> Response:
    session = _session()
    said = told(fault, message)
    parts = [html.Section(said, className="card-plain")] if said else []
    parts += [_who(state, session, policies), _language()]
    if session.method == "local":
        user = users.find(state, session.subject)
        parts += [
            html.Section([html.H2(_("Password")), _password_form(user)], className="card-plain"),
            html.Section([html.H2(_("Two-step sign-in")), *_factor(user)], className="card-plain"),
        ]
    if session.token:
        parts += [_browsers(state, session)]
    return pages.shown(standing_page(_("Your account"), html.Div(parts, className="adding")), status)


WAYS: Final = {
    "local": N_("an account of this installation"),
    "oidc": N_("your identity provider"),
    "proxy": N_("your network"),
}
NAMES: Final = {
    "view": N_("see pages"),
    "export": N_("download figures"),
    "upload": N_("add data"),
    "targets": N_("set targets"),
    "publish": N_("share without a login"),
    "administer": N_("administer"),
}  # of rights


def _who(state: State, session: Session, policies: Policies) -> html.Section:
    """Who one is here, and what one may see and do for that."""
    named = f"{session.title} ({session.subject})" if session.title != session.subject else session.subject
    follows = policies.name_of(session.groups)
    policy = policies.of(session.groups)
    rights = ", ".join(_(NAMES[r]) for r in RIGHTS if policy and r in policy.rights)
    tokens = len(api_tokens.all_tokens(state, session.subject))
    rows = [
        (_("You are"), named),
        (_("Signed in with"), _(WAYS[session.method])),
        (_("Your groups"), ", ".join(session.groups) or _("none")),
        (_("Your access"), _("that of the group {group}", group=follows) if follows else _("that of everybody")),
        (_("You may"), rights),
    ]
    if policy and "export" in policy.rights:
        rows.append((_("Your tokens"), str(tokens) if tokens else _("none")))
    about = [part for term, text in rows for part in (html.Dt(term), html.Dd(text))]
    return html.Section([html.H2(_("Who you are")), html.Dl(about, className="facts")], className="card-plain")


def _language() -> html.Section:
    """In which language the pages and the mails of the person are written: POST /language keeps it."""
    options = Markup("").join(
        Markup('<option value="{}" lang="{}"{}>{}</option>').format(
            code, code if code in LANGUAGES else language(), Markup(" selected") if now else "", name
        )
        for code, name, now in choices()
    )
    form = Markup(
        '<form method="post" action="/language" class="stacked"><input type="hidden" name="next" value="/account">'
        '<label><span>{}</span><select name="language">{}</select></label>'
        '<p class="saved-view"><button class="menu-button">{}</button></p></form>'
    ).format(_("Pages and mails are written in"), options, _("Save the language"))
    return html.Section([html.H2(_("Language")), form], className="card-plain")


def _browsers(state: State, session: Session) -> html.Section:
    """Where one is signed in, and a button that ends all of it but this."""
    opened = sessions.opened(state, session.subject)
    lines = [
        html.Li(
            _("This browser: signed in {since} UTC, last used {used}", since=moment(one.since), used=day(one.seen_at))
            if one.token == session.token
            else _(
                "Another browser: signed in {since} UTC, last used {used}",
                since=moment(one.since),
                used=day(one.seen_at),
            )
        )
        for one in opened[:MOST_BROWSERS]
    ]
    if len(opened) > MOST_BROWSERS:
        lines.append(html.Li(_("and {number} more", number=len(opened) - MOST_BROWSERS)))
    form = _form("", button("out", _("Sign out everywhere else"))) if len(opened) > 1 else ""
    return html.Section(
        [html.H2(_("Where you are signed in")), html.Ul(lines, className="browsers"), form], className="card-plain"
    )


def _password_form(user: User) -> Markup:
    return _form(
        Markup("").join(
            [
                _whose(user),
                _secret("before", _("Current password"), "current-password"),
                _secret("password", _("New password"), "new-password"),
            ]
        ),
        Markup('<button name="do" value="password" class="apply">{}</button>').format(_("Change password")),
    )


def _factor(user: User) -> list[Any]:
    if user.second:
        note = _("On. If you lose your authenticator app, an administrator can turn it off.")
        ask = _secret("current", _("Password"), "current-password")
        return [html.P(note), _form(_whose(user) + ask, button("off", _("Turn off")))]
    note = _("Sign in with your password and a code from an app on your phone: a stolen password is then not enough.")
    return [html.P(note), _form("", button("begin", _("Set up")))]


def _form(fields: Markup | str, buttons: Markup) -> Markup:
    return Markup('<form method="post" action="/account" class="stacked">{}<p class="saved-view">{}</p></form>').format(
        fields, buttons
    )


def _whose(user: User) -> Markup:
    """The account whose password a form asks for, told to the browser's store of passwords and not sent."""
    return Markup('<input type="text" autocomplete="username" value="{}" hidden readonly>').format(user.name)


def _secret(name: str, label: str, autocomplete: str) -> Markup:
    box = '<label><span>{}</span><input name="{}" type="password" autocomplete="{}" maxlength="{}" required></label>'
    return Markup(box).format(label, name, autocomplete, LONGEST_PASSWORD)
