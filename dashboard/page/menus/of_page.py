"""The menus of the page: quality report, saved views, and what can be done with the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import dash_bootstrap_components as dbc
from dash import html

from analytics.language import LANGUAGES, N_, _, language
from dashboard.answers.viewers import ME, Viewer
from dashboard.company.state import current_state
from dashboard.components.controls import menu_item
from dashboard.components.tour import DEMO
from dashboard.page import destinations
from dashboard.page.menus.items import act, files, here, link
from dashboard.page.menus.opened import Opened
from dashboard.page.protocol import address
from dashboard.report import deck
from dashboard.screens import Screen
from dashboard.text.quality_words import EFFECTS, label_of

THEMES = {"light": N_("Light colours"), "dark": N_("Dark colours"), "system": N_("Colours as the system has them")}


def quality(opened: Opened, _subject: str) -> list[Any]:
    """The quality report: what was read, what was left out and why, what was found."""
    q, f = opened.engine.quality, opened.formats
    if q is None:
        return [html.P(_("The quality report counts all rows. It is shown to those who may see all of them."))]
    rows = [
        html.Tr(
            [html.Td(label_of(x, f)), html.Td(EFFECTS[x.effect]), html.Td(f.number(x.rows), className="number")],
            title="\n".join(x.places),
        )
        for x in q.findings
    ]
    return [
        html.P(
            _(
                "{rows_read} rows read from {files} files, {rows_kept} kept, {rows_left_out} left out.",
                rows_read=f.number(q.rows_read),
                files=f.number(len(q.files)),
                rows_kept=f.number(q.rows_kept),
                rows_left_out=f.number(q.rows_left_out),
            )
        ),
        html.Table(
            [
                html.Thead(html.Tr([html.Th(_("What")), html.Th(_("What happened")), html.Th(_("Rows"))])),
                html.Tbody(rows),
            ],
            className="plain-table",
        ),
        link(_("Their lines, and what to do"), f"/quality/{opened.engine.name}"),
        *files(opened, {_("Quality report (JSON)"): f"/quality/{opened.engine.name}.json"}),
    ]


def share(opened: Opened, _subject: str = "") -> list[Any]:
    """The ways to give the view to somebody."""
    address = sharing_address(opened)
    way = [here(_("Share this view…"), address)] if address else []
    return [act(_("Copy link to this view"), {"kind": "copy"}), *way]


def export(opened: Opened, _subject: str = "") -> list[Any]:
    """The page on paper and, for those who may take figures away, as files."""
    query = opened.selection.to_query()
    addresses = {
        **_books(opened.page, query),
        **_reports(query),
        _("Data of every chart by URL"): f"/data/?{query}",
    }
    return [*files(opened, addresses), act(_("Print this page…"), {"kind": "print"})]


def page(opened: Opened, _subject: str) -> list[Any]:
    """What else can be done with the page."""
    return [
        act(_("Search…"), {"kind": "palette"}),
        *_off_the_bar(opened),
        *_targets(opened),
        *_from_here(opened, {"/alerts": _("New alert from this page…"), "/digests": _("New digest of this page…")}),
        act(_("Present on a screen"), {"kind": "present"}),
        act(_("Keyboard shortcuts"), {"kind": "shortcuts"}),
        *([] if opened.service.viewer.linked else [here(_("Glossary"), "/glossary")]),
        *([here(_("Take the tour"), "/tour")] if opened.engine.name == DEMO else []),
        *[act(label, {"kind": "theme", "value": theme}) for theme, label in THEMES.items()],
        *_languages(),
    ]


def _off_the_bar(opened: Opened) -> list[Any]:
    """On a phone, what its bar and its list of pages have no room for."""
    query = opened.selection.to_query()
    ledger = [] if opened.page.path == "/reconciliation" else [here(_("Reconciliation"), f"/reconciliation?{query}")]
    return [html.Div([*share(opened), *export(opened), *ledger], className="only-narrow", role="none")]


def _languages() -> list[Any]:
    """The languages, each in its own name, the present one marked; and the way to undo the choice."""
    named = [
        menu_item(html.Span(name, lang=code), {"kind": "language", "value": code}, checked=code == language())
        for code, name in LANGUAGES.items()
    ]
    return [*named, act(_("Language as the browser asks"), {"kind": "language", "value": "browser"})]


def _reports(query: str) -> dict[str, str]:
    """The report of all pages under these filters, for printing and, where it can be written, for PowerPoint."""
    slides = {"PowerPoint": f"/export/report.pptx?{query}"} if deck.is_available() else {}
    return {_("Report to print (HTML)"): f"/export/report.html?{query}", **slides}


def _books(screen: Screen, query: str) -> dict[str, str]:
    """Workbooks of what is shown, and of the whole page where it has more tabs."""
    page = screen.page
    if len(page.tabs) < 2:
        return {_("This page as Excel"): f"/export/page-{page.name}.xlsx?{query}"}
    return {
        _("This tab as Excel"): f"/export/page-{screen.name}.xlsx?{query}",
        _("All of {page} as Excel", page=page.title): f"/export/page-{page.name}.xlsx?{query}",
    }


def sharing_address(opened: Opened) -> str:
    """The way to a link for others; "" where links are not kept or nobody is signed in."""
    if current_state() is None or not opened.service.viewer.title:
        return ""
    view = f"{opened.page.path}?{opened.selection.to_query()}"
    return f"/shares/new?{urlencode({'view': view})}"


def _targets(opened: Opened) -> list[Any]:
    """The way to the targets of the rows that are shown, for those who may see them."""
    there = {d.path for d in destinations.open_to(opened.service.viewer)}
    query = opened.selection.to_query()
    return [here(_("Targets for these filters…"), f"/targets?{query}")] if "/targets" in there else []


def _from_here(opened: Opened, labels: Mapping[str, str]) -> list[Any]:
    """Ways to what can be made of the view that is shown, such as a digest, for those who may."""
    there = {d.path for d in destinations.open_to(opened.service.viewer)}
    view = urlencode({"view": f"{opened.page.path}?{opened.selection.to_query()}"})
    return [here(label, f"{path}?{view}") for path, label in labels.items() if path in there]


def saved_views(opened: Opened, _subject: str) -> list[Any]:
    """Saved views, and a form that saves this one; nothing for whoever is not signed in."""
    state, viewer, f = current_state(), opened.service.viewer, opened.formats
    if state is None or not viewer.title:
        return [html.P(_("Views are saved for people who sign in."))]
    from dashboard.company import views  # needs packages that only a state store needs

    seen = views.seen_by(state, viewer)
    shown = f"{opened.page.path}?{opened.selection.to_query()}"
    fields = [
        dbc.Input(type="hidden", name="address", value=shown),
        dbc.Input(name="title", placeholder=_("Name of this view"), maxlength=views.LONGEST_TITLE, required=True),
        *_audiences(viewer),
        html.Button(
            _("Save, dates move on"), type="submit", className="menu-item", title=_("Next month it shows next month")
        ),
        html.Button(
            _("Save with {span}", span=f.span(opened.now.requested)),
            type="submit",
            name="frozen",
            value="yes",
            className="menu-item",
        ),
    ]
    titles = {dataset.name: dataset.title for dataset in opened.service.datasets()}
    links = [_view_link(view.title, view.address, opened.engine.name, titles) for view in seen]
    manage = html.A(
        html.Span(_("Manage views…"), className="grow"), href="/views", className="menu-item", role="menuitem"
    )
    return [*links, html.Form(fields, method="post", action="/views", className="menu-form"), manage]


def _view_link(title: str, href: str, shown: str, titles: Mapping[str, str]) -> Any:
    """A saved view, with its data set where that is another one than is shown."""
    data = dict(parse_qsl(address(href)[1])).get("data", "")
    other = [html.Span(titles.get(data, data), className="hint of-data")] if data not in ("", shown) else []
    return html.A([html.Span(title, className="grow"), *other], href=href, className="menu-item", role="menuitem")


def _audiences(viewer: Viewer) -> list[Any]:
    """For whom a view is saved, where there is a choice."""
    from dashboard.company import views

    given = views.audiences(viewer)
    if len(given) < 2:
        return []
    readers = [html.Option(views.audience_label(each), value=each) for each in given]
    return [html.Label([_("Who sees it"), " ", html.Select(readers, name="audience")])]


def account(opened: Opened, _subject: str) -> list[Any]:
    """Who is signed in, the pages of the company, and the way out; nothing where there is no login."""
    viewer, query = opened.service.viewer, opened.selection.to_query()
    if not viewer.title:
        return []
    button = html.Button(
        html.Span(_("Sign out"), className="grow"), type="submit", className="menu-item", role="menuitem"
    )
    addresses = {d.title: f"{d.path}?{query}" if d.filtered else d.path for d in destinations.open_to(viewer)}
    shown = [here(title, address) for title, address in addresses.items()]
    signed_in: list[Any] = [_("Signed in as"), " ", html.Strong(viewer.title)]
    person = html.P([_("Kept on this machine, without a login")] if viewer.name == ME else signed_in, className="hint")
    return [person, *shown, *([html.Form(button, method="post", action="/logout")] if viewer.signs_out else [])]
