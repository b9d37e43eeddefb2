"""Data of an unusual shape, once and four times as large: which step takes far more than four times as long?

    python -m tests.benchmarks.shapes [--lines 200000] [--only "many cities"]

Each shape is loaded, and every chart of the application is answered once, with nothing kept. What is measured is
processor time, whose growth hardly depends on what else the machine does: work that is linear gives a ratio of about 4,
work that is quadratic one of 16. Many data sets are 5 and 20 small ones: loaded, listed, and the page of one of them
answered."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import StoresightError
from analytics.loading.catalog import find, load
from analytics.loading.ingest import ingest
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR
from dashboard.pages import CHARTS
from tests.benchmarks.growth import Cards, blocks, declare, write
from tests.benchmarks.load import Plain
from tests.benchmarks.results import Result, found, table

LINES, TIMES = 200_000, 4
MOST = 6.0  # times as long for four times the lines: caches and the other processes have a part in it
LEAST_SECONDS = 0.1  # of a chart that counts by itself, for the larger data
SETS, SET_LINES = 5, 2_000
SHAPES: dict[str, Callable[[int], Cards]] = {
    "many products": lambda lines: Cards(products=lines // 5),
    "many customers": lambda lines: Cards(customers_per_line=0.9),
    "many cities": lambda lines: Cards(cities=lines // 10),
    "one large order": lambda lines: Cards(products=lines // 5, largest=lines // 2),
}
Costs = dict[str, float]  # by step: seconds of processor time


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor time that this process spends on something, in all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def costs(lines: int, cards: Cards, folder: Path) -> Costs:
    """What loading, opening and every chart cost for data of one shape."""
    write(folder / "parquet_0.parquet", blocks(lines, cards))
    declare(folder, "parquet")
    root, spec = folder / "store", load(folder / "parquet_lines.toml")
    now = {"loading": spent(lambda: ingest(spec, folder, root, reload=True))}
    now["opening"] = spent(lambda: ColumnarEngine(store.open(root, spec.name)))
    service = Service(root, Plain()).for_viewer(OPERATOR)
    selection, engine, _ = service.select("data=parquet_lines&range=all")
    asked = engine.resolve(selection)
    for name, chart in CHARTS.items():
        if not chart.missing(engine.schema):
            with suppress(StoresightError):  # no earlier time, or no rules of alerts, for example
                now[name] = spent(lambda c=chart: service.answer(c, asked, {}, engine))
    return now


def costs_of_sets(sets: int, folder: Path) -> Costs:
    """What several data sets cost."""
    write(folder / "parquet_0.parquet", blocks(SET_LINES))
    declare(folder, "parquet")
    text = (folder / "parquet_lines.toml").read_text("utf-8")
    for at in range(1, sets):
        (folder / f"set_{at}.toml").write_text(text, "utf-8")
    root = folder / "store"
    now = {"loading": spent(lambda: [ingest(spec, folder, root) for spec in find((folder,)).values()])}

    def listed() -> None:
        service = Service(root, Plain()).for_viewer(OPERATOR)
        assert len(service.datasets()) == sets

    now["listing"] = spent(listed)
    return now


def measure(lines: int = LINES, only: str = "") -> Iterator[Result]:
    """How many times as long each step takes for four times the lines, by shape."""
    with tempfile.TemporaryDirectory() as warm:
        costs(2_000, Cards(), Path(warm))  # imports, and what is compiled once
    for shape, cards in SHAPES.items():
        if only in ("", shape):
            yield from _grown(shape, [_measured(costs, n, cards(n)) for n in (lines, TIMES * lines)])
    if only in ("", "many data sets"):
        yield from _grown("many data sets", [_measured(costs_of_sets, n) for n in (SETS, TIMES * SETS)])


def _measured(cost: Callable[..., Costs], *given: object) -> Costs:
    with tempfile.TemporaryDirectory() as folder:
        return cost(*given, Path(folder))


def _grown(shape: str, costs_of: list[Costs]) -> Iterator[Result]:
    once, more = costs_of
    steps = [name for name in once if name not in CHARTS]
    for step in steps:
        yield found(f"{shape}: {step}, times as long for 4 times as many", more[step] / once[step], "×", at_most=MOST)
    charts = [name for name in more if name in once and name not in steps]
    if charts:
        times = sum(more[c] for c in charts) / sum(once[c] for c in charts)
        yield found(f"{shape}: all charts, times as long for 4 times as many", times, "×", at_most=MOST)
        slow = [c for c in charts if more[c] >= LEAST_SECONDS]
        by_growth = sorted(slow, key=lambda c: more[c] / max(once[c], LEAST_SECONDS / TIMES), reverse=True)
        for name in by_growth[:5]:
            print(f"  {shape}: {name} {once[name]:.2f} s, {more[name]:.2f} s")
        worst = max((more[c] / max(once[c], LEAST_SECONDS / TIMES) for c in slow), default=0.0)
        yield found(f"{shape}: the chart that grows most, times as long for 4 times as many", worst, "×", at_most=MOST)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--only", default="", help="one shape")
    given = parser.parse_args()
    for result in measure(given.lines, given.only):
        print(table([result]).splitlines()[-1], flush=True)


if __name__ == "__main__":
    main()
