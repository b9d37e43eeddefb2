"""A deck written: the report's slides in a company's template or in our own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from analytics.language import language
from dashboard.report.content import Report
from dashboard.report.deck import template
from dashboard.report.deck.content import slides_of
from dashboard.report.deck.drawing import draw
from dashboard.report.deck.marks import plain
from dashboard.text.formats import formats_of


def deck(report: Report, base: str = "", pattern: Path | None = None) -> bytes:
    """The report as a .pptx. `base`: where the application is reached, for links; `pattern`: a template, whose layouts
    and placeholders are used. RequestError for a template that cannot be."""
    presentation = template.without_slides(template.opened(pattern, "--template"))
    layouts = template.layouts_of(presentation, "--template")
    formats = formats_of(report.view.engine.profile)
    for slide in slides_of(report, base):
        draw(presentation, layouts, slide, formats)
    describe(presentation, report)
    return saved(presentation)


def describe(presentation: Any, report: Report) -> None:
    """The properties of the file: what it is, and in `subject` and `language` what a refresh goes by."""
    properties = presentation.core_properties
    properties.title = plain(f"{report.title}, {report.span}", 200)
    properties.subject = plain(report.address)
    properties.author = "Storesight"
    properties.language = language()
    properties.comments = plain(f"Data version {dict(report.about)['Data version']}", 200)


def saved(presentation: Any) -> bytes:
    """The file's bytes."""
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()
