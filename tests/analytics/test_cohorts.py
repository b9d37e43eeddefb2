"""Cohorts and retention against CDNOW's figures and the definitions done slowly."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.calendar import TimeRange
from analytics.errors import DataError
from analytics.methods.customers import cohorts
from analytics.methods.customers.cohorts import (
    average_retention,
    calendar_cohorts,
    days_to_second,
    rates,
    relative_cohorts,
    repeat_rate,
    retention,
)

UNTIL = "1998-06-30"


@pytest.fixture(scope="module")
def master(sources: Path) -> pd.DataFrame:
    """All purchases of CDNOW."""
    names = ["customer", "date", "units", "amount"]
    path = sources / "cdnow" / "CDNOW_master.txt"
    frame = pd.read_csv(path, sep=r"\s+", skiprows=1, header=None, names=names)
    return frame.assign(date=pd.to_datetime(frame["date"].astype(str)))


@pytest.fixture(scope="module")
def orders(master: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return master["customer"].to_numpy(), master["date"].to_numpy()


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[us]")


def quarter(start: str, end: str) -> TimeRange:
    return TimeRange(np.datetime64(start), np.datetime64(end))


# --- published figures ------------------------------------------------------------------------------------------------


def test_the_data_are_the_published_ones(master: pd.DataFrame) -> None:
    assert (master["customer"].nunique(), len(master)) == (23_570, 69_659)
    assert master["amount"].sum() == pytest.approx(2_500_315.63, abs=0.005)
    assert (master.duplicated().sum(), master.duplicated(["customer", "date"]).sum()) == (255, 2068)


def test_calendar_cohorts(orders: tuple[np.ndarray, np.ndarray], sources: Path) -> None:
    got = calendar_cohorts(*orders, UNTIL)
    assert got.index.tolist() == ["1997-01", "1997-02", "1997-03"]
    assert got["size"].tolist() == [7846, 8476, 7248]
    cell = got[[1, 2, 3, 4, 5, 6]].T
    assert cell["1997-01"].tolist() == [1157, 964, 810, 679, 736, 720]
    assert cell["1997-02"].tolist() == [1312, 980, 783, 847, 786, 626]
    assert cell["1997-03"].tolist() == [1032, 752, 756, 674, 564, 561]
    published = pd.read_csv(sources / "cdnow" / "cdnow_cohort_counts_calendar.csv", index_col="c")
    np.testing.assert_array_equal(got.drop(columns="size"), published)


def test_average_retention_counts_only_cohorts_seen_that_long(orders: tuple[np.ndarray, np.ndarray]) -> None:
    average = average_retention(calendar_cohorts(*orders, UNTIL))
    assert average.loc[[1, 6, 16, 17], "rate"].round(2).tolist() == [14.85, 8.09, 6.42, 6.35]
    assert average.loc[[0, 16, 17], "customers"].tolist() == [23_570, 7846 + 8476, 7846]
    naive = 100 * average["returned"] / 23_570  # what the wrong denominator would say
    assert naive.loc[[16, 17]].round(2).tolist() == [4.45, 2.11]


def test_repeat_rate(master: pd.DataFrame, orders: tuple[np.ndarray, np.ndarray]) -> None:
    assert repeat_rate(*orders).rate == pytest.approx(48.859, abs=5e-4)
    lines = master.groupby("customer").size()
    assert 100 * (lines >= 2).mean() == pytest.approx(49.478, abs=5e-4)  # what counting lines would say


def test_the_median_gap_to_the_second_purchase(orders: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.nanmedian(days_to_second(*orders)) == 57


def test_retention_between_quarters(orders: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = quarter("1997-01-01", "1997-04-01"), quarter("1997-04-01", "1997-07-01")
    third = quarter("1997-07-01", "1997-10-01")
    assert retention(*orders, first, second, UNTIL).rate == pytest.approx(22.809, abs=5e-4)
    assert retention(*orders, second, third, UNTIL).rate == pytest.approx(42.578, abs=5e-4)
    unseen = retention(*orders, second, third, "1997-09-29")
    assert np.isnan(unseen.rate)
    assert unseen.whole > 0
    assert retention(*orders, second, third, "1997-09-30").rate == pytest.approx(42.578, abs=5e-4)


# --- the definitions, a cell at a time --------------------------------------------------------------------------------


def random_orders(seed: int, orders: int = 400, customers: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": rng.integers(-1, customers, orders),
            "date": pd.Timestamp("2023-11-20") + pd.to_timedelta(rng.integers(0, 200 * 24, orders), unit="h"),
        }
    )


def slow_cells(frame: pd.DataFrame, until: str, span: int | None) -> dict[tuple[str, int], float]:
    """(cohort, k) → count or NaN; span None: calendar months."""
    last = pd.Timestamp(until)
    frame = frame[(frame["customer"] >= 0) & (frame["date"].dt.normalize() <= last)]
    day = frame["date"].dt.normalize()
    first = day.groupby(frame["customer"]).transform("min")
    cohort = first.dt.to_period("M")
    cells: dict[tuple[str, int], float] = {}
    for month in cohort.unique():
        for k in range(40):
            if span is None:
                inside = day.dt.to_period("M") == month + k
                seen = (month + k).end_time.normalize() <= last
                touched = (month + k).start_time <= last
            else:
                inside = (day - first).dt.days // span == k
                seen = month.end_time.normalize() + pd.Timedelta(days=span * (k + 1) - 1) <= last
                touched = day.min() + pd.Timedelta(days=span * k) <= last
            if touched:
                count = frame.loc[inside & (cohort == month), "customer"].nunique()
                cells[str(month), k] = float(count) if seen else np.nan
    return cells


@pytest.mark.sampled(10)
@pytest.mark.parametrize("until", ["2024-05-31", "2024-05-30", "2024-03-01", "2024-02-29", "2024-02-28", "2023-12-31"])
@pytest.mark.parametrize("span", [None, 30, 7])
def test_cells_equal_the_slow_ones(until: str, span: int | None) -> None:
    frame = random_orders(seed=3)
    args = frame["customer"].to_numpy(), frame["date"].to_numpy(), until
    got = calendar_cohorts(*args) if span is None else relative_cohorts(*args, days=span)
    wanted = slow_cells(frame, until, span)
    cells = got.drop(columns="size")
    ks = {k for month, k in wanted if span is not None or month == got.index[0]}
    assert set(got.columns) == {"size", *ks}
    for month, k in product(cells.index, cells.columns):
        np.testing.assert_equal(cells.at[month, k], wanted.get((month, int(k)), np.nan), err_msg=f"{month} {k}")
    assert (
        got["size"].sum()
        == frame.loc[(frame["customer"] >= 0) & (frame["date"].dt.normalize() <= until), "customer"].nunique()
    )


def test_a_large_table_gives_the_same_without_its_bitmap(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = random_orders(seed=8)
    args = frame["customer"].to_numpy(), frame["date"].to_numpy(), "2024-05-31"
    wanted = calendar_cohorts(*args)
    monkeypatch.setattr(cohorts, "BITMAP_LIMIT", 0)
    pd.testing.assert_frame_equal(calendar_cohorts(*args), wanted)


def test_ids_in_place_of_codes_and_shuffles_change_nothing() -> None:
    frame = random_orders(seed=5)
    wanted = calendar_cohorts(frame["customer"].to_numpy(), frame["date"].to_numpy(), "2024-05-31")
    ids = np.where(frame["customer"] < 0, -1, frame["customer"] * 10**9 + 7)
    shuffle = np.random.default_rng(1).permutation(len(frame))
    got = calendar_cohorts(ids[shuffle], frame["date"].to_numpy()[shuffle], "2024-05-31")
    pd.testing.assert_frame_equal(got, wanted)
    assert repeat_rate(ids, frame["date"].to_numpy()) == repeat_rate(
        frame["customer"].to_numpy(), frame["date"].to_numpy()
    )


def test_rates_and_a_cohort_that_nobody_has_watched() -> None:
    got = rates(
        calendar_cohorts(
            np.array([0, 1, 0, 2]), days("2024-01-05", "2024-01-31", "2024-02-29", "2024-02-29"), "2024-03-10"
        )
    )
    assert got["size"].tolist() == [2, 1]
    np.testing.assert_array_equal(got[[0, 1, 2]], [[100, 50, np.nan], [100, np.nan, np.nan]])
    young = average_retention(calendar_cohorts(np.array([0]), days("2024-03-01"), "2024-03-10"))
    assert young["customers"].tolist() == [0]
    assert young["rate"].isna().all()


def test_waits_until_the_second_purchase_day() -> None:
    who = np.array([0, 0, 1, 1, 2, 3, 3, -1, -1])
    when = days(
        "2024-01-01", "2024-01-31",  # back on the 30th day
        "2024-01-01", "2024-02-01",  # on the 31st: late
        "2024-02-20",  # watched for 9 days only
        "2024-01-10T08", "2024-01-10T20",  # the same day: not back
        "2024-01-01", "2024-01-02",
    )  # fmt: skip
    assert repeat_rate(who, when) == (4, 2, 50.0)
    np.testing.assert_array_equal(days_to_second(who, when), [30, 31, np.nan, np.nan])


def test_nothing_and_bad_columns() -> None:
    none = np.array([], dtype="int64"), np.array([], dtype="datetime64[us]")
    for empty in (calendar_cohorts(*none, UNTIL), relative_cohorts(*none, UNTIL)):
        assert empty.empty
        assert empty.columns.tolist() == ["size"]
        assert average_retention(empty).empty
        assert rates(empty).empty
    assert calendar_cohorts([-1], days("2024-01-01"), UNTIL).empty
    assert calendar_cohorts([0], days("2024-01-01"), "2023-12-31").empty
    span = quarter("2024-01-01", "2024-02-01")
    for share in (repeat_rate(*none), retention(*none, span, span, "2024-12-31")):
        assert share[:2] == (0, 0)
        assert np.isnan(share.rate)
    with pytest.raises(DataError, match="integer customer codes"):
        repeat_rate(np.array(["a"]), days("2024-01-01"))
    with pytest.raises(DataError, match="as many datetimes"):
        repeat_rate(np.array([1, 2]), days("2024-01-01"))
    with pytest.raises(DataError, match="1 orders lack a date"):
        repeat_rate(np.array([1, 2, -1]), days("2024-01-01", "NaT", "NaT"))
    with pytest.raises(DataError, match="1 day or more"):
        relative_cohorts(*none, UNTIL, days=0)
