"""The page "Shared links" and the form of a new one, as HTML that needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from markupsafe import Markup

from dashboard.answers.viewers import Viewer
from dashboard.components.controls import attributes, confirmed
from dashboard.components.markup import markup
from dashboard.page.routes import standing_page
from dashboard.sharing.shares import LONGEST_DAYS, LONGEST_TITLE, USUAL_DAYS, Share
from dashboard.text.moments import day


def listed(viewer: Viewer, found: Sequence[Share], made: str = "", framed: bool = False, fault: str = "") -> str:
    """The links that are good now: one's own or, for administrators, all. `made`: the address of a new one, which is
    shown this once; `framed`: whether other sites may show it."""
    parts: list[Any] = []
    if fault:
        parts.append(html.P(fault, className="fault", role="alert"))
    if made:
        parts.append(_made(made, framed=framed))
    empty = html.P(
        "There are no shared links yet. Open a page, choose dates and filters, then “…” and “Share this view”."
    )
    rows: list[Any] = [_row(share, viewer) for share in found]
    parts.append(html.Section([html.H2("Links that work now"), *(rows or [empty])], className="card-plain"))
    return standing_page("Shared links", html.Div(parts, className="adding saved-views"))


def form(viewer: Viewer, address: str, title: str, shown: str, days: str, fault: str = "") -> str:
    """The form of a new link to the view at `address`. `shown` says what the view shows, `days` its dates in words."""
    told = [html.P(f"{fault[:1].upper()}{fault[1:]}", className="fault", role="alert")] if fault else []
    fields: list[Any] = [
        Markup('<input type="hidden" name="address" value="{}">').format(address),
        _text("title", "Name", title, f'required maxlength="{LONGEST_TITLE}"'),
        _choices(
            "frozen",
            "Figures",
            [
                ("", "Live", "dates in words and figures move on with the data"),
                ("yes", "Frozen", f"{days}, with the data as they are now"),
            ],
        ),
        _choices("who", "Who can open it", _readers(viewer)),
        *(_published() if viewer.may("publish") else []),
        _text("days", "Days until it ends", str(USUAL_DAYS), f'type="number" min="1" max="{LONGEST_DAYS}" required'),
        html.Button("Make the link", type="submit", className="apply"),
    ]
    posted = Markup('<form method="post" action="/shares" class="sharing">{}</form>').format(markup(fields))
    section = html.Section([html.P(shown, className="muted"), *told, posted], className="card-plain")
    return standing_page("Share a view", html.Div([section], className="adding"))


def _readers(viewer: Viewer) -> list[tuple[str, str, str]]:
    own = ("people", "People who sign in", "each sees what they may see themselves")
    if not viewer.may("publish"):
        return [own]
    return [own, ("anybody", "Anybody who has the link", "without a login; they see what you may see of this page")]


def _published() -> list[Any]:
    """What only a link without a login needs to say."""
    return [
        Markup('<fieldset class="published"><legend>Without a login</legend>{}{}{}{}</fieldset>').format(
            _tick("changeable", "They may change dates, filters and options: everything on this page that you may see"),
            _tick("lines", "They may open order lines"),
            _tick("files", "They may take figures away as files"),
            Markup('<label class="field">{}<input name="parents" value="" placeholder="{}"></label>').format(
                "Sites that may show it inside their pages, separated by spaces", "https://portal.example.com"
            ),
        )
    ]


def _made(address: str, *, framed: bool) -> html.Section:
    told = "Copy this link now. It is not shown again; whoever has it may open it."
    box = Markup('<input class="link" readonly value="{}" aria-label="The new link">').format(address)
    copy = html.Button("Copy the link", type="button", className="apply", **attributes(data_copy=".link"))
    parts: list[Any] = [html.H2("The link"), html.P(told), box, html.P(copy)]
    if framed:
        frame = f'<iframe src="{address}" title="Storesight" width="100%" height="900" style="border:0"></iframe>'
        text = Markup('<textarea class="link" readonly rows="3" aria-label="For another site">{}</textarea>')
        parts += [html.P("For the page of another site:"), text.format(frame)]
    return html.Section(parts, className="card-plain")


def _row(share: Share, viewer: Viewer) -> Markup:
    terms = share.terms
    facts = [
        "without a login" if terms.public else "for people who sign in",
        "frozen" if terms.version else "",
        "dates and filters can be changed" if terms.changeable else "",
        "with order lines" if terms.lines else "",
        "with files" if terms.files else "",
        f"inside {', '.join(terms.parents)}" if terms.parents else "",
        f"by {share.person}" if share.subject != viewer.name else "",
        f"until {day(share.expires_at)}",
        _opened(share),
        "rests until its owner signs in again" if share.rests and terms.public else "",
    ]
    ends = confirmed(f"End the link “{share.title}”? Whoever has it sees nothing any more.")
    return Markup(
        '<form method="post" action="/shares/{}" class="saved-view"><a href="{}?{}">Open</a>'
        "<span>{} <small>{}</small></span><button{}>End this link</button></form>"
    ).format(share.id, terms.page, terms.query, share.title, " · ".join(filter(None, facts)), ends)


def _opened(share: Share) -> str:
    if not share.opens:
        return "not opened yet"
    often = "once" if share.opens == 1 else f"{share.opens} times, the last time"
    return f"opened {often} on {day(share.opened_at)}"


def _text(name: str, label: str, value: str, more: str) -> Markup:
    box = Markup('<label class="field">{}<input name="{}" value="{}" {}></label>')
    return box.format(label, name, value, Markup(more))


def _tick(name: str, label: str) -> Markup:
    return Markup('<label class="tick-line"><input type="checkbox" name="{}" value="yes"> {}</label>').format(
        name, label
    )


def _choices(name: str, legend: str, choices: Sequence[tuple[str, str, str]]) -> Markup:
    line = Markup('<label class="tick-line"><input type="radio" name="{}" value="{}"{}> {} <small>{}</small></label>')
    rows = [
        line.format(name, value, Markup(" checked") if n == 0 else "", label, hint)
        for n, (value, label, hint) in enumerate(choices)
    ]
    return Markup("<fieldset><legend>{}</legend>{}</fieldset>").format(legend, Markup("").join(rows))
