"""RFM against the R package rfm, the Classic Models report, and the shuffles that break other versions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, UnknownName
from analytics.methods.customers.rfm import (
    OTHERS,
    SEGMENT_MAPS,
    STANDING,
    cut_points,
    migration,
    rfm,
    scores,
    segment_of,
)

AS_OF = "2006-12-31"


@pytest.fixture(scope="module")
def orders(sources: Path) -> pd.DataFrame:
    return pd.read_csv(sources / "rfm" / "rfm_data_orders.csv", parse_dates=["d"])


@pytest.fixture(scope="module")
def customers(orders: pd.DataFrame) -> pd.DataFrame:
    return histories(orders)


def histories(orders: pd.DataFrame) -> pd.DataFrame:
    grouped = orders.groupby("customer_id")
    return grouped.agg(last=("d", "max"), frequency=("d", "size"), monetary=("revenue", "sum"))


def some(**columns: Sequence[object]) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    return frame.assign(last=pd.to_datetime(frame["last"])).set_index("customer")


def published_scores(customers: pd.DataFrame) -> pd.DataFrame:
    """Scores by the package's cut points, which add one unit of currency to those of money."""
    return scores(customers, AS_OF, cut_points(customers, AS_OF, step=1.0))


# --- published figures ------------------------------------------------------------------------------------------------


def test_the_data_are_the_published_ones(orders: pd.DataFrame, customers: pd.DataFrame) -> None:
    assert (len(orders), len(customers), orders["revenue"].sum()) == (4906, 995, 464_158)


def test_cut_points(customers: pd.DataFrame) -> None:
    cuts = cut_points(customers, AS_OF, step=1.0)
    np.testing.assert_allclose(cuts.frequency, [4, 5, 6, 8])
    np.testing.assert_allclose(cuts.monetary, [255.8, 382, 506.4, 666])
    np.testing.assert_allclose(cuts.recency, [115, 181, 297.4, 482])


def test_scores_of_five_customers(customers: pd.DataFrame) -> None:
    scored = published_scores(customers)
    code = scored["r"] * 100 + scored["f"] * 10 + scored["m"]
    published = {
        "Abbey O'Reilly": 343,
        "Add Senger": 412,
        "Aden Lesch": 323,
        "Aden Murphy": 544,
        "Admiral Senger": 433,
    }
    for name, score in published.items():
        assert code[scored.index.str.startswith(name)].tolist() == [score], name
    abbey = scored[scored.index.str.startswith("Abbey O'Reilly")].iloc[0]
    assert abbey[["recency", "frequency", "monetary"]].tolist() == [205, 6, 472]
    assert scored["f"].value_counts().sort_index().tolist() == [268, 187, 176, 244, 120]


def test_threshold_map(customers: pd.DataFrame) -> None:
    scored = published_scores(customers)
    got = scored.assign(segment=segment_of(scored, "thresholds"))
    champions = got[got["segment"] == "Champions"]
    assert (len(champions), champions["frequency"].sum(), champions["monetary"].sum()) == (158, 1234, 120_178)
    assert got["segment"].value_counts().to_dict() == {
        "Loyal Customers": 278,
        "Potential Loyalists": 229,
        "Champions": 158,
        "Lost": 111,
        "At Risk": 86,
        "About To Sleep": 50,
        OTHERS: 48,
        "Need Attention": 35,
    }


def test_readme_map(customers: pd.DataFrame) -> None:
    assert segment_of(published_scores(customers), "readme").value_counts().to_dict() == {
        "Potential Loyalists": 342,
        "Loyal Customers": 170,
        "Lost": 148,
        "New Customers": 104,
        "About To Sleep": 102,
        "Can't Lose Them": 47,
        "Champions": 35,
        "At Risk": 28,
        "Need Attention": 10,
        "Promising": 9,
    }


