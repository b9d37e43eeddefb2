"""On how few customers revenue hangs, and what if they left."""

from __future__ import annotations

import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Engine
from analytics.language import N_
from analytics.methods.commerce import concentration as method
from analytics.questions.customers.buyers import by_customer
from analytics.questions.overview import left_out
from analytics.selection import Resolved

TOP_CUSTOMERS = (1, 3, 10)
LEAVING = (1, 3, 5, 10, 20, 50, 100)
MANY = 50  # customers from which on a per cent of them is more than one or two people


def customer_pareto(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """On how few customers does revenue (or profit: option `metric`) hang? Grain: one row per customer, most first
    (ties by id).

    Columns: customer, customer_name (where given), the metric, share and cumulative_share (% of the metric of those
    shown), rank, cumulative_customers (% of customers so far), abc (A makes 80 %, B 95 %; who crosses the line
    belongs to the upper class). Customers with more refunded than bought, or served at a loss, are left out and
    counted. The notes say what the top fifth brings and how few bring 80 %. more["top"]: the first 1, 3 and 10
    customers and their share. Method: concentration.py.
    """
    metric = options.get("metric") or "revenue"
    frame, notes = by_customer(engine, selection, [metric], metric)
    values = pd.Series(frame[metric].to_numpy(float), index=pd.RangeIndex(len(frame)))
    found = method.pareto(values)
    figures = method.concentration(values)
    out = frame.loc[found.index].reset_index(drop=True)
    for name in ("share", "cumulative_share", "rank"):
        out[name] = found[name].to_numpy()
    out["cumulative_customers"] = found["cumulative_entities"].to_numpy()
    out["abc"] = found["abc"].to_numpy()
    top = pd.DataFrame({"customers": [n for n in TOP_CUSTOMERS if n < len(out)]})
    top["share"] = [out["cumulative_share"].iloc[n - 1] for n in top["customers"]]
    if figures.value > 0 and len(out) > 1:
        counted = {"few": figures.entities_for_80, "customers": len(out)}
        said = (
            N_(
                "The top 20% of customers bring {top}%; {few} of {customers:customer|customers} bring 80%.",
                top=round(figures.top_20, 1),
                **counted,
            )
            if len(out) >= MANY
            else N_("{few} of {customers:customer|customers} bring 80%.", **counted)
        )
        notes = (said, *notes)
    if figures.negative:
        lost = engine.profile.amount(float(values[values < 0].sum()))
        notes += (left_out(figures.negative, "customers", metric, lost),)
    return Answer(out, notes, {"top": top})


def concentration(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How much hangs on how few, and what if they left? Grain: one row per n of largest customers.

    Columns: n, lost and kept (money), lost_share (%), gini (0–1) and hhi (0–10,000) of those who would stay. The notes
    say what the top 1 and 10 % of all customers bring, and how few bring 80 %. Arithmetic, not a forecast: nobody takes
    their place. Method: concentration.py.
    """
    found = engine.entities("customer", selection)
    values = pd.Series(found.columns["revenue"])
    if not (values > 0).any():
        return Answer(pd.DataFrame({"n": [], "lost": []}))
    now = method.concentration(values)
    left = method.if_top_leave(values, [n for n in LEAVING if n < len(values)])
    frame = left.reset_index().rename(columns={"left": "kept"})
    counted = {"few": now.entities_for_80, "customers": now.entities}
    note = (
        N_(
            "The top 1% of customers bring {top_1}%, the top 10% {top_10}%; "
            "{few} of {customers:customer|customers} bring 80%.",
            top_1=round(now.top_1, 1),
            top_10=round(now.top_10, 1),
            **counted,
        )
        if now.entities >= MANY
        else N_("{few} of {customers:customer|customers} bring 80%.", **counted)
    )
    return Answer(frame, (note,))
