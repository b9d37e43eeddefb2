"""The pages that show no data set but what a company keeps: who may open which, and links to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from dash import html
from flask import current_app, has_request_context, request

from analytics.language import N_, _
from dashboard.answers.viewers import Right, Viewer, current_viewer
from dashboard.components.controls import attributes


@dataclass(frozen=True)
class Destination:
    """A page in the lists of links. It is there where its `endpoint` is, for viewers with the `right`."""

    title: str
    path: str
    endpoint: str
    right: Right = "view"
    filtered: bool = False  # it is about rows: from a page of figures it opens with the data set and the filters


DESTINATIONS: Final = (
    Destination(N_("Targets"), "/targets", "targets.listed", filtered=True),
    Destination(N_("Notes"), "/notes", "notebook.listed"),
    Destination(N_("Alerts"), "/alerts", "alerts.listed", "export"),
    Destination(N_("Digests"), "/digests", "digests.listed"),
    Destination(N_("Views"), "/views", "saved.listed"),
    Destination(N_("Shared links"), "/shares", "sharing.listed"),
    Destination(N_("Tokens"), "/tokens", "tokens.listed", "export"),
    Destination(N_("Glossary"), "/glossary", "glossary.shown"),
    Destination(N_("Your account"), "/account", "account.listed"),
    Destination(N_("People"), "/people", "people.listed", "administer"),
    Destination(N_("Policies"), "/policies", "policies.listed", "administer"),
    Destination(N_("Audit log"), "/audit", "people.audit", "administer"),
)


def open_to(viewer: Viewer) -> list[Destination]:
    """The pages that a viewer may open, in order; none for whoever is not signed in."""
    there = current_app.view_functions
    return [d for d in DESTINATIONS if viewer.title and d.endpoint in there and viewer.may(d.right)]


def banner(viewer: Viewer | None = None) -> list[Any]:
    """A line that says with whose eyes an administrator looks, and the way back; empty for anybody else. `viewer`: of
    the request unless given."""
    if viewer is None:
        viewer = current_viewer() if has_request_context() else None
    if viewer is None or not viewer.administrator:
        return []
    back = html.Button(_("View as yourself again"), type="submit", className="menu-button")
    notice = html.Span(_("You are viewing as {person}. You cannot change anything.", person=viewer.title))
    return [
        html.Aside(
            [notice, html.Form(back, method="post", action="/look-as/end")],
            className="looking-as",
            **attributes(aria_label=_("Viewing as somebody else")),
        )
    ]


def links() -> list[Any]:
    """A row of links to these pages, the current one marked, and the way to sign out; empty where nobody is signed
    in."""
    viewer = current_viewer() if has_request_context() else None
    if viewer is None or not viewer.title:
        return []
    items = [html.A(d.title, href=d.path, **attributes(**_current(d.path))) for d in open_to(viewer)]
    account = [html.Span(viewer.title, className="muted"), *([sign_out("menu-button")] if viewer.signs_out else [])]
    return [
        html.Nav(
            [html.Div(items, className="tabs"), html.Div(account, className="account")],
            className="company-nav",
            **attributes(aria_label=_("Company")),
        )
    ]


def _current(path: str) -> dict[str, str]:
    """How the link to the page that is open, or to the list that it belongs to, is marked."""
    if request.path == path:
        return {"aria_current": "page"}
    return {"aria_current": "true"} if request.path.startswith(f"{path}/") else {}


def sign_out(className: str) -> html.Form:
    """A button that signs out."""
    return html.Form(html.Button(_("Sign out"), type="submit", className=className), method="post", action="/logout")
