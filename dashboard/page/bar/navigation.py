"""Links to the pages, and to the tabs of the page that is open; they keep the filters."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from analytics.language import _
from analytics.schema import Schema
from dashboard.components.controls import attributes, icon
from dashboard.screens import Page, Screen


def nav(pages: tuple[Page, ...], current: Page | None, query: str, schema: Schema | None = None) -> list[Component]:
    """Links to the pages, which keep the filters, each to its first tab that shows something of the data set. A page
    without one has no link."""

    def path(page: Page) -> str:
        return page.path if schema is None else page.screens_in(schema)[0].path

    suffix = f"?{query}" if query else ""
    return [
        html.A(
            [
                html.Span("S", className="logo", **attributes(aria_hidden="true")),
                html.Span("Storesight", className="brand-name"),
            ],
            href=f"/overview{suffix}",
            className="brand nav-link-in",
        ),
        html.Ul(
            [
                html.Li(
                    html.A(
                        [icon(p.icon), html.Span(p.title)],
                        href=f"{path(p)}{suffix}",
                        className="nav-item nav-link-in" + (" current" if p is current else ""),
                        title=p.title,
                        **attributes(**({"aria_current": "page"} if p is current else {})),
                    )
                )
                for p in pages
                if schema is None or p.tells(schema) or p is current
            ]
        ),
    ]


def tabs(screen: Screen, query: str, schema: Schema) -> list[Component]:
    """Links to the tabs of the page that show something of this data set, the one that is open marked; none where there
    is no choice."""
    shown = screen.page.screens_in(schema)
    if [s.path for s in shown] == [screen.path]:
        return []
    suffix = f"?{query}" if query else ""
    links = [
        html.A(
            s.tab.title,
            href=f"{s.path}{suffix}",
            className="page-tab nav-link-in",
            **attributes(**({"aria_current": "page"} if s.path == screen.path else {})),
        )
        for s in shown
    ]
    return [
        html.Nav(links, className="page-tabs", **attributes(aria_label=_("Tabs of {page}", page=screen.page.title)))
    ]
