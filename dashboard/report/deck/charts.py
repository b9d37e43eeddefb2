"""Native charts drawn: PowerPoint's own, with their numbers in a workbook that anybody can edit."""

from __future__ import annotations

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
from pptx.util import Pt

from dashboard.report.deck.content import Plot
from dashboard.report.deck.marks import LONGEST_CELL, cell, name_of, plain
from dashboard.report.deck.native import Kind, Native, number_format
from dashboard.report.deck.template import Place
from dashboard.text.formats import Formats

TYPES: dict[Kind, Any] = {
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
}
GREY = RGBColor(0xA9, 0xB1, 0xBF)
LABEL = 10  # points of the numbers at bars
LETTER = 0.55  # width of a digit as a share of its size
AXIS = Pt(50)  # that columns leave to the axis of their numbers
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


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
    _series(chart, native, formats, place.width)


def _axes(chart: Any, native: Native, formats: Formats) -> None:
    values, names = chart.value_axis, chart.category_axis
    values.tick_labels.number_format = number_format(native, formats, axis=True)
    values.tick_labels.number_format_is_linked = False
    _faint(values.major_gridlines.format.line)
    values.format.line.fill.background()
    names.format.line.color.rgb = GREY
    names.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if native.kind == "bar":
        values.minimum_scale = room_below(native)
        names.reverse_order = True
        values.visible = False
        values.has_major_gridlines = False


def _faint(line: Any) -> None:
    """A line that is seen on light and on dark ground."""
    line.color.rgb = GREY
    line.width = Pt(0.75)
    colour = line._ln.find(f".//{_DRAWING}srgbClr")
    colour.append(colour.makeelement(_DRAWING + "alpha", {"val": "35000"}))


def room_below(native: Native) -> float | None:
    """Where the axis of bars begins: far enough below the lowest for its number; None where none is below zero."""
    known = [v for _, values in native.series for v in values if v is not None]
    low, high = min([*known, 0.0]), max([*known, 0.0])
    return low - (high - low) * 0.18 if low < 0 else None


def labels_fit(native: Native, formats: Formats, width: int) -> bool:
    """Whether the numbers of a chart of this width stand beside each other, as far as can be told without measuring.
    Those of bars stand below each other."""
    if native.kind == "bar":
        return True
    texts = [formats.unit(native.unit, v, short=True) for _, values in native.series for v in values if v is not None]
    longest = max(map(len, texts), default=0)
    return native.kind == "column" and len(native.categories) * (longest + 1) * Pt(LABEL * LETTER) <= width - AXIS


def _series(chart: Any, native: Native, formats: Formats, width: int) -> None:
    plot = chart.plots[0]
    if native.kind != "line":
        plot.gap_width = 45
        plot.overlap = 100 if native.kind in ("bar", "stacked") else 0
    if native.one and labels_fit(native, formats, width):
        plot.has_data_labels = True
        labels = plot.data_labels
        labels.number_format = number_format(native, formats)
        labels.number_format_is_linked = False
        labels.font.size = Pt(LABEL)
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
