"""Time and memory of the methods: pairs with p-values, customer models, insights of a page, whole reports.

    python -m tests.benchmarks.methods

Generated data, and Bytronix if STORESIGHT_SOURCES has it. Pairs, models of many lines and reports run in separate
processes, whose peak resident memory the system reports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analytics import store
from analytics.engines import open_engine
from analytics.insights import TOPICS, briefing
from analytics.insights.company import Company
from analytics.loading import catalog
from analytics.loading.dataset import read
from analytics.methods.baskets.pairs import incidence, pair_table
from analytics.methods.customers.churn import rehearse
from analytics.methods.customers.clv import BgNbd, customer_values, spend_model, summary
from analytics.questions.customers.models import learn
from analytics.selection import Selection
from tests.benchmarks.page_workload import filled
from tests.benchmarks.results import Result, found, peak_mb, table  # noqa: F401 - peak_mb in `_alone`
from tests.processes import ROOT, clean_environment

SEED = 7
CUSTOMERS, WEEKS = 140_000, 52
BASKETS = ((300_000, 500, 2.9, 1.0), (3_000_000, 5_000, 3.95, 15.0))  # orders, items, more items an order, seconds
MOST_MB = 1024
REPORTED = 540_000  # lines
BYTRONIX = "bytronix"


def measure(most: int = 10_000_000) -> list[Result]:
    """Every figure with its target; models of `most` lines."""
    return [*_pairs(), *_customers(), *_many(most), *_bytronix()]


def seconds(work: Callable[[], object], repeat: int = 3) -> float:
    """Seconds of the fastest of `repeat` runs."""
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def baskets(orders: int, items: int, more: float) -> tuple[np.ndarray, np.ndarray]:
    """Order and item of each line; a few items are in many orders."""
    random = np.random.default_rng(SEED)
    size = 1 + random.poisson(more, orders)
    weight = 1 / np.arange(1, items + 1) ** 0.7
    return np.repeat(np.arange(orders, dtype=np.int32), size), random.choice(
        items, size.sum(), p=weight / weight.sum()
    ).astype(np.int32)


def pairs_alone(orders: int, items: int, more: float) -> None:
    """Run in a separate process: print the cells, the pairs and the seconds of counting and testing them."""
    X = incidence(*baskets(orders, items, more), items)
    began = time.perf_counter()
    pairs = pair_table(X, None, 1, measures=("p", "q"), family="possible")
    print(X.nnz, len(pairs), time.perf_counter() - began)


def _pairs() -> Iterator[Result]:
    for orders, items, more, most in BASKETS:
        text, peak = _alone(f"pairs_alone({orders}, {items}, {more})")
        cells, pairs, taken = text.split()
        name = f"pairs with p and q, {orders:,} orders × {items:,} items ({int(cells):,} cells, {int(pairs):,} pairs)"
        yield found(name, float(taken), "s", at_most=most)
        yield found(f"peak memory of {orders:,} × {items:,}", peak, "MB", at_most=MOST_MB)


def _alone(call: str) -> tuple[str, float]:
    """What a function of this module prints in a new process, and the peak resident MB of that process."""
    command = subprocess.Popen(
        [sys.executable, "-c", f"from tests.benchmarks.methods import *; {call}; print(peak_mb())"],
        cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = command.communicate()[0]
    if command.returncode:
        raise RuntimeError(f"{call} failed")
    *lines, mb = said.splitlines()
    return "\n".join(lines), float(mb)


def orders_of(customers: int) -> pd.DataFrame:
    """A year of orders: each customer's first at any time, then more at an individual rate until they leave."""
    random = np.random.default_rng(SEED)
    first = random.uniform(0, 364, customers)
    again = random.poisson(random.gamma(0.5, 1 / 30, customers) * (364 - first) / 7)
    who = np.repeat(np.arange(customers), again + 1)
    begun = np.repeat(first, again + 1)
    day = begun + random.random(len(who)) * (364 - begun) * random.beta(2, 1, customers)[who]
    day[np.r_[0, np.cumsum(again + 1)[:-1]]] = first
    moment = np.datetime64("2023-01-01", "s") + (day * 86_400).astype("timedelta64[s]")
    return pd.DataFrame({"customer": who, "ordered_at": moment, "amount": random.lognormal(3.5, 0.6, len(who))})


