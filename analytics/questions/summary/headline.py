"""The first sentence of a report to somebody who has ten seconds: how revenue stands, and what moved it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.metrics import available
from analytics.questions.overview import change, direction
from analytics.questions.summary.drivers import Moves, moved
from analytics.questions.targets.standing import Goal, against_targets
from analytics.schema import place_parts, place_path
from analytics.selection import Resolved

FIELDS = ("place", "product", "category", "channel", "segment")  # where a change may have come from
MOSTLY_KNOWN = 0.5  # of the orders name a customer: else customers are no factor
LEAST = 0.3  # of the change: what brought less is not named
BEYOND = 0.1  # of the change beyond its share of revenue before: all values move with the whole
COLUMNS = ("revenue", "base", "delta", "direction", "factor", "field", "value", "change", "share")


def headline(engine: Engine, selection: Resolved, options: Options, *, targets: Sequence[Goal] = ()) -> Answer:
    """How does revenue stand, and what moved it most? Grain: one row.

    Columns: revenue, base, delta and direction as the key figures have them; factor (what moved it: "customers",
    "frequency" (orders per customer), "orders" (where few orders name a customer) or "size" (average order value), the
    one whose ratio, by logarithm, is the largest part of the change; "" where revenue did not move or there is no
    comparison); field, value and change (the place, product, category, channel or segment that brought most of the
    change beyond its share of revenue before; "" and blank where none brought so much); share (% of revenue that the
    value brings). Without a comparison, field, value and share name the value that brings most, where that is a third
    or more. more["targets"]: those of revenue, as the key figures have them.
    """
    names = ["revenue", "orders"]
    if "customers" in available(engine.schema):
        names += ["customers", "known_orders"]
    now = engine.aggregate([], names, selection).iloc[0]
    before = None if selection.before is None else engine.aggregate([], names, selection.before).iloc[0]
    revenue = float(now["revenue"])
    base = np.nan if before is None else float(before["revenue"])
    delta = change("revenue", revenue, base)
    said = direction("revenue", delta)
    factor, where = "", ("", "", np.nan, np.nan)
    if before is None:
        where = _largest(engine, selection, revenue)
    elif said in ("better", "worse"):
        factor = _factor(now, before)
        where = _where(engine, selection, revenue - base, base)
    frame = pd.DataFrame([(revenue, base, delta, said, factor, *where)], columns=list(COLUMNS))
    more = {}
    if targets:
        found = against_targets(engine, selection, targets)
        more = {"targets": found[found["metric"] == "revenue"].reset_index(drop=True)}
    return Answer(frame, more=more)


def _factor(now: pd.Series, base: pd.Series) -> str:
    """Which factor of revenue moved most in the direction of the whole."""
    if min(now["revenue"], base["revenue"], now["orders"], base["orders"]) <= 0:
        return ""
    ratios = {"orders": now["orders"] / base["orders"]}
    rows = (now, base)
    if "customers" in now and all(r["customers"] > 0 and r["known_orders"] >= MOSTLY_KNOWN * r["orders"] for r in rows):
        people = now["customers"] / base["customers"]
        ratios = {"customers": people, "frequency": now["known_orders"] / base["known_orders"] / people}
    whole = now["revenue"] / base["revenue"]
    ratios["size"] = whole / (now["orders"] / base["orders"])
    sign = 1 if whole > 1 else -1
    return max(ratios, key=lambda name: sign * float(np.log(ratios[name])))


Where = tuple[str, str, float, float]


def _where(engine: Engine, selection: Resolved, step: float, base: float) -> Where:
    """The value that brought most of the change beyond its share of revenue before."""
    found, most = ("", "", np.nan, np.nan), BEYOND
    for field, moves in _candidates(engine, selection):
        part = moves.change / step
        beyond = np.where(part >= LEAST, part - moves.base_revenue / base if base > 0 else part, -np.inf)
        at = int(beyond.argmax())
        if beyond[at] > most:
            most = float(beyond[at])
            found = field, moves.values[at], float(moves.change[at]), float(moves.share[at])
    return found


def _largest(engine: Engine, selection: Resolved, revenue: float) -> Where:
    """The value that brings most of the revenue, among the dimensions of which one brings a third."""
    for field, moves in _candidates(engine, selection):
        at = int(moves.revenue.argmax())
        if revenue > 0 and LEAST * 100 <= moves.share[at] < 100:
            return field, moves.values[at], np.nan, float(moves.share[at])
    return "", "", np.nan, np.nan


def _candidates(engine: Engine, selection: Resolved) -> Iterator[tuple[str, Moves]]:
    """The values of each dimension that has two or more, places at each of their levels."""
    for field in (f for f in FIELDS if f in engine.schema):
        moves = moved(engine, selection, field)
        for level in _levels(moves) if field == "place" else (moves,):
            if len(level.values) > 1:
                yield field, level


def _levels(moves: Moves) -> Iterator[Moves]:
    """Places by country, then region, then city, each in the order of their paths."""
    parts = [place_parts(path) for path in moves.values]
    for depth in range(1, max(map(len, parts), default=0) + 1):
        upper = [place_path(part[:depth]) for part in parts]
        paths = sorted(set(upper))
        number = {path: i for i, path in enumerate(paths)}
        group = np.array([number[path] for path in upper])
        columns = (moves.revenue, moves.base_revenue, moves.change, moves.share)
        yield Moves(paths, *(np.bincount(group, column, len(paths)) for column in columns))
