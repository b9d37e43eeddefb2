"""The ledger adds up, and a difference to a platform's total is split into the causes that were planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.answer import Answer
from analytics.engines.base import Engine
from analytics.errors import RequestError
from analytics.methods.commerce.reconciling import Way, split
from analytics.profile import Profile
from analytics.questions.ledger import account, ledger, ledger_by_period
from analytics.questions.reconciliation import cause_lines, reconciliation
from analytics.selection import Selection
from tests.analytics.companies import Tables
from tests.analytics.engines import DUCKDB, EMBEDDED, EngineKind
from tests.analytics.shop import shop, toml

JANUARY = "range=2024-01-01..2024-02-01&compare=none"
COLUMNS = ("order_id", "ordered_at", "posted_at", "product", "quantity", "amount", "discount", "shipping", "tax", "tip",
           "gift_card", "selling_fees", "status")  # fmt: skip
ROWS = (
    ("1", "2024-01-01 00:30", "2024-01-01", "Tea", 1, 90.0, 10.0, 5.0, 18.0, 2.0, 0.0, 9.0, "paid"),
    ("1", "2024-01-01 00:30", "2024-02-10", "Tea", -1, -20.0, 0.0, -1.0, -4.0, 0.0, 0.0, 0.0, "paid"),
    ("2", "2024-01-20 12:00", "2024-01-20", "Bun", 2, 40.0, 0.0, 0.0, 8.0, 0.0, 25.0, 4.0, "paid"),
    ("3", "2024-01-31 23:10", "2024-01-31", "Bun", 1, 20.37, 1.0, 3.0, 4.0, 1.11, 0.0, 2.0, "paid"),
    ("4", "2024-01-15 09:00", "2024-01-15", "Pie", 1, 33.0, 0.0, 4.0, 6.6, 0.0, 0.0, 0.0, "Cancelled"),
    ("5", "2023-12-28 10:00", "2023-12-28", "Pie", 1, 70.0, 0.0, 0.0, 14.0, 0.0, 0.0, 7.0, "paid"),
    ("5", "2023-12-28 10:00", "2024-01-03", "Pie", -1, -70.0, 0.0, 0.0, -14.0, 0.0, 0.0, -7.0, "paid"),
    ("6", "2024-02-01 00:20", "2024-02-01", "Tea", 1, 51.5, 0.0, 0.0, 10.3, 0.0, 0.0, 5.0, "paid"),
    ("7", "2024-02-20 10:00", "2024-02-20", "Tea", 1, 90.0, 0.0, 0.0, 18.0, 0.0, 0.0, 9.0, "paid"),
)  # fmt: skip


def tables(profile: Profile | None = None, columns: tuple[str, ...] = COLUMNS) -> Tables:
    frame = pd.DataFrame(ROWS, columns=list(COLUMNS))
    for name in ("ordered_at", "posted_at"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601").astype("datetime64[us]")
    frame["quantity"] = frame["quantity"].astype("float64")
    return Tables(frame[list(columns)].assign(sale=frame["amount"] > 0), profile or Profile("shop", "Shop"))


@pytest.fixture(params=[EMBEDDED, DUCKDB], ids=lambda kind: kind.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    kind: EngineKind = request.param
    return kind.of(tables())


def items(engine: Engine, query: str = JANUARY, **options: str) -> dict[str, float]:
    frame = ledger(engine, engine.resolve(Selection.from_query(query)[0]), options).frame
    return {item: round(amount, 6) for item, amount in zip(frame["item"], frame["amount"], strict=True)}


def reconciled(engine: Engine, total: float, query: str = JANUARY, **options: str) -> Answer:
    now = engine.resolve(Selection.from_query(query)[0])
    return reconciliation(engine, now, {"total": f"{total:.2f}", **options})


def causes(answer: Answer, part: str = "explains") -> dict[str, float]:
    rows = answer.frame[answer.frame["part"] == part]
    return {c: round(a, 6) for c, a in zip(rows["cause"], rows["amount"], strict=True)}


# --- the ledger
def test_the_account_of_the_docstring() -> None:
    found = account(
        {"revenue": 90.0, "discount": 10.0, "taxes": 18.0}, {"revenue": -20.0, "discount": 0.0, "taxes": -4.0}
    )
    assert found == {
        "gross_sales": 100,
        "discounts": -10,
        "returns": -20,
        "net_sales": 70,
        "taxes": 14,
        "total_sales": 84,
    }


def test_the_ledger_adds_up_by_the_day_of_the_order(engine: Engine) -> None:
    assert items(engine) == {
        "gross_sales": 194.37,
        "discounts": -11.0,
        "returns": -20.0,
        "net_sales": 163.37,
        "shipping": 11.0,
        "taxes": 32.6,
        "tips": 3.11,
        "total_sales": 210.08,
        "gift_cards": 25.0,
        "selling_fees": -15.0,
        "after_fees": 220.08,
    }
    now = engine.resolve(Selection.from_query(JANUARY)[0])
    assert engine.aggregate([], ["revenue"], now)["revenue"].iloc[0] == pytest.approx(163.37), "net sales are revenue"


def test_returns_can_count_on_their_own_day(engine: Engine) -> None:
    found = items(engine, returns="posted")
    assert found["returns"] == -70.0
    assert found["net_sales"] == 113.37
    assert found["taxes"] == 22.6
    assert found["total_sales"] == pytest.approx(113.37 + 12 + 22.6 + 3.11)
    assert items(engine, "range=2024-02-01..2024-03-01&compare=none", returns="posted")["returns"] == -20.0


def test_items_by_period_add_up_to_the_ledger(engine: Engine) -> None:
    for returns in ("ordered", "posted"):
        now = engine.resolve(Selection.from_query(f"{JANUARY}&grain=day")[0])
        frame = ledger_by_period(engine, now, {"returns": returns}).frame
        assert len(frame) == 31
        whole = items(engine, returns=returns)
        assert list(frame.columns) == ["period", *whole]
        assert {item: round(frame[item].sum(), 6) for item in whole} == whole


def test_taxes_inside_the_amounts_are_told_and_not_added() -> None:
    inside = EMBEDDED.of(tables(Profile("shop", "Shop", tax_inside=True)))
    found = items(inside)
    assert found["taxes"] == 32.6
    assert found["total_sales"] == pytest.approx(163.37 + 11 + 3.11)


def test_data_without_charges_have_a_short_ledger() -> None:
    bare = EMBEDDED.of(tables(columns=("order_id", "ordered_at", "product", "quantity", "amount")))
    answer = ledger(bare, bare.resolve(Selection.from_query(JANUARY)[0]), {"returns": "posted"})
    assert answer.frame["item"].tolist() == ["gross_sales", "returns", "net_sales", "total_sales"]
    assert "have no discounts" in " ".join(answer.notes)
    assert "do not say when goods came back" in " ".join(answer.notes)


def test_nothing_selected_is_a_ledger_of_zeros(engine: Engine) -> None:
    assert set(items(engine, f"{JANUARY}&product=Nothing").values()) == {0.0}


# --- reconciliation
OURS = 210.08


@pytest.mark.sampled(10)
@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (OURS, {}),
        (OURS - 3.11, {"tips": -3.11}),
        (OURS - 32.6, {"taxes": -32.6}),
        (OURS - 43.6, {"cancelled": -43.6}),
        (OURS + 25, {"gift_cards": 25.0}),
        (113.37 + 12 + 22.6 + 3.11, {"returns_by_day": -59.0}),
        (OURS - 25 - 28.48 + 25, {"time_zone-1": -28.48}),
        (OURS - 3.11 - 43.6, {"tips": -3.11, "cancelled": -43.6}),
    ],
)
def test_a_planted_difference_is_split_into_its_causes(
    engine: Engine, theirs: float, expected: dict[str, float]
) -> None:
    answer = reconciled(engine, theirs)
    assert causes(answer) == pytest.approx(expected)
    frame = answer.frame
    steps = frame[frame["part"].isin(["ours", "explains", "unexplained"])]["amount"].sum()
    assert steps == pytest.approx(theirs)
    assert frame[frame["part"] == "platform"]["amount"].tolist() == pytest.approx([theirs])


def test_days_of_another_zone_move_the_lines_near_midnight(engine: Engine) -> None:
    """Days that begin an hour later lose the order of 00:30 on the first and win the one of 00:20 on the day after."""
    lost = 90 + 5 + 18 + 2 - 20 - 1 - 4
    answer = reconciled(engine, OURS - lost + 51.5 + 10.3)
    assert causes(answer) == pytest.approx({"time_zone+1": 61.8 - lost})
    now = engine.resolve(Selection.from_query(JANUARY)[0])
    moved = cause_lines(engine, now, {"cause": "time_zone+1"}).frame
    assert moved["order_id"].tolist() == ["1", "1", "6"]


def test_what_nothing_explains_is_left_over_and_said(engine: Engine) -> None:
    answer = reconciled(engine, OURS + 1234.56)
    assert causes(answer) == {}
    assert causes(answer, "unexplained") == {"missing_orders": pytest.approx(1234.56)}
    assert "orders that one side lacks" in answer.notes[1]


def test_without_a_total_the_sizes_of_causes_are_listed(engine: Engine) -> None:
    now = engine.resolve(Selection.from_query(JANUARY)[0])
    answer = reconciliation(engine, now, {"figure": "net_sales"})
    assert answer.frame.iloc[0].tolist() == ["net_sales", pytest.approx(163.37), "ours"]
    assert causes(answer, "possible") == pytest.approx(
        {"returns_by_day": -50, "shipping": 11, "taxes": 32.6, "tips": 3.11, "gift_cards": 25, "discounts": 11,
         "returns": 20, "cancelled": -33}
    )  # fmt: skip
    assert answer.notes == ("Enter the total that your platform reports under “Their total”, to see what explains it.",)


def test_a_few_cents_are_rounding(engine: Engine) -> None:
    assert causes(reconciled(engine, OURS - 3.11 + 0.01)) == pytest.approx({"tips": -3.11, "rounding": 0.01})


@pytest.mark.sampled(4)
def test_a_total_that_is_none_is_refused(engine: Engine) -> None:
    now = engine.resolve(Selection())
    for text in ("much", "inf", "nan", "1e99"):
        with pytest.raises(RequestError, match=r"reconciliation\.total"):
            reconciliation(engine, now, {"total": text})


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("cause", "orders"),
    [
        ("tips", ["1", "3"]),
        ("taxes", ["1", "2", "4", "3", "1"]),
        ("returns", ["1"]),
        ("returns_by_day", ["1", "5"]),
        ("cancelled", ["4"]),
        ("gift_cards", ["2"]),
        ("duties", []),
    ],
)
def test_each_cause_has_its_lines(engine: Engine, cause: str, orders: list[str]) -> None:
    now = engine.resolve(Selection.from_query(JANUARY)[0])
    assert cause_lines(engine, now, {"cause": cause}).frame["order_id"].tolist() == orders


def test_the_smallest_set_of_causes_is_taken_and_others_are_counted() -> None:
    amounts = {"shipping": 9.95, "tips": 5.0, "taxes": 7.0}
    ways = [Way((), amounts)]
    assert dict(split(14.95, ways).causes) == {"shipping": 9.95, "tips": 5.0}
    assert split(0.0, ways).causes == ()
    assert split(3.33, ways).causes == ()
    again = [*ways, Way((("returns_by_day", 5.0),), {})]
    assert split(5.0, again).others == 1


@pytest.mark.sampled(6)
@pytest.mark.parametrize("seed", range(5))
def test_planted_causes_are_found_and_random_differences_are_not_explained(seed: int) -> None:
    chance = np.random.default_rng(seed)

    def amounts(total: float) -> dict[str, float]:
        shares = {"shipping": 0.01, "taxes": 0.18, "tips": 0.003, "discounts": 0.07, "returns": 0.04, "cancelled": 0.02}
        return {name: round(float(total * s * chance.uniform(0.5, 1.5)), 2) for name, s in shares.items()}

    ways = [Way((), amounts(60_000.0))]
    ways += [
        Way(((f"time_zone+{h}", round(float(chance.normal(0, 300)), 2)),), amounts(60_000.0)) for h in range(1, 20)
    ]
    for _ in range(40):
        way = ways[chance.integers(len(ways))]
        more = chance.choice(list(way.others), chance.integers(0 if way.causes else 1, 3), replace=False)
        planted = [*way.causes, *((str(name), way.others[str(name)]) for name in more)]
        found = split(round(sum(amount for _, amount in planted), 2), ways, rounding=0.16)
        assert dict(found.causes) == dict(planted) or found.others
    explained = [split(round(float(d), 2), ways, rounding=0.16).causes for d in chance.uniform(-3_000, 3_000, 100)]
    assert sum(map(bool, explained)) <= 3


# --- from a file
FIELDS_OF_A_SHOP = """
[fields]
order_id = "Name"
ordered_at = { column = "Created at", format = "%Y-%m-%d %H:%M:%S %z" }
product = "Lineitem name"
quantity = "Lineitem quantity"
unit_price = "Lineitem price"
amount = { order = "Subtotal", by = "quantity * unit_price" }
discount = { compute = "quantity * unit_price - amount" }
shipping = { order = "Shipping" }
tax = { order = "Taxes" }
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_platforms_file_comes_back_to_the_cent(seed: int, tmp_path: Path) -> None:
    """Order totals stand on an order's first line, as in many exports; the ledger has each of them to the cent."""
    chance = np.random.default_rng(seed)
    rows = ["Name,Created at,Lineitem name,Lineitem quantity,Lineitem price,Subtotal,Shipping,Taxes"]
    wanted = dict.fromkeys(("gross_sales", "net_sales", "shipping", "taxes"), 0)
    for order in range(60):
        pieces, prices = chance.integers(1, 4, chance.integers(1, 5)), chance.integers(100, 9000, 5)
        gross = int((pieces * prices[: len(pieces)]).sum())
        net = gross - int(chance.integers(0, gross // 2)) * int(chance.random() < 0.4)
        charged = (int(chance.choice([0, 495, 999])), round(net * 0.0825))
        for name, cents in zip(wanted, (gross, net, *charged), strict=True):
            wanted[name] += cents
        for i, count in enumerate(pieces):
            totals = [f"{cents / 100:.2f}" if i == 0 else "" for cents in (net, *charged)]
            line = [
                f"#{order}",
                f"2026-01-{order % 28 + 1:02d} 10:00:00 -0500",
                f"P{i}",
                count,
                prices[i] / 100,
                *totals,
            ]
            rows.append(",".join(map(str, line)))
    text = toml(fields=FIELDS_OF_A_SHOP, top='time_zone = "America/New_York"')
    engine = EMBEDDED.of(shop(tmp_path, "\n".join(rows) + "\n", text))
    found = items(engine, "range=all")
    assert {name: round(found[name] * 100) for name in wanted} == wanted
    assert round(found["total_sales"] * 100) == wanted["net_sales"] + wanted["shipping"] + wanted["taxes"]
