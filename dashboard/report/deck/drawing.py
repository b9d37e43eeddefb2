"""Slides drawn: texts, native charts and tables, each named after what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE, MSO_THEME_COLOR
from pptx.enum.shapes import MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Pt

from dashboard.report.deck.content import Grid, Plot, Slide, Text
from dashboard.report.deck.marks import LONGEST_CELL, cell, listed, name_of, plain
from dashboard.report.deck.native import Kind, Native, number_format
from dashboard.report.deck.template import TITLES, Layouts, Place, feet_of
from dashboard.text.formats import Formats

TYPES: dict[Kind, Any] = {
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
}
TONES = {"better": RGBColor(0x0B, 0x7A, 0x4B), "worse": RGBColor(0xC0, 0x36, 0x2C)}
GREY = RGBColor(0xA9, 0xB1, 0xBF)
QUIET = RGBColor(0x5A, 0x63, 0x75)
GRID = RGBColor(0xE3, 0xE7, 0xED)
GAP = 0.03  # of the room's width
LETTER = 0.53  # width of a letter as a share of its size, on average
LINE = 1.22
MOST_LABELLED = 12  # columns that carry their numbers
RECEIPT = ("Receipt by Storesight", "End of the receipt")


def draw(presentation: Any, layouts: Layouts, slide: Slide, formats: Formats) -> None:
    """Add the slide to the presentation."""
    layout = layouts.cover if slide.kind == "cover" else layouts.content
    made = presentation.slides.add_slide(layout)
    feet = feet_of(made, layout)
    by_role: dict[str, Text] = {text.role: text for text in slide.texts}
    _titles(made, slide, by_role, layouts)
    foot = by_role.get("foot")
    if foot is not None:
        _foot(made, foot, feet, presentation)
    if slide.kind == "summary":
        _summary(made, slide, layouts.room)
    elif slide.kind != "cover":
        _tab(made, slide, layouts.room, formats)
    for shape in list(made.placeholders):  # "Click to add text"
        if not shape.has_text_frame or not shape.text_frame.text:
            shape.element.getparent().remove(shape.element)
    made.notes_slide.notes_text_frame.text = "\n".join(receipt_lines(slide.receipt, made))


def receipt_lines(receipt: Sequence[str], made: Any) -> list[str]:
    """The receipt between two lines by which a refresh finds it, with the marks of the slide's placeholders."""
    marks = listed(shape.name for shape in made.placeholders)
    return [RECEIPT[0], *(plain(line) for line in receipt), marks, RECEIPT[1]]


def texts_of(text: Text) -> list[str]:
    """The paragraphs of a text, as they may stand in a file."""
    return [plain(line) for line in text.lines]


