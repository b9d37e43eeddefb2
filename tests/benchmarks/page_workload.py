"""One page of twelve aggregations with one selection: the embedded engine compared with pandas, DuckDB and Polars in
one run.

    python -m tests.benchmarks.page_workload --lines 186000 [--rivals pandas,duckdb,polars] [--json out.json]

Fails unless all give the same results to the cent. Cold: no result and no mask of a clause is cached; the joint cubes
and indexes of the fields, which questions about them have made in the background, are there. Rows: not even they, so
that rows are read. Changed: the selection differs by one clause from the one computed just before. The rivals read a
table in memory, with categories where they have them, and filter in their own idiom."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from os import link
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from analytics import store
from analytics.engines.columnar import dimensions, joint
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.selection import Clause, Selection

PRODUCTS, CITIES, CHANNELS, CATEGORIES = 500, 60, 5, 8
START, DAYS = np.datetime64("2022-01-01"), 1096
MOST_RUNS = 30  # of what is timed: the fastest is least disturbed by other processes
ENOUGH = 0.5, 3.0  # seconds after which three runs are enough, and two

Answer = TypeVar("Answer")


@dataclass
class Tables:
    """What ingest passes to the store."""

    lines: pd.DataFrame
    profile: Profile = field(default_factory=lambda: Profile("bench", "Benchmark"))
    extras: dict[str, pd.DataFrame] = field(default_factory=dict)
    quality: Quality = field(default_factory=Quality)


def words(prefix: str, count: int) -> np.ndarray:
    return np.array([f"{prefix} {i:0{len(str(count - 1))}d}" for i in range(count)], dtype=object)


def made(count: int, seed: int = 7) -> pd.DataFrame:
    """Order lines: 1 to 4 per order, cities by Zipf's law, 0.17 customers per line."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice([1, 2, 3, 4], count, p=[0.55, 0.25, 0.13, 0.07])
    orders = int(np.searchsorted(np.cumsum(sizes), count)) + 1
    owner = np.repeat(np.arange(orders), sizes[:orders])[:count]
    seconds = np.sort(chance.integers(0, DAYS * 86_400, orders))
    zipf = 1 / np.arange(1, CITIES + 1)
    city = chance.choice(CITIES, orders, p=zipf / zipf.sum())
    product = chance.integers(0, PRODUCTS, count)
    price = chance.integers(500, 50_000, PRODUCTS)
    quantity = chance.integers(1, 4, count)
    at = (START.astype("datetime64[s]") + seconds.astype("timedelta64[s]")).astype("datetime64[us]")
    people = max(1, int(count * 0.17))
    coded = pd.Categorical.from_codes
    return pd.DataFrame(
        {
            "order_id": coded(owner, np.arange(orders).astype(str)),
            "ordered_at": at[owner],
            "customer": coded(chance.integers(0, people, orders)[owner], np.arange(people).astype(str)),
            "product": coded(product, words("Product", PRODUCTS)),
            "category": coded(product % CATEGORIES, words("Category", CATEGORIES)),
            "city": coded(city[owner], words("City", CITIES)),
            "channel": coded(chance.integers(0, CHANNELS, orders)[owner], words("Channel", CHANNELS)),
            "quantity": quantity.astype("float64"),
            "amount": (price[product] * quantity) / 100,
            "sale": True,
        }
    )


def selections() -> dict[str, Selection]:
    """No filter; wide: 8 cities, 2 of 3 years; narrow: 3 cities, 4 of 8 categories, 2 years. For each also a selection
    that differs by one clause."""
    cities, categories = words("City", CITIES), words("Category", CATEGORIES)
    years = "2022-07-01..2024-07-01"

    def select(span: str, *clauses: Clause) -> Selection:
        return Selection("bench", span, "none", "month", clauses)

    def in_cities(*positions: int) -> Clause:
        return Clause("city", tuple(cities[list(positions)]))

    half = Clause("category", tuple(categories[:4]))
    return {
        "none": select("all"),
        "none, changed": select("all", in_cities(2)),
        "wide": select(years, in_cities(*range(1, 9))),
        "wide, changed": select(years, in_cities(*range(1, 9)), Clause("channel", ("Channel 1",))),
        "narrow": select(years, in_cities(1, 4, 9), half),
        "narrow, changed": select(years, in_cities(1, 4, 7), half),
    }


