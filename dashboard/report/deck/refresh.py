"""A deck brought up to date: figures, sentences and receipts that Storesight wrote are replaced. What the author did
stays: places and sizes, formats, own slides and shapes, and every text or number that somebody edited."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pptx.enum.chart import XL_CHART_TYPE

from analytics.errors import RequestError
from analytics.language import supported
from dashboard.report.content import Report
from dashboard.report.deck import template
from dashboard.report.deck.charts import chart_data, number_text, plot_content, room_below
from dashboard.report.deck.content import NOTHING, Grid, Plot, Slide, Text, slides_of
from dashboard.report.deck.drawing import RECEIPT, receipt_lines, texts_of
from dashboard.report.deck.marks import LONGEST_CELL, digest, name_of, plain, read_listed, read_name
from dashboard.report.deck.writing import describe, saved
from dashboard.text.formats import Formats, formats_of

WITH_CATEGORIES = frozenset(
    {
        XL_CHART_TYPE.BAR_CLUSTERED, XL_CHART_TYPE.BAR_STACKED, XL_CHART_TYPE.BAR_STACKED_100,
        XL_CHART_TYPE.COLUMN_CLUSTERED, XL_CHART_TYPE.COLUMN_STACKED, XL_CHART_TYPE.COLUMN_STACKED_100,
        XL_CHART_TYPE.LINE, XL_CHART_TYPE.LINE_MARKERS, XL_CHART_TYPE.LINE_STACKED, XL_CHART_TYPE.AREA,
        XL_CHART_TYPE.AREA_STACKED, XL_CHART_TYPE.PIE, XL_CHART_TYPE.DOUGHNUT,
    }
)  # fmt: skip
SENTENCES = (".told", ".stories", ".actions")  # how the keys end of what stands only while it is true
_COUNT = re.compile(r" \([^()]*\)$")  # of a title: "Best sellers (8 of 32)"
Element = Text | Plot | Grid


@dataclass
class Refreshed:
    """What became of a deck: how many shapes were replaced; the ones that somebody edited, with their slide; sentences
    that are no longer true; what there are no figures for any more; and what the report has that the deck does not."""

    replaced: int = 0
    edited: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """All of it in sentences."""
        yield f"{self.replaced} texts, charts and tables were brought up to date."
        if self.edited:
            yield f"Left as they are, because somebody edited them: {'; '.join(self.edited)}."
        if self.emptied:
            yield f"Emptied, because they are no longer true: {'; '.join(self.emptied)}."
        if self.gone:
            yield f"Left as they are, because there are no figures for them now: {'; '.join(self.gone)}."
        if self.absent:
            yield f"Not in this deck: {'; '.join(self.absent)}."


def view_of(path: Path) -> str:
    """The query of the view that a deck shows, as its properties name it; "" where they name none. RequestError for a
    file that is no deck of Storesight's."""
    presentation = template.opened(path, "--refresh")
    if not any(next(known_shapes(slide), None) for slide in presentation.slides):
        hint = "Make one with --format pptx; what was written by hand is not changed."
        raise RequestError(f"{path.name!r} has nothing that Storesight wrote.", where="--refresh", hint=hint)
    _, _, query = (presentation.core_properties.subject or "").partition("?")
    return str(query)


def language_of(path: Path) -> str:
    """The language of a deck's words, as its properties name it; "" where they name none of ours."""
    return supported(template.opened(path, "--refresh").core_properties.language or "")


def refresh(path: Path, report: Report, base: str = "") -> tuple[bytes, Refreshed]:
    """The deck with the report's figures, and what became of it."""
    presentation = template.opened(path, "--refresh")
    formats = formats_of(report.view.engine.profile)
    slides = slides_of(report, base)
    fresh = {part.key: part for slide in slides for part in slide.parts}
    receipts = {slide.key: slide for slide in slides}
    told = Refreshed()
    seen: set[str] = set()
    for number, slide in enumerate(presentation.slides, 1):
        kept = []
        for shape, key, written in known_shapes(slide):
            seen.add(key)
            label = f"{_label(fresh.get(key), shape)} on slide {number}"
            if _edited(shape, written):
                told.edited.append(label)
            elif key not in fresh and key.endswith(SENTENCES):
                told.emptied.append(label)
                _replace(shape, Text(key, "text", (NOTHING,)), formats)
            elif key not in fresh:
                told.gone.append(label)
            else:
                _replace(shape, fresh[key], formats)
                told.replaced += 1
                kept.append(key)
        _receipt(slide, kept, receipts)
    told.absent = [name for slide in slides for name in _absent(slide, seen)]
    describe(presentation, report)
    return saved(presentation), told


def known_shapes(slide: Any) -> Iterator[tuple[Any, str, str]]:
    """The shapes of a slide that Storesight wrote, with their keys and digests: by their names, and placeholders that
    have lost theirs by a text that fits a mark in the notes."""
    left = _marks(slide)
    unnamed = []
    for shape in slide.shapes:
        known = read_name(shape.name)
        if known is not None:
            left.pop(known[0], None)
            yield shape, *known
        elif shape.is_placeholder and shape.has_text_frame:
            unnamed.append(shape)
    by_digest = {written: key for key, written in left.items()}
    for shape in unnamed:
        written = _digest_of(shape)
        if written in by_digest:
            yield shape, by_digest.pop(written), written