def _customers() -> Iterator[Result]:
    made = orders_of(CUSTOMERS)
    lines = made["customer"], made["ordered_at"], made["amount"], "2023-12-31"
    seconds(lambda: fitted(summary(*lines).head(5_000)), 1)  # scipy is imported
    history = summary(*lines)
    people = f"{CUSTOMERS:,} customers"
    purchases, spend = fitted(history)
    taken = {
        f"CLV fit, {people}": seconds(lambda: fitted(history)),
        f"histories of {people} from {len(made):,} orders": seconds(lambda: summary(*lines)),
        f"rehearsal that calibrates churn, {people}": seconds(lambda: rehearse(*lines)),
        f"value of each of {people}": seconds(lambda: customer_values(history, purchases, spend, WEEKS)),
    }
    for name, took in taken.items():
        yield found(name, took, "s")
    yield found(f"customer models of {people}", sum(taken.values()), "s", at_most=1)


def models_alone(root: str) -> None:
    """Run in a separate process: fit the customer models of the data set `bench`, and print the seconds and
    those of processor time."""
    engine = open_engine(Path(root), "bench")
    now = engine.resolve(Selection("bench"))
    began, busy = time.perf_counter(), time.process_time()
    learn(engine, now)
    print(time.perf_counter() - began, time.process_time() - busy)


def _many(most: int) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        text, peak = _alone(f"models_alone({str(filled(Path(folder), most))!r})")
        name = f"customer models of {most / 1e6:g} M lines"
        taken, busy = map(float, text.split())
        yield found(name, taken, "s", at_most=20)
        yield found(f"{name}: processor time", busy, "s")
        yield found(f"{name}: peak memory", peak, "MB", at_most=MOST_MB)
    with tempfile.TemporaryDirectory() as folder:
        yield found("report of 540 k lines", _reported(filled(Path(folder), REPORTED), "bench")[0], "s", at_most=8)


def _reported(root: Path, name: str) -> tuple[float, float]:
    """Seconds that the command takes for a report with its appendix, and the file's size in MB."""
    out = root.parent / "report.html"
    settings = {"STORESIGHT_STORE": str(root), "STORESIGHT_CACHE_DIR": str(root.parent / "cache")}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "dashboard", "report", name, "--appendix", "--out", str(out)],
        cwd=ROOT, env=clean_environment(**settings), check=True, capture_output=True,
    )  # fmt: skip
    return time.perf_counter() - began, out.stat().st_size / 1e6


def fitted(history: pd.DataFrame) -> tuple[BgNbd, object]:
    return BgNbd.fit(history["x"], history["t_x"], history["T"]), spend_model(history["x"], history["z"])


def _bytronix() -> Iterator[Result]:
    sources = Path(os.environ.get("STORESIGHT_SOURCES", ""))
    if not (sources / BYTRONIX).is_dir():
        print("bytronix is not in STORESIGHT_SOURCES: its insights and report are not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        store.write(root, read(catalog.load(ROOT / "data" / f"{BYTRONIX}.toml"), sources))
        engine = open_engine(root, BYTRONIX)
        selection, _ = Selection.from_query(f"data={BYTRONIX}&range=last_12m")
        now = engine.resolve(selection)
        models = learn(engine, now)
        yield found("all customer models of bytronix", seconds(lambda: learn(engine, now), 2), "s", at_most=1)
        for topic in TOPICS:
            briefing(Company(engine, now, selection, models), topic)
            taken = seconds(lambda t=topic: briefing(Company(engine, now, selection, models), t))
            yield found(f"insights about {topic}, bytronix, warm", taken, "s", at_most=0.3)
        took, size = _reported(root, BYTRONIX)
        yield found("report of bytronix", took, "s", at_most=4)
        yield found("its file", size, "MB")


if __name__ == "__main__":
    print(table(measure()))