# The page: dimensions and metrics of each aggregation. Repetitions are meant: the cards of a page repeat them too.
PAGE: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    ((), ("revenue",)),
    ((), ("units",)),
    ((), ("orders",)),
    ((), ("customers",)),
    (("period",), ("revenue",)),
    (("period",), ("orders",)),
    (("product",), ("revenue",)),
    (("category",), ("revenue",)),
    (("channel",), ("revenue",)),
    (("city",), ("revenue",)),
    (("city",), ("orders",)),
    (("hour",), ("orders",)),
)

Answers = list[dict[tuple, float]]
Page = Callable[[Selection], Answers]


def keyed(frame: pd.DataFrame, keys: int) -> dict[tuple, float]:
    """The groups with a value other than 0, rounded to cents."""
    rows = frame.itertuples(index=False, name=None)
    return {tuple(str(v) for v in r[:keys]): round(float(r[keys]), 2) for r in rows if r[keys]}


def same(mine: dict[tuple, float], theirs: dict[tuple, float]) -> bool:
    """Whether both are equal to the cent; the rivals' sums of floats may be off by a few units in the last place."""
    return mine.keys() == theirs.keys() and all(
        abs(v - theirs[k]) <= 0.01 + 1e-13 * abs(v) * len(mine) for k, v in mine.items()
    )


def storesight(engine: ColumnarEngine) -> tuple[Page, Callable[[Selection], list[pd.DataFrame]]]:
    def frames(selection: Selection) -> list[pd.DataFrame]:
        asked = engine.resolve(selection)
        return [engine.aggregate(by, metrics, asked) for by, metrics in PAGE]

    return (lambda s: [keyed(f, len(by)) for f, (by, _) in zip(frames(s), PAGE, strict=True)]), frames


def forget(engine: ColumnarEngine, *, masks: bool = True) -> None:
    """Empty the engine's caches; without `masks`, only those of results."""
    engine._selected.clear()
    engine._plans.clear()
    if masks:
        engine._selector.masks.clear()


def forget_cubes(engine: ColumnarEngine) -> None:
    """Empty all caches, those of joint cubes and indexes too."""
    joint.CUBES.clear()
    dimensions.INDEXES.clear()
    forget(engine)


def make_cubes(engine: ColumnarEngine, ask: Callable[[], object]) -> None:
    """Ask twice, as often as it takes until the joint cubes and indexes are made that it lacks."""
    forget_cubes(engine)
    for _ in range(2):
        forget(engine)
        ask()
    joint.CUBES.finish()
    dimensions.INDEXES.finish()


def bounds_of(selection: Selection) -> tuple[pd.Timestamp, pd.Timestamp]:
    if selection.range == "all":
        return pd.Timestamp("2022-01-01"), pd.Timestamp("2025-01-01")
    start, end = selection.range.split("..")
    return pd.Timestamp(start), pd.Timestamp(end)


def plain_pandas(lines: pd.DataFrame) -> Callable[[Selection], list[pd.DataFrame]]:
    """One filter, then a groupby per aggregation."""
    table = lines.assign(order_id=lines["order_id"].cat.codes, customer=lines["customer"].cat.codes)

    def frames(selection: Selection) -> list[pd.DataFrame]:
        start, end = bounds_of(selection)
        keep = (table["ordered_at"] >= start) & (table["ordered_at"] < end)
        for c in selection.clauses:
            keep &= table[c.field].isin(c.include)
        rows = table[keep]
        month, hour = rows["ordered_at"].dt.to_period("M"), rows["ordered_at"].dt.hour

        def by(key: str | pd.Series, column: str, how: str) -> pd.DataFrame:
            return rows.groupby(key, observed=True)[column].agg(how).reset_index()

        def one(value: float) -> pd.DataFrame:
            return pd.DataFrame({"value": [value]})

        return [
            one(rows["amount"].sum()),
            one(rows["quantity"].sum()),
            one(rows["order_id"].nunique()),
            one(rows["customer"].nunique()),
            by(month.rename("period"), "amount", "sum"),
            by(month.rename("period"), "order_id", "nunique"),
            by("product", "amount", "sum"),
            by("category", "amount", "sum"),
            by("channel", "amount", "sum"),
            by("city", "amount", "sum"),
            by("city", "order_id", "nunique"),
            by(hour.rename("hour"), "order_id", "nunique"),
        ]

    return frames


