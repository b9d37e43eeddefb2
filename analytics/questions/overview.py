"""The ten-second questions: how are we doing, and what carries it? And any metrics by any dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.errors import NotInData
from analytics.language import N_, listed
from analytics.metrics import KEY_FIGURES, METRICS, available, metric
from analytics.questions.targets.standing import Goal, against_targets, with_targets
from analytics.questions.trends import partial_notes, period_days
from analytics.schema import MISSING, place_path
from analytics.selection import Resolved

WHOLE_ORDERS = N_("Whole orders that contain it")  # what a filter menu calls it


NOT_COUNTED: Final = (N_("No conversion rate: visits are not counted by the fields that limit what you may see."),)


def kpis(engine: Engine, selection: Resolved, options: Options, *, targets: Sequence[Goal] = ()) -> Answer:
    """How are we doing? Grain: one row per metric that the data set can give, in order of importance.

    Columns: metric, value (in the metric's unit), base (the comparison's value; blank without one), delta (% of base;
    percentage points for rates; blank where the base is zero or missing), direction ("better", "worse", "flat",
    "changed" for metrics with no good side, "" without a delta). Gross revenue and the refund rate appear where there
    are refunds. more["trend"]: the metrics per complete period, for sparklines. An empty selection gives zeros, and
    blanks for ratios; what a policy leaves nobody any way to count is left out, and a note says why. `targets`: those
    of the selection; with some, the columns target, progress (%), needed_per_day and chance (%) too, and
    more["targets"], one row per target (targets/standing.py).
    """
    known = available(engine.schema)
    names = [n for n in KEY_FIGURES if n in known]
    now = _totals(engine, names, selection)
    before = None if selection.before is None else _totals(engine, names, selection.before)
    refunds = [r["gross"] != r["revenue"] for r in (now, before) if r is not None]
    rows = []
    for name in names if any(refunds) else [n for n in names if n not in ("gross", "refund_rate")]:
        value = now[name]
        base = np.nan if before is None else before[name]
        delta = change(name, value, base)
        rows.append((name, value, base, delta, direction(name, delta)))
    columns = ("metric", "value", "base", "delta", "direction")
    frame = pd.DataFrame(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
    trend = engine.aggregate(["period"], [*names, "days"], selection)
    complete = trend.pop("days").to_numpy() == period_days(selection, selection.grain, len(trend))
    more = {"trend": trend if complete.all() else trend[complete]}
    if targets:
        more["targets"] = against_targets(engine, selection, targets)
        frame = with_targets(frame, more["targets"])
    why_none = without_visits(engine, selection, now)
    if why_none == NOT_COUNTED:  # no filter of the page would bring it back
        frame = frame[frame["metric"] != "conversion_rate"].reset_index(drop=True)
    return Answer(frame, (*under_product_filter(engine, selection), *why_none), more)


def _totals(engine: Engine, names: Sequence[str], selection: Resolved) -> dict[str, float]:
    frame = engine.aggregate([], names, selection)
    return {name: float(frame[name].array[0]) for name in names}


def under_product_filter(engine: Engine, selection: Resolved) -> tuple[str, ...]:
    """What order figures mean where a filter takes some lines of an order and leaves others."""
    by_line = {f.name for f in engine.schema.fields if f.level == "line"}
    filtered = [c for c in selection.clauses if not c.whole_orders and c.field in by_line]
    if not filtered:
        return ()
    said = N_(
        "Under this filter, orders, their values and repeat customers count matching lines only. For whole orders, "
        "tick “{choice}” in the menu of the filter.",
        choice=WHOLE_ORDERS,
    )
    return (said,)


def without_visits(engine: Engine, selection: Resolved, figures: Mapping[str, float]) -> tuple[str, ...]:
    """Why there is no conversion rate among these figures though the data have visits: they are not counted by the
    fields of the filters, or of what the viewer may see. Empty where there is one."""
    if not np.isnan(figures.get("conversion_rate", 0.0)):
        return ()
    try:
        known = set(engine.table("sessions").columns)
    except NotInData:
        return NOT_COUNTED
    missing = [c.field for c in selection.clauses if c.field not in known]
    if not missing:
        return ()
    fields = listed([engine.schema[name].label.lower() for name in missing if name in engine.schema])
    return (N_("No conversion rate under this filter: visits are not counted by {fields}.", fields=fields),)


def change(name: str, value: float, base: float) -> float:
    """Change against a base: percentage points for rates, % of the base otherwise; blank without a positive base."""
    if np.isnan(value) or np.isnan(base):
        return float("nan")
    if metric(name).unit == "percent":
        return value - base
    return (value / base - 1) * 100 if base > 0 else float("nan")


def direction(name: str, delta: float) -> str:
    """Whether a change is good news: "better", "worse", "flat", "changed" (no good side), "" (no change known)."""
    if np.isnan(delta):
        return ""
    if abs(delta) < 0.05:
        return "flat"
    good = METRICS[name].good
    if good == 0:
        return "changed"
    return "better" if (delta > 0) == (good > 0) else "worse"


def left_out(number: int, what: str, metric: str, amount: str) -> str:
    """What is said of products or customers below zero, which a running share cannot hold."""
    counted = {"left": number, "amount": amount}
    if what == "customers":
        return N_(
            "{left:customer|customers} with more refunds than sales ({amount}) {left:?is|are} left out.", **counted
        )
    if metric == "profit":
        return N_("{left:product|products} with a loss ({amount}) {left:?is|are} left out.", **counted)
    return N_("{left:product|products} with more refunds than sales ({amount}) {left:?is|are} left out.", **counted)


def ranked_products(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products, brands or categories (option `level`) bring the most? As `ranked`."""
    return ranked(engine, selection, options, by=options.get("level") or "product")


