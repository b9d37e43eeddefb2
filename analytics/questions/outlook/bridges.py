"""Why did revenue, profit or the average order value change against the comparison?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.methods.commerce.bridge import Bridge, mix_and_rate, price_volume_mix, profit_bridge
from analytics.methods.commerce.bridge import revenue_bridge as factor_bridge
from analytics.selection import Resolved

ROUNDING = 1e-9  # share of the larger total; anything smaller is rounding noise, not a step
NO_STEPS = pd.DataFrame({"step": pd.Series(dtype="str"), "value": pd.Series(dtype="float64")})


def revenue_bridge(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Why did revenue change against the comparison? Grain: one row per step of the bridge, "base" first and "now"
    last.

    Option `method`: "factors" splits the change of known customers' revenue into customers × orders per customer ×
    order value (Shapley), what came without a customer apart; "prices" into volume, mix and price over products
    sold in both periods (base-weighted), new and discontinued ones apart; "profit" splits the change of profit into
    volume, mix, price and cost likewise. Columns: step, revenue or profit (money), share (% of the change). The
    steps sum to the change exactly. more["parts"]: the largest products or the factors. Raises NotEnoughData
    without a comparison, or by factors where either range has no known customers. Method: bridge.py.
    """
    before = selection.compared
    method = options.get("method") or "factors"
    metric = "profit" if method == "profit" else "revenue"
    if metric == "profit":
        bridge, extra = _profit_bridge(engine, selection)
    elif method == "prices" or "customer" not in engine.schema:
        bridge, extra = _price_bridge(engine, selection)
    else:
        bridge, extra = _factor_bridge(engine, selection)
    steps = pd.concat([bridge.steps, extra], ignore_index=True)
    base, now = (float(engine.aggregate([], [metric], s)[metric].iloc[0]) for s in (before, selection))
    change = now - base
    steps = steps[steps["value"].abs() > ROUNDING * max(abs(base), abs(now))]
    ends = [pd.DataFrame({"step": ["base"], "value": [base]}), steps, pd.DataFrame({"step": ["now"], "value": [now]})]
    frame = pd.concat(ends, ignore_index=True).rename(columns={"value": metric})
    frame["share"] = np.where(
        frame["step"].isin(["base", "now"]) | (change == 0), np.nan, frame[metric] / (change or np.nan) * 100
    )
    return Answer(frame, tuple(bridge.notes), {"parts": bridge.parts.reset_index()})


def _factor_bridge(engine: Engine, selection: Resolved) -> tuple[Bridge, pd.DataFrame]:
    names = ["revenue", "known_revenue", "known_orders", "customers"]
    sides = []
    unknown = []
    for side in (selection.before, selection):
        assert side is not None
        row = engine.aggregate([], names, side).iloc[0]
        sides.append(
            {
                "revenue": float(row["known_revenue"]),
                "orders": float(row["known_orders"]),
                "customers": float(row["customers"]),
            }
        )
        unknown.append(float(row["revenue"] - row["known_revenue"]))
    return factor_bridge(*sides), pd.DataFrame(
        {"step": ["orders without a customer"], "value": [unknown[1] - unknown[0]]}
    )


def _price_bridge(engine: Engine, selection: Resolved) -> tuple[Bridge, pd.DataFrame]:
    return price_volume_mix(_both_sides(engine, selection, {"units": "quantity", "revenue": "amount"})), NO_STEPS


def _profit_bridge(engine: Engine, selection: Resolved) -> tuple[Bridge, pd.DataFrame]:
    """By products whose cost is known on all lines; what the others, known in part, changed is a step of its own."""
    names = {"units": "quantity", "costed_revenue": "amount", "cost": "cost", "revenue": "revenue"}
    items = _both_sides(engine, selection, names)
    partly = pd.Series(False, index=items.index)
    for side in ("base", "now"):
        partly |= ~np.isclose(items[f"amount_{side}"], items[f"revenue_{side}"], atol=0.005)
    lacking = items[partly]
    apart = (lacking["amount_now"] - lacking["cost_now"] - lacking["amount_base"] + lacking["cost_base"]).sum()
    extra = pd.DataFrame({"step": ["cost known in part"], "value": [float(apart)]})
    return profit_bridge(items[~partly].drop(columns=["revenue_base", "revenue_now"])), extra


def _both_sides(engine: Engine, selection: Resolved, names: Mapping[str, str]) -> pd.DataFrame:
    """Measures by product in the comparison and in the range (index: product), as <name>_base and <name>_now."""
    assert selection.before is not None
    frames = [
        engine.aggregate(["product"], list(names), side)
        .set_index("product")
        .rename(columns={measure: f"{name}_{n}" for measure, name in names.items()})
        for n, side in (("base", selection.before), ("now", selection))
    ]
    return frames[0].join(frames[1], how="outer").fillna(0.0)


def order_value_bridge(engine: Engine, selection: Resolved, options: Options, *, by: str = "product") -> Answer:
    """Average order value changed: did the segments' own values change, or only their weights? Grain: one row per value
    of the option `by`.

    Columns: the dimension, rate_base, rate_now (order value, money), weight_base, weight_now (% of orders), mix, rate,
    change (money; they sum to the change of the total). A note warns when every part moved against the whole (Simpson's
    paradox). Only dimensions constant within an order are offered, else orders would count twice. Raises NotEnoughData
    without a comparison or where either range has no orders. Method: bridge.py.
    """
    before = selection.compared
    dimension = options.get("by") or by
    frames = [
        engine.aggregate([dimension], ["revenue", "orders"], side)
        .set_index(dimension)
        .rename(columns={"revenue": f"numerator_{n}", "orders": f"denominator_{n}"})
        for n, side in (("base", before), ("now", selection))
    ]
    bridge = mix_and_rate(frames[0].join(frames[1], how="outer").fillna(0.0))
    parts = bridge.parts.copy()
    parts.index.name = dimension
    parts = parts.reset_index().sort_values("change", key=np.abs, ascending=False, ignore_index=True)
    return Answer(parts, tuple(bridge.notes))
