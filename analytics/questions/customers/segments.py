"""Customers by what they were worth so far, and by recency, frequency and money.

All but `rfm_migration` looks at whole lives: histories from the first order up to the end of the range, whatever the
range's start. Filters choose which customers are counted; they never move a customer to another tier or segment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import TimeRange, day_label
from analytics.engines.base import Engine
from analytics.engines.common.derived import tier_limits
from analytics.errors import NotEnoughData
from analytics.language import N_
from analytics.methods.customers import rfm
from analytics.questions.customers.buyers import with_names
from analytics.runtime.lru import LastOf
from analytics.selection import Resolved

ACTIONS = {
    "VIPs": N_("Offer early access and personal contact."),
    "Champions": N_("Offer early access, and ask for referrals."),
    "Loyal Customers": N_("Offer an upgrade."),
    "Potential Loyalists": N_("Recommend what goes with their last order."),
    "New Customers": N_("Follow up soon after the first order."),
    "Promising": N_("Give a small incentive for a second order."),
    "Need Attention": N_("Make a limited offer on what they liked."),
    "About To Sleep": N_("Show them popular products now."),
    "Can't Lose Them": N_("Call them, and find out what went wrong."),
    "At Risk": N_("Win them back with a personal offer."),
    "Hibernating": N_("Send a low-cost reminder in their season."),
    "Others": N_("No clear pattern: look at them one by one."),
    "Lost Customers": N_("Make one last try at no extra cost."),
    "Lost": N_("Make one last try at no extra cost."),
}

LAPSING = ("At Risk", "Can't Lose Them")  # segments of good customers who have not bought for long
POLICIES: Final = 2  # of which scores of all customers are remembered: a few megabytes each
_SMALL: Final = {"r": "int8", "f": "int8", "m": "int8", "frequency": "int32", "rfm_segment": "category"}

# Of each policy at the end of the range, and at its start, with which the Overview compares who is lapsing: no click
# on a filter changes them.
_remembered: LastOf[pd.DataFrame] = LastOf(POLICIES, each=2)


def value_tiers(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How many customers are of high, medium and low lifetime value, and what do they bring? Grain: one row per tier,
    highest first.

    Tiers are by net revenue of the whole life up to the end of the range: from the amounts that the data set declares,
    or else the best fifth of all customers who bought, the rest of the better half, and the lower half; equal revenues
    share a tier. They count whom `rfm_segments` counts: who has an order. Columns: value_tier, customers, share (% of
    customers), revenue, revenue_share (%), revenue_per_customer (average lifetime value), orders_per_customer, least
    (money from which the tier begins; blank for the lowest). Tiers that nobody is in are left out. With filters,
    revenue and orders are those within the filters.
    """
    frame = engine.aggregate(
        ["value_tier"], ["customers", "revenue", "revenue_per_customer", "orders_per_customer"], selection.to_date
    )
    limits = tier_starts(engine, selection)
    place = {name: i for i, name in enumerate(limits)}
    frame = frame[frame["value_tier"].isin(list(place)) & (frame["customers"] > 0)]
    frame = frame.sort_values("value_tier", key=lambda v: v.map(place), ignore_index=True)
    frame = _with_shares(frame)
    frame["least"] = [limits[t] if np.isfinite(limits[t]) else np.nan for t in frame["value_tier"]]
    return Answer(frame, _history_note(selection))


def tier_starts(engine: Engine, selection: Resolved) -> dict[str, float]:
    """The lifetime revenue from which each value tier begins, by name, highest first; −∞ for the lowest."""
    declared = engine.profile.value_tiers
    revenue = np.empty(0) if declared else _scores(engine, selection.to_date.only())["monetary"].to_numpy(float)
    return dict(zip(engine.profile.tiers, tier_limits(engine.profile, revenue), strict=True))


def scored(engine: Engine, selection: Resolved, *, named: bool = False) -> pd.DataFrame:
    """Customers within the filters with the scores of their whole lives: index code; customer (where `named`, which
    takes a third of the time), rfm_segment, recency (days to the day after the range), frequency (distinct orders;
    order lines under the data set's "report" rule), monetary (net revenue), r, f, m (1–5), and orders and revenue
    within the filters.

    The same scores as behind the engine's rfm_segment, so that the counts here are those of the filter. Nobody gives
    an empty frame.
    """
    whole = selection.to_date
    lives, names = _lives(engine, whole)
    found = _scores(engine, whole.only(), lives.index)
    if named:
        found.insert(0, "customer", names(lives.index.to_numpy()))
    return found.assign(orders=lives["orders"], revenue=lives["monetary"])


