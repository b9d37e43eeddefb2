"""Basket: what is bought together, more or less than chance would have it, and how large an order is.

Population: orders with a sale line; counts are of distinct orders. A filter on product, category or brand reads as
"whole orders that contain it". Over all orders most lifts lie below 1 where most orders hold one thing, so lift is
given twice: over all orders, and over those with two or more different things, where significance is judged.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.answer import Answer, Options
from analytics.engines.base import Baskets, Engine
from analytics.engines.common import lists
from analytics.errors import UnknownName
from analytics.language import N_, listed
from analytics.methods.baskets.affinity import affinity_table
from analytics.schema import MISSING
from analytics.selection import Clause, Resolved

MOST_PAIRS = 20_000
CLEAR_EDGES = 30
OTHER_EDGES = 10
TOP_ITEMS = 12
FEWEST_TOGETHER = 10  # orders; of fewer nothing is suggested
MOST_TRIED = 20  # best sellers, of which one may be the product that a question begins with

SIZE_FIELDS = {"products": "order_products", "units": "order_units"}


def pairs(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which two products (or brands, categories: option `by`) share orders, and could that be chance?

    Grain: one row per pair with a joint order, most joint orders first; the 20,000 most frequent where there are more.
    Columns: <by> and with_<by> (the pair), orders (that hold both), orders_a and orders_b (that hold the first, the
    second), support (% of all orders), confidence_ab (% of the first's orders that hold the second) and confidence_ba,
    lift (over all orders), lift_multi (over orders with two or more different ones), expected_low and
    expected_high (the least and the most joint orders that chance gives baskets of the same sizes and months), expected
    (the one of them nearer to the count), p and q (chance of a count so far from that,
    either way, alone and as false discovery rate over every possible pair; 0–1), significant (where q < .05 and the
    lift over all orders agrees: "yes" above the most, "less" below the least that chance gives; else "no"). An
    empty selection gives no rows. Raises NotInData without the field.
    Source: Agrawal & Srikant 1994; Mantel & Haenszel 1959; Benjamini & Hochberg 1995 (affinity.py).
    """
    by = options.get("by") or "product"
    found = engine.baskets(by, selection)
    frame, cut = pair_frame(found, by)
    notes = _population(engine, found, selection, by)
    if cut:
        notes = (*notes, N_("The {shown} most frequent of {pairs} pairs.", shown=len(frame), pairs=cut))
    return Answer(frame, notes, why=no_others(found, engine.schema[by].plural))


