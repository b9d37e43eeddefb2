"""What is plain arithmetic: refunds, fees, losses, whole years, unknown customers; each with figures worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.insights import KINDS
from analytics.insights.claim import Claim, with_also, write
from analytics.insights.company import Company
from analytics.profile import Profile
from analytics.selection import Selection
from tests.analytics.companies import Tables


def line(day: str, product: str, amount: float, **more: object) -> dict[str, object]:
    base = {"ordered_at": day, "product": product, "quantity": 1.0, "amount": amount, "customer": "Ana"}
    return base | {"category": product.split()[0], "country": "US", "region": "TX", "city": "Austin"} | more


def company(
    rows: list[dict[str, object]], extras: dict[str, pd.DataFrame] | None = None, **rules: bool
) -> ColumnarEngine:
    lines = pd.DataFrame(rows).assign(order_id=[f"O{n:05d}" for n in range(len(rows))])
    lines["ordered_at"] = pd.to_datetime(lines["ordered_at"]).astype("datetime64[us]")
    lines = lines.assign(sale=lines["amount"] > 0)
    return ColumnarEngine(store.in_memory(Tables(lines, Profile("toy", "Toy", **rules), extras or {})))


def claims(engine: ColumnarEngine, kind: str, query: str = "range=all") -> list[Claim]:
    selection, _ = Selection.from_query(f"data=toy&{query}")
    (found,) = [k for k in KINDS if k.name == kind]
    return found.find(Company(engine, engine.resolve(selection), selection))


def test_refunds_are_told_with_the_category_that_stands_out() -> None:
    names = ("Lamp A", "Lamp B", "Chair A", "Chair B")
    rows = [line("2024-03-01", name, 10.0) for name in names for _ in range(25)]
    rows += [line("2024-04-01", name, -10.0) for name in names[:2] for _ in range(5)]
    (claim,) = claims(company(rows), "refund_share")
    said = write(claim.says, claim.evidence)
    assert said == "Refunds took 10.0% of gross revenue: 100.00. Returns are highest for Lamp: 20.0% of sales."
    assert claim.gap == pytest.approx(100.0), "of the chairs nothing came back"


def test_a_product_that_is_most_of_it_is_told_in_the_place_of_its_category() -> None:
    rows = [line("2024-03-01", name, 10.0) for name in ("Lamp A", "Lamp B", "Chair A") for _ in range(50)]
    rows += [line("2024-04-01", "Lamp A", -10.0) for _ in range(10)]
    (claim,) = claims(company(rows), "refund_share")
    assert dict(claim.about) == {"product": "Lamp A"}
    assert claim.gap == pytest.approx(100.0)


def test_refunds_of_whole_orders_accuse_no_product() -> None:
    rows = [line("2024-03-01", name, 10.0) for name in ("Lamp A", "Lamp B", "Chair A") for _ in range(50)]
    rows += [line("2024-04-01", "Lamp A", -10.0) for _ in range(10)]
    (claim,) = claims(company(rows, refunds_shared=True), "refund_share")
    assert (claim.says, claim.advice, claim.gap) == (("refund_share",), "", 0.0)
    assert claims(company(rows, refunds_shared=True), "rising_refunds") == []


def test_refunds_that_are_the_same_everywhere_name_nothing() -> None:
    rows = [line("2024-03-01", name, 10.0) for name in ("Lamp A", "Chair A") for _ in range(50)]
    rows += [line("2024-04-01", name, -10.0) for name in ("Lamp A", "Chair A") for _ in range(5)]
    (claim,) = claims(company(rows), "refund_share")
    assert claim.says == ("refund_share",)
    assert claim.advice == ""


def test_hardly_any_refunds_are_no_fact() -> None:
    rows = [line("2024-03-01", "Lamp A", 10.0) for _ in range(200)]
    assert claims(company([*rows, line("2024-04-01", "Lamp A", -10.0)]), "refund_share") == []


@pytest.mark.parametrize(
    ("unknown", "said"),
    [(1, "4.8% of orders name no customer."), (7, "25.9% of orders name no customer.")],
)
def test_orders_without_a_customer(unknown: int, said: str) -> None:
    rows = [line("2024-03-01", "Lamp A", 10.0) for _ in range(20)]
    rows += [line("2024-03-02", "Lamp A", 5.0, customer="") for _ in range(unknown)]
    (claim,) = claims(company(rows), "unknown_customers")
    assert write(claim.says, claim.evidence) == said
    assert claim.evidence["revenue"].value == 5.0 * unknown


def test_whole_years_are_compared() -> None:
    rows = [
        line(f"{year}-{month:02d}-{day:02d}", "Lamp A", amount)
        for year, amount in ((2021, 10.0), (2022, 20.0), (2023, 15.0))
        for month in range(1, 13)
        for day in (1, 28 if month == 2 else 30, 31 if month in (1, 12) else 15)
    ]
    (claim,) = claims(company(rows), "yearly_growth")
    said = write(claim.says, claim.evidence)
    assert said == (
        "2023: revenue fell 25.0% to 540.00, from 720.00 in 2022. "
        "Since 2021, it has changed by +22.5% a year on average."
    )


def test_a_single_year_has_no_growth() -> None:
    rows = [line(f"2021-{month:02d}-{day:02d}", "Lamp A", 9.0) for month in range(1, 13) for day in (1, 28)]
    assert claims(company(rows), "yearly_growth") == []


def superstore() -> ColumnarEngine:
    """Tables cost more than they bring, in Texas everything does, and discounts above 20% lose money."""
    rows = []
    for number in range(40):
        day = f"2024-{number % 12 + 1:02d}-10"
        rows.append(line(day, "Table A", 90.0, cost=100.0, discount=10.0, region="CA", city="Fresno"))
        rows.append(line(day, "Paper A", 100.0, cost=60.0, discount=0.0, region="CA", city="Fresno"))
        rows.append(line(day, "Paper A", 80.0, cost=60.0, discount=20.0, region="CA", city="Fresno"))
        rows.append(line(day, "Paper A", 50.0, cost=60.0, discount=50.0))
    return company(rows)


def test_discounts_above_a_depth_lose_money() -> None:
    rows = []
    for number in range(40):
        day = f"2024-{number % 12 + 1:02d}-10"
        rows += [line(day, "Paper A", 100.0 - off, cost=60.0, discount=off) for off in (0.0, 10.0, 20.0, 50.0)]
    (claim,) = claims(company(rows), "losing_discounts")
    said = write(claim.says, claim.evidence)
    assert said == "Sales at more than 20.0% off lose money: 400.00 on 2,000.00 of revenue."
    assert (claim.evidence["profit"].value, claim.evidence["without"].value) == pytest.approx((3_200.0, 3_600.0))
    assert claim.gap == pytest.approx(400.0)


def test_what_makes_a_loss_is_named_by_product_and_by_place() -> None:
    product, place = claims(superstore(), "loss_makers")
    assert product.about == {"category": "Table"}
    assert write(product.says, product.evidence) == "Table: a loss of 400.00 on 3,600.00 of revenue."
    assert place.about == {"region": "TX"}
    assert write(place.says, place.evidence) == "Texas: a loss of 400.00 on 2,000.00 of revenue."


def test_where_nothing_makes_a_loss_none_is_told() -> None:
    rows = [line("2024-03-01", name, 10.0, cost=5.0, discount=1.0) for name in ("Lamp A", "Chair A") for _ in range(50)]
    engine = company(rows)
    assert claims(engine, "loss_makers") == []
    assert claims(engine, "losing_discounts") == []


def test_a_year_that_lacks_two_days_is_whole_enough() -> None:
    rows = [line(str(day.date()), "Lamp A", 9.0) for day in pd.date_range("2024-01-01", "2025-12-29")]
    assert claims(company(rows), "partial_year") == []
    short = company(rows[:600])  # until 22 August 2025
    assert len(claims(short, "partial_year")) == 1
    assert claims(short, "partial_year", "range=2025-08-01..2025-08-23") == [], "the range left out days of the year"


def test_idle_stock_says_how_large_the_largest_part_is() -> None:
    rows = [line("2024-03-01", name, 10.0, cost=4.0) for name in ("Lamp A", "Lamp B", "Chair A") for _ in range(5)]
    counts = pd.DataFrame({"product": ["Lamp A", "Lamp B", "Chair A"], "on_hand": [100.0, 90.0, 10.0]})
    counts = counts.assign(date=pd.to_datetime(["2024-12-31"] * 3).astype("datetime64[us]"))
    rows.append(line("2024-12-31", "Pen A", 1.0, cost=0.5))
    (claim,) = claims(company(rows, {"stock": counts}), "idle_stock")
    said = write(with_also(claim.says), claim.evidence)
    assert said == (
        "3 products sell too slowly: 800.00 at cost is tied up in stock. "
        "They have stock for more than 180 days or no sales; Lamp A alone is 50.0% of it."
    )


def sold_at(november: float) -> ColumnarEngine:
    """Lamps and chairs that cost 6 at a list price of 10, in two months; in the second, lamps at that discount."""
    rows = [
        line(f"2024-{month}-{day:02d}", name, 10.0 - off, cost=6.0, discount=off)
        for month, discount in (("10", 0.0), ("11", november))
        for day in range(1, 31)
        for name, off in (("Lamp A", discount), ("Chair A", 0.0))
        for _ in range(2 + (day * 7) % 3)
    ]
    return company([*rows, line("2024-10-31", "Chair A", 10.0, cost=6.0, discount=0.0)])


def test_a_margin_that_falls_is_told_with_the_discounts_behind_it() -> None:
    (claim,) = claims(sold_at(2.0), "margin", "range=2024-11-01..2024-12-01&compare=previous")
    said = write(claim.says, claim.evidence)
    assert said.startswith("Margin fell from 40.0% to 33.3%: 108.00 less profit.")
    assert said.endswith("Discounts rose to 10.0% of list prices, most for Lamp (20.0%).")
    assert claim.gap == pytest.approx(108.0)  # 6.67 points of 1,620


def test_a_margin_links_to_the_key_figures_of_its_range() -> None:
    query = "range=2024-11-01..2024-12-01&compare=previous"
    (claim,) = claims(sold_at(2.0), "margin", query)
    assert claim.proof.chart == "kpis"
    asked, _ = Selection.from_query(claim.proof.query, strict=True)
    assert asked == Selection.from_query(f"data=toy&{query}")[0]
    shown = sold_at(2.0)
    row = shown.aggregate([], ["margin"], shown.resolve(asked)).iloc[0]
    assert claim.evidence["margin"].value == pytest.approx(row["margin"])


def test_a_margin_that_stays_is_no_news() -> None:
    assert claims(sold_at(0.0), "margin", "range=2024-11-01..2024-12-01&compare=previous") == []


def fees(october: dict[str, tuple[int, float]], november: dict[str, tuple[int, float]]) -> ColumnarEngine:
    """Orders of 100 in two months: for each channel how many, and what it keeps of each."""
    rows = [
        line(f"2024-{month}-{n % 28 + 1:02d}", "Lamp A", 100.0, channel=channel, selling_fees=kept)
        for month, sold in (("10", october), ("11", november))
        for channel, (many, kept) in sold.items()
        for n in range(many)
    ]
    return company([*rows, line("2024-11-30", "Lamp A", 100.0, channel="Shop", selling_fees=0.0)])


def test_a_channel_that_charges_more() -> None:
    engine = fees({"Market": (100, 10.0), "Shop": (100, 0.0)}, {"Market": (100, 14.0), "Shop": (99, 0.0)})
    (claim,) = claims(engine, "rising_fees", "range=2024-11-01..2024-12-01")
    said = write(claim.says, claim.evidence)
    assert said.startswith("Selling fees rose from 5.0% to 7.0% of revenue")
    assert said.endswith("Mainly Market charged more: 14.0% of its revenue, up from 10.0%.")
    assert claim.gap == pytest.approx(400.0)


def test_more_through_the_channel_that_keeps_most() -> None:
    engine = fees({"Market": (50, 10.0), "Shop": (150, 0.0)}, {"Market": (150, 10.0), "Shop": (49, 0.0)})
    (claim,) = claims(engine, "rising_fees", "range=2024-11-01..2024-12-01")
    assert write(claim.says, claim.evidence).endswith("Mainly more was sold through Market, which keeps 10.0%.")
    assert (
        claims(fees({"Market": (50, 9.0)}, {"Market": (49, 9.0)}), "rising_fees", "range=2024-11-01..2024-12-01") == []
    )


def test_a_document_that_only_refunds_is_no_second_order() -> None:
    rows = []
    for number in range(120):
        who = {"customer": f"C{number}", "channel": "Ads" if number % 2 else "Web"}
        day = pd.Timestamp("2024-04-01") + pd.Timedelta(days=number)
        rows.append(line(str(day.date()), "Lamp A", 50.0, **who))
        again = day + pd.Timedelta(days=20)
        rows.append(line(str(again.date()), "Lamp A", -50.0 if number % 2 else 40.0, **who))
    rows += [line("2023-12-01", "Lamp A", 9.0, channel="Web"), line("2024-12-31", "Lamp A", 9.0, channel="Web")]
    (claim,) = claims(company(rows), "worse_repeat")
    assert (claim.evidence["rate"].value, claim.evidence["others"].value) == (0.0, 100.0)
    assert claim.evidence["worth"].value == pytest.approx(40.0)


def test_a_range_that_changes_all_the_time_is_no_news() -> None:
    rows = [
        line(str(day.date()), f"Dress {(number - age) // 14}", 20.0)
        for number, day in enumerate(pd.date_range("2024-01-01", "2024-12-31"))
        for age in (0, 14, 28)  # every two weeks one is new, and one is gone
        for _ in range(3)
    ]
    engine = company(rows)
    november = "range=2024-11-01..2024-12-01"
    assert claims(engine, "new_products", november) == []
    assert claims(engine, "gone_products", november) == []
    rows += [line(f"2024-11-{day:02d}", "Coat A", 200.0) for day in range(5, 31) for _ in range(2)]
    (claim,) = claims(company(rows), "new_products", november)
    assert claim.evidence["product"].value == "Coat A"
