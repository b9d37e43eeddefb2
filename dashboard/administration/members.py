"""On the page "People": who signs in with the identity provider. It needs no script.

POST /people/provider    do = invite (name, title, groups); or groups, out, off, on or withdraw, of a subject, or of
                         the mail of an invitation that waits
"""

from __future__ import annotations

from collections.abc import Callable

from dash import html
from flask import Flask, Response, redirect
from markupsafe import Markup

from analytics.errors import RequestError, StoresightError
from analytics.language import N_, _
from dashboard.administration.forms import button, field, listed_groups, told
from dashboard.administration.looking import look_as_member
from dashboard.answers.viewers import current_viewer
from dashboard.company import audit, members
from dashboard.company.members import Member, united
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.components.refusals import refusal
from dashboard.login import pages
from dashboard.text.moments import day

Shown = Callable[[str], str]  # the page, with why a form was refused

NOTE = N_(
    "People sign in with your identity provider. An invited address gets the groups you name here, in addition to "
    "those from the provider. No e-mail is sent: send people the address of Storesight yourself."
)


def install(server: Flask, state: State, now: Callable[[], Policies], shown: Shown) -> None:
    """Add the route. `shown` makes the whole page."""

    def change() -> Response:
        do, who = field("do"), field("subject") or field("mail") or field("name")
        try:
            detail = _changed(state, now(), do)
        except StoresightError as fault:
            return pages.shown(shown(refusal(fault)), 400)
        audit.record(state, current_viewer().name, "changed somebody of the provider", f"{who}: {do}", detail)
        return redirect("/people", 303)  # type: ignore[return-value]

    server.add_url_rule("/people/provider", "people.member", change, methods=["POST"])


def _changed(state: State, policies: Policies, do: str) -> str:
    """Do what a form says; what the log tells of it."""
    if do == "invite":
        return ", ".join(members.invite(state, field("name"), field("title"), listed_groups()).given)
    member = members.find(state, field("subject"), field("mail"))
    own = member.subject == current_viewer().name
    if do == "groups":
        groups = listed_groups()
        after = policies.of(united(member.named, groups))
        if own and (after is None or "administer" not in after.rights):
            raise RequestError(
                N_("you cannot remove your own administrator rights."), hint=N_("Ask another administrator.")
            )
        members.change(state, member, groups=groups)
        return ", ".join(groups)
    if do in ("off", "on"):
        if own:
            raise RequestError(N_("you cannot turn off your own access."))
        members.change(state, member, active=do == "on")
    elif do == "out":
        members.end(state, member.subject)
    elif do == "withdraw":
        members.withdraw(state, member)
    else:
        raise RequestError("Expected invite, groups, out, off, on or withdraw.", where="do")
    return ""


def section(state: State, policies: Policies, fault: str = "") -> html.Section:
    """Everybody of the provider who was invited or has been here, and the form to invite somebody."""
    form = Markup(
        '<form method="post" action="/people/provider" class="saved-view">'
        '<input name="name" type="email" placeholder="{mail}" aria-label="{mail}" required>'
        '<input name="title" placeholder="{title}" aria-label="{title}">'
        '<input name="groups" placeholder="{groups}" aria-label="{groups}">'
        '<button name="do" value="invite" class="apply">{invite}</button></form>'
    ).format(
        mail=_("E-mail address"),
        title=_("Display name"),
        groups=_("Groups, separated by commas"),
        invite=_("Invite"),
    )
    everybody = [_person(member, policies) for member in members.everybody(state)]
    empty = [html.P(_("Nobody has been invited or has signed in yet."))]
    title = html.H2(_("People who sign in with the identity provider"))
    return html.Section(
        [title, html.P(_(NOTE), className="muted"), *told(fault, []), form, *(everybody or empty)],
        className="card-plain",
    )


def _person(member: Member, policies: Policies) -> Markup:
    called = member.title or member.mail or member.subject
    buttons = [button("groups", _("Change groups"))]
    if member.subject:
        buttons += [
            button(
                "out",
                _("Sign out everywhere"),
                _("Sign out {name} everywhere and revoke all their tokens?", name=called),
            )
        ]
        buttons += [
            button(
                "off",
                _("Turn off access"),
                _("Turn off access for {name}? They are signed out, and their tokens are revoked.", name=called),
            )
            if member.active
            else button("on", _("Turn on access"))
        ]
    else:
        buttons += [button("withdraw", _("Withdraw invitation"), _("Withdraw the invitation of {name}?", name=called))]
    form = Markup(
        '<form method="post" action="/people/provider" class="saved-view"><span>{} <small>{}</small></span>'
        '<input type="hidden" name="subject" value="{}"><input type="hidden" name="mail" value="{}">'
        '<input name="groups" value="{}" placeholder="{}" aria-label="{}">{}</form>'
    ).format(
        called,
        " · ".join(_about(member, policies)),
        member.subject,
        "" if member.subject else member.mail,
        ", ".join(member.given),
        _("More groups"),
        _("More groups of {name}", name=called),
        Markup("").join(buttons),
    )
    look = look_as_member(member.subject) if member.subject else ""
    return Markup('<div class="person">{}{}</div>').format(form, look)


def _about(member: Member, policies: Policies) -> list[str]:
    """What is said of somebody under their name."""
    named = ", ".join(member.named)
    found = [member.mail or member.subject] if member.title else []
    found += [_("groups from the provider: {groups}", groups=named)] if named else []
    if not member.active:
        found += [_("access turned off")]
    elif not member.subject:
        found += [_("invited, has not signed in yet")]
    elif member.seen_at:
        found += [_("signed in on {day}", day=day(member.seen_at))]
    else:
        found += [_("has not signed in lately")]
    if member.active and policies.of(member.groups) is None:
        found += [_("sees nothing: no policy names these groups")]
    return found