def _marks(slide: Any) -> dict[str, str]:
    if not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
        return {}
    lines = slide.notes_slide.notes_text_frame.text.split("\n")
    return {key: written for line in lines for key, written in read_listed(line.strip()).items()}


def _absent(slide: Slide, seen: set[str]) -> Iterator[str]:
    """What of a slide a deck does not have: its charts and tables, and its sentences."""
    for part in slide.parts:
        if part.key in seen:
            continue
        if isinstance(part, (Plot, Grid)):
            yield f"“{part.title}”"
        elif part.key.endswith(SENTENCES):
            yield f"the sentences of “{plain(slide.texts[0].lines[0], 60)}”"


def _label(part: Element | None, shape: Any) -> str:
    if isinstance(part, (Plot, Grid)):
        return f"“{part.title}”"
    if shape.has_text_frame:
        return f"“{plain(shape.text_frame.text, 40)}”"
    known = read_name(shape.name)
    return f"“{known[0] if known else shape.name}”"


def _edited(shape: Any, written: str) -> bool:
    """Whether the shape no longer holds what Storesight wrote there, or can no longer hold it."""
    if getattr(shape, "has_chart", False):
        chart = shape.chart
        return chart.chart_type not in WITH_CATEGORIES or digest(_chart_content(chart)) != written
    if getattr(shape, "has_table", False):
        return digest(_table_content(shape.table)) != written
    return not shape.has_text_frame or _digest_of(shape) != written


def _digest_of(shape: Any) -> str:
    return digest(paragraph.text for paragraph in shape.text_frame.paragraphs)


def _chart_content(chart: Any) -> list[str]:
    """As drawing.plot_content, of a chart in a file."""
    plots = list(chart.plots)
    return [
        *(str(label) for label in plots[0].categories),
        *(part for plot in plots for series in plot.series for part in (series.name, *map(number_text, series.values))),
    ]


def _table_content(table: Any) -> list[str]:
    return [cell.text_frame.text for row in table.rows for cell in row.cells]


def _replace(shape: Any, part: Element, formats: Formats) -> None:
    if isinstance(part, Plot):
        _replace_plot(shape.chart, part, formats)
        shape.name = name_of(part.key, plot_content(part.native))
    elif isinstance(part, Grid):
        _replace_table(shape, part)
    else:
        lines = [line for line in texts_of(part) if line] if part.role in ("text", "bullets") else texts_of(part)
        _replace_text(shape.text_frame, lines)
        shape.name = name_of(part.key, lines)


def _replace_plot(chart: Any, plot: Plot, formats: Formats) -> None:
    """New numbers in the chart that is there, and in its title how many of how many it shows. An axis that begins below
    zero gets the new numbers' room; one that the author set free stays so."""
    chart.replace_data(chart_data(plot.native, formats))
    if chart.chart_type == XL_CHART_TYPE.BAR_CLUSTERED and chart.value_axis.minimum_scale is not None:
        chart.value_axis.minimum_scale = room_below(plot.native)
    title = chart.chart_title.text_frame if chart.has_title and chart.chart_title.has_text_frame else None
    if title is not None and _COUNT.sub("", title.text) == _COUNT.sub("", plot.title):
        _replace_text(title, [plain(plot.title, LONGEST_CELL)])


def _replace_text(frame: Any, lines: list[str]) -> None:
    """New texts in the paragraphs that are there, with their formats; further ones look like the last."""
    body = frame._txBody
    for _ in range(len(lines) - len(frame.paragraphs)):
        body.append(copy.deepcopy(frame.paragraphs[-1]._p))
    for paragraph in frame.paragraphs[len(lines) :]:
        body.remove(paragraph._p)
    for paragraph, line in zip(frame.paragraphs, lines, strict=True):
        runs = paragraph.runs
        for run in runs[1:]:
            paragraph._p.remove(run._r)
        run = runs[0] if runs else paragraph.add_run()
        run.text = line


def _replace_table(shape: Any, grid: Grid) -> None:
    """New cells in the rows that are there; further rows look like the last."""
    table = shape.table
    rows = (grid.table.head, *grid.table.rows)
    listed = table._tbl
    for _ in range(len(rows) - len(table.rows)):
        listed.append(copy.deepcopy(listed.tr_lst[-1]))
    for row in listed.tr_lst[len(rows) :]:
        listed.remove(row)
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, (text, _) in zip(row.cells, cells, strict=False):
            _replace_text(cell.text_frame, [plain(text, LONGEST_CELL)])
    shape.name = name_of(grid.key, _table_content(table))


def _receipt(slide: Any, keys: list[str], receipts: dict[str, Slide]) -> None:
    """The receipt in the notes, of the slide's figures as they are now; what else stands in the notes stays."""
    found = next((receipts[head] for key in keys if (head := _slide_key(key)) in receipts), None)
    if found is None or not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
        return
    frame = slide.notes_slide.notes_text_frame
    lines = [paragraph.text for paragraph in frame.paragraphs]
    if not set(RECEIPT) <= set(lines):
        return
    begin, end = lines.index(RECEIPT[0]), lines.index(RECEIPT[1])
    frame.text = "\n".join([*lines[:begin], *receipt_lines(found.receipt, slide), *lines[end + 1 :]])


def _slide_key(key: str) -> str:
    return key.partition(".")[0]
