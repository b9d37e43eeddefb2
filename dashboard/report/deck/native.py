"""Charts as PowerPoint has them: categories, and series of numbers out of the answer that the page draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from analytics.language import _
from analytics.metrics import METRICS
from dashboard.answers.side_by_side import Seen
from dashboard.chart import Chart
from dashboard.context import Context
from dashboard.figures.base import clipped, metric_of
from dashboard.figures.marks import bars, series, stacks
from dashboard.figures.periods import every_period, periods_of
from dashboard.figures.topics import compared, customers, loyalty, places, waterfall
from dashboard.page.tables import column_unit
from dashboard.text.formats import Formats, short_months

Kind = Literal["bar", "column", "stacked", "line"]

MOST_BARS = 8  # named ones; the others together are one more
LONGEST_REST = 1.5  # the bar of the others, as a multiple of the longest named one
MOST_COLUMNS = 40  # periods; more are a line
MOST_GROUPS = 14  # periods with several columns each
MOST_POINTS = 120
MOST_SERIES = 7
LONGEST_LABEL = 32


@dataclass(frozen=True)
class Native:
    """A chart: `series` holds a name and one number for each category, None where it is not known. `unit` as in
    metrics.py."""

    kind: Kind
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    unit: str
    of: int = 0  # how many values there are, where only the largest are shown
    compared: bool = False  # the second series is the comparison, the third the target

    @property
    def one(self) -> bool:
        """Whether one series says all, so that no legend is needed."""
        return len(self.series) == 1 or (self.kind == "bar" and len(self.series) == 2)


def native(seen: Seen) -> Native | None:
    """The answer as a native chart; None for a look that PowerPoint does not have, such as a map, and for an answer
    with fewer than two categories: one bar says nothing."""
    chart = seen.chart
    draw: Any = chart.draw.func if isinstance(chart.draw, partial) else chart.draw
    look = LOOKS.get(draw)
    if look is None or seen.empty:
        return None
    if seen.sides and look is _ranked:
        made = _ranked_together(seen)
    elif seen.sides:
        alone = [(side.label, look(chart, side.answer.frame, seen.context)) for side in seen.sides]
        made = _together([(label, found) for label, found in alone if found.categories])
    else:
        made = look(chart, seen.answer.frame, seen.context)
    return made if 2 <= len(made.categories) <= MOST_POINTS else None


def _together(sides: Sequence[tuple[str, Native]]) -> Native:
    """Values side by side: the first series of each, over the categories of all."""
    categories = list(dict.fromkeys(label for _, found in sides for label in found.categories))
    series = []
    for label, found in sides:
        numbers = dict(zip(found.categories, found.series[0][1], strict=True))
        series.append((label, tuple(numbers.get(category) for category in categories)))
    kind: Kind = "column" if sides[0][1].kind == "bar" else sides[0][1].kind
    return Native(kind, tuple(categories), tuple(series), sides[0][1].unit)


def _ranked_together(seen: Seen) -> Native:
    """Values side by side: what is largest over all of them, with the number of each; 0 where one has none."""
    first = seen.sides[0].answer.frame
    name, by = metric_of(first), str(first.columns[0])
    both = pd.concat([side.answer.frame for side in seen.sides], ignore_index=True)
    top = both.groupby(by, sort=False)[name].sum().nlargest(MOST_BARS).index
    shown = both.drop_duplicates(by).set_index(by).loc[top].reset_index()
    labels = _labels(shown, by, seen.context)
    absent = 0.0 if METRICS[name].additive else np.nan
    series = tuple(
        (side.label, _numbers(side.answer.frame.set_index(by)[name].reindex(top, fill_value=absent)))
        for side in seen.sides
    )
    return Native("column", tuple(labels), series, METRICS[name].unit)


def _ranked(chart: Chart, frame: pd.DataFrame, context: Context) -> Native:
    """The largest values as bars, and the others as one, a series of its own, so that it looks different."""
    name = metric_of(frame)
    by = str(frame.columns[0])
    most = len(frame) if len(frame) <= MOST_BARS + 1 else MOST_BARS
    labels = _labels(frame[:most], by, context)
    values = _numbers(frame[name][:most])
    rest = frame[name][most:]
    if not len(rest) or "line" not in METRICS[name].additive:
        return Native("bar", tuple(labels), ((str(METRICS[name].label), values),), METRICS[name].unit)
    if float(rest.sum()) > LONGEST_REST * max(v or 0.0 for v in values):  # it would dwarf the named ones
        return Native("bar", tuple(labels), ((str(METRICS[name].label), values),), METRICS[name].unit, len(frame))
    other = _("Other ({n})", n=context.formats.number(len(rest)))
    blank: tuple[float | None, ...] = (None,) * most
    both = (str(METRICS[name].label), (*values, None)), (_("Other"), (*blank, float(rest.sum())))
    return Native("bar", (*labels, other), both, METRICS[name].unit)


def _movers(chart: Chart, frame: pd.DataFrame, context: Context) -> Native:
    """The largest gains and the largest losses."""
    each = MOST_BARS // 2
    shown = pd.concat([frame[frame["gain"] > 0].head(each), frame[frame["gain"] < 0].tail(each)])
    labels = _labels(shown, str(frame.columns[0]), context)
    unit = METRICS[metric_of(frame)].unit
    return Native("bar", tuple(labels), ((_("Change"), _numbers(shown["gain"])),), unit)


def _steps(chart: Chart, frame: pd.DataFrame, context: Context) -> Native:
    """What each step added to the change, without the totals before and after."""
    shown = frame[~frame["step"].isin(["base", "now"])]
    name = metric_of(frame)
    labels = waterfall.step_labels(shown["step"].tolist(), context)
    return Native("bar", tuple(labels), ((_("Change"), _numbers(shown[name])),), METRICS[name].unit)


def _columns(chart: Chart, frame: pd.DataFrame, context: Context) -> Native:
    """Columns over a few ordered values."""
    by, chosen = str(frame.columns[0]), context.options.get("metric", "")
    name = chosen if chosen in frame else metric_of(frame)
    label = str(METRICS[name].label if name in METRICS else compared.OTHERS[name])
    return Native(
        "column", tuple(_labels(frame, by, context)), ((label, _numbers(frame[name])),), column_unit(name, chart)
    )


def _over_time(chart: Chart, frame: pd.DataFrame, context: Context, column: str = "") -> Native:
    """A metric by period, with that of the comparison and the target where there are some."""
    name = column or metric_of(frame)
    f, selection = context.formats, context.selection
    periods = _periods(frame, context)
    found = [(f.span(selection.span), _numbers(frame[name]))]
    if f"base_{name}" in frame and selection.base is not None:
        found.append((f.span(selection.base), _numbers(frame[f"base_{name}"])))
    based = len(found) > 1
    if "target" in frame and frame["target"].notna().any():
        found.append((_("Target"), _numbers(frame["target"])))
    unit = METRICS[name].unit if name in METRICS else column_unit(name, chart)
    additive = bool(METRICS[name].additive) if name in METRICS else name == "growth"
    most = MOST_COLUMNS if len(found) == 1 else MOST_GROUPS
    kind: Kind = "column" if additive and len(frame) <= most else "line"
    return Native(kind, periods, tuple(found), unit, compared=based)  # without one the target keeps its place


def _years(chart: Chart, frame: pd.DataFrame, context: Context) -> Native:
    """A line for each of the latest years over the twelve months."""
    name = metric_of(frame)
    wide = frame.pivot(index="year", columns="month", values=name).reindex(columns=range(1, 13))
    lines = tuple((str(year), _numbers(wide.loc[year])) for year in sorted(wide.index)[-4:])
    return Native("line", tuple(short_months()), lines, METRICS[name].unit)


def _stacked(chart: Chart, frame: pd.DataFrame, context: Context) -> Native:
    """The largest values of a dimension over time, and the others together."""
    by, metric = str(frame.columns[0]), metric_of(frame)
    shares = context.options.get("show") == "share"
    names = every_period(set(frame["period"]), context.selection)
    wide = frame.pivot(index=by, columns="period", values="share" if shares else metric)
    wide = wide.reindex(index=list(dict.fromkeys(frame[by])), columns=names)
    most = len(wide) if len(wide) <= MOST_SERIES + 1 else MOST_SERIES
    layers = [
        (clipped(context.schema.label(by, v), LONGEST_LABEL), _numbers(wide.iloc[i]))
        for i, v in enumerate(wide.index[:most])
    ]
    if len(wide) > most:
        rest = wide.iloc[most:].sum(min_count=1)
        layers.append((_("Other ({n})", n=context.formats.number(len(wide) - most)), _numbers(rest)))
    lengths = frame.drop_duplicates("period").set_index("period").reindex(pd.Index(names, name="period")).reset_index()
    kind: Kind = "stacked" if len(names) <= MOST_COLUMNS else "line"
    return Native(kind, _periods(lengths, context), tuple(layers), "percent" if shares else METRICS[metric].unit)


def _periods(frame: pd.DataFrame, context: Context) -> tuple[str, ...]:
    """The names of the periods; one that the data do not fill says so."""
    periods = periods_of(frame, context)
    return tuple(
        _("{period}, incomplete", period=label) if partly else label
        for label, partly in zip(periods.labels, periods.partial, strict=True)
    )


def _labels(frame: pd.DataFrame, by: str, context: Context) -> list[str]:
    """What the values of the frame's dimension are called; of two that would look the same, the second is numbered."""
    named = customers.customer_names(frame) if by == "customer" and "customer_name" in frame else {}
    seen: dict[str, int] = {}
    labels = []
    for value in frame[by]:
        text = clipped(named.get(str(value)) or context.schema.label(by, value), LONGEST_LABEL)
        seen[text] = seen.get(text, 0) + 1
        labels.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return labels


