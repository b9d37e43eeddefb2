"""Operations: how fast stock turns, how long it lasts, what channels bring and which of them earns the sale.

The stock table counts pieces of whole products and the paths table whole journeys; filters that these tables cannot
follow are left out, and the notes say so.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import ONE_DAY, TimeRange, day_label
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData
from analytics.language import N_, listed
from analytics.methods.commerce import attribution as paths_of
from analytics.methods.commerce import stock as commerce
from analytics.methods.inference.proportions import wilson_interval
from analytics.metrics import ratio
from analytics.questions.customers import buyers as customers
from analytics.selection import Resolved

DEMAND_DAYS = 28
LOW_COVER = 14
HIGH_COVER = 180
FEWEST_COUNTED = 0.5  # of the counts of the range
MODELS = {
    "first": N_("first touch"),
    "last": N_("last touch"),
    "linear": N_("equal shares"),
    "position": "40–20–40",
    "decay": N_("decay"),
    "markov": N_("Markov chain"),
}

TURNOVER_COLUMNS = ("product", "turnover", "turnover_year", "days_of_inventory", "gmroi", "sell_through", "stock_value",
                    "cost_of_goods", "revenue", "units", "units_left", "counts")  # fmt: skip
COVER_COLUMNS = ("product", "state", "cover_days", "on_hand", "daily_units", "times_out", "counts")
ORDERING_COLUMNS = ("on_order", "reorder_level", "to_order")  # where the stock table gives them
DISCONTINUED = ("1", "yes", "y", "true", "t", "x", "discontinued", "ja", "oui", "si", "sí")


def inventory_turnover(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How many times a year is the stock sold, and what does it earn? Grain: one row per product that was counted or
    sold, most money in stock first.

    Columns: product, turnover (cost of goods sold in the range / mean stock at cost), turnover_year (the same a year),
    days_of_inventory (days of the range / turnover), gmroi (gross margin in the range / mean stock at cost),
    sell_through (% sold of sold and left), stock_value (mean stock at cost), cost_of_goods, revenue, units (net),
    units_left (last count), counts. The stock is the mean of the counts in the range, priced at the range's cost a
    unit. Blank without costs for all lines of a product, without net units (no price), or without a count. Filters
    other than those on products are left out. Raises NotInData without stock or cost, NotEnoughData without a count in
    the range. Source: commerce.py.
    """
    own, notes = _about_products(engine, selection)
    sold = engine.aggregate(["product"], ["revenue", "units", "cost", "costed_revenue"], own).set_index("product")
    counted = _counts(engine, own)
    stock = counted.groupby("product")["on_hand"].agg(["mean", "last", "size"])
    table = stock.join(sold, how="outer").rename_axis("product")
    moved = table[["revenue", "units", "cost", "costed_revenue"]].fillna(0.0)
    costed = np.isclose(moved["revenue"], moved["costed_revenue"]) & (moved["units"] > 0)
    cost = moved["cost"].where(costed)
    value = table["mean"] * ratio(cost, moved["units"])
    flows = pd.DataFrame(
        {
            "cogs": cost,
            "opening_stock": value,
            "closing_stock": value,
            "revenue": moved["revenue"],
            "units_sold": moved["units"].where(moved["units"] >= 0),
            "units_left": table["last"],
        }
    )
    measures = commerce.stock_measures(flows, selection.span.days)
    frame = measures.assign(
        stock_value=value,
        cost_of_goods=moved["cost"],
        revenue=moved["revenue"],
        units=moved["units"],
        units_left=table["last"],
        counts=table["size"].fillna(0).astype("int64"),
    ).reset_index()
    frame = frame.sort_values(["stock_value", "product"], ascending=[False, True], ignore_index=True)
    known = flows["cogs"].notna() & value.notna()
    if known.any():
        notes.append(_all_together(flows[known], selection.span.days))
    left_out = int((~known).sum())
    if left_out:
        notes.append(
            N_("{left:product has|products have} no turnover: a count, net sales or costs are missing.", left=left_out)
        )
    dates = counted["date"].nunique()
    part = int((frame["counts"].between(1, FEWEST_COUNTED * dates)).sum())
    if part:
        said = N_(
            "{part:product was|products were} counted in half of the range or less: yearly figures are too low.",
            part=part,
        )
        notes.append(said)
    return Answer(frame[list(TURNOVER_COLUMNS)], tuple(notes))


