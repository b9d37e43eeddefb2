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
from dashboard.administration.forms import button, field, listed_groups, told
from dashboard.administration.looking import look_as_member
from dashboard.answers.viewers import current_viewer
from dashboard.company import audit, members
from dashboard.company.members import Member, united
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.login import pages
from dashboard.text.moments import day

Shown = Callable[[str], str]  # the page, with why a form was refused

NOTE = (
    "They sign in with your identity provider. Whoever it says has the invited address gets the groups named here, "
    "besides those that the provider names. No mail is sent: tell them the address of Storesight."
)


def install(server: Flask, state: State, now: Callable[[], Policies], shown: Shown) -> None:
    """Add the route. `shown` makes the whole page."""

    def change() -> Response:
        do, who = field("do"), field("subject") or field("mail") or field("name")
        try:
            detail = _changed(state, now(), do)
        except StoresightError as fault:
            return pages.shown(shown(fault.message), 400)
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
            raise RequestError("You cannot take the administration from yourself; another administrator can.")
        members.change(state, member, groups=groups)
        return ", ".join(groups)
    if do in ("off", "on"):
        if own:
            raise RequestError("You cannot switch yourself off.")
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
        '<input name="name" type="email" placeholder="E-mail address" aria-label="E-mail address" required>'
        '<input name="title" placeholder="How they are called" aria-label="How they are called">'
        '<input name="groups" placeholder="Groups, separated by commas" aria-label="Groups, separated by commas">'
        '<button name="do" value="invite" class="apply">Invite</button></form>'
    )
    everybody = [_person(member, policies) for member in members.everybody(state)]
    empty = [html.P("Nobody has been invited or has signed in yet.")]
    title = html.H2("People who sign in with the identity provider")
    return html.Section(
        [title, html.P(NOTE, className="muted"), *told(fault, []), form, *(everybody or empty)],
        className="card-plain",
    )


def _person(member: Member, policies: Policies) -> Markup:
    called = member.title or member.mail or member.subject
    buttons = [Markup('<button name="do" value="groups">Change groups</button>')]
    if member.subject:
        buttons += [button("out", "Sign out everywhere", f"Sign {called} out everywhere, and end their tokens?")]
        buttons += [
            button("off", "Switch off", f"Switch {called} off? They are signed out, and their tokens end.")
            if member.active
            else button("on", "Switch on")
        ]
    else:
        buttons += [button("withdraw", "Withdraw the invitation", f"Withdraw the invitation of {called}?")]
    form = Markup(
        '<form method="post" action="/people/provider" class="saved-view"><span>{} <small>{}</small></span>'
        '<input type="hidden" name="subject" value="{}"><input type="hidden" name="mail" value="{}">'
        '<input name="groups" value="{}" placeholder="Further groups" aria-label="Further groups of {}">{}</form>'
    ).format(
        called,
        " · ".join(_about(member, policies)),
        member.subject,
        "" if member.subject else member.mail,
        ", ".join(member.given),
        called,
        Markup("").join(buttons),
    )
    look = look_as_member(member.subject) if member.subject else ""
    return Markup('<div class="person">{}{}</div>').format(form, look)


def _about(member: Member, policies: Policies) -> list[str]:
    """What is said of somebody under their name."""
    named = ", ".join(member.named)
    found = [member.mail or member.subject] if member.title else []
    found += [f"the provider says: {named}"] if named else []
    if not member.active:
        found += ["off"]
    elif not member.subject:
        found += ["invited, has not signed in yet"]
    elif member.seen_at:
        found += [f"signed in on {day(member.seen_at)}"]
    else:
        found += ["has not been here of late"]
    if member.active and policies.of(member.groups) is None:
        found += ["may see nothing: no policy names these groups"]
    return found
