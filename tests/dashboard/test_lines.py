"""From a number to its order lines and back: the lines behind any mark of any chart add up to the mark."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import store as stores
from analytics.engines.base import LinePage
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData, RequestError
from analytics.schema import FIELDS
from analytics.selection import Clause, Resolved, Selection
from dashboard.answers.service import Service, ViewerService
from dashboard.answers.viewers import OPERATOR
from dashboard.chart import Chart
from dashboard.page.lines import line_columns, records, rows_of_lines, selection_of_mark
from dashboard.pages import CHARTS
from dashboard.text.formats import formats
from tests.conftest import REAL_DATA_SETS
from tests.dashboard.conftest import Memory
from tests.samples import crossed

pytestmark = pytest.mark.slow

SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))]
MARKS = 5
RANGES = ("all", "all", "last_90d", "last_12m", "2025-02-10..2025-07-04")
FILTERS = ("channel", "category", "country", "gender", "payment_method", "product", "city", "age_group", "weekday")
WITH_LINES = [c for c in CHARTS.values() if c.lines and c.emits]


# --- the metrics once more, slowly, from a table of lines
def sales(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[(lines["amount"] >= 0) & (lines["quantity"] >= 0)]


def total(values: pd.Series) -> float:
    return math.fsum(values.dropna())


def per(above: float, below: float) -> float:
    return above / below if below else math.nan


def orders(lines: pd.DataFrame) -> int:
    return len(set(sales(lines)["order_id"]))


def known(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[lines["customer"].fillna("") != ""]


def customers(lines: pd.DataFrame) -> dict[str, int]:
    """Orders of each customer who bought."""
    return dict(known(sales(lines)).groupby("customer", observed=True)["order_id"].nunique())


def refunds(lines: pd.DataFrame) -> float:
    return -total(lines.drop(sales(lines).index)["amount"])


def profit(lines: pd.DataFrame) -> float:
    costed = lines[lines["cost"].notna()]
    return total(costed["amount"]) - total(costed["cost"])


METRICS: dict[str, Callable[[pd.DataFrame], float]] = {
    "revenue": lambda x: total(x["amount"]),
    "profit": profit,
    "margin": lambda x: 100 * per(profit(x), total(x.loc[x["cost"].notna(), "amount"])),
    "units": lambda x: total(x["quantity"]),
    "lines": len,
    "orders": orders,
    "customers": lambda x: len(customers(x)),
    "new_customers": lambda x: len(customers(x)),
    "aov": lambda x: per(total(x["amount"]), orders(x)),
    "price": lambda x: per(total(x["amount"]), total(x["quantity"])),
    "gross": lambda x: total(sales(x)["amount"]),
    "refunds": refunds,
    "refund_rate": lambda x: 100 * per(refunds(x), total(sales(x)["amount"])),
    "repeat_customers": lambda x: sum(n > 1 for n in customers(x).values()),
    "repeat_rate": lambda x: 100 * per(sum(n > 1 for n in customers(x).values()), len(customers(x))),
    "revenue_per_customer": lambda x: per(total(known(x)["amount"]), len(customers(x))),
    "orders_per_customer": lambda x: per(orders(known(x)), len(customers(x))),
    "rating": lambda x: per(total(x["rating"]), x["rating"].notna().sum()),
    "rated_lines": lambda x: x["rating"].notna().sum(),
    "customer_orders": orders,
    "min": lambda x: x["amount"].min(),
    "p25": lambda x: x["amount"].quantile(0.25),
    "median": lambda x: x["amount"].median(),
    "p75": lambda x: x["amount"].quantile(0.75),
    "max": lambda x: x["amount"].max(),
}
WHOLE_MARK = ("customer_orders",)  # of a mark's every period together


# --- selections
@pytest.fixture(scope="module")
def service(store: Path) -> ViewerService:
    return Service(store, Memory()).for_viewer(OPERATOR)


def random_selection(draw: random.Random, demo: ColumnarEngine) -> Selection:
    """A range, a comparison, a grain, and up to two filters that leave something."""
    selection = Selection(
        "demo",
        draw.choice(RANGES),
        draw.choice(["previous", "year"]),
        draw.choice(["auto", "month", "week", "quarter"]),
    )
    for name in draw.sample(FILTERS, draw.randint(0, 2)):
        values, _ = demo.values(name, "", demo.resolve(selection), 6)
        some = [str(v) for v in values.loc[values["orders"] > 0, "value"] if str(v)]
        if some:
            value = draw.choice(some)
            out = draw.random() < 0.3
            clause = Clause(name, (), (value,)) if out else Clause(name, (value,), (), draw.random() < 0.2)
            selection = selection.with_clause(clause)
    return selection


def random_options(draw: random.Random, chart: Chart) -> dict[str, str]:
    return {o.name: draw.choice(list(o.choices)) for o in chart.options if not isinstance(o.choices, str)}


def lines_of(engine: ColumnarEngine, selection: Resolved) -> pd.DataFrame:
    page = engine.lines(selection, line_columns(engine), [], 0, 10_000_000)
    assert page.count == len(page.rows)
    assert page.totals["revenue"] == pytest.approx(total(page.rows["amount"]), abs=0.005)
    assert page.totals["orders"] == orders(page.rows)
    return page.rows


def marks(frame: pd.DataFrame, emitted: Sequence[str], draw: random.Random) -> pd.DataFrame:
    """The first mark and a few others; those that stand for many values together cannot be clicked."""
    single = frame[(frame[list(emitted)].astype(str) != "").all(axis=1)]
    single = single[~single[list(emitted)].isin(["Other", "__other__"]).any(axis=1)]
    rows = sorted({0, *(draw.randrange(len(single)) for _ in range(MARKS))}) if len(single) else []
    return single.iloc[rows]


@pytest.mark.sampled(22)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("chart", WITH_LINES, ids=lambda chart: chart.name)
def test_the_lines_of_a_mark_give_its_numbers(
    chart: Chart, seed: int, demo: ColumnarEngine, service: ViewerService
) -> None:
    draw = random.Random(f"{chart.name}:{seed}")
    selection = random_selection(draw, demo)
    chosen = random_options(draw, chart)
    selection = replace(selection, options=tuple((f"{chart.name}.{n}", v) for n, v in chosen.items()))
    now = demo.resolve(selection)
    try:
        frame = service.answer(chart, now, selection.options_of(chart.name), demo).frame
    except (NotInData, NotEnoughData) as refusal:
        pytest.skip(str(refusal))
    emitted = chart.emitted(chart.read_options(chosen))
    if not emitted:
        pytest.skip("nothing to click under these options")
    told = [m for m in METRICS if m in frame]
    assert told, "no metric that order lines can give: say lines=False"
    for row in marks(frame, emitted, draw).to_dict("records"):
        values = [str(row[d]) for d in emitted]
        lines = all_lines = lines_of(demo, demo.resolve(selection_of_mark(selection, chart, values, demo)))
        if "period" in row and "period" not in emitted:
            narrowed = selection_of_mark(selection, chart, values, demo, str(row["period"]))
            lines = lines_of(demo, demo.resolve(narrowed))
        for name in told:
            slow = METRICS[name](all_lines if name in WHOLE_MARK else lines)
            shown = float("nan") if row[name] is None else row[name]
            assert shown == pytest.approx(slow, abs=0.005, nan_ok=True), (name, row, selection.to_query())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_lines_of_a_card_of_whole_orders_give_its_sizes(
    seed: int, demo: ColumnarEngine, service: ViewerService
) -> None:
    draw = random.Random(f"sizes:{seed}")
    selection = random_selection(draw, demo).with_clause(Clause("product", ("Brisca Pods", "Kestrane One")[: seed % 3]))
    chart = CHARTS["basket_size"]
    told = service.answer(chart, demo.resolve(selection), {"by": "products"}, demo).frame
    lines = lines_of(demo, demo.resolve(selection_of_mark(selection, chart, [], demo)))
    whole = lines_of(demo, demo.resolve(Selection("demo")))
    size_of = dict(whole.groupby("order_id")["product"].nunique())
    bought = sales(lines).assign(size=lambda x: x["order_id"].map(size_of))
    assert told["order_products"].tolist() == [str(n) for n in sorted(set(bought["size"]))]
    assert told["orders"].tolist() == bought.groupby("size")["order_id"].nunique().tolist()


def test_a_mark_is_named_by_all_of_its_values(demo: ColumnarEngine) -> None:
    with pytest.raises(Exception, match="2 values a mark, 1 came"):
        selection_of_mark(Selection("demo"), CHARTS["customer_products"], ["someone"], demo)
    with pytest.raises(Exception, match=r"not in the range|is not a month"):
        selection_of_mark(Selection("demo", "last_30d", grain="month"), CHARTS["revenue_over_time"], ["1999-01"], demo)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sortModel": 5}, {"sortModel": "amount"}, {"sortModel": {"colId": "amount"}}, {"sortModel": [5]},
        {"sortModel": [{"colId": "nothing"}]}, {"sortModel": [{"colId": ["amount"]}]}, {"startRow": "0"},
        {"endRow": -1},
    ],
    ids=str,
)  # fmt: skip
def test_a_rows_of_lines_that_makes_no_sense_is_refused(demo: ColumnarEngine, wrong: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        rows_of_lines(demo, demo.resolve(Selection("demo")), {"startRow": 0, "endRow": 5, **wrong})


def test_every_line_field_has_a_column_and_no_derived_one(demo: ColumnarEngine) -> None:
    columns = line_columns(demo)
    assert columns == [f.name for f in demo.schema.fields if not FIELDS[f.name].derived]
    assert {"order_id", "ordered_at", "product", "quantity", "amount", "customer"} <= set(columns)


@pytest.mark.sampled(12)
@pytest.mark.parametrize(("name", "ascending"), crossed([*REAL_DATA_SETS, "demo"], (True, False), 1))
def test_lines_are_sorted_by_any_column_either_way(name: str, ascending: bool, store: Path) -> None:
    if name not in stores.names(store):
        pytest.skip(f"real data are absent: {name}")
    engine = ColumnarEngine(stores.open(store, name))
    asked = engine.resolve(Selection(name, "all"))
    for column in line_columns(engine):
        values = engine.lines(asked, [column], [(column, ascending)], 0, 10_000_000).rows[column]
        known = values[values.notna() & (values.astype(str) != "")]
        listed = pd.Index(known.tolist())
        assert listed.is_monotonic_increasing if ascending else listed.is_monotonic_decreasing, column
        if values.dtype.kind in "fM":
            assert values.iloc[: len(known)].notna().all(), "blanks last"


def test_every_negative_number_of_a_line_has_the_same_minus() -> None:
    rows = pd.DataFrame({"quantity": [-1.0, 2.0], "amount": [-26.1, 3.0], "latitude": [-33.868820, np.nan]})
    shown = records(LinePage(rows, 2, {}), formats("USD", "en-US"))
    assert shown[0] == {"quantity": "−1", "amount": "−$26.10", "latitude": "−33.86882"}
    assert shown[1] == {"quantity": "2", "amount": "$3.00", "latitude": None}
