"""The page "Glossary": what every word on the screens means, each at an address of its own (/glossary#aov)."""

from __future__ import annotations

from dash import html
from flask import Flask, Response

from analytics.language import _
from analytics.metrics import METRICS
from dashboard.answers.service import Service
from dashboard.page.routes import standing_page
from dashboard.text.glossary import GROUPS, Term


def install(server: Flask, _service: Service | None = None) -> None:
    """Add the page."""
    server.add_url_rule("/glossary", "glossary.shown", shown)


def shown() -> Response:
    """The page. It holds no data."""
    text = standing_page(
        _("Glossary"), html.Div([_group(str(title), terms) for title, terms in GROUPS], className="glossary-groups")
    )
    return Response(text, mimetype="text/html", headers={"Cache-Control": "private, no-store"})


def _group(title: str, terms: tuple[Term, ...]) -> html.Section:
    entries = [part for term in sorted(terms, key=lambda t: str(t.label).casefold()) for part in _entry(term)]
    return html.Section([html.H2(title), html.Dl(entries, className="glossary")], className="card-plain standing")


def _entry(term: Term) -> list[html.Dt | html.Dd]:
    metric = METRICS.get(term.name)
    computed = [html.P(_("Computed as: {formula}", formula=metric.formula), className="muted")] if metric else []
    return [html.Dt(str(term.label), id=term.name), html.Dd([html.P(str(term.meaning)), *computed])]
