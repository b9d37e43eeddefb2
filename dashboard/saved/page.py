"""The page "Views" as HTML: one form a view, which needs no script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html
from markupsafe import Markup

from analytics.errors import StoresightError
from analytics.language import _, several
from analytics.ranges import PRESETS, parse_span
from dashboard.answers.service import ViewerService
from dashboard.answers.viewers import Viewer
from dashboard.company import views
from dashboard.company.state import State
from dashboard.company.views import EVERYBODY, LONGEST_TITLE, View, audience_label
from dashboard.components.controls import confirmed
from dashboard.page.protocol import address as parted
from dashboard.page.routes import standing_page
from dashboard.pages import BY_PATH
from dashboard.text.formats import formats_of
from dashboard.text.selections import clause_text


def page(state: State, service: ViewerService) -> str:
    """The whole page for one person."""
    viewer = service.viewer
    seen = views.seen_by(state, viewer)
    starts = {everybody: views.start_of(state, viewer, everybody=everybody) for everybody in (False, True)}
    own: list[Any] = [_own(view, service, starts) for view in seen if view.owner == viewer.name]
    others = [_shared(view, service, starts) for view in seen if view.owner != viewer.name]
    empty = html.P(_("You have no saved views yet. Open a page, choose filters and dates, then “Views” in its bar."))
    parts = [html.Section([html.H2(_("Your views")), *(own or [empty])], className="card-plain")]
    if others:
        parts.append(html.Section([html.H2(_("Shared with you")), *others], className="card-plain"))
    return standing_page(_("Views"), html.Div(parts, className="adding saved-views"))


def about(view: View, service: ViewerService) -> str:
    """What a view shows, in words: its page and data set, filters and dates, and whether these move on."""
    path, query = parted(view.address)
    page = _(BY_PATH[path].title) if path in BY_PATH else path
    try:
        selection, engine, __ = service.select(query)
        filters = several(clause_text(c, engine.schema) for c in selection.clauses)
        moving = PRESETS.get(selection.range)
        days = (
            _("{range}, always up to date", range=moving)
            if moving
            else formats_of(engine.profile).span(parse_span(selection.range))
        )
    except StoresightError:
        return _("Not available to you at the moment")
    about = _("{page}, {data}", page=page, data=engine.profile.title)
    return " · ".join(filter(None, [about, filters, days]))


def _own(view: View, service: ViewerService, starts: dict[bool, View | None]) -> Markup:
    name = Markup('<input name="title" value="{}" maxlength="{}" aria-label="{}" required>')
    chosen = "".join(
        Markup('<option value="{}"{}>{}</option>').format(
            audience, Markup(" selected") if audience == view.audience else "", audience_label(audience)
        )
        for audience in dict.fromkeys((view.audience, *views.audiences(service.viewer)))
    )
    parts = [
        name.format(view.title, LONGEST_TITLE, _("Name")),
        _button("rename", _("Rename")),
        Markup('<select name="audience" aria-label="{}">{}</select>').format(_("Who sees it"), Markup(chosen)),
        _button("share", _("Share view")),
        _button("up", _("Move up")),
        *_starting(view, service.viewer, starts),
        _button("delete", _("Delete"), _("Delete the view “{name}”?", name=view.title)),
    ]
    return _form(view, service, parts)


def _shared(view: View, service: ViewerService, starts: dict[bool, View | None]) -> Markup:
    told = Markup("<span>{} <small>{}</small></span>").format(view.title, _("by {person}", person=view.owner))
    return _form(view, service, [told, *_starting(view, service.viewer, starts)])


def _starting(view: View, viewer: Viewer, starts: dict[bool, View | None]) -> list[Markup]:
    mine, all_start = (found is not None and found.id == view.id for found in (starts[False], starts[True]))
    parts = [_button("start", _("Remove as start page") if mine else _("Use as start page"))]
    if viewer.may("administer") and view.audience == EVERYBODY:
        label = _("Remove as everybody’s start page") if all_start else _("Use as everybody’s start page")
        parts.append(_button("start-all", label))
    return parts


def _form(view: View, service: ViewerService, parts: list[Any]) -> Markup:
    sharing = f"/shares/new?{urlencode({'view': view.address, 'title': view.title})}"
    link = Markup('<p class="view-about"><a href="{}">{}</a> <small>{}</small> <a href="{}">{}</a></p>').format(
        view.address, _("Open"), about(view, service), sharing, _("Share link…")
    )
    inside = Markup("").join(parts)
    return Markup('<form method="post" action="/views/{}" class="saved-view">{}{}</form>').format(view.id, link, inside)


def _button(do: str, text: str, ask: str = "") -> Markup:
    return Markup('<button name="do" value="{}"{}>{}</button>').format(do, confirmed(ask), text)