_SQL = {
    ("revenue", ()): "sum(amount)",
    ("units", ()): "sum(quantity)",
    ("orders", ()): "count(distinct order_id)",
    ("customers", ()): "count(distinct customer)",
}


def duck(lines: pd.DataFrame) -> Callable[[Selection], list[pd.DataFrame]]:
    """Twelve queries over one table of ENUMs."""
    import duckdb

    base = duckdb.connect()
    slim = lines.assign(order_id=lines["order_id"].cat.codes, customer=lines["customer"].cat.codes)
    base.register("given", slim)
    base.execute("create table lines as select * from given")
    base.unregister("given")
    words_of = {"period": "strftime(ordered_at, '%Y-%m')", "hour": "hour(ordered_at)"}

    def frames(selection: Selection) -> list[pd.DataFrame]:
        start, end = bounds_of(selection)
        where = [f"ordered_at >= '{start}' and ordered_at < '{end}'"]
        where += [f"{c.field} in ({', '.join(repr(v) for v in c.include)})" for c in selection.clauses]
        found = []
        for by, metrics in PAGE:
            value = _SQL[metrics[0], ()]
            keys = ", ".join(f"{words_of.get(b, b)} as {b}" for b in by)
            found.append(
                base.execute(
                    f"select {keys + ', ' if by else ''}{value} as value from lines where {' and '.join(where)}"
                    + (" group by 1" if by else "")
                ).df()
            )
        return found

    return frames


def polar(lines: pd.DataFrame) -> Callable[[Selection], list[pd.DataFrame]]:
    """One filter, then a group_by per aggregation, on all threads."""
    import polars as pl

    slim = lines.assign(order_id=lines["order_id"].cat.codes, customer=lines["customer"].cat.codes)
    table = pl.from_pandas(slim)

    def frames(selection: Selection) -> list[pd.DataFrame]:
        start, end = bounds_of(selection)
        keep = (pl.col("ordered_at") >= start.to_pydatetime()) & (pl.col("ordered_at") < end.to_pydatetime())
        for c in selection.clauses:
            keep &= pl.col(c.field).is_in(list(c.include))
        used = ["order_id", "customer", "product", "category", "city", "channel", "quantity", "amount"]
        rows = table.filter(keep).select(
            *used, pl.col("ordered_at").dt.truncate("1mo").alias("period"), pl.col("ordered_at").dt.hour().alias("hour")
        )
        value = {
            "revenue": pl.col("amount").sum(),
            "units": pl.col("quantity").sum(),
            "orders": pl.col("order_id").n_unique(),
            "customers": pl.col("customer").n_unique(),
        }
        found = []
        for by, metrics in PAGE:
            answer = rows.group_by(*by).agg(value[metrics[0]]) if by else rows.select(value[metrics[0]])
            if by == ("period",):
                answer = answer.with_columns(pl.col("period").dt.strftime("%Y-%m"))
            found.append(answer.to_pandas())
        return found

    return frames


RIVALS = {"pandas": plain_pandas, "duckdb": duck, "polars": polar}


class Timed(NamedTuple):
    """The fastest of several runs and the least processor time of all threads, in milliseconds, which other processes
    disturb less than the clock."""

    clock: float
    work: float


def timed(ask: Callable[[], Answer], before: Callable[[], object] = lambda: None) -> tuple[Timed, Answer]:
    """How long something takes, and what it gave at last. It runs MOST_RUNS times, each after `before`: fewer, but
    three, where that takes longer than half a second; and two where these take seconds."""
    times: list[Timed] = []
    spent = 0.0
    while len(times) < 2 or (len(times) < 3 and spent < ENOUGH[1]) or (len(times) < MOST_RUNS and spent < ENOUGH[0]):
        before()
        start, worked = time.perf_counter(), time.process_time()
        given = ask()
        took = time.perf_counter() - start
        times.append(Timed(1_000 * took, 1_000 * (time.process_time() - worked)))
        spent += took
    return Timed(min(t.clock for t in times), min(t.work for t in times)), given