def pair_matrix(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which best sellers are bought together? Grain: one row per ordered pair of the 12 products in most orders; empty
    where no order holds two of them.

    Columns: product, with_product, orders (that hold both; 0 where none), confidence (% of the first's orders that hold
    the second), lift (all orders), lift_multi (orders with two or more products; blank where chance expects none).
    """
    found = engine.baskets("product", selection)
    counts = np.asarray(found.matrix.sum(axis=0)).ravel()
    top = np.sort(np.argsort(-counts, kind="stable")[:TOP_ITEMS])
    top = top[np.argsort(-counts[top], kind="stable")]
    larger = found.matrix[_sizes(found) >= 2]
    joint = _joint(found.matrix[:, top])
    n = counts[top]
    total = found.matrix.shape[0]
    n_larger = np.asarray(larger[:, top].sum(axis=0)).ravel()
    a, b = (m.ravel() for m in np.meshgrid(np.arange(len(top)), np.arange(len(top)), indexing="ij"))
    apart = a != b
    a = a[apart]
    b = b[apart]
    both = joint[a, b]
    frame = pd.DataFrame(
        {
            "product": found.items[top][a],
            "with_product": found.items[top][b],
            "orders": both,
            "confidence": _over(100.0 * both, n[a]),
            "lift": _over(both * float(total), n[a] * n[b]),
            "lift_multi": _over(both * float(larger.shape[0]), n_larger[a] * n_larger[b]),
        }
    )
    why = no_others(found, engine.schema["product"].plural)
    return Answer(frame if both.any() else frame[:0], _population(engine, found, selection, "product"), why=why)


def network(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which products belong together? Grain: one row per edge, most joint orders first.

    Edges: the 30 pairs with most joint orders among those that meet significantly more often than baskets of their
    sizes and months make them (significant "yes"), and the 10 with most joint orders among the others. Columns as in
    `pairs`, without the orders of each, support, confidences and expected counts. more["nodes"]: product and
    orders (that hold it) of the products on an edge, most orders first.
    """
    found = engine.baskets("product", selection)
    every = pair_frame(found, "product")[0]
    clear = together(every)
    edges = pd.concat([every[clear].head(CLEAR_EDGES), every[~clear].head(OTHER_EDGES)]).sort_index(ignore_index=True)
    edges = edges[["product", "with_product", "orders", "lift", "lift_multi", "p", "q", "significant"]]
    counts = pd.DataFrame({"product": found.items, "orders": np.asarray(found.matrix.sum(axis=0)).ravel()})
    named = set(edges["product"]) | set(edges["with_product"])
    nodes = counts[counts["product"].isin(named)].sort_values(
        ["orders", "product"], ascending=[False, True], ignore_index=True
    )
    why = no_others(found, engine.schema["product"].plural)
    notes = _population(engine, found, selection, "product")
    if clear.any():
        notes = (*notes, N_("Blue lines: more often than expected."))
    return Answer(edges, notes, {"nodes": nodes}, why)


def attach_rates(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What do buyers of one product also buy? Grain: one row another product in a joint order, highest rate first.

    The product is the option `product`, else that of `chosen_product`; filters on product, category and brand are left
    out. Columns: product (the other), orders (that hold both), attach_rate (% of the chosen one's orders that hold it),
    base_rate (% of all orders that hold it), lift, lift_multi, significant. more["chosen"]: product, orders. Raises
    UnknownName for an option that the data do not have; a product without orders in the selection gives no rows.
    """
    found = engine.baskets("product", selection.without(*engine.schema.product_levels))
    counts = np.asarray(found.matrix.sum(axis=0)).ravel()
    asked = options.get("product", "")
    chosen = asked or chosen_product(engine, selection, found)
    at = np.flatnonzero(found.items == chosen)
    if not len(at) and asked and engine.unknown_values(selection.only(Clause("product", (asked,)))):
        raise UnknownName("product", asked, [str(v) for v in found.items], where="attach_rates.product")
    n = int(counts[at[0]]) if len(at) else 0
    table = pair_frame(found, "product", (chosen,))[0]
    other = table["with_product"].where(table["product"] == chosen, table["product"])
    total = found.matrix.shape[0]
    held = pd.Series(counts, index=found.items).reindex(other).to_numpy(float)
    frame = pd.DataFrame(
        {
            "product": other.to_numpy(object),
            "orders": table["orders"],
            "attach_rate": _over(100.0 * table["orders"].to_numpy(float), n),
            "base_rate": _over(100.0 * held, total),
            "lift": table["lift"],
            "lift_multi": table["lift_multi"],
            "significant": table["significant"],
        }
    )
    frame = frame.sort_values(["attach_rate", "product"], ascending=[False, True], ignore_index=True)
    alone = _alone(found, at)
    name = engine.schema.label("product", chosen)
    notes: tuple[str, ...] = ()
    if n:
        said = N_("{name}: {orders:order|orders}, {alone} of them with nothing else.", name=name, orders=n, alone=alone)
        notes = (
            (said, N_("Line: share of all orders. Grey: not clearly more often than expected."))
            if len(frame)
            else (said,)
        )
    if any(c.field in engine.schema.product_levels for c in selection.clauses):
        notes = (*notes, N_("Product filters do not apply here."))
    things = engine.schema["product"].plural
    more = {"chosen": pd.DataFrame({"product": [chosen], "orders": [n]})}
    return Answer(frame, (*notes, *left_out(found, things)), more, no_others(found, things))


def sizes(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """How large is an order, and what is it worth? Grain: one row per size of order, by its different products or its
    units net of returns (option `by`), smallest first; bands of sizes above ten.

    Columns: order_products or order_units ("2", "11–20"), orders, aov (revenue / orders), revenue, share (% of the
    orders), revenue_share (% of revenue; blank where that is not positive). An order's size is that of all its lines,
    whatever is filtered. Orders of which nothing is left after returns are left out and counted in the notes;
    documents that only refund are no orders, and neither they nor their refunds are in any row.
    """
    field = SIZE_FIELDS[options.get("by") or "products"]
    frame = engine.aggregate([field], ["orders", "aov", "revenue"], lists.by_whole_orders(selection, engine.schema))
    sized = frame[field] != MISSING
    left = int(frame.loc[~sized, "orders"].sum())
    frame = frame[sized & (frame["orders"] > 0)].reset_index(drop=True)
    for name, of in (("share", "orders"), ("revenue_share", "revenue")):
        total = float(frame[of].sum())
        frame[name] = _over(100.0 * frame[of].to_numpy(float), max(total, 0.0))
    notes = _nothing_left(left) if left else ()
    return Answer(frame, (*notes, *_whole_orders(engine, selection)))


def _nothing_left(orders: int) -> tuple[str, ...]:
    return (N_("{orders:order|orders} with nothing left after returns {orders:?is|are} left out.", orders=orders),)


def value_by_size(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What is an order of each size worth? The rows and columns of `sizes`, with aov first."""
    answer = sizes(engine, selection, options)
    columns = list(answer.frame.columns)
    columns.insert(1, columns.pop(columns.index("aov")))
    return Answer(answer.frame[columns], answer.notes)


def pair_frame(found: Baskets, by: str, only: tuple[str, ...] = ()) -> tuple[pd.DataFrame, int]:
    """The pairs of `pairs` (those that touch `only`, where given), and how many there are where some were cut off,
    else 0.
    """
    measures = ("support", "confidence_ab", "confidence_ba", "lift", "lift_multi")
    table = affinity_table(found.matrix, found.months, measures=measures)
    met = int(table.attrs["seen"])
    names = np.asarray(found.items, dtype=object)
    frame = table.rename(columns={"n_ab": "orders", "n_a": "orders_a", "n_b": "orders_b"}).drop(columns=["a", "b", "N"])
    frame.insert(0, by, names[table["a"]])
    frame.insert(1, f"with_{by}", names[table["b"]])
    frame["significant"] = frame.pop("affinity").map({"more": "yes", "less": "less", "": "no"}).astype("str")
    if only:
        return frame[frame[by].isin(only) | frame[f"with_{by}"].isin(only)].reset_index(drop=True), 0
    return frame.head(MOST_PAIRS), met if met > MOST_PAIRS else 0


def together(frame: pd.DataFrame) -> pd.Series:
    """Which pairs of `pair_frame` meet significantly more often than baskets of their sizes and months make them."""
    return frame["significant"] == "yes"


def _joint(matrix: Any) -> np.ndarray:
    """Orders that hold both of each two columns."""
    return np.asarray((matrix.T @ matrix).toarray(), dtype="int64")


def _sizes(found: Baskets) -> np.ndarray:
    return np.diff(found.matrix.indptr)


def _alone(found: Baskets, at: np.ndarray) -> int:
    """Orders that hold nothing but the item in this column."""
    if not len(at):
        return 0
    holds = np.asarray(found.matrix[:, at[:1]].todense()).ravel() > 0
    return int(np.count_nonzero(holds & (_sizes(found) == 1)))


def chosen_product(engine: Engine, selection: Resolved, found: Baskets) -> str:
    """The product that a question about one product begins with: the only one that is filtered, or else, of those that
    the filters leave, the best seller by revenue that is in FEWEST_TOGETHER orders with one other product; where none
    of the first MOST_TRIED is, the first that is in any order with another; "" where none is."""
    values = {v for c in selection.clauses if c.field == "product" for v in c.include}
    if len(values) == 1:
        return values.pop()
    sold = engine.aggregate(["product"], ["revenue"], selection, order="revenue")
    held = np.asarray(found.matrix[_sizes(found) >= 2].sum(axis=0)).ravel()
    together = set(found.items[held > 0])
    candidates = [str(product) for product in sold["product"] if product in together]
    often = (product for product in candidates[:MOST_TRIED] if _most_joint(found, product) >= FEWEST_TOGETHER)
    return next(often, candidates[0] if candidates else "")


def _most_joint(found: Baskets, product: str) -> int:
    """In how many orders the product is together with the one that it is most often together with."""
    at = np.flatnonzero(found.items == product)
    holds = found.matrix[:, at].toarray().ravel() > 0
    counts = np.asarray(found.matrix[holds].sum(axis=0)).ravel()
    counts[at] = 0
    return int(counts.max(initial=0))


def _population(engine: Engine, found: Baskets, selection: Resolved, by: str) -> tuple[str, ...]:
    """Sentences that say which orders were counted."""
    larger = int(np.count_nonzero(_sizes(found) >= 2))
    orders, things = int(found.matrix.shape[0]), engine.schema[by].plural
    said = N_(
        "{orders:order|orders}, {several} with two or more {things}.", orders=orders, several=larger, things=things
    )
    return (said, *left_out(found, things), *_whole_orders(engine, selection))


def left_out(found: Baskets, things: str) -> tuple[str, ...]:
    """A sentence that says how many orders have too many `things` to be baskets; none where there are none."""
    if not found.left_out:
        return ()
    most = lists.MOST_IN_A_BASKET
    return (
        N_(
            "{orders:order|orders} with more than {most} {things} {orders:?is|are} left out.",
            orders=found.left_out,
            most=most,
            things=things,
        ),
    )


def no_others(found: Baskets, things: str) -> str:
    """Why there may be nothing to show although some orders have several `things`; "" where none is left out."""
    if not found.left_out:
        return ""
    return N_(
        "{orders:order|orders} with more than {most} {things} {orders:?is|are} left out, and the others have nothing "
        "that this card shows.",
        orders=found.left_out,
        most=lists.MOST_IN_A_BASKET,
        things=things,
    )


def _whole_orders(engine: Engine, selection: Resolved) -> tuple[str, ...]:
    schema = engine.schema
    named = [schema[c.field].label.lower() for c in selection.clauses if c.field in schema.product_levels]
    fields = listed(list(dict.fromkeys(named))) if named else ""
    return (N_("Counts whole orders that match the filter on {fields}.", fields=fields),) if fields else ()


def _over(top: Any, bottom: Any) -> np.ndarray:
    """top / bottom, blank where that is zero."""
    below = np.broadcast_to(np.asarray(bottom, dtype=float), np.shape(top)).copy()
    below[below == 0] = np.nan
    return np.asarray(np.asarray(top, dtype=float) / below)
