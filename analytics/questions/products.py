"""Products: what sells, what carries the revenue, what rises, falls, comes back or is bought again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.calendar import ONE_DAY, TimeRange
from analytics.engines.base import Engine
from analytics.errors import NotEnoughData, NotInData
from analytics.language import N_
from analytics.methods.commerce.concentration import pareto
from analytics.methods.inference.false_discovery import benjamini_hochberg
from analytics.methods.inference.proportions import binomial_test
from analytics.metrics import METRICS, ratio
from analytics.questions.operations import HIGH_COVER
from analytics.questions.overview import left_out, ranked
from analytics.questions.trends import partial_notes, period_days
from analytics.selection import Resolved

FEWEST_BUYERS = 5  # with fewer, a repeat rate says little
LOW_PART = 0.25  # share of the median product's revenue and units
CHANCE = 0.05  # largest share of false discoveries among the products called falling
FEWEST_RANKED = 4  # products, of which some can be called slow
SLOW_SHARE = 0.2  # of the products, the fewest units first: among which the slow ones are
WEEK = np.timedelta64(7, "D")
BEHIND = 20.0  # percentage points of growth below that of the whole selection


def units(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How many of each product are sold, at what price? Grain: one row per product, most units first (ties by name).

    Columns: product, units (returned ones subtracted), share (% of all units; blank where there are none), price (the
    average that was paid: revenue / units; blank without units), revenue. An empty selection gives no rows.
    """
    frame = engine.aggregate(["product"], ["units", "revenue"], selection, order="units")
    frame["share"] = _shares(frame["units"])
    frame["price"] = ratio(frame["revenue"], frame["units"])
    return Answer(frame[["product", "units", "share", "price", "revenue"]])


