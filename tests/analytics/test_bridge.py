"""Bridges add up: the toy figures of the methods, hand arithmetic, and whatever random numbers come."""

from __future__ import annotations

from itertools import permutations
from math import log, prod

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, NotEnoughData, TooLarge
from analytics.methods.commerce.bridge import (
    bennet,
    lmdi,
    mix_and_rate,
    price_volume_mix,
    profit_bridge,
    revenue_bridge,
    shapley,
)

TOY_FUNNEL = ({"visitors": 10_000, "conversion": 0.02, "AOV": 50}, {"visitors": 12_000, "conversion": 0.018, "AOV": 55})


def items(*rows: tuple[float, float, float, float]) -> pd.DataFrame:
    """Rows of p0, q0, p1, q1."""
    p0, q0, p1, q1 = (np.array([r[i] for r in rows], dtype=float) for i in range(4))
    return pd.DataFrame(
        {"quantity_base": q0, "amount_base": p0 * q0, "quantity_now": q1, "amount_now": p1 * q1},
        index=[f"item {i}" for i in range(len(rows))],
    )


def segments(**rows: tuple[float, float, float, float]) -> pd.DataFrame:
    columns = ["numerator_base", "denominator_base", "numerator_now", "denominator_now"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def steps(bridge) -> dict[str, float]:
    return dict(zip(bridge.steps["step"], bridge.steps["value"], strict=True))


TOY = items((10, 100, 11, 120), (20, 50, 18, 60), (5, 200, 5, 150))


def test_toy_price_volume_mix():
    found = price_volume_mix(TOY)
    assert (found.base, found.now) == (3000, 3150)
    # By hand: 330 units against 350 at a mean price of 3000 / 350.
    assert steps(found)["volume"] == pytest.approx(-20 * 3000 / 350)
    assert steps(found) == pytest.approx(
        {"volume": -171.4286, "mix": 321.4286, "price": 0, "new": 0, "discontinued": 0, "unpriced": 0}, abs=5e-5
    )
    assert found.parts["price"].tolist() == pytest.approx([120, -120, 0])


def test_profit_by_volume_mix_price_and_cost():
    one = items((5, 10, 6, 12)).assign(cost_base=30.0, cost_now=48.0)
    assert steps(profit_bridge(one)) == pytest.approx(
        {"volume": 4, "mix": 0, "price": 12, "cost": -12, "new": 0, "discontinued": 0, "unpriced": 0}
    )
    toy = TOY.assign(cost_base=[600.0, 1200.0, 700.0], cost_now=[700.0, 1300.0, 600.0])
    toy.loc["new"] = {
        "quantity_base": 0,
        "amount_base": 0,
        "quantity_now": 5,
        "amount_now": 20,
        "cost_base": 0,
        "cost_now": 35,
    }
    toy.loc["gone"] = {
        "quantity_base": 5,
        "amount_base": 20,
        "quantity_now": 0,
        "amount_now": 0,
        "cost_base": 8,
        "cost_now": 0,
    }
    found = profit_bridge(toy)
    assert (found.base, found.now) == (3020 - 2508, 3170 - 2635)
    assert found.residual == pytest.approx(0, abs=1e-9)
    assert steps(found)["price"] == pytest.approx(steps(price_volume_mix(TOY))["price"]), "prices move what they moved"
    assert (steps(found)["new"], steps(found)["discontinued"]) == (-15, -12)
    assert steps(found)["cost"] == pytest.approx(600 * 1.2 - 700 + 1200 * 1.2 - 1300 + 700 * 0.75 - 600)


def test_toy_bennet():
    assert steps(bennet(TOY))["price"] == pytest.approx(0)
    assert steps(bennet(TOY))["quantity"] == pytest.approx(150)


def test_toy_lmdi_by_item():
    found = steps(price_volume_mix(TOY, "lmdi"))
    assert (found["volume"], found["mix"], found["price"]) == pytest.approx((-180.1171, 329.7829, 0.3342), abs=5e-5)


def test_toy_funnel_by_shapley_and_lmdi():
    found = shapley(*TOY_FUNNEL)
    assert (found.base, found.now) == (10_000, pytest.approx(11_880))
    assert found.steps["value"].tolist() == pytest.approx([1993.33, -1156.67, 1043.33], abs=5e-3)
    assert lmdi(*TOY_FUNNEL).steps["value"].tolist() == pytest.approx([1989.68, -1149.80, 1040.12], abs=5e-3)


def test_toy_simpson():
    found = mix_and_rate(segments(retail=(80_000, 800, 57_000, 600), trade=(40_000, 200, 114_000, 600)))
    assert (found.base, found.now) == (120, 142.5)
    assert steps(found) == pytest.approx({"mix": 29.25, "rate": -6.75})
    assert found.parts["mix"].tolist() == pytest.approx([10.125, 19.125])
    assert found.parts["weight_now"].tolist() == [50, 50]
    assert len(found.notes) == 1
    assert "rose although all 2 parts fell" in found.notes[0]


def test_no_simpson_warning_when_a_part_moves_with_the_whole():
    assert mix_and_rate(segments(a=(10, 1, 30, 1), b=(10, 1, 5, 1))).notes == []
    assert mix_and_rate(segments(a=(10, 1, 9, 1))).notes == []


def test_new_and_discontinued_items_stand_apart():
    table = items((10, 5, 12, 6), (0, 0, 7, 3), (4, 2, 0, 0))
    for found in (price_volume_mix(table), price_volume_mix(table, "lmdi"), bennet(table)):
        assert found.parts["group"].tolist() == ["both", "new", "discontinued"]
        assert (steps(found)["new"], steps(found)["discontinued"]) == (21, -8)
        assert found.residual == pytest.approx(0, abs=1e-12)
        assert found.now - found.base == 72 + 21 - 50 - 8


def test_refunds_beyond_sales_have_no_price_and_are_said():
    rows = [(10, 100, 12, 132), (5, 50, -2, -20), (0, 12, 0, 0)]
    table = pd.DataFrame(rows, columns=["quantity_base", "amount_base", "quantity_now", "amount_now"])
    found = price_volume_mix(table)
    assert found.parts["group"].tolist() == ["both", "unpriced", "unpriced"]
    assert steps(found)["unpriced"] == -82
    assert found.notes == ["2 products without a price in one period: shown apart."]
    assert found.residual == pytest.approx(0, abs=1e-12)


def test_one_item_only_and_no_items_at_all():
    only = price_volume_mix(items((10, 5, 12, 6)))
    assert (steps(only)["volume"], steps(only)["mix"], steps(only)["price"]) == pytest.approx((10, 0, 12))
    for found in (price_volume_mix(items()), price_volume_mix(items(), "lmdi"), bennet(items())):
        assert (found.base, found.now) == (0, 0)
        assert found.steps["value"].abs().sum() == 0
    assert steps(price_volume_mix(items((0, 0, 7, 3))))["new"] == 21


def test_missing_figures_count_as_nothing():
    table = items((10, 5, 12, 6), (0, 0, 7, 3))
    table.loc["item 1", ["quantity_base", "amount_base"]] = np.nan
    filled = price_volume_mix(items((10, 5, 12, 6), (0, 0, 7, 3)))
    pd.testing.assert_frame_equal(price_volume_mix(table).parts, filled.parts)


@pytest.mark.sampled(9)
@pytest.mark.parametrize("split", [price_volume_mix, lambda t: price_volume_mix(t, "lmdi"), bennet])
def test_random_items_leave_no_residual(split):
    generator = np.random.default_rng(2)
    for _ in range(40):
        n = int(generator.integers(1, 30))
        table = pd.DataFrame(
            {
                "quantity_base": generator.poisson(2, n) * 1.0,
                "quantity_now": generator.poisson(2, n) * 1.0,
            }
        )
        table["amount_base"] = table["quantity_base"] * generator.lognormal(3, 2, n)
        table["amount_now"] = table["quantity_now"] * generator.lognormal(3, 2, n)
        found = split(table)
        assert abs(found.residual) < 1e-9 * max(abs(found.base), abs(found.now), 1)
        effects = found.parts.drop(columns=["group", "change"]).sum(axis=1)
        priced = found.parts["group"] == "both"
        assert effects[priced].to_numpy() == pytest.approx(found.parts["change"][priced].to_numpy(), rel=1e-9, abs=1e-9)


def test_random_negative_amounts_leave_no_residual_in_bennet_and_base_weights():
    generator = np.random.default_rng(3)
    table = pd.DataFrame(generator.normal(0, 100, (200, 4)), columns=list(TOY.columns))
    gross = table[["amount_base", "amount_now"]].abs().to_numpy().sum()
    for found in (price_volume_mix(table), bennet(table)):
        assert set(found.parts["group"]) == {"both", "unpriced"}
        assert abs(found.residual) < 1e-9 * gross


def test_bennet_turned_round_turns_the_signs():
    back = TOY.set_axis(["quantity_now", "amount_now", "quantity_base", "amount_base"], axis=1)
    forth = steps(bennet(TOY))
    assert steps(bennet(back)) == pytest.approx({name: -value for name, value in forth.items()})


def slow_shapley(base: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    effects = dict.fromkeys(base, 0.0)
    orders = list(permutations(base))
    for order in orders:
        current = dict(base)
        for name in order:
            before = prod(current.values())
            current[name] = now[name]
            effects[name] += (prod(current.values()) - before) / len(orders)
    return effects


def test_shapley_equals_the_mean_over_all_orders():
    generator = np.random.default_rng(4)
    for n in (1, 2, 3, 5):
        base, now = ({f"f{i}": float(v) for i, v in enumerate(generator.normal(0, 3, n))} for _ in range(2))
        found = shapley(base, now)
        assert steps(found) == pytest.approx(slow_shapley(base, now), rel=1e-9, abs=1e-12)
        assert found.residual == pytest.approx(0, abs=1e-9)


def test_lmdi_is_the_limit_of_ever_smaller_values():
    exact = steps(lmdi({"a": 0, "b": 5}, {"a": 4, "b": 6}))
    assert exact == {"a": 24, "b": 0}

    def close(tiny: float) -> float:
        v0, v1 = tiny * 5, 24
        return (v1 - v0) / log(v1 / v0) * log(4 / tiny)

    # The limit is slow (1 / log): the error must shrink, and in proportion to 1 / log.
    errors = [abs(close(10.0**-power) - exact["a"]) for power in (20, 40, 80)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] == pytest.approx(errors[1] / 2, rel=0.05)


def test_lmdi_zeros_and_equal_products():
    assert steps(lmdi({"a": 0, "b": 0}, {"a": 4, "b": 6})) == {"a": 12, "b": 12}
    assert steps(lmdi({"a": 2, "b": 3}, {"a": 2, "b": 0})) == {"a": 0, "b": -6}
    assert steps(lmdi({"a": 0, "b": 3}, {"a": 5, "b": 0})) == {"a": 0, "b": 0}
    same = lmdi({"a": 2, "b": 3}, {"a": 3, "b": 2})
    assert steps(same) == pytest.approx({"a": 6 * log(1.5), "b": -6 * log(1.5)})
    nearly = lmdi({"a": 2, "b": 3}, {"a": 2 * (1 + 1e-12), "b": 3})
    assert steps(nearly)["a"] == pytest.approx(nearly.now - nearly.base, abs=1e-15)


def test_an_item_given_away_before_puts_all_on_price():
    found = price_volume_mix(items((0, 10, 5, 10), (1, 1, 1, 1)), "lmdi")
    assert steps(found)["price"] == pytest.approx(50)
    assert found.residual == pytest.approx(0, abs=1e-12)


def test_negative_values_are_refused_by_logarithms_only():
    with pytest.raises(DataError, match="Use bennet or shapley"):
        lmdi({"a": -1}, {"a": 2})
    with pytest.raises(DataError, match="Use bennet or shapley"):
        price_volume_mix(items((10, 5, -12, 6)), "lmdi")
    assert steps(bennet(items((10, 5, -12, 5))))["price"] == pytest.approx(-110)


def test_revenue_bridge_is_shapley_over_customers_frequency_and_value():
    base = {"revenue": 10_000, "orders": 200, "customers": 100}
    now = {"revenue": 9_900, "orders": 220, "customers": 88}
    found = revenue_bridge(base, now)
    assert found.parts["now"].tolist() == pytest.approx([88, 2.5, 45])
    expected = slow_shapley(
        {"customers": 100, "orders per customer": 2, "AOV": 50},
        {"customers": 88, "orders per customer": 2.5, "AOV": 45},
    )
    assert steps(found) == pytest.approx(expected)
    assert found.residual == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("empty", ["orders", "customers"])
def test_revenue_bridge_refuses_an_empty_period(empty):
    full = {"revenue": 100.0, "orders": 4, "customers": 2}
    with pytest.raises(NotEnoughData, match="One of the two periods has no orders"):
        revenue_bridge({**full, empty: 0}, full)


def test_mix_and_rate_adds_up_with_segments_that_come_and_go():
    found = mix_and_rate(
        segments(stays=(100, 10, 150, 10), goes=(50, 5, 0, 0), comes=(0, 0, 60, 2), never=(0, 0, 0, 0))
    )
    assert found.residual == pytest.approx(0, abs=1e-12)
    assert found.parts.loc[["goes", "comes", "never"], "rate"].tolist() == [0, 0, 0]
    assert found.parts.loc["stays", "rate"] == pytest.approx((10 / 15 + 10 / 12) / 2 * 5)
    assert np.isnan(found.parts.loc["comes", "rate_base"])


def test_an_amount_without_a_denominator_counts_as_rate_and_the_parts_still_add_up():
    found = mix_and_rate(segments(sells=(100, 10, 150, 10), returns=(30, 3, -26, 0), late=(-6, 0, 20, 4)))
    assert found.base == pytest.approx(124 / 13)
    assert found.now == pytest.approx(144 / 14)
    assert found.residual == pytest.approx(0, abs=1e-12)
    assert found.parts["change"].sum() == pytest.approx(found.now - found.base)
    assert found.parts.loc["returns", "rate"] == pytest.approx(-26 / 14)
    assert found.parts.loc["late", "rate"] == pytest.approx(6 / 13)
    assert np.isnan(found.parts.loc["returns", "rate_now"])
    assert found.notes == ["2 of 3 parts have revenue without orders."]


def test_mix_and_rate_refuses_what_has_no_ratio():
    with pytest.raises(NotEnoughData, match="is empty"):
        mix_and_rate(segments(a=(0, 0, 5, 1)))
    with pytest.raises(DataError, match="0 or more"):
        mix_and_rate(segments(a=(5, -1, 5, 1)))


def test_what_is_not_a_table_of_items_is_named():
    with pytest.raises(DataError, match="missing: amount_now"):
        bennet(TOY.drop(columns="amount_now"))
    with pytest.raises(DataError, match="'item 0' twice"):
        bennet(pd.concat([TOY, TOY]))
    with pytest.raises(DataError, match="finite"):
        bennet(TOY.assign(amount_now=np.inf))
    with pytest.raises(DataError, match="the same factors"):
        shapley({"a": 1}, {"b": 1})
    with pytest.raises(DataError, match="a number for each"):
        shapley({"a": float("nan")}, {"a": 1})
    with pytest.raises(TooLarge, match="at most 10"):
        shapley({str(i): 1 for i in range(11)}, {str(i): 1 for i in range(11)})