def newly_lapsing(before: pd.DataFrame, now: pd.DataFrame) -> pd.Index:
    """The codes of customers who are lapsing `now` and were not `before`: both frames as `scored` gives them."""
    risk = now.index[now["rfm_segment"].isin(LAPSING)]
    found: pd.Index = risk.intersection(before.index[~before["rfm_segment"].isin(LAPSING)])
    return found


def _scores(engine: Engine, everybody: Resolved, codes: pd.Index | None = None) -> pd.DataFrame:
    """Scores of all customers, or of those of these codes, by code; the last asked for are remembered, as eight charts
    of a page rest on them."""
    found = _remembered.get_or_make(engine, everybody.lines_key, lambda: _all_scores(engine, everybody).astype(_SMALL))
    found = found if codes is None else found.loc[codes]
    segments = found["rfm_segment"].cat
    names = segments.categories.astype("str").array.take(segments.codes.to_numpy())  # in a tenth of astype's time
    return found.astype(dict.fromkeys(("r", "f", "m", "frequency"), "int64")).assign(rfm_segment=names)


def _all_scores(engine: Engine, everybody: Resolved) -> pd.DataFrame:
    lives, names = _lives(engine, everybody)
    report = engine.profile.rfm_rule == "report"
    if report and len(lives):
        lines = engine.aggregate(["customer"], ["lines"], everybody).set_index("customer")["lines"]
        lives["frequency"] = lines.reindex(names(lives.index.to_numpy())).to_numpy()
    facts = lives[["first", "last", "frequency", "monetary"]]
    scores = rfm.rfm(facts, everybody.span.end, "report" if report else "standard")
    return scores.rename(columns={"segment": "rfm_segment"})


def _lives(engine: Engine, selection: Resolved) -> tuple[pd.DataFrame, Callable[[np.ndarray], np.ndarray]]:
    """One row per customer who bought, by code: first, last, orders, frequency, monetary; and the names of codes."""
    found = engine.entities("customer", selection)
    frame = found.frame("code", "orders", "revenue", "first", "last").rename(columns={"revenue": "monetary"})
    frame = frame[frame["orders"] > 0].set_index("code")
    return frame.assign(frequency=frame["orders"]), found.labels


