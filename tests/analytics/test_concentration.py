"""Concentration against CDNOW's figures, the AtliQ report and arithmetic done by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError
from analytics.methods.commerce.concentration import (
    concentration,
    gini,
    hhi,
    if_top_leave,
    net,
    pareto,
    top_share,
)

# Revenue of the 17 customers of the AtliQ report, in thousands lost to rounding at most one each.
ATLIQ = [572181, 407084, 259200, 184801, 63157, 59665, 53044, 50090, 44194, 29648, 29635, 23898, 13992, 7176, 5694]
ATLIQ += [3032, 1314]


def amounts(*values: float) -> pd.Series:
    return pd.Series(values, index=[f"c{i:03d}" for i in range(len(values))], dtype=float)


def slow_gini(values: list[float]) -> float:
    """Half the mean absolute difference of all pairs, relative to the mean."""
    pairs = [abs(a - b) for a in values for b in values]
    return float(np.mean(pairs) / (2 * np.mean(values)))


# --- published figures ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cdnow(sources: Path) -> pd.Series:
    """Amounts of all purchases, by customer."""
    names = ["customer", "date", "units", "amount"]
    path = sources / "cdnow" / "CDNOW_master.txt"
    return pd.read_csv(path, sep=r"\s+", skiprows=1, header=None, names=names, index_col="customer")["amount"]


def test_cdnow(cdnow: pd.Series) -> None:
    got = concentration(cdnow)
    assert (got.entities, got.zero, got.negative) == (23_570, 68, 0)
    assert got.value == pytest.approx(2_500_315.63)
    assert [round(got.top_1, 3), round(got.top_10, 3), round(got.top_20, 3)] == [15.876, 50.943, 67.777]
    assert got.gini == pytest.approx(0.63457, abs=5e-6)
    assert got.entities_for_80 == 7695
    assert 100 * got.entities_for_80 / got.entities == pytest.approx(32.65, abs=5e-3)
    assert (pareto(cdnow)["abc"] == "A").sum() == 7695


def test_gini_of_the_textbook() -> None:
    assert gini(amounts(1, 2, 3, 4, 5)) == pytest.approx(0.266667, abs=5e-7)
    assert gini(amounts(7, 7, 7)) == pytest.approx(0)
    assert gini(amounts(0, 0, 0, 0, 1)) == pytest.approx(0.8)
    assert gini(amounts(0, 0, 0, 0, 1), unbiased=True) == pytest.approx(1)


def test_hhi_of_the_textbook() -> None:
    assert hhi(amounts(30, 30, 20, 10, 5, 5)) == pytest.approx(2350)
    assert hhi(amounts(9)) == pytest.approx(10_000)
    assert hhi(amounts(3, 3, 3, 3)) == pytest.approx(2500)


def test_atliq_report() -> None:
    revenue = amounts(*ATLIQ)
    assert revenue.sum() == pytest.approx(1_807_805, abs=17)
    table = pareto(revenue)
    assert table["share"].iloc[0] == pytest.approx(31.65, abs=5e-3)
    assert table["cumulative_share"].iloc[2] == pytest.approx(68.5, abs=0.05)
    left = if_top_leave(revenue, [3])
    assert left.loc[3, "lost"] == 572181 + 407084 + 259200
    assert left.loc[3, "lost_share"] == pytest.approx(68.5, abs=0.05)


# --- definitions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_figures_equal_the_slow_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.lognormal(3, 1.5, 57).round(2)
    values[rng.random(57) < 0.1] = 0.0
    got = concentration(amounts(*values))
    ranked = sorted(values, reverse=True)
    assert got.gini == pytest.approx(slow_gini(list(values)))
    assert got.hhi == pytest.approx(sum((100 * v / sum(values)) ** 2 for v in values))
    assert got.top_10 == pytest.approx(100 * sum(ranked[:6]) / sum(values))  # ⌈5.7⌉ = 6
    assert got.entities_for_80 == next(n for n in range(1, 58) if sum(ranked[:n]) >= 0.8 * sum(values))


def test_top_share_rounds_its_number_up_but_not_by_a_binary_fraction() -> None:
    ten = amounts(*range(10, 0, -1))
    assert top_share(ten, 30) == pytest.approx(100 * 27 / 55)  # 0.3 × 10 is 3, not 4
    assert top_share(ten, 30.1) == pytest.approx(100 * 34 / 55)
    assert (top_share(ten, 0), top_share(ten, 100)) == (0, pytest.approx(100))
    for n in range(1, 401, 21):
        equal = pd.Series(1.0, index=range(n))
        assert top_share(equal, 7) == pytest.approx(100 * -(-7 * n // 100) / n)


def test_abc_puts_the_crossing_entity_into_the_upper_class() -> None:
    table = pareto(amounts(50, 25, 10, 8, 4, 3))
    assert table["cumulative_share"].tolist() == pytest.approx([50, 75, 85, 93, 97, 100])
    assert table["abc"].tolist() == ["A", "A", "A", "B", "B", "C"]
    exact = pareto(amounts(50, 30, 15, 5))  # 80 and 95 are reached, not crossed
    assert exact["abc"].tolist() == ["A", "A", "B", "C"]
    thirds = pareto(amounts(*[0.1] * 10))  # sums of 0.1 fall short of 0.8 in binary
    assert thirds["abc"].tolist() == ["A"] * 8 + ["B", "B"]
    one = pareto(amounts(9))
    assert (one["abc"].tolist(), one["cumulative_entities"].tolist()) == (["A"], [100])


def test_ties_go_by_entity_however_the_rows_stand() -> None:
    values = pd.Series({"Zoë": 5.0, "Ángel": 5.0, "b": 9.0, "a": 5.0})
    wanted = pareto(values)
    assert wanted.index.tolist() == ["b", "Zoë", "a", "Ángel"]
    for order in (["a", "b", "Zoë", "Ángel"], ["Ángel", "Zoë", "b", "a"]):
        pd.testing.assert_frame_equal(pareto(values[order]), wanted)


def test_refunds_are_netted_and_debtors_left_out_and_counted() -> None:
    lines = pd.Series(
        [10.0, -4.0, 5.0, -9.0, 0.1, 0.2, -0.3, 20.0], index=["a", "a", "b", "b", "paid", "paid", "paid", "c"]
    )
    kept, below = net(lines)
    assert kept.to_dict() == {"c": 20.0, "a": 6.0, "paid": 0.0}
    assert below.to_dict() == {"b": -4.0}
    got = concentration(lines)
    assert (got.entities, got.zero, got.negative, got.negative_value, got.value) == (3, 1, 1, -4.0, 26.0)
    assert got.gini == pytest.approx(slow_gini([20, 6, 0]))
    assert pareto(lines)["abc"].to_dict() == {"c": "A", "a": "A", "paid": "C"}


def test_if_the_top_leave() -> None:
    got = if_top_leave(amounts(50, 30, 20), [0, 1, 2, 5])
    assert got.index.tolist() == [0, 1, 2, 5]
    assert got["lost"].tolist() == [0, 50, 80, 100]
    assert got["left"].tolist() == [100, 50, 20, 0]
    assert got["lost_share"].tolist() == [0, 50, 80, 100]
    np.testing.assert_allclose(got["hhi"], [3800, 5200, 10_000, np.nan])
    np.testing.assert_allclose(got["gini"], [slow_gini([50, 30, 20]), slow_gini([30, 20]), 0, np.nan], atol=1e-12)


def test_nothing_sold() -> None:
    for values in (amounts(), amounts(0, 0), amounts(-3, -5)):
        got = concentration(values)
        assert np.isnan([got.gini, got.hhi, got.top_1, got.top_20]).all()
        assert (got.entities_for_80, got.value) == (0, 0.0)
        table = pareto(values)
        assert table["share"].isna().all()
        assert set(table["abc"]) <= {"C"}
        assert if_top_leave(values)["lost_share"].isna().all()
    assert np.isnan(gini(amounts(4), unbiased=True))
    assert gini(amounts(4)) == 0


def test_bad_input_is_refused() -> None:
    with pytest.raises(DataError, match="finite amount"):
        gini(amounts(1, np.nan))
    with pytest.raises(DataError, match="known entity"):
        hhi(pd.Series([1.0, 2.0], index=["a", None]))
    with pytest.raises(DataError, match="0 to 100"):
        top_share(amounts(1), 101)
    with pytest.raises(DataError, match="A ≤ B"):
        pareto(amounts(1), a_until=90, b_until=80)
    with pytest.raises(DataError, match="got -1"):
        if_top_leave(amounts(1), [-1])


def test_entities_that_come_once_are_ranked_like_those_that_are_added_up() -> None:
    values = pd.Series([5.0, -0.0, 7.5, -2.0, 5.0, 0.0], index=["e", "d", "c", "b", "a", "f"])
    twice = pd.concat([values, pd.Series(0.0, index=values.index)])
    for once, added in zip(net(values), net(twice), strict=True):
        pd.testing.assert_series_equal(once, added)
        assert not np.signbit(once[once == 0]).any()