def _numbers(values: pd.Series | Sequence[float]) -> tuple[float | None, ...]:
    return tuple(float(v) if np.isfinite(v) else None for v in np.asarray(values, float))


Look = Callable[[Chart, pd.DataFrame, Context], Native]
LOOKS: dict[Any, Look] = {
    bars.ranked_bar: _ranked,
    places.ranking: _ranked,
    customers.ranking: _ranked,
    compared.priced_bar: _ranked,
    loyalty.new_by_channel: _ranked,
    compared.movers: _movers,
    waterfall.waterfall: _steps,
    places.growth: _movers,
    bars.columns: _columns,
    compared.labelled_columns: _columns,
    series.metric_over_time: _over_time,
    series.growth: partial(_over_time, column="growth"),
    loyalty.retention: partial(_over_time, column="rate"),
    series.years: _years,
    stacks.stacked: _stacked,
}


def number_format(native: Native, f: Formats, *, axis: bool = False) -> str:
    """How PowerPoint writes the numbers of a chart, large ones as short as screens do: '"$"0.0,,"M"'. `axis`: without
    decimals that an axis does not need. With numbers below zero all are whole: a format has room for conditions or for
    a sign. Whole too, in groups of their own, are lakhs and crores: a format can only divide by thousands."""
    if native.unit in ("percent", "share"):
        return f'{"0" if axis else "0.0"}"{f.percent_sign}"'
    before, after = _currency(f) if native.unit == "money" else ("", "")
    whole = f"{before}#,##0{after}" if native.unit in ("money", "count") else f"{before}0.00{after}"
    if any(v is not None and v < 0 for _, values in native.series for v in values):
        return f"{whole};\u2212{whole}"
    million, thousand = _short_word(2, 6, f), _short_word(20, 3, f)
    if million is None:
        lakh, crore = r"##\,##\,##0", r"##\,##\,##\,##0"
        return f"[>=10000000]{before}{crore}{after};[>=100000]{before}{lakh}{after};{whole}"
    few = f'[>=10000]{before}0,"{thousand}"{after};' if thousand is not None else ""
    return f'[>=1000000]{before}0.0,,"{million}"{after};{few}{whole}'


def _short_word(number: int, zeros: int, f: Formats) -> str | None:
    """What stands for the zeros of a large number on screens: 'M' of '2M', ' Mio.' of '2 Mio.'; None where they are
    written, or others than these are left out."""
    word = f.short_number(number * 10**zeros).removeprefix(str(number))
    return None if any(letter.isdigit() for letter in word) or '"' in word else word


def _currency(f: Formats) -> tuple[str, str]:
    """What stands before and after an amount, as texts of a number format."""
    before, _, after = f.money(1, whole=True).partition("1")
    return tuple(f'"{part}"' if part else "" for part in (before.replace('"', ""), after.replace('"', "")))  # type: ignore[return-value]