def test_recency_frequency_map(customers: pd.DataFrame) -> None:
    got = rfm(customers, AS_OF)
    counts = got["segment"].value_counts().to_dict()
    assert counts.pop("Lost") + counts.pop("Hibernating") == 240
    assert (got["segment"] == "Lost").sum() == ((got["r"] == 1) & (got["f"] == 1)).sum() > 0
    assert counts == {
        "Loyal Customers": 170,
        "Potential Loyalists": 146,
        "At Risk": 135,
        "Champions": 99,
        "About To Sleep": 76,
        "Need Attention": 46,
        "Promising": 31,
        "New Customers": 30,
        "Can't Lose Them": 22,
    }


def test_recency_frequency_map_is_the_regex_one() -> None:
    """The boxes against the regular expressions in which the map is usually written."""
    patterns = {
        "11": "Lost",
        "[12][12]": "Hibernating",
        "[12][34]": "At Risk",
        "[12]5": "Can't Lose Them",
        "3[12]": "About To Sleep",
        "33": "Need Attention",
        "[34][45]": "Loyal Customers",
        "41": "Promising",
        "51": "New Customers",
        "[45][23]": "Potential Loyalists",
        "5[45]": "Champions",
    }
    cells = pd.DataFrame([(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in (1, 5)], columns=["r", "f", "m"])
    wanted = [next(n for p, n in patterns.items() if re.fullmatch(p, f"{c.r}{c.f}")) for c in cells.itertuples()]
    assert segment_of(cells).tolist() == wanted
    assert len(set(wanted)) == 11


def test_every_segment_has_a_standing() -> None:
    assert {box.name for boxes in SEGMENT_MAPS.values() for box in boxes} | {OTHERS} == set(STANDING)


# --- the Classic Models report ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def classic(sources: Path) -> pd.DataFrame:
    lines = pd.read_csv(sources / "classic_models" / "sales_data_sample.csv", encoding="latin-1", keep_default_na=False)
    lines["ordered_at"] = pd.to_datetime(lines["ORDERDATE"], format="%m/%d/%y")
    return lines


def test_report_rule_reproduces_the_report(classic: pd.DataFrame, sources: Path) -> None:
    grouped = classic.groupby("CUSTOMERNAME")
    customers = grouped.agg(last=("ordered_at", "max"), frequency=("SALES", "size"), monetary=("SALES", "sum"))
    got = rfm(customers, "2005-05-31", rule="report")
    assert got["segment"].value_counts().to_dict() == {
        "VIPs": 21,
        "Lost Customers": 19,
        "Potential Loyalists": 18,
        "At Risk": 18,
        "Loyal Customers": 16,
    }
    published = pd.read_csv(sources / "classic_models" / "expected_rfm.csv", index_col="CUSTOMERNAME")
    got = got.loc[published.index]
    assert got["recency"].tolist() == published["R"].tolist()
    assert got["frequency"].tolist() == published["F"].tolist()
    np.testing.assert_allclose(got["monetary"], published["M"])
    for score in ("r", "f", "m"):
        assert got[score].tolist() == published[score].tolist()
    short = {"Loyal": "Loyal Customers", "Potential": "Potential Loyalists", "Lost": "Lost Customers"}
    assert got["segment"].tolist() == published["seg"].replace(short).tolist()
    again = rfm(customers.sample(frac=1, random_state=1), "2005-05-31", rule="report")
    pd.testing.assert_frame_equal(again.loc[got.index], got)


def test_report_rule_with_distinct_orders(classic: pd.DataFrame) -> None:
    """With orders instead of lines as F, shared by value, the published alternative comes out."""
    grouped = classic.groupby("CUSTOMERNAME")
    customers = grouped.agg(last=("ordered_at", "max"), frequency=("ORDERNUMBER", "nunique"), monetary=("SALES", "sum"))
    counts = rfm(customers, "2005-05-31", rule="report")["segment"].value_counts()
    order = ["VIPs", "Loyal Customers", "Potential Loyalists", "At Risk", "Lost Customers"]
    assert counts[order].tolist() == [23, 23, 9, 9, 28]


# --- what breaks other versions ---------------------------------------------------------------------------------------


def slow_scores(customers: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """The definition, a customer at a time."""
    recency = (pd.Timestamp(as_of) - customers["last"].dt.normalize()).dt.days
    facts = {"r": recency, "f": customers["frequency"], "m": customers["monetary"]}
    rows = {}
    for customer in customers.index:
        row = {}
        for name, values in facts.items():
            cuts = [values.quantile(q) + 1 for q in (0.2, 0.4, 0.6, 0.8)]
            past = sum(values[customer] >= cut for cut in cuts)
            if name == "m":  # whatever one unit of currency is worth
                past = sum(values[customer] > cut - 1 for cut in cuts)
            tied = sum(cut == values[customer] + 1 for cut in cuts)
            if name == "f" and values[customer] > 1 and tied > 1:
                past += tied // 2
            row[name] = 5 - past if name == "r" else 1 + past
        rows[customer] = row
    return pd.DataFrame.from_dict(rows, orient="index")


def random_customers(count: int, seed: int) -> pd.DataFrame:
    """Four in five bought once: quintiles that pd.qcut refuses. Some sums are negative after refunds."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "last": pd.Timestamp("2024-02-29 23:59") - pd.to_timedelta(rng.integers(0, 400, count), unit="D"),
            "frequency": np.where(rng.random(count) < 0.85, 1, rng.integers(2, 9, count)),
            "monetary": rng.normal(60, 50, count).round(2),
        },
        index=pd.Index([f"Kundin Ö{i}" for i in range(count)], name="customer"),
    )


@pytest.mark.sampled(6)
@pytest.mark.parametrize("count", [1, 2, 5, 83])
def test_scores_equal_the_slow_ones(count: int) -> None:
    customers = random_customers(count, seed=count)
    got = scores(customers, "2024-03-01")
    pd.testing.assert_frame_equal(got[["r", "f", "m"]], slow_scores(customers, "2024-03-01"), check_names=False)
    assert got[["r", "f", "m"]].isin(range(1, 6)).all(axis=None)


def test_equal_values_share_a_score_and_shuffles_change_nothing(customers: pd.DataFrame) -> None:
    scored = rfm(customers, AS_OF)
    for value, score in (("recency", "r"), ("frequency", "f"), ("monetary", "m")):
        assert scored.groupby(value)[score].nunique().max() == 1
    for seed in range(3):
        shuffled = customers.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(rfm(shuffled, AS_OF).loc[scored.index], scored)


@pytest.mark.parametrize("rate", [0.001, 0.01, 1.0, 130.0])
def test_scores_do_not_depend_on_the_currency(rate: float) -> None:
    customers = random_customers(83, seed=83)
    alike = pd.concat([customers, customers.assign(monetary=0.3).set_axis(customers.index + " too")])
    plain = scores(alike, "2024-03-01")["m"]
    pd.testing.assert_series_equal(scores(alike.assign(monetary=alike["monetary"] * rate), "2024-03-01")["m"], plain)
    assert plain[alike["monetary"] == 0.3].nunique() == 1


def test_time_of_day_does_not_matter() -> None:
    customers = some(
        customer=["a", "b"], last=["2024-02-29 23:59", "2024-02-29 00:00"], frequency=[1, 1], monetary=[1.0, 1.0]
    )
    assert scores(customers, "2024-03-01 12:00")["recency"].tolist() == [1, 1]


def test_nobody() -> None:
    nobody = random_customers(0, seed=1)
    for rule in ("standard", "report"):
        got = rfm(nobody, AS_OF, rule=rule)
        assert got.empty
        assert got.columns.tolist() == ["recency", "frequency", "monetary", "r", "f", "m", "segment"]


def test_bad_input_is_refused() -> None:
    good = random_customers(6, seed=2)
    with pytest.raises(DataError, match="after the analysis date 2022"):
        rfm(good, "2022-01-01")
    with pytest.raises(DataError, match="1 customers lack"):
        rfm(good.assign(last=good["last"].where(good.index != "Kundin Ö3")), "2024-03-01")
    with pytest.raises(DataError, match="each customer once"):
        rfm(pd.concat([good, good]), "2024-03-01")
    with pytest.raises(DataError, match="none missing"):
        rfm(good.rename(index={"Kundin Ö3": np.nan}), "2024-03-01")
    with pytest.raises(UnknownName, match="Did you mean 'report'"):
        rfm(good, "2024-03-01", rule="reports")
    with pytest.raises(UnknownName, match="'thresholds'"):
        rfm(good, "2024-03-01", segment_map="threshold")


# --- migration --------------------------------------------------------------------------------------------------------


def test_migration_keeps_the_cut_points(orders: pd.DataFrame) -> None:
    then = histories(orders[orders["d"].between("2005-01-01", "2005-12-31")])
    now = histories(orders[orders["d"].between("2006-01-01", "2006-12-31")])
    got = migration(then, now, "2005-12-31", "2006-12-31")
    cuts = cut_points(then, "2005-12-31")
    before = segment_of(scores(then, "2005-12-31"))
    after = segment_of(scores(now, "2006-12-31", cuts))
    for row in got.itertuples():
        was = set(before[before == row.segment_then].index) if row.moved != "new" else set(now.index) - set(then.index)
        became = set(after[after == row.segment_now].index) if row.moved != "gone" else set(then.index) - set(now.index)
        both = list(was & became)
        assert row.customers == len(both) > 0
        assert row.monetary_then == pytest.approx(then["monetary"].reindex(both).sum())
        assert row.monetary_now == pytest.approx(now["monetary"].reindex(both).sum())
    assert got["customers"].sum() == len(set(then.index) | set(now.index))
    assert got["monetary_then"].sum() == pytest.approx(then["monetary"].sum())
    assert set(got["moved"]) == {"up", "down", "same", "new", "gone"}


def test_everybody_who_stays_as_they_were_stays_in_their_segment() -> None:
    then = random_customers(60, seed=9)
    a_year_on = then.assign(last=then["last"] + pd.Timedelta(days=365))
    got = migration(then, a_year_on, "2024-03-01", "2025-03-01")
    assert got["moved"].eq("same").all()
    assert (got["segment_then"] == got["segment_now"]).all()
    doubled = a_year_on.assign(frequency=a_year_on["frequency"] * 9)
    assert migration(then, doubled, "2024-03-01", "2025-03-01").set_index("moved")["customers"].get("up", 0).sum() > 0


def test_a_fall_and_a_loss_by_hand() -> None:
    names = ["a", "b", "c", "d", "e"]
    then = some(
        customer=names,
        last=["2024-01-30", "2024-01-20", "2024-01-10", "2024-01-02", "2023-12-01"],
        frequency=[9, 7, 5, 3, 1],
        monetary=[90.0, 70.0, 50.0, 30.0, 10.0],
    )
    now = then.drop(index="e").assign(last=lambda f: f["last"] + pd.Timedelta(days=366))
    now.loc["a", "last"] = pd.Timestamp("2024-02-01")
    now = pd.concat([now, some(customer=["z"], last=["2025-01-30"], frequency=[1], monetary=[5.0])])
    got = migration(then, now, "2024-01-31", "2025-01-31").set_index("moved")
    fallen = got.loc["down"]
    assert (fallen["segment_then"], fallen["segment_now"]) == ("Champions", "Can't Lose Them")
    assert (fallen["customers"], fallen["monetary_then"]) == (1, 90.0)
    assert (got.loc["gone", "segment_now"], got.loc["gone", "monetary_then"]) == ("(gone)", 10.0)
    assert (got.loc["new", "segment_then"], got.loc["new", "segment_now"]) == ("(new)", "New Customers")


def test_migration_of_nobody() -> None:
    nobody = random_customers(0, seed=1)
    got = migration(nobody, nobody, "2024-03-01", "2025-03-01")
    assert got.empty
    assert got.columns.tolist()[:4] == ["segment_then", "segment_now", "moved", "customers"]
    with pytest.raises(DataError, match="first moment"):
        migration(nobody, random_customers(5, seed=1), "2024-03-01", "2025-03-01")