def broken_down(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which values of the dimension in the option `by` bring the most? As `ranked`."""
    return ranked(engine, selection, options, by=options["by"])


def ranked(
    engine: Engine,
    selection: Resolved,
    options: Options,
    *,
    by: str,
    metrics: Sequence[str] = ("revenue", "orders", "units", "aov"),
) -> Answer:
    """Which values of a dimension bring the most? Grain: one row per value, most first (ties by name); places by path,
    down to the option `level`.

    Columns: the dimension, the metrics, share (% of the first metric's total over all values, refunds subtracted; blank
    where that is not positive). The first metric is the option `metric` where given."""
    lead = options.get("metric") or metrics[0]
    known = available(engine.schema)
    names = [lead, *(m for m in metrics if m != lead and m in known)]
    if by == "place":
        levels = list(engine.schema.place_levels(options.get("level", "")))
        frame = engine.aggregate(levels, names, selection, order=lead)
        places = zip(*(frame.pop(level).tolist() for level in levels), strict=True)
        paths = [place_path(parts) if any(parts) else MISSING for parts in places]
        frame.insert(0, "place", pd.Series(paths, dtype="str"))
    else:
        frame = engine.aggregate([by], names, selection, order=lead)
    if metric(lead).additive:
        total = (
            frame[lead].sum()
            if "line" in metric(lead).additive
            else engine.aggregate([], [lead], selection)[lead].iloc[0]
        )
        frame["share"] = frame[lead].to_numpy() / total * 100 if total > 0 else np.nan
    return Answer(frame)


def table(
    engine: Engine, selection: Resolved, options: Options, *, metrics: Sequence[str], by: Sequence[str], order: str = ""
) -> Answer:
    """Metrics in total, or by dimensions. Grain: one row per combination of `by` that has lines; one row without any.

    Columns: the dimensions, the metrics, and base_<metric> where there is a comparison and `period` is not among the
    dimensions (blank for a combination that the comparison lacks). Rows are sorted by the dimensions, or by the metric
    `order` from the greatest down. Notes name periods that the data do not fill, and what order figures mean under a
    filter of lines. Raises NotInData for a metric whose fields the data lack.
    """
    frame = engine.aggregate(by, metrics, selection, order=order or None)
    notes = under_product_filter(engine, selection)
    if "period" in by:
        days = engine.aggregate(["period"], ["days"], selection)
        days["period_days"] = period_days(selection, selection.grain, len(days))
        return Answer(frame, (*partial_notes(days, selection), *notes))
    before = selection.before
    if before is None:
        return Answer(frame, notes)
    base = engine.aggregate(by, metrics, before).rename(columns={name: f"base_{name}" for name in metrics})
    if by:
        return Answer(frame.merge(base, on=list(by), how="left"), notes)
    return Answer(pd.concat([frame, base], axis=1), notes)
