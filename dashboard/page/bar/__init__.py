"""What stands around the cards and follows the address: navigation, bar with its controls and chips, footer."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from analytics.engines.base import Engine
from analytics.language import N_, _
from analytics.selection import Resolved, Selection
from dashboard.answers.viewers import LinkedView
from dashboard.components.controls import action_button, attributes, icon, menu_button, theme_button
from dashboard.page.bar.chips import chips, fixed_chips, ways_to_lines
from dashboard.page.bar.controls import controls
from dashboard.page.bar.foot import foot, printed
from dashboard.page.bar.navigation import nav, tabs
from dashboard.screens import Screen
from dashboard.text.formats import formats_of

__all__ = ["bar", "foot", "linked_bar", "nav", "printed", "tabs"]


def bar(
    screen: Screen,
    selection: Selection,
    now: Resolved,
    engine: Engine,
    dropped: tuple[str, ...],
    *,
    views: bool = False,
    lines: bool = False,
    files: bool = False,
) -> list[Component]:
    """Title, data set and of when it is, saved `views` where somebody is signed in, ways to share and take away, time
    controls, filters and chips, with the ways to the order `lines` of the selection, on the page and as `files`."""
    last = formats_of(engine.profile).day(engine.bounds.complete.last) if engine.bounds.span.days else ""
    until = [html.Span(_("Data through {day}", day=last), className="hint roomy")] if last else []
    top = html.Div(
        [
            html.H1(screen.page.title),
            *tabs(screen, selection.to_query(), engine.schema),
            html.Div(
                [
                    *until,
                    menu_button("data", html.Span([icon("database"), " ", engine.profile.title]), label=_("Data set")),
                    *([menu_button("views", icon("bookmark"), label=_("Views"), bare=True)] if views else []),
                    _in_bar("share", "share", _("Share view")),
                    _in_bar("export", "download", _("Export")),
                    action_button(
                        html.Span(icon("search"), title=_("Search")),
                        {"kind": "palette"},
                        label=_("Search"),
                        className="menu-button icon-only",
                    ),
                    theme_button(),
                    menu_button("page", icon("three-dots"), label=_("This page"), bare=True),
                    *([menu_button("account", icon("person-circle"), label=_("Account"), bare=True)] if views else []),
                ],
                className="bar-tools",
            ),
        ],
        className="bar-top",
    )
    return [
        top,
        controls(selection, now, engine),
        chips(selection, engine, dropped, ways_to_lines(selection, lines, lines and files)),
    ]


def _in_bar(menu: str, picture: str, label: str) -> Component:
    """A button of the bar whose menu has a word next to its picture where there is room for it."""
    return menu_button(menu, [icon(picture), html.Span(label, className="roomy")], label=label, bare=True)


def linked_bar(
    linked: LinkedView,
    screen: Screen,
    selection: Selection,
    now: Resolved,
    engine: Engine,
    dropped: tuple[str, ...],
    current: str,
) -> list[Component]:
    """The bar of a page that a link shows: who shares it and of when the data are. Without the data set, the other
    pages and what belongs to a person; the dates and filters are only named unless the link lets one change them.
    `current`: the version of the data that the application shows now."""
    f = formats_of(engine.profile)
    there = f"{screen.path}?{selection.to_query()}"
    way = [html.A(_("Open in Storesight"), href=there, className="menu-button", **attributes(data_out="1"))]
    top = html.Div(
        [
            html.H1(linked.title or screen.title),
            html.Div([*(way if linked.signed_in else []), theme_button()], className="bar-tools"),
        ],
        className="bar-top",
    )
    frozen = N_("Frozen with the data through {day}") if linked.version else N_("Data through {day}")
    kept = _(frozen.template, day=f.day(engine.bounds.complete.last))
    about = " · ".join(filter(None, [linked.told, kept]))
    shown = [top, html.P([about, *_age(linked, engine, current)], className="watermark")]
    if linked.changeable:
        return [*shown, controls(selection, now, engine), chips(selection, engine, dropped)]
    versus = f" · {_('compared with {span}', span=f.span(now.base))}" if now.base is not None else ""
    return [
        *shown,
        html.P(f"{f.span(now.span)}{versus}", className="span-words"),
        fixed_chips(selection, engine, dropped),
    ]


def _age(linked: LinkedView, engine: Engine, current: str) -> list[Component]:
    """What there is to say of the version that a link keeps."""
    if not linked.version:
        return []
    if engine.version.partition("~")[0] != linked.version:
        text = _("the data that were shared are no longer kept: these are today’s figures for the same dates")
        return [html.Strong(f" · {text}")]
    return [] if linked.version == current else [html.Strong(f" · {_('newer data exist')}")]
