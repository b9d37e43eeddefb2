"""Purchase histories: the published CDNOW summary, the definition done slowly, refunds and gaps."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError
from analytics.methods.customers import histories as module
from analytics.methods.customers.histories import _order, histories, summary, sums

CUT = "1997-09-30"


@pytest.fixture(scope="module")
def customers(purchases: pd.DataFrame) -> pd.DataFrame:
    return summary(purchases["customer"], purchases["date"], purchases["amount"], CUT)


def test_summary_equals_the_published_one(customers: pd.DataFrame, sources: Path) -> None:
    published = pd.read_csv(sources / "cdnow" / "cdnow_summary.csv")
    assert len(customers) == len(published) == 2357
    assert (customers["x"].to_numpy() != published["x"].to_numpy()).sum() == 0
    np.testing.assert_allclose(customers["t_x"], published["tx"], atol=5e-5)
    np.testing.assert_allclose(customers["T"], published["T"], atol=5e-5)
    np.testing.assert_allclose(customers["z"].fillna(0.0), published["z"], atol=5.1e-5)
    assert customers["z"].isna().equals(customers["x"] == 0)


def slow_summary(lines: pd.DataFrame, end: str) -> pd.DataFrame:
    """The definition, a customer at a time (no refunds)."""
    rows = {}
    for customer, own in lines[lines["date"] <= pd.Timestamp(end) + pd.Timedelta("23h")].groupby("customer"):
        daily = own.groupby(own["date"].dt.normalize())["amount"].sum()
        first, last = daily.index[0], daily.index[-1]
        rows[customer] = {
            "x": len(daily) - 1,
            "t_x": (last - first).days / 7,
            "T": (pd.Timestamp(end) - first).days / 7,
            "z": daily.iloc[1:].mean(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def test_summary_equals_the_slow_one_on_random_lines() -> None:
    rng = np.random.default_rng(5)
    lines = pd.DataFrame(
        {
            "customer": rng.choice(["Ångström", "b", "c", "d", "e", "lonely"], 300, p=[0.3, 0.3, 0.2, 0.1, 0.09, 0.01]),
            "date": pd.Timestamp("2020-01-15") + pd.to_timedelta(rng.integers(0, 24 * 70, 300), unit="h"),
            "amount": rng.integers(0, 50, 300).astype(float),
        }
    )
    got = summary(lines["customer"], lines["date"], lines["amount"], "2020-03-10")
    pd.testing.assert_frame_equal(got, slow_summary(lines, "2020-03-10"), check_names=False, check_dtype=False)


def test_summary_of_refunds_missing_customers_and_a_leap_day() -> None:
    rows = [
        ("a", "2020-02-28 09:00", 10.0),
        ("a", "2020-02-28 18:00", 5.0),  # the same day: one purchase
        ("a", "2020-02-29 10:00", 40.0),
        ("a", "2020-03-02 10:00", -10.0),  # lowers the purchase of 29 February, is no purchase
        ("a", "2020-03-06 10:00", 20.0),
        ("a", "2020-03-20 10:00", 99.0),  # after the end
        ("b", "2020-02-01 10:00", -7.0),  # a refund of something before the data
        ("b", "2020-03-01 10:00", 8.0),
        ("c", "2020-03-01 10:00", -8.0),  # never bought
        (None, "2020-03-01 10:00", 8.0),
        ("d", "2020-03-03 12:00", -30.0),  # refunded before noon of the day it was bought
        ("d", "2020-03-03 13:00", 30.0),
        ("d", "2020-03-07 13:00", 6.0),
        ("d", "2020-03-07 13:00", -6.0),
    ]
    who, when, paid = zip(*rows, strict=True)
    got = summary(list(who), list(when), list(paid), "2020-03-07")
    assert got.index.tolist() == ["a", "b", "d"]
    assert got["x"].tolist() == [2, 0, 1]
    np.testing.assert_allclose(got["t_x"], [7 / 7, 0, 4 / 7])
    np.testing.assert_allclose(got["T"], [8 / 7, 6 / 7, 4 / 7])
    np.testing.assert_allclose(got["z"], [25.0, np.nan, 0.0])


def test_summary_of_nothing_and_of_bad_columns() -> None:
    assert summary([], [], [], "2020-01-01").columns.tolist() == ["x", "t_x", "T", "z"]
    assert summary([], [], [], "2020-01-01").empty
    assert summary(["a"], ["2021-01-01"], [1.0], "2020-01-01").empty
    with pytest.raises(DataError, match="2 rows lack"):
        summary(["a", "a", None], [None, "2020-01-01", None], [1.0, np.nan, 1.0], "2020-12-31")
    with pytest.raises(DataError, match="one length"):
        summary(["a"], ["2020-01-01", "2020-01-02"], [1.0], "2020-12-31")


def test_equal_histories_are_merged_and_found_again() -> None:
    x, t_x, T = np.array([2, 0, 2, 1, 0]), np.array([3.5, 0, 3.5, 2, 0]), np.array([9.0, 9, 9, 9, 8])
    got = histories(x, t_x, T)
    assert (len(got.x), got.count.sum()) == (4, 5)
    np.testing.assert_array_equal(got.x[got.where], x)
    np.testing.assert_array_equal(got.t_x[got.where], t_x)
    np.testing.assert_array_equal(got.T[got.where], T)
    np.testing.assert_array_equal(got.count[got.where], [2, 1, 2, 1, 1])
    np.testing.assert_array_equal(got.levels[got.level], got.x)


@pytest.mark.parametrize("history", [(1, 3, 2), (-1, 0, 2), (1, np.nan, 2), (1, -1, 2)])
def test_impossible_histories_are_refused(history: tuple[float, float, float]) -> None:
    with pytest.raises(DataError, match="1 customers break 0 ≤ x"):
        histories(*([good, bad] for good, bad in zip((0, 0, 5), history, strict=True)))


def test_a_summary_holds_few_columns_at_a_time() -> None:
    rng = np.random.default_rng(3)
    rows = 100_000
    lines = pd.DataFrame(
        {
            "customer": rng.integers(0, 30_000, rows),
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 1_000, rows)), unit="D"),
            "amount": rng.uniform(1, 9, rows),
        }
    )
    tracemalloc.start()
    summary(lines["customer"], lines["date"], lines["amount"], "2024-12-01")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 8 * rows


@pytest.mark.parametrize("most", [0, 2**58])
def test_rows_are_ordered_by_key_and_then_as_they_came(most: int) -> None:
    key = np.array([5, 3, 5, most, 3, 0])
    np.testing.assert_array_equal(_order(key), np.argsort(key, kind="stable"))
    assert len(_order(key[:0])) == 0


def test_sums_do_not_depend_on_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).random((2, 10_000))
    whole = [float(v.sum()) for v in values]
    for rows in (10_000, 9_999, 1_111, 37):
        monkeypatch.setattr(module, "PART", rows)
        assert sums(10_000, lambda part: list(values[:, part])) == whole
    assert sums(0, lambda part: list(values[:, part])) == [0.0, 0.0]
