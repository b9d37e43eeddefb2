"""Entries that several menus have: links, actions and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.language import _
from dashboard.components.controls import action_button
from dashboard.page.menus.opened import Opened
from dashboard.text.formats import Formats


def here(label: str, href: str) -> Component:
    """A link that is followed in the same tab."""
    return html.A(html.Span(label, className="grow"), href=href, className="menu-item", role="menuitem")


def chart_link(label: str, href: str) -> Component:
    """A link to a chart of the application, which lands on it."""
    return html.A(html.Span(label, className="grow"), href=href, className="menu-item chart-link", role="menuitem")


def act(label: str, action: dict[str, Any]) -> Component:
    """An entry that acts on the page."""
    return action_button([html.Span(label, className="grow")], action, className="menu-item", role="menuitem")


def files(opened: Opened, addresses: Mapping[str, str]) -> list[Component]:
    """Links to figures as files, for those who may take them away."""
    viewer = opened.service.viewer
    root = viewer.linked.root if viewer.linked else ""
    return [link(label, f"{root}{href}") for label, href in addresses.items()] if viewer.may("export") else []


def link(label: str, href: str) -> Component:
    """A link that opens a tab of its own."""
    return html.A(
        html.Span(label, className="grow"), href=href, target="_blank", className="menu-item", role="menuitem"
    )


def done() -> Component:
    """On a narrow screen, the button that closes a menu in which several values can be chosen."""
    return html.Div(action_button(_("Done"), {"kind": "done"}, className="apply"), className="only-narrow menu-foot")


def count_head(label: str, shown: int, total: int, f: Formats) -> Component:
    """What the values are of, and how many of them are shown."""
    count = html.Span(_("{shown} of {total}", shown=f.number(shown), total=f.number(total)), className="hint")
    return html.Div([html.Strong(label), count], className="menu-head")


def option_list(rows: list[Any]) -> Component:
    """The list of values."""
    return html.Div(rows or [html.P(_("Nothing matches."), className="hint")], className="menu-options")
