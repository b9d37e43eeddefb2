"""The page "Shared links" and the form of a new one, as HTML that needs no script."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from dash import html
from markupsafe import Markup

from analytics.language import _
from dashboard.answers.viewers import ME, Viewer
from dashboard.components.controls import attributes, confirmed
from dashboard.components.markup import markup
from dashboard.components.refusals import refused
from dashboard.page.routes import standing_page
from dashboard.sharing.shares import LONGEST_DAYS, LONGEST_TITLE, USUAL_DAYS, Share, Terms
from dashboard.text.moments import day


def listed(viewer: Viewer, found: Sequence[Share], made: str = "", terms: Terms | None = None, fault: str = "") -> str:
    """The links that are good now: one's own or, for administrators, all. `made`: the address of a new one with these
    terms, which is shown this once."""
    parts: list[Any] = []
    parts += refused(fault)
    if made and terms:
        parts.append(_made(viewer, made, terms))
    empty = html.P(
        _(
            "There are no shared links yet. Open a page, choose dates and filters, then “Share view” in the bar and "
            "“Share this view”."
        )
    )
    rows: list[Any] = [_row(share, viewer) for share in found]
    parts.append(html.Section([html.H2(_("Active links")), *(rows or [empty])], className="card-plain"))
    return standing_page(_("Shared links"), html.Div(parts, className="adding saved-views"))


def form(
    viewer: Viewer, address: str, title: str, shown: str, days: str, given: Mapping[str, str], fault: str = ""
) -> str:
    """The form of a new link to the view at `address`. `shown` says what the view shows, `days` its dates in words;
    `given` is what was entered in a form that was refused."""
    fields: list[Any] = [
        Markup('<input type="hidden" name="address" value="{}">').format(address),
        _text("title", _("Name"), title, f'required maxlength="{LONGEST_TITLE}"'),
        _choices(
            "frozen",
            _("Figures"),
            [
                ("", _("Live"), _("dates such as “last month” and figures follow the data")),
                ("yes", _("Frozen"), _("{range}, with the data as they are now", range=days)),
            ],
            given.get("frozen", ""),
        ),
        _choices("who", _("Who can open it"), _readers(viewer), given.get("who", "")),
        *(_published(given) if viewer.may("publish") else []),
        _text(
            "days",
            _("Expires after (days)"),
            given.get("days", str(USUAL_DAYS)),
            f'type="number" min="1" max="{LONGEST_DAYS}" required',
        ),
        html.Button(_("Create link"), type="submit", className="apply"),
    ]
    posted = Markup('<form method="post" action="/shares" class="sharing">{}</form>').format(markup(fields))
    section = html.Section([html.P(shown, className="muted"), *refused(fault), posted], className="card-plain")
    return standing_page(_("Share a view"), html.Div([section], className="adding"))


def _readers(viewer: Viewer) -> list[tuple[str, str, str]]:
    own = ("people", _("People who sign in"), _("each sees what they may see"))
    if viewer.name == ME:
        own = ("people", _("Only you"), _("on this machine"))
    if not viewer.may("publish"):
        return [own]
    told = _("without a login; they see what you see on this page, without targets and notes")
    return [own, ("anybody", _("Anybody with the link"), told)]


def _published(given: Mapping[str, str]) -> list[Any]:
    """What only a link without a login needs to say."""
    changeable = _("They may change dates, filters and options, and so see all that you may see here")
    return [
        Markup('<fieldset class="published"><legend>{}</legend>{}{}{}{}</fieldset>').format(
            _("Without a login"),
            _tick("changeable", changeable, given),
            _tick("lines", _("They may open order lines"), given),
            _tick("files", _("They may download figures"), given),
            Markup('<label class="field">{}<input name="parents" value="{}" placeholder="{}"></label>').format(
                _("Websites that may embed it, separated by spaces"),
                given.get("parents", ""),
                "https://portal.example.com",
            ),
        )
    ]


def _openers(viewer: Viewer, address: str, terms: Terms) -> str:
    """Who can open a new link, as a sentence."""
    if terms.public:
        return _("It works on this machine only.") if _loopback(address) else _("Anyone who has it can open it.")
    return (
        _("Only you can open it, on this machine.")
        if viewer.name == ME
        else _("Whoever has it and signs in can open it.")
    )


def _loopback(address: str) -> bool:
    """Whether only this machine reaches the address."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _made(viewer: Viewer, address: str, terms: Terms) -> html.Section:
    told = [_("Copy this link now: it is not shown again."), " ", _openers(viewer, address, terms)]
    box = Markup('<input class="link" readonly value="{}" aria-label="{}">').format(address, _("The new link"))
    copy = html.Button(_("Copy link"), type="button", className="apply", **attributes(data_copy=".link"))
    parts: list[Any] = [html.H2(_("Your link")), html.P(told), box, html.P(copy)]
    if terms.parents:
        frame = f'<iframe src="{address}" title="Storesight" width="100%" height="900" style="border:0"></iframe>'
        text = Markup('<textarea class="link" readonly rows="3" aria-label="{}">{}</textarea>')
        parts += [html.P(_("To embed it in another website:")), text.format(_("HTML to embed it"), frame)]
    return html.Section(parts, className="card-plain")


