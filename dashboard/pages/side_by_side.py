"""Which charts can show values side by side: those whose drawing has a counterpart that takes an answer for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from analytics.answer import Answer
from dashboard.components.kpi_sides import customer_sides, kpi_sides
from dashboard.components.kpis import customer_cards, kpi_cards
from dashboard.context import Context, Side
from dashboard.figures.marks import bars, series, stacks
from dashboard.figures.sides import panels, rows, times
from dashboard.figures.topics import compared, customers, loyalty, outlook, places

Draw = Callable[[Answer, Context], Any]
DrawSides = Callable[[Sequence[Side], Context], Any]

# The drawing of a chart → what draws the values side by side. A chart whose drawing is not here shows them as one, and
# says so.
DRAWN: Mapping[Draw, DrawSides] = {
    kpi_cards: kpi_sides,
    customer_cards: customer_sides,
    series.metric_over_time: times.metric,
    series.growth: times.growth,
    series.years: partial(panels.panels, draw=series.years),
    outlook.forecast: partial(panels.panels, draw=outlook.forecast),
    stacks.stacked: panels.mixes,
    outlook.anomalies: partial(panels.panels, draw=outlook.anomalies),
    loyalty.new_returning: partial(panels.panels, draw=loyalty.new_returning),
    loyalty.retention: partial(panels.panels, draw=loyalty.retention),
    bars.ranked_bar: rows.ranked,
    bars.columns: rows.columns,
    compared.priced_bar: rows.ranked,
    customers.ranking: rows.ranked,
    compared.movers: rows.moves,
    places.ranking: rows.ranked,
    places.growth: rows.moves,
    places.around_average: rows.ranked,
}
