"""The pages of signing in as HTML. They need no script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html
from flask import Response
from markupsafe import Markup

from analytics.errors import StoresightError
from analytics.language import N_, _
from dashboard.company.users import LONGEST_PASSWORD, SHORTEST_PASSWORD
from dashboard.components.controls import attributes
from dashboard.components.markup import markup
from dashboard.components.refusals import refused
from dashboard.page import destinations
from dashboard.page.routes import standing_page


def sign_in(next_address: str, name: str = "", fault: str = "") -> str:
    """The form with name and password. `fault`: why the last attempt failed."""
    fields = [
        _hidden("next", next_address),
        _field("name", _("User name or e-mail address"), "text", autocomplete="username", value=name),
        _field("password", _("Password"), "password", autocomplete="current-password"),
    ]
    return _page(_("Sign in"), "/login", fields, _("Sign in"), fault)


def ask_code(token: str, next_address: str, fault: str = "") -> str:
    """The form for the code of a second factor."""
    fields = [
        _hidden("token", token),
        _hidden("next", next_address),
        _field("code", _("Code from your authenticator app, or a recovery code"), "text", autocomplete="one-time-code"),
    ]
    return _page(_("Sign in"), "/login/code", fields, _("Sign in"), fault)


def with_provider(host: str, next_address: str) -> str:
    """The button that leads to the identity provider."""
    query = urlencode({"next": next_address})
    button = html.A(_("Sign in with {host}", host=host), href=f"/oidc/start?{query}", className="apply")
    return _plain(_("Sign in"), [html.P(button)])


def try_again(told: str) -> str:
    """Why signing in with the provider failed, and the way to try once more."""
    again = html.A(_("Try again"), href="/login", className="apply")
    return _plain(_("Sign-in failed"), [html.P(told), html.P(again)])


def shown(text: str, status: int = 200) -> Response:
    """A page of signing in as it is sent: no browser keeps it."""
    return Response(text, status, mimetype="text/html", headers={"Cache-Control": "private, no-store"})


def choose_password(token: str, name: str, fault: str = "") -> str:
    """The form behind a link of invitation or reset."""
    rule = _("At least {least} characters. Several unrelated words are easy to remember.", least=SHORTEST_PASSWORD)
    fields = [
        html.P([_("Account:"), " ", html.Strong(name)]),
        _hidden("token", token),
        _field("password", _("New password"), "password", autocomplete="new-password"),
        html.P(rule, className="muted"),
    ]
    return _page(_("Choose a password"), "/password", fields, _("Save password"), fault)


def message(title: str, text: str) -> str:
    """A page that only says something."""
    return _plain(title, [html.P(text)])


def signed_out(address: str) -> str:
    """For somebody who is signed out here, on the way to the provider, which ends its own session."""
    told = _("You are signed out of Storesight. Continue to sign out of your identity provider too.")
    return _plain(_("Signed out"), [html.P(told), html.P(html.A(_("Continue"), href=address, className="apply"))])


def no_access(person: str) -> str:
    """For somebody who is signed in and may see nothing."""
    text = _(
        "You are signed in as {person}, but cannot see any data yet. Ask an administrator for access.", person=person
    )
    return _plain(_("No access"), [html.P(text), destinations.sign_out("menu-button")])


_RIGHTS: dict[str, str] = {
    "export": N_("You do not have the right to download figures. Ask an administrator for it."),
    "upload": N_("You do not have the right to add data. Ask an administrator for it."),
    "administer": N_("This page is for administrators."),
}


def not_allowed(access: str) -> str:
    """For somebody who is signed in and opens a page that they may not see; `access` is the right that it needs."""
    told = _(_RIGHTS.get(access, N_("You do not have the right to see this page. Ask an administrator for it.")))
    inside = [html.P(told), html.P(html.A(_("Go to the overview"), href="/", className="apply"))]
    return standing_page(_("Not allowed"), html.Section(inside, className="card-plain"))


def link_ended(fault: StoresightError) -> str:
    """For somebody who opens a link that shows nothing, or nothing to them."""
    told = fault.message[:1].upper() + fault.message[1:]
    return _plain(_("This link no longer works"), [html.P(told), *([html.P(fault.hint)] if fault.hint else [])])


def _page(title: str, target: str, fields: list[Any], button: str, fault: str) -> str:
    submit = html.Button(button, type="submit", className="apply")
    inside = markup([*fields, submit])
    return _plain(title, [*refused(fault), Markup('<form method="post" action="{}">{}</form>').format(target, inside)])


def _plain(title: str, inside: list[Any]) -> str:
    return standing_page(title, html.Section(inside, className="card-plain signing-in"), linked=False)


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def _field(name: str, label: str, kind: str, *, autocomplete: str, value: str = "") -> html.Label:
    text = '<input name="{}" type="{}" autocomplete="{}" value="{}" maxlength="{}" required>'
    box = Markup(text).format(name, kind, autocomplete, value, LONGEST_PASSWORD)
    return html.Label([html.Span(label), box], **attributes(data_field=name))