def _row(share: Share, viewer: Viewer) -> Markup:
    terms = share.terms
    facts = [
        _("without a login") if terms.public else _for_people(viewer),
        _("frozen") if terms.version else "",
        _("dates and filters can be changed") if terms.changeable else "",
        _("with order lines") if terms.lines else "",
        _("with downloads") if terms.files else "",
        _("embedded in {sites}", sites=", ".join(terms.parents)) if terms.parents else "",
        _("by {person}", person=share.person) if share.subject != viewer.name else "",
        _("until {day}", day=day(share.expires_at)),
        _opened(share),
        _("paused until its owner signs in again") if share.rests and terms.public else "",
    ]
    ends = confirmed(_("Turn off the link “{name}”? It stops working for everybody.", name=share.title))
    return Markup(
        '<form method="post" action="/shares/{}" class="saved-view"><a href="{}?{}">{}</a>'
        "<span>{} <small>{}</small></span><button{}>{}</button></form>"
    ).format(
        share.id,
        terms.page,
        terms.query,
        _("Open"),
        share.title,
        " · ".join(filter(None, facts)),
        ends,
        _("Turn off link"),
    )


def _for_people(viewer: Viewer) -> str:
    return _("for you, on this machine") if viewer.name == ME else _("for people who sign in")


def _opened(share: Share) -> str:
    if not share.opens:
        return _("not opened yet")
    return _("opened {times:time|times}, last on {day}", times=share.opens, day=day(share.opened_at))


def _text(name: str, label: str, value: str, more: str) -> Markup:
    box = Markup('<label class="field">{}<input name="{}" value="{}" {}></label>')
    return box.format(label, name, value, Markup(more))


def _tick(name: str, label: str, given: Mapping[str, str]) -> Markup:
    ticked = Markup(" checked") if given.get(name) == "yes" else ""
    return Markup('<label class="tick-line"><input type="checkbox" name="{}" value="yes"{}> {}</label>').format(
        name, ticked, label
    )


def _choices(name: str, legend: str, choices: Sequence[tuple[str, str, str]], chosen: str) -> Markup:
    """Choices of which one is ticked: the chosen one, else the first."""
    ticked = chosen if chosen in [value for value, _label, _hint in choices] else choices[0][0]
    line = Markup('<label class="tick-line"><input type="radio" name="{}" value="{}"{}> {} <small>{}</small></label>')
    rows = [
        line.format(name, value, Markup(" checked") if value == ticked else "", label, hint)
        for value, label, hint in choices
    ]
    return Markup("<fieldset><legend>{}</legend>{}</fieldset>").format(legend, Markup("").join(rows))
