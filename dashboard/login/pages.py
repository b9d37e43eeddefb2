"""The pages of signing in as HTML. They need no script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html
from flask import Response
from markupsafe import Markup

from analytics.errors import StoresightError
from dashboard.company.users import LONGEST_PASSWORD, SHORTEST_PASSWORD
from dashboard.components.controls import attributes
from dashboard.components.markup import markup
from dashboard.page import destinations
from dashboard.page.routes import standing_page


def sign_in(next_address: str, name: str = "", fault: str = "") -> str:
    """The form with name and password. `fault`: why the last attempt failed."""
    fields = [
        _hidden("next", next_address),
        _field("name", "Name or e-mail address", "text", autocomplete="username", value=name),
        _field("password", "Password", "password", autocomplete="current-password"),
    ]
    return _page("Sign in", "/login", fields, "Sign in", fault)


def ask_code(token: str, next_address: str, fault: str = "") -> str:
    """The form for the code of a second factor."""
    fields = [
        _hidden("token", token),
        _hidden("next", next_address),
        _field("code", "Code of your app, or a recovery code", "text", autocomplete="one-time-code"),
    ]
    return _page("Sign in", "/login/code", fields, "Sign in", fault)


def with_provider(host: str, next_address: str) -> str:
    """The button that leads to the identity provider."""
    query = urlencode({"next": next_address})
    button = html.A(f"Sign in with {host}", href=f"/oidc/start?{query}", className="apply")
    return _plain("Sign in", [html.P(button)])


def try_again(told: str) -> str:
    """Why signing in with the provider failed, and the way to try once more."""
    return _plain("Signing in failed", [html.P(told), html.P(html.A("Try again", href="/login", className="apply"))])


def shown(text: str, status: int = 200) -> Response:
    """A page of signing in as it is sent: no browser keeps it."""
    return Response(text, status, mimetype="text/html", headers={"Cache-Control": "private, no-store"})


def choose_password(token: str, name: str, fault: str = "") -> str:
    """The form behind a link of invitation or reset."""
    rule = f"At least {SHORTEST_PASSWORD} characters. Several words that do not belong together are easy to remember."
    fields = [
        html.P(["Choose a password for the account ", html.Strong(name), "."]),
        _hidden("token", token),
        _field("password", "New password", "password", autocomplete="new-password"),
        html.P(rule, className="muted"),
    ]
    return _page("Choose a password", "/password", fields, "Save the password", fault)


def message(title: str, text: str) -> str:
    """A page that only says something."""
    return _plain(title, [html.P(text)])


def signed_out(address: str) -> str:
    """For somebody who is signed out here, on the way to the provider, which ends its own session."""
    told = "You are signed out of Storesight. Your identity provider is asked to sign you out too."
    return _plain("Signed out", [html.P(told), html.P(html.A("Continue", href=address, className="apply"))])


def no_access(person: str) -> str:
    """For somebody who is signed in and may see nothing."""
    text = f"You are signed in as {person}, but you may not see any data yet. An administrator can change that."
    return _plain("No access", [html.P(text), destinations.sign_out("menu-button")])


_RIGHTS: dict[str, str] = {
    "export": "You may not take figures away.",
    "upload": "You may not add data.",
    "administer": "This page is for administrators.",
}


def not_allowed(access: str) -> str:
    """For somebody who is signed in and opens a page that they may not see; `access` is the right that it needs."""
    told = f"{_RIGHTS.get(access, 'You may not see this page.')} An administrator can give you the right."
    inside = [html.P(told), html.P(html.A("Go to the overview", href="/", className="apply"))]
    return standing_page("Not allowed", html.Section(inside, className="card-plain"))


def link_ended(fault: StoresightError) -> str:
    """For somebody who opens a link that shows nothing, or nothing to them."""
    told = fault.message[:1].upper() + fault.message[1:]
    return _plain("This link shows nothing", [html.P(told), *([html.P(fault.hint)] if fault.hint else [])])


def _page(title: str, target: str, fields: list[Any], button: str, fault: str) -> str:
    told = [html.P(f"{fault[:1].upper()}{fault[1:]}", className="fault", role="alert")] if fault else []
    submit = html.Button(button, type="submit", className="apply")
    inside = markup([*fields, submit])
    return _plain(title, [*told, Markup('<form method="post" action="{}">{}</form>').format(target, inside)])


def _plain(title: str, inside: list[Any]) -> str:
    return standing_page(title, html.Section(inside, className="card-plain signing-in"), linked=False)


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def _field(name: str, label: str, kind: str, *, autocomplete: str, value: str = "") -> html.Label:
    text = '<input name="{}" type="{}" autocomplete="{}" value="{}" maxlength="{}" required>'
    box = Markup(text).format(name, kind, autocomplete, value, LONGEST_PASSWORD)
    return html.Label([html.Span(label), box], **attributes(data_field=name))
