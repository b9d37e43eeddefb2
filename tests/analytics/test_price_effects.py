"""Price effects on simulated shops whose truth is known, and what is said where they cannot be told."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from analytics import store as stores
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import DataError, NotEnoughData
from analytics.insights.claim import with_also, write
from analytics.insights.company import Company
from analytics.insights.kinds.changes.discounts import discounts as told
from analytics.methods.commerce.price_effects import (
    Effect,
    price_effect,
    refuse_prices_made_by_buyers,
    refuse_quantity_breaks,
)
from analytics.profile import Profile
from analytics.questions import discounts, prices
from analytics.selection import Clause, Resolved, Selection
from tests.analytics.companies import Tables
from tests.analytics.simulated_prices import KINDS, cells_of, coupons_alone, lines_of, promotions, quantity_breaks
from tests.samples import crossed

pytestmark = pytest.mark.no_cover

SEEDS = 3


def market(seed: int, products: int = 10, weeks: int = 20, effect: float = -2.0, level: float = 8.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return cells_of(lines_of(rng, effect, promotions(rng, products, weeks), level=level))


@cache
def found(kind: str, truth: float) -> list[Effect]:
    effects = []
    for seed in range(SEEDS):
        lines = KINDS[kind](np.random.default_rng([seed, len(kind)]), truth)
        refuse_quantity_breaks(lines)
        refuse_prices_made_by_buyers(lines)
        effects.append(price_effect(cells_of(lines)))
    return effects


# the estimate --------------------------------------------------------------------------------------------------------


def maximum_likelihood(cells: pd.DataFrame) -> float:
    """The oracle: Poisson numbers above zero with a dummy a product and a week, their likelihood climbed."""
    dummies = pd.get_dummies(cells[["product", "week"]].astype(str), dtype=float).to_numpy()
    design = np.column_stack([np.log(cells["price"].to_numpy()), dummies])
    design[:, 0] -= design[:, 0].mean()
    orders = cells["orders"].to_numpy(float)

    def missed(at: np.ndarray) -> tuple[float, np.ndarray]:
        mean = np.exp(design @ at)
        above = -np.expm1(-mean)
        return float(-(orders * (design @ at) - mean - np.log(above)).sum()), -design.T @ (orders - mean / above)

    return float(minimize(missed, np.zeros(design.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-7}).x[0])


@pytest.mark.parametrize("level", [8.0, 1.5])
def test_it_is_the_maximum_of_the_likelihood(level: float) -> None:
    cells = market(1, products=8, weeks=12, level=level)
    several = cells.groupby("product")["orders"].transform("max") > 1
    effect = price_effect(cells)
    assert effect.value == pytest.approx(maximum_likelihood(cells[several]), abs=1e-5)
    assert (effect.low + effect.high) / 2 == pytest.approx(effect.value)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("kind", "truth"), crossed(KINDS, (0.0, -2.0), 1))
def test_the_truth_is_recovered(kind: str, truth: float) -> None:
    effects = found(kind, truth)
    assert np.mean([e.value for e in effects]) == pytest.approx(truth, abs=0.15)
    assert sum(e.low <= truth <= e.high for e in effects) >= 2


@pytest.mark.long
def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    covered = []
    for seed in range(60):
        effect = price_effect(market(seed, products=20, weeks=20))
        covered.append(effect.low <= -2 <= effect.high)
    assert 0.87 <= np.mean(covered) <= 1


# what is left out, and what is refused -------------------------------------------------------------------------------


def test_quantity_breaks_are_refused_and_would_have_misled() -> None:
    lines = quantity_breaks(np.random.default_rng(0), 0.0)
    with pytest.raises(NotEnoughData, match=r"Larger quantities get larger discounts"):
        refuse_quantity_breaks(lines)
    units = lines.groupby(["product", "week"])["quantity"].sum().reset_index(name="orders")
    by_units = price_effect(units.merge(cells_of(lines).drop(columns="orders")))
    assert by_units.value < -3, "units fall with the price that they themselves make"


def test_coupons_alone_are_refused() -> None:
    with pytest.raises(NotEnoughData, match=r"so a low price follows from who bought"):
        refuse_prices_made_by_buyers(coupons_alone(np.random.default_rng(0), 0.0))


def test_buying_more_in_promotions_is_no_quantity_break() -> None:
    refuse_quantity_breaks(KINDS["more units where cheaper"](np.random.default_rng(0), -2.0))
    nothing = pd.DataFrame({"product": [], "week": [], "quantity": [], "rate": []}, dtype=float)
    refuse_quantity_breaks(nothing)
    with pytest.raises(DataError, match="missing: rate"):
        refuse_quantity_breaks(nothing.drop(columns="rate"))


def test_products_with_one_price_are_left_out_and_said() -> None:
    cells = market(0)
    still = pd.DataFrame({"product": "fixed", "week": range(20), "price": 100.0, "orders": 5})
    effect = price_effect(pd.concat([cells, still]))
    assert effect.products == 10
    assert "Products left out, as their price never changed: 1." in effect.notes
    assert effect.value == pytest.approx(price_effect(cells).value)


def test_rows_without_orders_and_rare_products_are_left_out_and_said() -> None:
    cells = market(0)
    holes = cells.assign(orders=cells["orders"].where(cells.index % 50 != 0, 0))
    effect = price_effect(holes)
    assert effect.rows == len(cells) - len(cells[cells.index % 50 == 0])
    assert any(note.startswith("Rows left out, without orders or price:") for note in effect.notes)
    rare = pd.DataFrame({"product": "rare", "week": [1, 2, 3], "price": [100.0, 90.0, 80.0], "orders": 1})
    assert "Products left out, never in more than one order a week: 1." in price_effect(pd.concat([cells, rare])).notes


def test_cannot_estimate() -> None:
    cells = market(0)
    for few in (cells.assign(price=10.0), cells.iloc[:0]):
        with pytest.raises(NotEnoughData, match=r"Too few prices changed .*: 0 products over"):
            price_effect(few)
    with pytest.raises(NotEnoughData, match=r"Too few prices changed .*: 1 product over"):
        price_effect(cells[cells["product"] == "p1"])
    with pytest.raises(NotEnoughData, match="3 weeks"):
        price_effect(cells[cells["week"] < 3].assign(price=lambda t: 10.0 + t["week"] + np.arange(len(t)) % 2))
    with pytest.raises(NotEnoughData, match="Prices change for all products"):
        price_effect(cells.assign(price=np.where(cells["week"] % 4 == 0, 80.0, 100.0)))
    with pytest.raises(DataError, match="missing: price"):
        price_effect(cells.drop(columns="price"))
    with pytest.raises(DataError, match="one row a product and week"):
        price_effect(pd.concat([cells, cells]))


# the questions -------------------------------------------------------------------------------------------------------


def company(lines: pd.DataFrame) -> ColumnarEngine:
    """One order a line, on the Mondays of 2021."""
    frame = pd.DataFrame(
        {
            "order_id": np.arange(len(lines)).astype(str),
            "ordered_at": (pd.Timestamp("2021-01-04") + pd.to_timedelta(7 * lines["week"], unit="D")).astype(
                "datetime64[us]"
            ),
            "product": lines["product"],
            "quantity": lines["quantity"],
            "amount": lines["amount"].round(2),
            "discount": lines["discount"].round(2),
            "sale": True,
        }
    )
    return ColumnarEngine(stores.in_memory(Tables(frame, Profile("toy", "Toy", data_until="2022-01-02"))))


def asked(engine: ColumnarEngine, *clauses: Clause) -> Resolved:
    return engine.resolve(Selection(engine.name, "all", "none", "auto", clauses))


def sentences(engine: ColumnarEngine) -> list[str]:
    claims = told(Company(engine, asked(engine)))
    return [write((*with_also(c.says), *with_also(c.advice), *c.caveats), c.evidence) for c in claims]


def test_an_engine_gives_what_the_lines_say() -> None:
    lines = KINDS["seasonal"](np.random.default_rng(4), -2.0)
    engine = company(lines)
    answer = discounts.discount_effect(engine, asked(engine), {})
    expected = price_effect(cells_of(lines))
    effect = answer.more["effect"].iloc[0]
    assert effect["value"] == pytest.approx(expected.value, abs=1e-3)
    row = answer.frame.set_index("depth").loc["10 % off"]
    assert row["orders_change"] == pytest.approx(100 * (0.9 ** effect["value"] - 1))
    assert row["revenue_change"] == pytest.approx(100 * (0.9 ** (effect["value"] + 1) - 1))
    assert row["low"] < row["orders_change"] < row["high"]
    assert answer.frame["needed"].isna().all(), "no costs"
    assert answer.notes[0].startswith("Products were ordered more often in their cheaper weeks: ")
    assert answer.notes[1].endswith("This shows what happened together, not what caused it.")
    said = sentences(engine)[0]
    assert said.startswith("Products were ordered 2")
    assert "more often in weeks when they were 10.0% cheaper." in said


def test_useless_discounts_are_said_to_bring_nothing() -> None:
    engine = company(KINDS["plain"](np.random.default_rng(2), 0.0))
    assert "No clear difference in orders" in discounts.discount_effect(engine, asked(engine), {}).notes[0]
    said = sentences(engine)[0]
    assert "did not measurably raise orders" in said
    assert "; 11.1% more would pay for it" in said


def test_quantity_breaks_are_said_to_tell_nothing() -> None:
    engine = company(quantity_breaks(np.random.default_rng(0), 0.0))
    with pytest.raises(NotEnoughData, match="larger discounts"):
        discounts.discount_effect(engine, asked(engine), {})
    said = sentences(engine)[0]
    assert "cannot be measured" in said
    assert "Larger quantities get larger discounts here" in said
    bands = prices.by_discount(engine, asked(engine).by("week"), {})
    assert bands.frame["index"].isna().all()
    assert bands.notes[0].startswith("No index: discounts differ by order within a week")


def test_bands_compare_orders_where_whole_weeks_are_discounted() -> None:
    engine = company(KINDS["more units where cheaper"](np.random.default_rng(3), 0.0))
    bands = prices.by_discount(engine, asked(engine).by("week"), {}).frame.set_index("discount_band")
    assert bands.index[0] == "no discount"
    assert bands["index"].to_numpy() == pytest.approx(100, abs=8), "more units are not more orders"
    coupons = company(KINDS["discounts on whole baskets"](np.random.default_rng(3), 0.0))
    assert prices.by_discount(coupons, asked(coupons).by("week"), {}).frame["index"].isna().all()


def test_what_cannot_be_estimated_of_a_company_is_said() -> None:
    one_price = company(lines_of(np.random.default_rng(0), 0.0, np.zeros((8, 10))))
    for selection in (asked(one_price), asked(one_price, Clause("product", ("no such thing",)))):
        with pytest.raises(NotEnoughData, match="Too few prices changed"):
            discounts.discount_effect(one_price, selection, {})


def test_discounts_of_the_demo_and_the_orders_that_they_need(store: Path) -> None:
    demo = ColumnarEngine(stores.open(store, "demo"))
    answer = discounts.discount_effect(demo, asked(demo), {})
    effect = answer.more["effect"].iloc[0]
    assert effect["low"] <= -1.5, "planted: −2 of units, most of it in orders"
    assert effect["high"] < -0.5
    found = answer.frame.set_index("depth")
    margin = demo.aggregate([], ["margin"], asked(demo))["margin"].iloc[0]
    # at the needed orders the gross profit of 100 of revenue is what it was
    assert (margin - 10) * (1 + found.loc["10 % off", "needed"] / 100) == pytest.approx(margin)