def milliseconds(ask: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """The clock's part of the same."""
    return timed(ask, before)[0].clock


class Stored(NamedTuple):
    """A store with the seeded lines as the data set `bench`, and the seconds in which it was written."""

    folder: tempfile.TemporaryDirectory[str]
    seconds: float

    @property
    def root(self) -> Path:
        """Where it is."""
        return Path(self.folder.name)


_STORED: dict[int, Stored] = {}


def stored(count: int, lines: pd.DataFrame | None = None) -> Stored:
    """The store of this number of lines, written once for all benchmarks of this process, until it ends."""
    if count not in _STORED:
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        tables = Tables(made(count) if lines is None else lines)
        start = time.perf_counter()
        store.write(Path(folder.name), tables)
        _STORED[count] = Stored(folder, time.perf_counter() - start)
    return _STORED[count]


def filled(folder: Path, count: int) -> Path:
    """A copy of that store for whoever writes into it. Files of a store never change, so that they are the same."""
    return Path(shutil.copytree(stored(count).root, folder / f"store-{count}", copy_function=link))


def run(count: int, rivals: tuple[str, ...]) -> dict[str, Any]:
    """Measure every selection; raises AssertionError where two engines differ."""
    lines = made(count)
    root, wrote = stored(count, lines).root, stored(count).seconds
    size = sum(f.stat().st_size for f in root.rglob("*") if f.is_file())
    start = time.perf_counter()
    engine = ColumnarEngine(store.open(root, "bench"))
    opened = time.perf_counter() - start
    others = {name: RIVALS[name](lines) for name in rivals}
    table = {name: _row(engine, name, others) for name in selections()}
    return {
        "lines": count,
        "write s": wrote,
        "lines/s": count / wrote,
        "bytes/line": size / count,
        "open ms": 1_000 * opened,
        "page": table,
    }


def _row(
    engine: ColumnarEngine, name: str, others: dict[str, Callable[[Selection], list[pd.DataFrame]]]
) -> dict[str, float]:
    """The milliseconds of everything that is measured of a selection."""
    page, frames = storesight(engine)
    selection = selections()[name]
    answers = page(selection)
    row: dict[str, float] = {}
    work: dict[str, float] = {}

    def ask() -> object:
        return frames(selection)

    for rival, ask_rival in others.items():
        (row[rival], work[rival]), given = timed(lambda r=ask_rival: r(selection))
        for (by, metrics), mine, frame in zip(PAGE, answers, given, strict=True):
            theirs = keyed(frame, len(by))
            assert same(mine, theirs), f"{rival} differs from Storesight on {metrics} by {by} under {name}"
    row["rows"] = milliseconds(ask, lambda: forget_cubes(engine))
    make_cubes(engine, ask)
    row["cold"], work["cold"] = timed(ask, lambda: forget(engine))[0]
    if name.endswith("changed"):
        before = selections()[name.removesuffix(", changed")]

        def earlier() -> None:
            forget(engine)
            frames(before)

        row["changed"] = milliseconds(ask, earlier)
    row["warm masks"] = milliseconds(ask, lambda: forget(engine, masks=False))
    row["cached"] = milliseconds(ask)
    row["times faster"] = min((row[r] for r in others), default=float("nan")) / row["cold"]
    row["processor ms"] = work["cold"]
    row["times less processor"] = min((work[r] for r in others), default=float("nan")) / work["cold"]
    return row


def shown(result: dict[str, Any]) -> str:
    """The milliseconds of each selection as a table."""
    about = {k: round(v, 2) for k, v in result.items() if isinstance(v, float)}
    return f"{about}\n{pd.DataFrame(result['page']).T.round(1).to_string()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=186_000)
    parser.add_argument("--rivals", default="pandas,duckdb,polars")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    result = run(given.lines, tuple(r for r in given.rivals.split(",") if r))
    print(shown(result))
    if given.json:
        given.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
