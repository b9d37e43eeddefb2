"""What may be behind a story is told where it could explain the gap, and only there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights.causes import causes
from analytics.insights.claim import Claim, Insight, Proof, count, write
from analytics.insights.company import Company
from analytics.profile import Profile
from analytics.selection import Selection
from tests.analytics.companies import Tables

QUERY = "range=2024-02-01..2024-03-01"  # against January
ABOUT = {"product": "Lamp"}


def lines() -> pd.DataFrame:
    """Sixty days on which twenty lamps and twenty chairs are sold, half of each on the web."""
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-03-01"))
    frame = pd.DataFrame({"ordered_at": np.repeat(days, 40)})
    n = np.arange(len(frame))
    return frame.assign(
        order_id=n.astype(str),
        ordered_at=frame["ordered_at"].astype("datetime64[us]"),
        product=np.where(n % 2, "Lamp", "Chair"),
        channel=np.where(n // 2 % 2, "Web", "Shop"),
        quantity=1.0,
        amount=50.0,
        discount=0.0,
        sale=True,
    )


def february(frame: pd.DataFrame) -> pd.Series:
    """The lamps of February."""
    return (frame["ordered_at"] >= "2024-02-01") & (frame["product"] == "Lamp")


def told(frame: pd.DataFrame, extras: dict[str, pd.DataFrame] | None = None, kind: str = "mover") -> dict[str, Claim]:
    """Causes of a story about lamps, by the names of their sentences."""
    profile = Profile("toy", "Toy", data_until="2024-02-29")
    engine = ColumnarEngine(store.in_memory(Tables(frame.reset_index(drop=True), profile, extras or {})))
    selection, _ = Selection.from_query(f"data=toy&{QUERY}")
    company = Company(engine, engine.resolve(selection), selection)
    claim = Claim("nothing", {"n": count(1)}, ABOUT, "n", 1.0, Proof("kpis"))
    found = causes(company, Insight(kind, "products", claim, "", list="news"))
    assert all("{" not in write(c.says, c.evidence) and c.gap >= 0 for c in found)
    return {str(c.says): c for c in found}


def cheaper(frame: pd.DataFrame) -> pd.DataFrame:
    more = frame[february(frame)].assign(order_id=lambda f: "x" + f["order_id"])
    both = pd.concat([frame, more, more.assign(order_id="y" + more["order_id"])])
    return both.assign(amount=np.where(february(both), 40.0, both["amount"]))


def discounted(frame: pd.DataFrame) -> pd.DataFrame:
    now = february(frame)
    return frame.assign(amount=np.where(now, 40.0, 50.0), discount=np.where(now, 10.0, 0.0))


def returned(frame: pd.DataFrame) -> pd.DataFrame:
    back = frame[february(frame)][::3].assign(amount=-50.0, quantity=-1.0, sale=False)
    return pd.concat([frame, back.assign(order_id="r" + back["order_id"])])


def off_the_web(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~(february(frame) & (frame["channel"] == "Web"))]


def gone(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~february(frame)]


def new(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["ordered_at"] >= "2024-02-01") | (frame["product"] != "Lamp")]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (cheaper, "cause.price_down_more"),
        (discounted, "cause.discounts_up"),
        (returned, "cause.refunds"),
        (off_the_web, "cause.one_channel"),
        (gone, "cause.gone"),
        (new, "cause.new"),
    ],
)
def test_what_was_planted_is_told(change: Callable[[pd.DataFrame], pd.DataFrame], cause: str) -> None:
    assert cause in told(change(lines()))


def test_where_nothing_else_changed_nothing_is_told() -> None:
    assert told(lines()) == {}
    assert told(lines()[::2]) == {}, "half of everything is no cause"


def test_only_stories_against_a_comparison_have_causes() -> None:
    assert told(gone(lines()), kind="running_out") == {}


def test_an_empty_shelf_is_told_of_a_product_that_fell() -> None:
    days = pd.to_datetime(["2024-01-20", "2024-01-27", "2024-02-03", "2024-02-10", "2024-02-17", "2024-02-24"])
    counts = pd.DataFrame(
        {"date": days.astype("datetime64[us]"), "product": "Lamp", "on_hand": [90.0, 60, 30, 5, 0, 0]}
    )
    frame = lines()
    sold = frame[~(february(frame) & (frame["ordered_at"] >= "2024-02-14"))]
    assert "cause.out_of_stock" in told(sold, {"stock": counts})
