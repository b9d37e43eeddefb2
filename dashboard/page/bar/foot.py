"""Of when the data are: the footer, and the head of every printed page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html
from markupsafe import Markup

from analytics.engines.base import Engine
from analytics.language import _
from analytics.selection import Resolved
from dashboard.answers.viewers import LinkedView
from dashboard.components.controls import menu_button
from dashboard.components.markup import css_string
from dashboard.text.formats import formats_of
from dashboard.text.moments import moment
from dashboard.text.selections import head_of


def foot(engine: Engine, query: str, linked: LinkedView | None = None) -> list[Any]:
    """Freshness and quality: through which day, loaded when, zone, currency, rows left out and why. On the page of a
    link it leads nowhere."""
    p = engine.profile
    f = formats_of(p)
    last = engine.bounds.complete.last
    parts = [
        _("Data through {day}", day=f.day(last)) if engine.bounds.span.days else _("No orders that you may see"),
        _("loaded {moment} UTC", moment=moment(int(datetime.fromisoformat(engine.loaded_at).timestamp()))),
        _("time zone {zone}", zone=p.time_zone),
        p.currency,
    ]
    said: list[Any] = [html.Span(" · ".join(parts))]
    if linked is not None:
        return [html.Span(" · ".join(filter(None, [*parts, linked.told])))]
    if engine.quality is not None:
        left_out = engine.quality.rows_left_out
        left = menu_button(
            "quality",
            _("{rows:row|rows} left out", rows=f.count(left_out)) if left_out else _("no rows left out"),
            small=True,
        )
        said += [html.Span(" · "), left]
    ledger = html.A(
        _("ledger"), href=f"/reconciliation?{query}" if query else "/reconciliation", className="nav-link-in"
    )
    said += [html.Span(" · "), ledger]
    return said


def printed(now: Resolved, engine: Engine) -> Markup:
    """What stands on top of every page when the browser prints (assets/p-print.css). For paper alone: on a screen each
    click would have the style of every element of the page computed again."""
    return Markup(f"<style media='print'>:root {{ --head: {css_string(head_of(now, engine))}; }}</style>")