def rfm_segments(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How many customers are in each RFM segment, what do they bring, what is to be done? Grain: one row per segment,
    best first.

    Columns: rfm_segment, customers, share (% of customers), revenue, revenue_share (%), recency (mean days since the
    last order), frequency and monetary (means over whole lives), action (advice). Nobody gives an empty frame.
    Source: rfm.py.
    """
    found = scored(engine, selection)
    frame = found.groupby("rfm_segment", as_index=False).agg(
        customers=("revenue", "size"),
        revenue=("revenue", "sum"),
        recency=("recency", "mean"),
        frequency=("frequency", "mean"),
        monetary=("monetary", "mean"),
    )
    frame = _with_shares(_standing(frame))
    frame["action"] = [ACTIONS[s] for s in frame["rfm_segment"]]
    return Answer(frame, _notes(engine, selection))


def rfm_heatmap(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How do the segments score? Grain: one row per segment, best first. Columns: rfm_segment, r, f, m (mean scores,
    1–5), customers. Source: rfm.py.
    """
    found = scored(engine, selection)
    frame = found.groupby("rfm_segment", as_index=False).agg(
        r=("r", "mean"), f=("f", "mean"), m=("m", "mean"), customers=("revenue", "size")
    )
    return Answer(_standing(frame), _notes(engine, selection))


def rfm_grid(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How are customers spread over recency and frequency? Grain: one row per pair of scores that occurs, best first.

    Columns: r, f (1–5), rfm_segment (that of the cell: the maps in use decide by R and F alone), customers, share (%),
    revenue. Source: rfm.py.
    """
    found = scored(engine, selection)
    frame = found.groupby(["r", "f", "rfm_segment"], as_index=False).agg(
        customers=("revenue", "size"), revenue=("revenue", "sum")
    )
    frame = frame.sort_values(["r", "f"], ascending=False, ignore_index=True)
    frame.insert(4, "share", _percent(frame["customers"]))
    return Answer(frame, _notes(engine, selection))


def rfm_scatter(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Where does each customer stand between recent and long ago, seldom and often? Grain: one row per customer, most
    revenue first.

    Columns: customer, customer_name (where given), rfm_segment, recency (days since the last order), frequency, revenue
    (net, whole life), r, f, m. Source: rfm.py.
    """
    found = scored(engine, selection, named=True)
    found = found[["customer", "rfm_segment", "recency", "frequency", "monetary", "r", "f", "m"]].rename(
        columns={"monetary": "revenue"}
    )
    found = found.sort_values(["revenue", "customer"], ascending=[False, True], ignore_index=True)
    return Answer(with_names(engine, selection.to_date, found), _notes(engine, selection))


def rfm_migration(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Who moved between segments? Grain: one row per pair of segments that occurs, then → now, with the cut points of
    then.

    Two windows of equal length up to the end of the range: the longest of 12, 6 or 3 months of which the data hold two.
    Columns: segment_then, segment_now, moved (up, down, same, new, gone), customers, monetary_then, monetary_now
    (money). more["windows"]: months, the length of each, and both as ranges (before, after). Raises NotEnoughData where
    the data do not hold two windows of three months, or nobody bought in the first. Method: rfm.py.
    """
    end = selection.span.end
    calendar = selection.calendar
    month = calendar.floor(np.array([end]), "month")[0]
    for months in (12, 6, 3):
        middle = calendar.next(month, "month", -months)
        start = calendar.next(month, "month", -2 * months)
        if start >= selection.bounds.start:
            break
    else:
        raise NotEnoughData(N_("The data must hold two periods of three months before the end of the range."))
    before = TimeRange(start, middle)
    after = TimeRange(middle, month)
    then, now = (_so_far(engine, selection.at(span)) for span in (before, after))
    if then.empty:
        raise NotEnoughData(N_("Nobody bought in the earlier of the two periods."))
    frame = rfm.migration(then, now, middle, month)
    fell = frame["moved"].isin(["down", "gone"])
    rose = frame["moved"].isin(["up", "new"])
    notes = (
        N_(
            "The {months:month|months} up to {after} compared with the {months} up to {before}, scored alike.",
            months=months,
            after=day_label(after.last),
            before=day_label(before.last),
        ),
        N_(
            "Those who fell or left had spent {fell}; those who rose or are new spent {rose}.",
            fell=engine.profile.amount(frame.loc[fell, "monetary_then"].sum(), whole=True),
            rose=engine.profile.amount(frame.loc[rose, "monetary_now"].sum(), whole=True),
        ),
    )
    windows = {"months": [months], "before": [str(before)], "after": [str(after)]}
    return Answer(frame, notes, {"windows": pd.DataFrame(windows)})


def _so_far(engine: Engine, selection: Resolved) -> pd.DataFrame:
    found = engine.entities("customer", selection)
    frame = found.frame("code", "orders", "revenue", "last").rename(
        columns={"orders": "frequency", "revenue": "monetary"}
    )
    return frame[frame["frequency"] > 0].set_index("code")


def _standing(frame: pd.DataFrame) -> pd.DataFrame:
    place = {name: i for i, name in enumerate(rfm.STANDING)}
    return frame.sort_values("rfm_segment", key=lambda v: v.map(place), ignore_index=True)


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    frame.insert(2, "share", _percent(frame["customers"]))
    frame.insert(list(frame.columns).index("revenue") + 1, "revenue_share", _percent(frame["revenue"]))
    return frame


def _percent(values: pd.Series) -> pd.Series:
    total = values.sum()
    return values / total * 100 if total > 0 else values * np.nan


def _notes(engine: Engine, selection: Resolved) -> tuple[str, ...]:
    report = engine.profile.rfm_rule == "report"
    rule = N_("Frequency counts order lines, as in the older report.")
    return _history_note(selection) + ((rule,) if report else ())


def _history_note(selection: Resolved) -> tuple[str, ...]:
    if selection.span.start <= selection.bounds.start:
        return ()
    return (N_("Uses all history up to {day}, not only the range.", day=day_label(selection.span.last)),)
