"""Suggestions: which products might be sold as a bundle, and what to show to who buys something.

Both rest on joint orders that were observed. Neither is a measured effect: whether a bundle or a list sells more is
only known after trying it on some customers and not on others.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.answer import Answer, Options
from analytics.engines.base import Baskets, Engine
from analytics.engines.common.lists import by_whole_orders
from analytics.errors import NotEnoughData, UnknownName
from analytics.language import N_
from analytics.methods.baskets.recommend import recommend, recommendation_scorecard
from analytics.methods.baskets.rules import frequent_itemsets
from analytics.methods.inference.proportions import wilson_interval
from analytics.questions.basket import FEWEST_TOGETHER, chosen_product, left_out, no_others, pair_frame, together
from analytics.selection import Clause, Resolved

MOST_BUNDLES = 200
MOST_TRIPLE_ITEMS = 150  # number of best sellers among which triples are sought
MOST_RECOMMENDED = 20
MOST_SCORED = 100_000  # number of orders on which the lists are compared with popularity

BUNDLE_COLUMNS = ("anchor", "add_on", "items", "orders", "lift", "q", "anchor_orders", "attach_rate",
                  "beyond_orders", "beyond_low", "beyond_high", "beyond_revenue")  # fmt: skip
RECOMMENDED_COLUMNS = ("product", "because_of", "orders", "confidence", "popularity", "popularity_rank", "lift",
                       "significant")  # fmt: skip
ASSUMPTION = N_(
    "Extra orders are those beyond what orders of the same sizes and months would hold by chance; extra revenue is "
    "that of the second product in them. Only a test shows what an offer adds."
)


def bundle_ideas(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """Which two or three products might be offered together? Grain: one row per set, most joint orders first; at most
    200.

    Sets that meet in 10 or more orders, and of which every two products are an affinity: they meet significantly more
    often (q < .05) than baskets of their sizes and months make them. Of the ways to split a set into an anchor and one
    more, the one with the highest attach rate is shown. Columns: anchor (a product, or two joined by " + "), add_on,
    items (2 or 3), orders (that hold all), lift (among orders with two or more products; of a triple, the lowest of its
    three ways), q (0–1; Benjamini–Hochberg over every possible pair; of a triple, the weakest of its three pairs),
    anchor_orders, attach_rate (% of the anchor's orders that hold the add-on), beyond_orders (joint orders above what
    chance gives the set: for a pair `expected` of the table of pairs, for a triple orders / lift), beyond_low and
    beyond_high (its 95 % interval, which narrows as orders grow: Wilson 1927, of the attach rate) and beyond_revenue
    (beyond_orders × revenue of the add-on / its orders; money). Triples are looked for among the 150 products in most
    orders. Nothing beyond chance gives no rows.
    Source: Agrawal & Srikant 1994; affinity.py.
    """
    found = engine.baskets("product", selection)
    sizes = np.diff(found.matrix.indptr)
    several = int(np.count_nonzero(sizes >= 2))
    orders = int(found.matrix.shape[0])
    notes: list[str] = [
        N_("{orders:order|orders}, {several} with two or more products.", orders=orders, several=several)
    ]
    notes += left_out(found, engine.schema["product"].plural)
    table = pair_frame(found, "product")[0]
    table = table[together(table)]
    sets = pd.concat([_pairs(table), _triples(found, sizes, table)], ignore_index=True)
    sets = sets.astype({"anchor": "str", "add_on": "str"})
    sets = sets[sets["orders"] >= FEWEST_TOGETHER]
    sets = sets.sort_values(["orders", "lift", "anchor"], ascending=[False, False, True], ignore_index=True)
    if len(sets) > MOST_BUNDLES:
        notes.append(N_("The {shown} most frequent of {sets} sets.", shown=MOST_BUNDLES, sets=len(sets)))
    sets = sets.head(MOST_BUNDLES)
    joint = sets["orders"].to_numpy(float)
    anchored = sets["anchor_orders"].to_numpy(float)
    sets["attach_rate"] = 100 * joint / anchored
    chance = sets["expected"].to_numpy(float)
    low, high = wilson_interval(joint, anchored)
    sets["beyond_orders"] = joint - chance
    sets["beyond_low"] = np.maximum(anchored * low - chance, 0.0)
    sets["beyond_high"] = anchored * high - chance
    sold = engine.aggregate(["product"], ["aov"], by_whole_orders(selection, engine.schema)).set_index("product")["aov"]
    sets["beyond_revenue"] = sets["beyond_orders"] * sold.reindex(sets["add_on"]).to_numpy(float)
    why = no_others(found, engine.schema["product"].plural)
    return Answer(sets[list(BUNDLE_COLUMNS)], (*notes, ASSUMPTION) if len(sets) else tuple(notes), why=why)


def recommendations(engine: Engine, selection: Resolved, options: Options) -> Answer:
    """What to show to who buys this, or to this customer? Grain: one row per product, best first; at most 20.

    For the option `customer` (or the only one that is filtered): what others bought with the products that the customer
    bought in the range, without those. Else "bought with" the option `product`, else that of `basket.chosen_product`.
    Learned from the orders of everybody in the range: filters on product, category, brand and customer only choose for
    whom. Columns: product, because_of (the given product that speaks for it most), orders (that hold both), confidence
    (% of the orders with because_of that hold it: for several given products their sum ranks), popularity (% of all
    orders that hold it), popularity_rank, lift and significant (labels that never rank; significant as in
    `basket.pairs`, of this product and because_of). Pairs of fewer than 10 joint orders say nothing. The notes set the
    lists against merely showing what sells best, on orders set aside. more["given"]: product (the given ones). A
    customer or product without orders in the range gives no rows. Raises UnknownName for an option that the data do not
    have. Source: recommend.py.
    """
    everybody = selection.without(*engine.schema.product_levels, "customer")
    found = engine.baskets("product", everybody)
    customer = options.get("customer") or ("" if options.get("product") else _sole(selection, "customer"))
    if customer:
        _must_be_known(engine, selection, "customer", customer)
        own = everybody.only(*everybody.clauses, Clause("customer", (customer,)))
        bought = engine.aggregate(["product"], ["orders"], own)
        given = [str(p) for p in bought.loc[bought["orders"] > 0, "product"] if p in set(found.items)]
        name = engine.schema.label("customer", customer)
        said = N_(
            "For {customer}, who bought {products:different product|different products}.",
            customer=name,
            products=len(given),
        )
        notes: list[str] = [said]
    else:
        given = _product(engine, selection, options, found)
        notes = [N_("Bought with {product}.", product=engine.schema.label("product", given[0]))] if given else []
    table = recommend(found.matrix, given, labels=[str(i) for i in found.items], k=MOST_RECOMMENDED,
                      min_count=FEWEST_TOGETHER)  # fmt: skip
    table = table.rename(columns={"item": "product", "together": "orders"})
    table["significant"] = _evidence_for(found, table)
    table = table[list(RECOMMENDED_COLUMNS)]
    if len(table):
        notes += against_popularity(found)
    notes += left_out(found, engine.schema["product"].plural)
    why = no_others(found, engine.schema["product"].plural)
    return Answer(table, tuple(notes), {"given": pd.DataFrame({"product": given})}, why)


def _evidence_for(found: Baskets, table: pd.DataFrame) -> list[str]:
    """What the test of pairs says of each recommended product and the one because of which it is shown."""
    tested = pair_frame(found, "product", tuple(table["because_of"].unique()))[0]
    pairs = tested[["product", "with_product", "significant"]].itertuples(index=False)
    said = {frozenset((one, other)): significant for one, other, significant in pairs}
    shown = zip(table["product"], table["because_of"], strict=True)
    return [said.get(frozenset(pair), "no") for pair in shown]


def against_popularity(found: Baskets) -> list[str]:
    """Do these lists find a hidden product of an order more often than the ten best sellers do? In sentences."""
    matrix = found.matrix
    if matrix.shape[0] > MOST_SCORED:
        drawn = np.random.default_rng(42).choice(matrix.shape[0], MOST_SCORED, replace=False)
        matrix = matrix[np.sort(drawn)]
    try:
        card = recommendation_scorecard(matrix, min_count=FEWEST_TOGETHER, methods=("popularity", "confidence"))
    except NotEnoughData as error:
        return [N_("Not compared with the best sellers: {why}", why=error.text)]
    hits = {row["method"]: row for row in card.to_dict("records")}
    ours = hits["confidence"]
    base = hits["popularity"]
    better = N_("Such lists do better than simply showing the best sellers.")
    no_better = N_("Such lists do no better than simply showing the best sellers.")
    tested = N_(
        "Tried on {orders:order|orders} with one product hidden: it was among the first five of such a list in "
        "{ours}%, among the five best sellers in {base}%.",
        orders=int(ours["baskets"]),
        ours=round(float(ours["hr_5"]), 1),
        base=round(float(base["hr_5"]), 1),
    )
    return [tested, better if ours["mrr"] > base["mrr"] else no_better]


def _pairs(table: pd.DataFrame) -> pd.DataFrame:
    first = (table["orders_a"] <= table["orders_b"]).to_numpy()
    one = table["product"].to_numpy(object)
    other = table["with_product"].to_numpy(object)
    return pd.DataFrame(
        {
            "anchor": np.where(first, one, other),
            "add_on": np.where(first, other, one),
            "items": 2,
            "orders": table["orders"],
            "lift": table["lift_multi"],
            "q": table["q"],
            "expected": table["expected"],
            "anchor_orders": np.where(first, table["orders_a"], table["orders_b"]),
        }
    )


def _triples(found: Baskets, sizes: NDArray[np.integer], table: pd.DataFrame) -> pd.DataFrame:
    """Triples in which every pair is an affinity of the table: the weakest of the three tests counts."""
    q_of = {frozenset(pair): q for *pair, q in table[["product", "with_product", "q"]].itertuples(index=False)}
    counts = np.asarray(found.matrix.sum(axis=0)).ravel()
    top = np.sort(np.argsort(-counts, kind="stable")[:MOST_TRIPLE_ITEMS])
    larger = found.matrix[sizes >= 2]
    seen = frequent_itemsets(larger[:, top], FEWEST_TOGETHER, 3) if larger.shape[0] else {}
    total = larger.shape[0]
    rows = []
    for three, n in ((s, n) for s, n in seen.items() if len(s) == 3):
        tested = [q_of.get(frozenset(found.items[top[i]] for i in pair)) for pair in combinations(three, 2)]
        if None in tested:
            continue
        ways = [(seen[pair], pair, next(i for i in three if i not in pair)) for pair in combinations(three, 2)]
        anchored, pair, last = min(ways)
        chances = [(seen[p], seen[(i,)]) for _, p, i in ways]
        rows.append((pair, last, n, anchored, chances, max(q for q in tested if q is not None)))
    anchors = [" + ".join(str(found.items[top[i]]) for i in r[0]) for r in rows]
    # three rows per set: each product against the other two
    tests = np.array([c for r in rows for c in r[4]], dtype=np.int64).reshape(-1, 2)
    joint = np.repeat(np.array([r[2] for r in rows], dtype=np.int64), 3)
    lift = (joint * float(total) / (tests[:, 0] * tests[:, 1].astype(float))).reshape(-1, 3).min(axis=1)
    return pd.DataFrame(
        {
            "anchor": np.array(anchors, dtype=object),
            "add_on": np.array([str(found.items[top[r[1]]]) for r in rows], dtype=object),
            "items": 3,
            "orders": np.array([r[2] for r in rows], dtype=np.int64),
            "lift": lift,
            "expected": np.array([r[2] for r in rows], dtype=float) / lift,
            "q": np.array([r[5] for r in rows], dtype=float),
            "anchor_orders": np.array([r[3] for r in rows], dtype=np.int64),
        }
    )


def _product(engine: Engine, selection: Resolved, options: Options, found: Baskets) -> list[str]:
    """The product that is asked for, in a list; an empty one where it has no orders here."""
    asked = options.get("product") or ""
    if asked:
        _must_be_known(engine, selection, "product", asked)
    chosen = asked or chosen_product(engine, selection, found)
    return [chosen] if chosen in set(found.items) else []


def _must_be_known(engine: Engine, selection: Resolved, field: str, value: str) -> None:
    if engine.unknown_values(selection.only(Clause(field, (value,)))):
        raise UnknownName(field, value, [], where=f"recommendations.{field}")


def _sole(selection: Resolved, field: str) -> str:
    """The value that is the only one filtered, "" where there is none."""
    values = {v for c in selection.clauses if c.field == field for v in c.include}
    return values.pop() if len(values) == 1 else ""
