"""The page "People": who may sign in, with an account here or (members.py) with an identity provider. It needs no
script.

GET  /people             everybody, with a form each
POST /people             a new account: name, title, groups; shows the link of invitation, this once
POST /people/<number>    change one: do = groups, reset, factor, off or on
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html
from flask import Flask, Response, redirect
from markupsafe import Markup

from analytics.errors import RequestError, StoresightError
from analytics.language import N_, _
from dashboard.administration import forms, members
from dashboard.administration.forms import button, field, listed_groups
from dashboard.administration.looking import look_as_person
from dashboard.answers.viewers import current_viewer
from dashboard.company import audit, users
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.company.users import User
from dashboard.components.refusals import refusal
from dashboard.login import pages
from dashboard.page.routes import standing_page
from dashboard.settings import Settings


def install(server: Flask, state: State, settings: Settings, now: Callable[[], Policies]) -> None:
    """Add the routes. `now` gives the policies, which say who may see nothing."""
    here, base = settings.login == "local", settings.base
    provided = bool(settings.oidc_issuer)  # also an instance for administrators may know of the provider

    def shown(told: list[Any] | None = None, fault: str = "", of_provider: str = "") -> str:
        policies = now()
        parts = _accounts(state, policies, told, fault) if here else []
        parts += [members.section(state, policies, of_provider)] if provided else []
        return standing_page(_("People"), html.Div(parts, className="adding"))

    @server.get("/people", endpoint="people.listed")
    def listed() -> Response:
        return pages.shown(shown())

    if provided:
        members.install(server, state, now, lambda fault: shown(of_provider=fault))
    if here:
        _install_accounts(server, state, base, shown)


def _install_accounts(server: Flask, state: State, base: str, shown: Callable[..., str]) -> None:
    """Add the routes of accounts here. `base` begins links of invitation; `shown` makes the page."""

    @server.post("/people", endpoint="people.add")
    def add() -> Response:
        try:
            user = users.add(state, field("name"), field("title"), listed_groups())
        except RequestError as fault:
            return pages.shown(shown(fault=refusal(fault)), 400)
        audit.record(state, current_viewer().name, "added an account", user.name, ", ".join(user.groups))
        return pages.shown(shown(_invited(state, base, user, users.INVITATION_SECONDS)))

    @server.post("/people/<int:number>", endpoint="people.change")
    def change(number: int) -> Response:
        user, do = _of(state, number), field("do")
        if do == "reset":
            audit.record(state, current_viewer().name, "made a link for a new password", user.name)
            return pages.shown(shown(_invited(state, base, user, users.RESET_SECONDS)))
        try:
            _change(state, user, do)
        except StoresightError as fault:
            return pages.shown(shown(fault=refusal(fault)), 400)
        audit.record(
            state, current_viewer().name, "changed an account", f"{user.name}: {do}", ", ".join(listed_groups())
        )
        return redirect("/people", 303)  # type: ignore[return-value]


def _change(state: State, user: User, do: str) -> None:
    own = user.name == current_viewer().name
    if do == "groups":
        groups = listed_groups()
        if own and users.ADMINISTRATORS in user.groups and users.ADMINISTRATORS not in groups:
            raise RequestError(
                N_("you cannot remove your own administrator rights."), hint=N_("Ask another administrator.")
            )
        users.change(state, user, groups=groups)
    elif do == "factor":
        users.remove_factor(state, user)
    elif do in ("off", "on"):
        if own:
            raise RequestError(N_("you cannot turn off your own access."))
        users.change(state, user, active=do == "on")
    else:
        raise RequestError("Expected groups, reset, factor, off or on.", where="do")


def _of(state: State, number: int) -> User:
    found = next((user for user in users.all_users(state) if user.id == number), None)
    if found is None:
        raise RequestError(N_("there is no account {number}.", number=str(number)), where="account")
    return found


def _invited(state: State, base: str, user: User, seconds: int) -> list[Any]:
    """What to send to the person; it is shown this once."""
    link, hours = f"{base}/password/{users.invite(state, user, seconds)}", seconds // 3600
    name = user.title or user.name
    told = (
        _("Send this link to {name}. It works once, within an hour. It is not shown again.", name=name)
        if hours == 1
        else _(
            "Send this link to {name}. It works once, within {days:day|days}. It is not shown again.",
            name=name,
            days=hours // 24,
        )
    )
    return [html.P(told), html.P(html.Code(link))]


def _accounts(state: State, policies: Policies, told: list[Any] | None, fault: str) -> list[html.Section]:
    everybody = users.all_users(state)
    form = Markup(
        '<form method="post" action="/people" class="saved-view">'
        '<input name="name" placeholder="{name}" aria-label="{name}" required>'
        '<input name="title" placeholder="{title}" aria-label="{title}">'
        '<input name="groups" placeholder="{groups}" aria-label="{groups}">'
        '<button class="apply">{invite}</button></form>'
    ).format(
        name=_("User name or e-mail address"),
        title=_("Display name"),
        groups=_("Groups, separated by commas"),
        invite=_("Invite"),
    )
    message = forms.told(fault, told or [])
    return [
        html.Section([html.H2(_("Invite somebody")), *message, form], className="card-plain"),
        html.Section([html.H2(_("People")), *[_person(user, policies) for user in everybody]], className="card-plain"),
    ]


def _person(user: User, policies: Policies) -> Markup:
    waiting = "" if user.ready else f"· {_('invited')}"
    condition = (
        waiting if policies.of(user.groups) else f"{waiting} · {_('sees nothing: no policy names these groups')}"
    )
    called = user.title or user.name
    form = Markup(
        '<form method="post" action="/people/{}" class="saved-view"><span>{} <small>{} {}</small></span>'
        '<input name="groups" value="{}" aria-label="{}">{}{}{}{}</form>'
    ).format(
        user.id,
        called,
        user.name,
        condition if user.active else f"· {_('access turned off')}",
        ", ".join(user.groups),
        _("Groups of {name}", name=user.name),
        button("groups", _("Change groups")),
        button("reset", _("New password")),
        button("factor", _("Turn off two-step sign-in"), _("Turn off two-step sign-in of {name}?", name=called))
        if user.second
        else "",
        button("off", _("Turn off access"), _("Turn off access for {name}? They are signed out.", name=called))
        if user.active
        else button("on", _("Turn on access")),
    )
    return Markup('<div class="person">{}{}</div>').format(form, look_as_person(user.id))