def _titles(made: Any, slide: Slide, by_role: dict[str, Text], layouts: Layouts) -> None:
    holders = {shape.placeholder_format.type: shape for shape in made.placeholders}
    title = next(holders[kind] for kind in TITLES if kind in holders)
    lines = texts_of(by_role["title"])
    title.text_frame.text = lines[0]
    if slide.kind != "cover":
        points = fitting(lines, title.width, title.height or Pt(60), most=24, least=14)
        title.text_frame.paragraphs[0].runs[0].font.size = Pt(points)
    _mark(title, by_role["title"])
    second = by_role.get("subtitle")
    if second is None:
        return
    holder = holders.get(PP_PLACEHOLDER.SUBTITLE)
    room = layouts.room
    shape = holder or made.shapes.add_textbox(room.left, room.top + room.height // 2, room.width, room.height // 3)
    _fill(shape.text_frame, texts_of(second))
    _mark(shape, second)


def _mark(shape: Any, text: Text) -> None:
    shape.name = name_of(text.key, texts_of(text))


def _foot(made: Any, foot: Text, feet: dict[Any, Any], presentation: Any) -> None:
    """Company, range, comparison and filters, where the template has its footer; else at the bottom."""
    shape = feet.get(PP_PLACEHOLDER.FOOTER)
    if shape is None:
        wide, high = presentation.slide_width, presentation.slide_height
        shape = made.shapes.add_textbox(wide // 24, round(high * 0.94), wide - wide // 6, round(high * 0.05))
    shape.text_frame.text = texts_of(foot)[0]
    shape.text_frame.paragraphs[0].runs[0].font.size = Pt(9)
    shape.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    _mark(shape, foot)


def _summary(made: Any, slide: Slide, room: Place) -> None:
    """Key figures in a row; below them what happened, and what needs action."""
    tiles = [text for text in slide.texts if text.role == "tile"]
    gap = round(room.width * GAP / 2)
    high = round(room.height * 0.235) if tiles else 0
    each = (room.width - gap * (len(tiles) - 1)) // max(len(tiles), 1)
    for i, tile in enumerate(tiles):
        _tile(made, tile, Place(room.left + i * (each + gap), room.top, each, high))
    lists = [text for text in slide.texts if text.role == "bullets"]
    top = room.top + high + (gap if tiles else 0)
    below = room.height - (top - room.top)
    wide = room.width if len(lists) == 1 else round((room.width - gap) * 0.58)
    places = [Place(room.left, top, wide, below), Place(room.left + wide + gap, top, room.width - wide - gap, below)]
    points = min((_list_points(text, place, 15) for text, place in zip(lists, places, strict=False)), default=15)
    for text, place in zip(lists, places, strict=False):
        _bullets(made, text, place, most=points)


def _tile(made: Any, tile: Text, place: Place) -> None:
    shape = made.shapes.add_shape(MSO_SHAPE.RECTANGLE, place.left, place.top, place.width, place.height)
    shape.fill.solid()
    shape.fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_1
    shape.fill.fore_color.brightness = 0.9
    shape.line.fill.background()
    shape.shadow.inherit = False
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    lines = texts_of(tile)
    _fill(frame, lines)
    for paragraph, points in zip(frame.paragraphs, (12, 26, 12), strict=False):
        font = paragraph.runs[0].font
        font.size = Pt(fitting([paragraph.text], place.width - Pt(16), Pt(points * LINE), most=points, least=9))
        font.color.theme_color = MSO_THEME_COLOR.TEXT_1
        paragraph.alignment = PP_ALIGN.LEFT
    frame.paragraphs[1].runs[0].font.bold = True
    if tile.tone in TONES:
        frame.paragraphs[2].runs[0].font.color.rgb = TONES[tile.tone]
    _mark(shape, tile)


def _bullets(made: Any, text: Text, place: Place, most: int) -> Any:
    """A list below a heading; without one where the heading is empty. The template's own list where it is free."""
    free = [
        s
        for s in made.placeholders
        if s.placeholder_format.type in (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY) and not s.text_frame.text
    ]
    shape = free[0] if free else made.shapes.add_textbox(place.left, place.top, place.width, place.height)
    shape.left, shape.top, shape.width, shape.height = (
        Emu(place.left), Emu(place.top), Emu(place.width), Emu(place.height),
    )  # fmt: skip
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    head, *items = texts_of(text)
    lines = [head, *items] if head else items
    _fill(frame, lines)
    points = _list_points(text, place, most)
    for i, paragraph in enumerate(frame.paragraphs):
        paragraph.space_after = Pt(4)
        paragraph.space_before = Pt(0)
        paragraph.runs[0].font.size = Pt(points)
        if head and i == 0:
            _no_bullet(paragraph)
            paragraph.runs[0].font.bold = True
        elif not free:
            paragraph.runs[0].text = paragraph.text
            _bullet(paragraph)
    shape.name = name_of(text.key, lines)
    return shape


def _list_points(text: Text, place: Place, most: int) -> int:
    """The size of a list's letters."""
    lines = [line for line in texts_of(text) if line]
    return fitting(lines, place.width - Pt(24), place.height - Pt(10) - Pt(4 * len(lines)), most=most, least=9)


def _no_bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(properties.makeelement(_a("buNone"), {}))


def _bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "171450")
    properties.set("indent", "-171450")
    properties.append(properties.makeelement(_a("buFont"), {"typeface": "Arial"}))
    properties.append(properties.makeelement(_a("buChar"), {"char": "•"}))


def _a(name: str) -> str:
    return f"{{http://schemas.openxmlformats.org/drawingml/2006/main}}{name}"


def _tab(made: Any, slide: Slide, room: Place, formats: Formats) -> None:
    """What is to be said on top, charts or a table below; or a list alone."""
    told = next((text for text in slide.texts if text.role in ("text", "bullets")), None)
    top = room.top
    if told is not None:
        alone = not slide.exhibits
        text = told if told.role == "bullets" else Text(told.key, "bullets", ("", *told.lines))
        high = room.height if alone else round(room.height * 0.2)
        _bullets(made, text, Place(room.left, top, room.width, high), most=14)
        top += high
    gap = round(room.width * GAP)
    count = len(slide.exhibits)
    each = (room.width - gap * (count - 1)) // max(count, 1)
    for i, exhibit in enumerate(slide.exhibits):
        place = Place(room.left + i * (each + gap), top, each, room.top + room.height - top)
        if isinstance(exhibit, Plot):
            add_plot(made, exhibit, place, formats)
        else:
            _grid(made, exhibit, place)


# --- charts


def chart_data(native: Native, formats: Formats) -> Any:
    """The numbers of a chart as its workbook holds them: texts are texts, never formulas."""
    data = CategoryChartData(number_format=number_format(native, formats))
    data.categories = [cell(label) for label in native.categories]
    for name, values in native.series:
        data.add_series(cell(name), values)
    return data


def plot_content(native: Native) -> list[str]:
    """What the digest of a chart is made of: categories, names and numbers."""
    return [
        *(cell(label) for label in native.categories),
        *(part for name, values in native.series for part in (cell(name), *map(number_text, values))),
    ]


def number_text(value: float | None) -> str:
    """A number as it is kept in a chart, so that the same one always reads the same; "" for none."""
    return "" if value is None else f"{float(value):.10g}"


def add_plot(made: Any, plot: Plot, place: Place, formats: Formats) -> None:
    """Add a native chart."""
    native = plot.native
    frame = made.shapes.add_chart(
        TYPES[native.kind], place.left, place.top, place.width, place.height, chart_data(native, formats)
    )
    frame.name = name_of(plot.key, plot_content(native))
    frame._element._nvXxPr.cNvPr.set("descr", plain(f"{plot.title}: {', '.join(native.categories[:20])}", 500))
    chart = frame.chart
    chart.font.size = Pt(11)
    chart.has_title = True
    chart.chart_title.text_frame.text = plain(plot.title, LONGEST_CELL)
    heading = chart.chart_title.text_frame.paragraphs[0].runs[0].font
    heading.size, heading.bold = Pt(13), True
    chart.chart_title.include_in_layout = False
    chart.has_legend = not native.one
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
        chart.legend.font.size = Pt(10)
    _axes(chart, native, formats)
    _series(chart, native, formats)


def _axes(chart: Any, native: Native, formats: Formats) -> None:
    values, names = chart.value_axis, chart.category_axis
    values.tick_labels.number_format = number_format(native, formats, axis=True)
    values.tick_labels.number_format_is_linked = False
    values.major_gridlines.format.line.color.rgb = GRID
    values.format.line.fill.background()
    names.format.line.color.rgb = GREY
    names.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if native.kind == "bar":
        values.minimum_scale = room_below(native)
        names.reverse_order = True
        values.visible = False
        values.has_major_gridlines = False


def room_below(native: Native) -> float | None:
    """Where the axis of bars begins: far enough below the lowest for its number; None where none is below zero."""
    known = [v for _, values in native.series for v in values if v is not None]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    return low - (high - low) * 0.18 if low < 0 else None


def _series(chart: Any, native: Native, formats: Formats) -> None:
    plot = chart.plots[0]
    if native.kind != "line":
        plot.gap_width = 45
        plot.overlap = 100 if native.kind in ("bar", "stacked") else 0
    labelled = native.kind == "bar" or (native.kind == "column" and len(native.categories) <= MOST_LABELLED)
    if labelled and native.one:
        plot.has_data_labels = True
        labels = plot.data_labels
        labels.number_format = number_format(native, formats)
        labels.number_format_is_linked = False
        labels.font.size = Pt(10)
        labels.position = XL_LABEL_POSITION.OUTSIDE_END
    over_time = native.kind in ("column", "line") and len(native.series) > 1
    for i, series in enumerate(plot.series):
        other = native.kind == "bar" and i == 1
        if native.kind == "line":
            _line(series, i, compared=over_time and native.compared)
        if other or (over_time and native.compared and i == 1 and native.kind == "column"):
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = GREY


def _line(series: Any, place: int, *, compared: bool) -> None:
    """A line; that of the comparison is grey, that of the target dashed."""
    series.smooth = False
    series.format.line.width = Pt(2.25)
    series.marker.style = XL_MARKER_STYLE.NONE
    if compared and place == 1:
        series.format.line.color.rgb = GREY
    if compared and place == 2:
        series.format.line.color.theme_color = MSO_THEME_COLOR.ACCENT_2
        series.format.line.dash_style = MSO_LINE.DASH


# --- tables


def _grid(made: Any, grid: Grid, place: Place) -> None:
    """A table of the answer's first rows; its title stands in the text alternative, as the slide has one."""
    table = grid.table
    count = len(table.rows) + 1
    high = min(place.height, Pt(24) * count)
    shape = made.shapes.add_table(count, len(table.head), place.left, place.top, place.width, high)
    shape.name = name_of(grid.key, [plain(text, LONGEST_CELL) for text in grid.content])
    shape._element._nvXxPr.cNvPr.set("descr", plain(grid.title))
    for row, cells in enumerate((table.head, *table.rows)):
        for column, (text, is_number) in enumerate(cells):
            target = shape.table.cell(row, column)
            target.text_frame.text = plain(text, LONGEST_CELL)
            target.margin_top = target.margin_bottom = Pt(2)
            paragraph = target.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
            for run in paragraph.runs:
                run.font.size = Pt(11)


# --- texts


def _fill(frame: Any, lines: Sequence[str]) -> None:
    """One paragraph a line."""
    frame.text = "\n".join(lines)


def fitting(lines: Sequence[str], width: int, height: int, most: int, least: int) -> int:
    """The largest size of letters, in points, at which the lines fit into a rectangle, as far as can be told without
    measuring; `least` where none does."""
    wide, high = width / Pt(1), height / Pt(1)
    for points in range(most, least, -1):
        letters = max(1, int(wide / (points * LETTER)))
        rows = sum(max(1, -(-len(line) // letters)) for line in lines)
        if rows * points * LINE <= high:
            return points
    return least
