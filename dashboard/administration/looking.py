"""Administrators look with somebody else's eyes, to see what a group or person sees. They can change nothing meanwhile.

POST /look-as        begin: person (number of an account), member (subject at the identity provider) or group
POST /look-as/end    look with one's own eyes again
"""

from __future__ import annotations

import re

from flask import Flask, Response, redirect
from markupsafe import Markup

from analytics.errors import NotAllowed, RequestError
from analytics.language import N_, _
from dashboard.administration.forms import field
from dashboard.company import audit, members, sessions, users
from dashboard.company.sessions import Eyes
from dashboard.company.state import State
from dashboard.login.guard import current_session

LONGEST = 200


def install(server: Flask, state: State) -> None:
    """Add the routes."""

    def begin() -> Response:
        session = current_session()
        assert session is not None  # the guard lets nobody else pass
        if not session.token:
            raise NotAllowed(
                N_("you cannot look as somebody else here: a proxy says with each request who you are."),
                hint=N_("Sign in at the proxy as a person of that group instead."),
            )
        eyes = _eyes(state)
        audit.record(state, session.subject, "began to look as", eyes.title, ", ".join(eyes.groups))
        sessions.look_as(state, session, eyes)
        return redirect("/overview", 303)  # type: ignore[return-value]

    def end() -> Response:
        session = current_session()
        assert session is not None
        if session.looking_as is not None:
            sessions.look_as(state, session, None)
            audit.record(state, session.subject, "looked as themselves again", session.looking_as.title)
        return redirect("/policies", 303)  # type: ignore[return-value]

    server.add_url_rule("/look-as", "looking.begin", begin, methods=["POST"])
    server.add_url_rule("/look-as/end", "looking.end", end, methods=["POST"])


def _eyes(state: State) -> Eyes:
    person, group = field("person", LONGEST), field("group", LONGEST).strip()
    if subject := field("member", LONGEST):
        member = members.find(state, subject)
        return Eyes(member.title or member.mail or member.subject, member.groups)
    if person:
        everybody = users.all_users(state) if re.fullmatch(r"[0-9]{1,18}", person) else []
        found = next((user for user in everybody if user.id == int(person)), None)
        if found is None:
            raise RequestError(N_("there is no account {number}.", number=person[:20]), where="person")
        return Eyes(found.title or found.name, found.groups)
    if not group:
        return Eyes(_("somebody in no group"), ())
    if not group.isprintable():
        raise RequestError(N_("this is not the name of a group."), where="group")
    return Eyes(_("the group {group}", group=group), (group,))


def look_as_group(group: str) -> Markup:
    """The button that begins to look as somebody of a group; "" is somebody in none."""
    return _button("group", group)


def look_as_person(number: int) -> Markup:
    """The button that begins to look as a person with an account."""
    return _button("person", str(number))


def look_as_member(subject: str) -> Markup:
    """The button that begins to look as a person of the identity provider."""
    return _button("member", subject)


def _button(name: str, value: str) -> Markup:
    form = '<form method="post" action="/look-as"><button name="{}" value="{}" class="menu-button">{}</button></form>'
    return Markup(form).format(name, value, _("View as"))