def stock_cover(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """For how many days will the stock last? Grain: one row per product of the last count in the range, shortest first.

    Columns: product, state ("discontinued", "out of stock", "below reorder level", "under 14 days", "enough", "over 180
    days", "nothing sold": lasts indefinitely, "net returns"), cover_days (on hand / daily units; blank where nothing,
    or less than nothing, was sold), on_hand (pieces at that count), daily_units (net units a day over the 28 days up to
    the count, fewer at the beginning of the data), times_out (counts at zero in those days, the last one included),
    counts. Days without stock hide demand: where times_out is above 0, cover is overstated. Where the table gives them:
    on_order, reorder_level, to_order (what on hand and on order lack to the reorder level). Filters other than those on
    products are left out.
    Raises NotInData without a stock table, NotEnoughData without a count in the range. Source: commerce.py.
    """
    own, notes = _about_products(engine, selection)
    counted = _counts(engine, own)
    last = counted["date"].max()
    counts = counted[counted["date"] == last].groupby("product")["on_hand"].sum()
    day = np.datetime64(last, "D")
    window = TimeRange(np.datetime64(int(day.astype(int)) - DEMAND_DAYS, "D"), day).clipped(selection.bounds.span)
    days = window.days
    sold = engine.aggregate(["product"], ["units"], own.at(window)).set_index("product")["units"]
    recent = _counts(engine, own.at(TimeRange(window.start, day + ONE_DAY))).groupby("product")["on_hand"]
    units = sold.reindex(counts.index).fillna(0.0).astype(float)
    daily = units / days if days else units * np.nan
    cover = commerce.stock_cover(counts.astype(float), daily)
    out = recent.agg(lambda on_hand: int((on_hand <= 0).sum())).reindex(counts.index).fillna(0)
    terms = _ordering(engine.table("stock"), last, counts)
    frame = pd.DataFrame(
        {
            "state": _states(counts.to_numpy(float), daily.to_numpy(float), cover.to_numpy(float), terms),
            "cover_days": cover.replace(np.inf, np.nan),
            "on_hand": counts,
            "daily_units": daily,
            "times_out": out.astype("int64"),
            "counts": recent.size().reindex(counts.index).fillna(0).astype("int64"),
        }
    ).rename_axis("product")
    frame = (
        frame.join(terms.drop(columns="discontinued"))
        .assign(rank=cover)
        .reset_index()
        .sort_values(["rank", "product"], na_position="last")
    )
    said = N_("Counted on {day}; demand is that of the {days:day|days} before.", day=day_label(day), days=days)
    notes.insert(0, said)
    censored = int((frame["times_out"] > 0).sum())
    if censored:
        said = N_(
            "{out:product was|products were} out of stock in those days: real demand is higher than shown.",
            out=censored,
        )
        notes.append(said)
    given = [name for name in ORDERING_COLUMNS if name in frame]
    return Answer(frame[[*COVER_COLUMNS, *given]].reset_index(drop=True), tuple(notes))


def channel_performance(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What does each channel bring, and what does it make of its visits? Grain: one row per channel, most revenue
    first.

    The columns of customers.groups by channel, and where the sessions table knows channels: sessions,
    revenue_per_session (money), and conversion_low and conversion_high (95 % interval of the conversion rate, Wilson
    1927; blank where there are more orders than sessions). All blank under a filter that the sessions do not know. A
    channel with visits and no order line has no row. Raises NotInData without channels.
    """
    answer = customers.groups(engine, selection, options, by="channel")
    frame = answer.frame
    if "sessions" not in engine.schema.tables or "conversion_rate" not in frame:
        return answer
    visits = engine.aggregate(["channel"], ["sessions"], selection).set_index("channel")["sessions"]
    frame["sessions"] = visits.reindex(frame["channel"]).to_numpy(float)
    frame["revenue_per_session"] = ratio(frame["revenue"], frame["sessions"])
    low, high = wilson_interval(frame["orders"].to_numpy(float), frame["sessions"].to_numpy(float))
    return Answer(frame.assign(conversion_low=100 * low, conversion_high=100 * high), answer.notes)


def attribution(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which channel earns the sale, by six conventions side by side? Grain: one row per channel, most conversions by
    the option `model` (markov where none) first.

    Columns: channel, conversions and value (by the model; value is money, blank where the paths have none), share (% of
    the conversions), then conversions by first, last, linear, position, decay and markov, and removal_effect (% of the
    conversions lost without the channel, in the Markov chain). Neither dates nor filters reach the paths table. The
    notes name channels whose ranks differ between this model and the last touch (for `last`: the first). Descriptive,
    not causal. Raises NotInData without paths, NotEnoughData when no path converted. Source: attribution.py.
    """
    model = options.get("model") or "markov"
    table = engine.table("paths").rename(columns={"conversion_value": "value", "null_paths": "nulls"})
    found = paths_of.attribute(table, tuple(MODELS))
    wide = found.credit.pivot(index="channel", columns="model", values="conversions")[list(MODELS)]
    chosen = found.credit[found.credit["model"] == model].set_index("channel")
    frame = chosen[["conversions", "value", "share"]].join(wide)
    frame["removal_effect"] = found.removal.set_index("channel")["effect"]
    if "value" not in table:
        frame["value"] = np.nan
    notes = [N_("Dates and filters do not apply: whole journeys are counted."), *found.notes]
    other = "first" if model == "last" else "last"
    notes.append(_flips(found.credit, model, other))
    return Answer(frame.reset_index(), tuple(notes))


def _flips(credit: pd.DataFrame, model: str, other: str) -> str:
    flips = paths_of.ranking_flips(credit, model, other)
    one = MODELS[model]
    two = MODELS[other]
    if flips.empty:
        return N_("The models {one} and {two} rank the channels alike.", one=one, two=two)
    first = flips.iloc[0]
    return N_(
        "In the {one} model {ahead} is above {behind}, in {two} below it: a budget would depend on the model.",
        one=one,
        two=two,
        ahead=str(first["ahead"]),
        behind=str(first["behind"]),
    )


def _about_products(engine: Engine, selection: Resolved) -> tuple[Resolved, list[str]]:
    """The selection with only those filters that say which product, and what was left out, in words."""
    kept = tuple(c for c in selection.clauses if c.field in engine.schema.product_levels and not c.whole_orders)
    dropped = [engine.schema[c.field].label.lower() for c in selection.clauses if c not in kept]
    fields = listed(list(dict.fromkeys(dropped)))
    said = N_("Stock is not split by {fields}, so that filter does not apply.", fields=fields)
    notes: list[str] = [said] if dropped else []
    return selection.only(*kept), notes


def _counts(engine: Engine, selection: Resolved) -> pd.DataFrame:
    """The counts of the range, oldest first, of the products that the filters keep: date, product, on_hand."""
    table = engine.table("stock").dropna(subset=["on_hand"])
    day = table["date"].to_numpy("datetime64[D]")
    table = table[(day >= selection.span.start) & (day < selection.span.end)]
    table = table.assign(product=table["product"].astype(str))
    if selection.clauses:
        kept = engine.aggregate(["product"], ["lines"], selection.at(selection.bounds.span))["product"]
        table = table[table["product"].isin(kept)]
    if table.empty:
        raise NotEnoughData(
            N_("No stock was counted in the range for these products."), hint=N_("Choose a longer range.")
        )
    # several places may hold one product: a count is their sum
    return table.groupby(["date", "product"], sort=True)["on_hand"].sum().reset_index()


def _all_together(flows: pd.DataFrame, days: int) -> str:
    whole = commerce.stock_measures(flows.sum().to_frame().T, days).iloc[0]
    return N_(
        "In all: {turns} turns a year, {days:day|days} of stock, gross margin {margin} times the value of stock.",
        turns=round(float(whole["turnover_year"]), 1),
        days=round(float(whole["days_of_inventory"])),
        margin=round(float(whole["gmroi"]), 2),
    )


def _ordering(table: pd.DataFrame, day: np.datetime64, on_hand: pd.Series) -> pd.DataFrame:
    """What the count of a day says of ordering, by product: discontinued (bool) and, where the table has them,
    on_order, reorder_level and to_order (what on hand and on order lack to the reorder level; 0 where discontinued).

    Several places of a product are added up; it is discontinued where all of them say so."""
    mine = table[table["date"] == day]
    mine = mine.assign(product=mine["product"].astype(str))
    found = pd.DataFrame({"discontinued": False}, index=on_hand.index)
    if "discontinued" in mine:
        said = mine["discontinued"].astype(str).str.strip().str.lower().isin(DISCONTINUED)
        found["discontinued"] = said.groupby(mine["product"]).all().reindex(on_hand.index).fillna(False).astype(bool)
    for name in ("on_order", "reorder_level"):
        if name in mine:
            found[name] = mine.groupby("product")[name].sum(min_count=1).reindex(on_hand.index)
    if "reorder_level" in found:
        coming = found["on_order"].fillna(0.0) if "on_order" in found else 0.0
        lacking = (found["reorder_level"] - on_hand - coming).clip(lower=0.0)
        found["to_order"] = lacking.where(~found["discontinued"], 0.0)
    return found


def _states(on_hand: np.ndarray, daily: np.ndarray, cover: np.ndarray, terms: pd.DataFrame) -> np.ndarray:
    low = (terms["to_order"] > 0).to_numpy() if "to_order" in terms else np.zeros(len(on_hand), bool)
    gone = terms["discontinued"].to_numpy()
    conditions = [gone, on_hand <= 0, low, daily < 0, daily == 0, cover < LOW_COVER, cover > HIGH_COVER]
    words = ["discontinued", "out of stock", "below reorder level", "net returns", "nothing sold",
             f"under {LOW_COVER} days", f"over {HIGH_COVER} days"]  # fmt: skip
    return np.select(conditions, words, default="enough").astype(object)