def by_month(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """When in the year does each product sell? Grain: one row per product and calendar month with a line.

    Columns: product (the one with most of the metric first), period (2019-12), the option `metric` (units or revenue).
    Months whatever the selection's grain; a month that the range or the data do not fill is named in the notes.
    """
    metric = options.get("metric") or "units"
    months = selection.by("month")
    frame = engine.aggregate(["product", "period"], [metric], months)
    total = frame.groupby("product", observed=True)[metric].transform("sum")
    frame = frame.assign(total=total).sort_values(["total", "product", "period"], ascending=[False, True, True])
    return Answer(frame.drop(columns="total").reset_index(drop=True), partial_notes(_days(engine, months), months))


def by_group(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which categories (or brands: option `by`) bring the most? Rows and columns of overview.ranked."""
    return ranked(engine, selection, options, by=options.get("by") or "category")


def over_time(engine: Engine, selection: Resolved, options: Options, *, by: str = "") -> Answer:
    """How do categories (or brands, products) compare over time?

    Grain: one row per value and period with a line.

    Columns: `by`, or the option of that name (the largest over the whole range first), period (at the selection's
    grain), the option `metric` (revenue or units), share (% of the period's total; blank where that is not positive),
    days and period_days: a period with fewer days than it should have is partial, and named in the notes. An empty
    selection gives no rows.
    """
    by = by or options.get("by") or "category"
    metric = options.get("metric") or "revenue"
    frame = engine.aggregate([by, "period"], [metric], selection)
    totals = frame.groupby(by, observed=True)[metric].sum().sort_values(ascending=False, kind="stable")
    whole = frame.groupby("period", observed=True)[metric].transform("sum")
    frame["share"] = ratio(frame[metric], whole.where(whole > 0, 0.0), 100.0)
    periods = _days(engine, selection)
    frame = frame.merge(periods, on="period", how="left")
    rank = {v: i for i, v in enumerate(totals.index)}
    frame = frame.sort_values([by, "period"], key=lambda c: c.map(rank) if c.name == by else c, ignore_index=True)
    return Answer(frame, partial_notes(periods, selection))


def abc(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products make the revenue (or profit: option `metric`), and how few are they? Grain: one row per product,
    largest first (ties by name).

    Columns: product, the metric, share, cumulative_share, cumulative_products (all 0–100), abc. Class A runs up to and
    including the product that reaches 80 % of the metric, B up to and including the one that reaches 95 %, C is the
    rest. Products whose refunds exceed their sales, or that make a loss, are left out and counted in the notes. Method:
    concentration.py.
    """
    metric = options.get("metric") or "revenue"
    label = METRICS[metric].label.lower()
    sold = engine.aggregate(["product"], [metric], selection)
    ranking = pareto(pd.Series(sold[metric].to_numpy(float), index=pd.Index(sold["product"], name="product")))
    names = {"value": metric, "cumulative_entities": "cumulative_products"}
    frame = ranking.reset_index().rename(columns=names)
    columns = ["product", metric, "share", "cumulative_share", "cumulative_products", "abc"]
    notes: list[str] = []
    if len(frame):
        top = frame[frame["abc"] == "A"]
        said = N_(
            "Class A: {top} of {products:product|products} {top:?brings|bring} {share}% of {of}.",
            top=len(top),
            products=len(frame),
            share=round(float(top["share"].sum()), 1),
            of=label,
        )
        notes.append(said)
    if len(sold) > len(frame):
        left = sold.loc[~sold["product"].isin(frame["product"]), metric]
        notes.append(left_out(len(left), "products", metric, engine.profile.amount(float(left.sum()))))
    return Answer(frame[columns], tuple(notes))


def movers(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products gained and lost against the comparison? Grain: one row per product of either range, gains first.

    Columns: product, the option `metric` (revenue or units), base_<metric>, gain (difference, in the metric's unit; all
    gains add up to the whole's), growth (% of the base; blank where that is not positive: the product is new).
    Raises NotEnoughData where there is nothing to compare with.
    """
    metric = options.get("metric") or "revenue"
    frame = _compared(engine, selection, metric)
    frame["gain"] = frame[metric] - frame[f"base_{metric}"]
    frame["growth"] = ratio(frame["gain"], frame[f"base_{metric}"].clip(lower=0), 100.0)
    frame = frame.sort_values(["gain", "product"], ascending=[False, True], ignore_index=True)
    up = int((frame["gain"] > 0).sum())
    down = int((frame["gain"] < 0).sum())
    return Answer(frame, (_gained_and_lost(up, down),))


def _gained_and_lost(up: int, down: int) -> str:
    """How many products gained and how many lost."""
    if up and not down:
        return N_("{up:product|products} gained, none lost.", up=up)
    if down and not up:
        return N_("{down:product|products} lost, none gained.", down=down)
    return N_("{up:product|products} gained, {down} lost.", up=up, down=down)


def under_performers(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products do not pay their way? Grain: one row per product, those that meet a rule first, smallest first.

    Columns: product, revenue, units, orders, share (% of revenue), reason; with a comparison also base_revenue and
    growth (%). Rules, the first that holds is the reason: "stopped" sold in the comparison and not in the range;
    "low" has both revenue and units below a quarter of the median product's; "falling" shrank, grew at least 20
    points less than the whole selection, and lost more orders than chance explains (of all orders with a product,
    its share of those in the range against the share of all, binomial; false discoveries at most 5 %). A product
    without revenue in the comparison is new: it is neither low nor falling. Other products have no reason ("").
    Without a comparison only "low" can be found, which the notes say.
    """
    now = engine.aggregate(["product"], ["revenue", "units", "orders"], selection)
    before = selection.before
    compared = before is not None
    if before is not None:
        base = engine.aggregate(["product"], ["revenue", "orders"], before)
        base = base.rename(columns={"revenue": "base_revenue", "orders": "base_orders"})
        now = now.merge(base, on="product", how="outer").fillna(
            dict.fromkeys(("revenue", "units", "orders", "base_revenue", "base_orders"), 0)
        )
    else:
        now["base_revenue"] = np.nan
    now["share"] = _shares(now["revenue"])
    now["growth"] = ratio(now["revenue"] - now["base_revenue"], now["base_revenue"].clip(lower=0), 100.0)
    now["reason"] = _reasons(now, compared)
    now = now.assign(found=now["reason"] != "", size=np.where(now["reason"] != "", now["revenue"], -now["revenue"]))
    now = now.sort_values(["found", "size", "product"], ascending=[False, True, True], ignore_index=True)
    found = int(now["found"].sum())
    some = N_(
        "{found} of {products:product|products} {found:?underperforms|underperform}.", found=found, products=len(now)
    )
    notes = [some if found else N_("None of {products:product|products} underperforms.", products=len(now))]
    if not compared:
        notes.append(N_("Without a comparison, only low sales can be found."))
    columns = [
        "product",
        "revenue",
        "units",
        "orders",
        "share",
        *(["base_revenue", "growth"] if compared else []),
        "reason",
    ]
    return Answer(now[columns], tuple(notes))


def returns(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products come back? Grain: one row per product, most of the option `metric` first.

    Columns: product, refunds (money, positive) and refund_rate (% of gross revenue) with the chosen one first, gross,
    units (net), share (% of all refunds, when those lead). Raises NotInData where no selected line is a refund.
    """
    answer = ranked(engine, selection, options, by="product", metrics=("refunds", "refund_rate", "gross", "units"))
    if len(answer.frame) and not answer.frame["refunds"].any():
        raise NotInData(N_("There are no returns in this selection."))
    return answer


def repeat_purchase(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products are bought again? Grain: one row per product, highest rate first; few buyers last.

    Columns: product, repeat_rate (% of its buyers who bought it in two or more orders of the range), customers (its
    buyers; those without an id are left out), repeat_customers, orders. Products with fewer than 5 buyers stand at the
    end, as one buyer of two would read 50 %. A longer range leaves more time to return: compare equal ranges.
    """
    metrics = ["repeat_rate", "customers", "repeat_customers", "orders"]
    frame = engine.aggregate(["product"], metrics, selection)
    frame = frame.assign(few=frame["customers"] < FEWEST_BUYERS)
    frame = frame.sort_values(["few", "repeat_rate", "product"], ascending=[True, False, True], ignore_index=True)
    few = int(frame["few"].sum())
    said = (
        N_("Every product has fewer than {least} buyers: such shares say little.", least=FEWEST_BUYERS)
        if few == len(frame)
        else N_(
            "{few:product|products} with fewer than {least} buyers {few:?is|are} at the end.",
            few=few,
            least=FEWEST_BUYERS,
        )
    )
    return Answer(frame.drop(columns="few"), (said,) if few else ())


def _reasons(sold: pd.DataFrame, compared: bool) -> np.ndarray:
    """The rule that each product meets, "" for none."""
    selling = sold["orders"] > 0
    middle = sold.loc[selling, ["revenue", "units"]].median()
    low = selling & (sold["revenue"] < LOW_PART * middle["revenue"]) & (sold["units"] < LOW_PART * middle["units"])
    if not compared:
        return np.where(low, "low", "").astype(object)
    known = sold["base_revenue"] > 0
    before = float(sold["base_revenue"].sum())
    whole = (float(sold["revenue"].sum()) / before - 1) * 100 if before > 0 else np.nan
    falling = known & (sold["growth"] < min(0.0, whole - BEHIND) if np.isfinite(whole) else False)
    falling &= _fewer_orders(sold, known & selling)
    return np.select([known & ~selling, known & low, falling], ["stopped", "low", "falling"], "").astype(object)


def _fewer_orders(sold: pd.DataFrame, tested: pd.Series) -> np.ndarray:
    """Which products lost orders relative to all others, beyond chance?

    Of the orders that a product had in both ranges together, the share in the later one is tested against the share of
    all products' orders in it; q-values over the products tested.
    """
    found = np.zeros(len(sold), dtype=bool)
    now = sold["orders"].to_numpy("int64")
    both = now + sold["base_orders"].to_numpy("int64")
    mine = tested.to_numpy() & (both > 0)
    if not mine.any():
        return found
    rate = float(now.sum() / both.sum())
    q = benjamini_hochberg(binomial_test(now[mine], both[mine], rate))
    found[mine] = (q <= CHANCE) & (now[mine] < rate * both[mine])
    return found


def _compared(engine: Engine, selection: Resolved, metric: str) -> pd.DataFrame:
    """The metric per product now and in the comparison; 0 where it did not sell."""
    before = selection.compared
    now = engine.aggregate(["product"], [metric], selection)
    base = engine.aggregate(["product"], [metric], before).rename(columns={metric: f"base_{metric}"})
    return now.merge(base, on="product", how="outer").fillna({metric: 0, f"base_{metric}": 0})


def _shares(values: pd.Series) -> pd.Series:
    total = float(values.sum())
    return values.astype(float) / total * 100 if total > 0 else values.astype(float) * np.nan


def _days(engine: Engine, selection: Resolved) -> pd.DataFrame:
    """Each period's days in the range and the data, and those it should have."""
    periods = engine.aggregate(["period"], ["days"], selection)
    periods["period_days"] = period_days(selection, selection.grain, len(periods))
    return periods


def slow_movers(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What hardly sells? Grain: one row per slow product among those that sold in the 52 weeks up to the end of the
    range; none may be slow.

    Slow is what has sold nothing in the last 13 weeks; and what is in the lowest fifth by net units, sold less than
    half of the product in the middle, in units and in revenue, and has stock for more than HIGH_COVER days where the
    data count it. Those without a sale come first, the longest first; the others by how long their stock lasts, or by
    units where it is not counted.
    Columns: product, days_since (days from the last sale to the end of the range), units (of the last 13 weeks),
    units_before (of the 13 weeks before those), revenue (of the 52 weeks). With stock: on_hand at the last count of the
    52 weeks, and cover_days (on_hand / units a day of the last 13 weeks; blank without sales). Raises NotEnoughData
    where fewer than four products sold: they are seen at a glance.
    """
    end = selection.span.end
    year = TimeRange(end - 52 * WEEK, end).clipped(selection.bounds.span)
    frame = engine.aggregate(["product", "period"], ["units", "revenue"], selection.at(year).by("day"))
    day = pd.to_datetime(frame["period"]).to_numpy("datetime64[D]")
    ago = (end - ONE_DAY - day).astype(int)
    sold = frame.assign(
        days_since=np.where(frame["units"] > 0, ago, np.iinfo(np.int64).max),
        late=frame["units"].where(ago < 13 * 7, 0.0),
        early=frame["units"].where((ago >= 13 * 7) & (ago < 26 * 7), 0.0),
    )
    found = sold.groupby("product", observed=True, as_index=False).agg(
        days_since=("days_since", "min"),
        units=("late", "sum"),
        units_before=("early", "sum"),
        revenue=("revenue", "sum"),
    )
    found = found[found["days_since"] <= year.days].astype({"product": "str"})
    if len(found) < FEWEST_RANKED:
        raise NotEnoughData(N_("Fewer than four products were sold, so none can be called slow."))
    found = _with_stock(engine, selection.at(year), found)
    slow = found[_is_slow(found)]
    order = pd.DataFrame(
        {
            "still": -slow["days_since"].where(slow["units"] <= 0, -1),
            "cover": -slow["cover_days"].fillna(0.0) if "cover_days" in slow else 0.0,
            "units": slow["units"],
            "product": slow["product"],
        }
    ).sort_values(["still", "cover", "units", "product"])
    said = N_("{slow} of {products:product|products} {slow:?is|are} slow.", slow=len(slow), products=len(found))
    slow = slow.loc[order.index].reset_index(drop=True)
    return Answer(slow, (said,)) if len(slow) else Answer(slow, why=_none_is_slow(found))


def _none_is_slow(found: pd.DataFrame) -> str:
    """Why none of the products is slow, and how many have much in stock without being so."""
    if "cover_days" not in found:
        return N_(
            "No slow movers: every product sold in the last 13 weeks, and the least sold keep up with the others."
        )
    if long := int((found["cover_days"] > HIGH_COVER).sum()):
        return N_(
            "No slow movers: every product sold in the last 13 weeks. {long:product has|products have} stock for more "
            "than {days:day|days}, but {long:?sells|sell} too well to be slow.",
            long=long,
            days=HIGH_COVER,
        )
    return N_(
        "No slow movers: every product sold in the last 13 weeks, and none has stock for more than {days:day|days}.",
        days=HIGH_COVER,
    )


def _is_slow(found: pd.DataFrame) -> pd.Series:
    """Of each product, whether it hardly sells, as `slow_movers` says. Without a count of its stock, units decide."""
    units, revenue = found["units"], found["revenue"]
    few = (units <= units.quantile(SLOW_SHARE)) & (units < units.median() / 2) & (revenue < revenue.median() / 2)
    if "cover_days" in found:
        few &= found["cover_days"].isna() | (found["cover_days"] > HIGH_COVER)
    return (units <= 0) | few


def _with_stock(engine: Engine, selection: Resolved, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the units on hand at each product's last count in the range, and for how many days of the last 13
    weeks' sales they last, where the data count stock."""
    if "stock" not in engine.schema.tables:
        return frame
    try:
        table = engine.table("stock").dropna(subset=["on_hand"])
    except NotInData:  # the policy cannot limit it
        return frame
    counted = table["date"].to_numpy("datetime64[D]")
    table = table[(counted >= selection.span.start) & (counted < selection.span.end)]
    last = table[table["date"] == table.groupby("product", observed=True)["date"].transform("max")]
    held = last.groupby("product", observed=True)["on_hand"].sum()
    on_hand = frame["product"].map(held).astype(float)
    return frame.assign(on_hand=on_hand, cover_days=ratio(on_hand, frame["units"].clip(lower=0) / (13 * 7)))
