"""What docs/performance.md shows of the benchmarks: its tables, row by row, each made of results by their names."""

from __future__ import annotations

from dataclasses import dataclass

SMALL, MIDDLE, LARGE = "186 k lines", "1 M lines", "10 M lines"
SELECTIONS = {"none": "no filter", "wide": "wide", "narrow": "narrow"}


@dataclass(frozen=True)
class Row:
    """A line of a table. `cells`: the names of the results in each column, side by side where there are several;
    `why`: what keeps it from its target, told where it misses it."""

    text: str
    cells: tuple[tuple[str, ...], ...]
    why: str = ""


@dataclass(frozen=True)
class Table:
    """A table; the column of the targets follows by itself."""

    title: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ("Measured",)
    about: str = ""

    @property
    def names(self) -> set[str]:
        """The names of all its results."""
        return {name for row in self.rows for cell in row.cells for name in cell}


_MANY = ("customer models of 10 M lines", "customer models of 10 M lines: peak memory")


def one(text: str, *names: str, why: str = "") -> Row:
    """A row whose only column shows these results."""
    return Row(text, (names,), why)


_GATHERED = "what is left is finding orders and marking their customers, who cannot be added up"
_CHANGED = (
    "a cold answer and the one after it are added up from the same joint cubes, in which no clause is kept from one to "
    "the next; the next rows compare it with an answer for which rows are read"
)
_PAGE = (
    tuple(
        Row(
            f"{size}, {told}",
            (
                (f"{size}, {selection}: pandas",),
                (f"{size}, {selection}: duckdb",),
                (f"{size}, {selection}: polars",),
                (f"{size}, {selection}: cold page",),
                (f"{size}, {selection}: times the fastest rival",),
            ),
            _GATHERED,
        )
        for size in (SMALL, MIDDLE, LARGE)
        for selection, told in SELECTIONS.items()
    )
    + tuple(
        Row(
            f"{size}, one changed clause, as a share of a cold answer: none / wide / narrow",
            ((), (), (), tuple(f"{size}, {s}, changed: share of a cold answer" for s in SELECTIONS), ()),
            _CHANGED,
        )
        for size in (SMALL, MIDDLE, LARGE)
    )
    + tuple(
        Row(
            f"{size}, the same as a share of an answer out of rows, without joint cubes and indexes",
            ((), (), (), tuple(f"{size}, {s}, changed: share of an answer out of rows" for s in SELECTIONS), ()),
        )
        for size in (SMALL, MIDDLE, LARGE)
    )
)


def _browsed(size: str) -> tuple[Row, ...]:
    return (
        one(
            f"{size}: first load until texts and key figures are painted",
            f"{size}: first load to texts and key figures, median",
            why="Chromium needs 0.2 s for a process and an empty page, and the answer of the server 0.1 s",
        ),
        one(
            f"{size}: first load / a later one, until all charts in sight are painted",
            f"{size}: first load to all charts painted, median",
            f"{size}: a later load, files cached, new range",
            why="0.74 and 0.31 s where the same machine answered each request in half the time",
        ),
        one(f"{size}: bytes of a first load", f"{size}: first load"),
        one(
            f"{size}: click until all charts in sight are painted, masks not cached / cached, median of 8",
            f"{size}: click to all charts painted, cold, median",
            f"{size}: click to all charts painted, warm masks, median",
            why="what is left is plotly, which draws again the charts that were not clicked",
        ),
        one(
            f"{size}: the same, pressed as soon as the pointer is there, which has rested 0.2 s above",
            f"{size}: click to all charts painted, pressed at once, median",
            why="half of it is the server's answer, which is requested with the press, and half plotly",
        ),
        one(
            f"{size}: the same, until the texts about them are complete",
            f"{size}: click to the last word about them, cold, median",
            f"{size}: click to the last word about them, warm masks, median",
        ),
    )


def _served(size: str, *, few: bool) -> tuple[Row, ...]:
    both = ("files", "Redis")
    cores = "clients, server and Redis share two cores" if few else ""
    return (
        one(
            f"{size}: start to ready",
            f"{size}: start to ready",
            why="most of it is the import of libraries (pandas, Arrow, Dash), which is once for all workers",
        ),
        one(
            f"{size}: chart answers a second, 8 clients, all selections different, kept in files / Redis",
            *(f"{size}: chart answers, 8 clients, {kept}, a second" for kept in both),
            why=cores,
        ),
        one(
            f"{size}: 95 % of them within, files / Redis",
            *(f"{size}: chart answers, 8 clients, {kept}, p95" for kept in both),
            why=cores,
        ),
        one(
            f"{size}: one chart answer, 1 client, median / 95 %",
            *(f"{size}: chart answers, 1 client, files, {p}" for p in ("p50", "p95")),
        ),
        one(
            f"{size}: PSS of two workers, at rest / under load",
            *(f"{size}: PSS of 2 workers, {when}" for when in ("at rest", "under load")),
        ),
    )


TABLES = (
    Table(
        "A page of twelve aggregations",
        _PAGE,
        ("pandas", "DuckDB", "Polars", "Storesight", "× the fastest other"),
        "One selection, twelve aggregations, nothing cached. All four gave the same results to the cent. Wide: 8 "
        "cities, 2 of 3 years; narrow: 3 cities, 4 of 8 categories, 2 years.",
    ),
    Table(
        "Which engine answers how fast",
        tuple(
            Row(
                f"{size}, {told}",
                tuple((f"{size}, {s}, {engine} engine: page of 12 aggregations",) for engine in ("embedded", "DuckDB")),
            )
            for size in (SMALL, LARGE)
            for s, told in SELECTIONS.items()
        ),
        ("embedded", "DuckDB, 2 GB"),
        "The same page.",
    ),
    Table("What somebody waits for", _browsed(SMALL) + _browsed(LARGE), about="Headless Chromium, Overview."),
    Table(
        "Serving",
        (
            *_served(SMALL, few=True),
            *_served(LARGE, few=False),
            one(
                "bytronix, every chart asked: PSS of two workers, at rest / under load",
                *(f"bytronix, every chart asked: PSS of 2 workers, {when}" for when in ("at rest", "under load")),
            ),
            one(
                "1,000 open pages that poll, share of a core",
                "1,000 open pages that poll: share of a core",
                why="all pages are in sight here; half of a poll is its connection, the rest a callback of Dash",
            ),
        ),
        about="Two workers.",
    ),
    Table(
        "Loading",
        (
            one(
                "10 M lines from Parquet / 3 M from CSV, process start included",
                "ingest of 10 M lines from parquet",
                "ingest of 3 M lines from csv",
                why="two cores need 7 s for texts, fingerprints and sums of 10 M lines, and stages follow one another",
            ),
            one(
                "memory, as a share of the file's size: 10 M from Parquet / 3 M from CSV",
                "ingest of 10 M lines from parquet: peak memory / size of the file",
                "ingest of 3 M lines from csv: peak memory / size of the file",
                why="0.4 GB do not grow with the file (libraries, and two blocks of rows), which here is small",
            ),
        ),
    ),
    Table(
        "Shopify's export of a million lines",
        (
            one(
                "recognised, as an upload does it",
                "Shopify's export: recognised",
                why="1.9 s where the same cores did twice as much",
            ),
            one(
                "loaded",
                "Shopify's export: loaded",
                why="211,000 lines/s where the same cores did twice as much",
            ),
            one(
                "memory beyond the file's size: recognising / loading it",
                "Shopify's export: memory of recognising it, beyond the file's size",
                "Shopify's export: memory of loading it, beyond the file's size",
            ),
            one("what the ledger of its orders differs by", "Shopify's export: its ledger differs by"),
        ),
        about="24 columns, 146 MB, orders that are known.",
    ),
    Table(
        "Methods and reports",
        (
            one(
                "pairs with p and q: 300 k orders × 500 products / 3 M × 5,000",
                "pairs with p and q, 300,000 orders × 500 items (1,152,649 cells, 122,840 pairs)",
                "pairs with p and q, 3,000,000 orders × 5,000 items (14,783,326 cells, 500,000 pairs)",
            ),
            one("memory of the latter", "peak memory of 3,000,000 × 5,000"),
            one("customer models of 140 k customers", "customer models of 140,000 customers"),
            one(
                "customer models of 10 M lines / their memory",
                *_MANY,
                why="the models of 1.7 M customers are fitted one after another, each on both cores",
            ),
            one("the same: processor time", f"{_MANY[0]}: processor time"),
            one("all customer models of bytronix", "all customer models of bytronix"),
            one(
                "whole report with its appendix: bytronix, 186 k lines / 540 k lines",
                "report of bytronix",
                "report of 540 k lines",
                why="the process starts in 1 s; the rest are models, insights and 110 answers, which two cores share",
            ),
        ),
    ),
    Table(
        "Under load",
        (
            one("users / seconds / answers a second", "load: users", "load: seconds", "load: answers a second"),
            one(
                "numbers compared / wrong ones / answers of 500 and more",
                *(f"load: {what}" for what in ("numbers compared", "wrong numbers", "answers of 500 and more")),
            ),
            one(
                "requests lost, beyond those of the killed worker / of it",
                "load: requests lost, beyond those of the killed worker",
                "load: requests lost with the killed worker",
            ),
            one(
                "PSS of two workers afterwards, of that after a third of the time",
                "load: PSS afterwards, of that after a third",
            ),
        ),
        about="Users request every chart of all pages one after another (12 for a minute by `make bench`; 50 for ten "
        "minutes by `python -m tests.benchmarks.load --users 50 --seconds 600 --write`), while a worker is killed, "
        "Redis is killed and hangs, and the data are replaced.",
    ),
)

_COMPANY = "bytronix and all of a company, all charts and pages asked by {}: PSS of 2 workers, {}"
_STORE = "two instances on one store: {}"
TABLES += (
    Table(
        "A company that signs in",
        (
            one(
                "PSS of two workers after every chart of bytronix and every page, one group: at rest / under load",
                *(_COMPANY.format("a group", when) for when in ("at rest", "under load")),
            ),
            one(
                "the same, two groups",
                *(_COMPANY.format("two groups", when) for when in ("at rest", "under load")),
            ),
            one(
                "processor time of a click without a login / what it takes longer for somebody who is signed in",
                "processor time of a click without a login",
                "what it takes longer for somebody who is signed in",
            ),
            one(
                "two instances on one PostgreSQL, one stopped and started: seconds / requests / sent again",
                *(_STORE.format(w) for w in ("seconds", "requests answered", "sent again to the other instance")),
            ),
            one(
                "of these wrong, or somebody else's / 5xx / answered by neither / saved views lost / twice",
                *(
                    _STORE.format(what)
                    for what in (
                        "wrong figures, or somebody else's",
                        "answers 5xx",
                        "answered by neither",
                        "saved views that are lost",
                        "saved views that are there twice",
                    )
                ),
            ),
        ),
        about="With a state store, policies, targets, notes and tokens.",
    ),
)
_BEYOND = "30 M lines"
TABLES += (
    Table(
        "Beyond one machine",
        tuple(
            Row(
                f"a page of twelve aggregations, {told}",
                (
                    (f"{_BEYOND}, {s}, DuckDB within 2 GB: page",),
                    (f"{_BEYOND}, {s}, Spark engine: page of 12 aggregations",),
                ),
                "lines are read for each aggregation that no stored sums answer; those of a small selection twice",
            )
            for s, told in SELECTIONS.items()
        )
        + tuple(
            Row(
                f"the slowest of them, {told}",
                ((), (f"{_BEYOND}, {s}, Spark engine: slowest card",)),
                "master, workers and driver share two cores",
            )
            for s, told in SELECTIONS.items()
        )
        + (
            Row(
                "processor time of a page: no filter / wide / narrow",
                (tuple(f"{_BEYOND}, {s}, DuckDB within 2 GB: processor time of a page" for s in SELECTIONS), ()),
            ),
            Row("memory of the process", ((f"{_BEYOND}, DuckDB within 2 GB: memory of the process",), ())),
            Row(
                "of 36 files, a month each, a quarter reads / of their bytes",
                (
                    (),
                    (
                        f"{_BEYOND}, Spark engine: files of 36 that a quarter reads",
                        f"{_BEYOND}, Spark engine: share of the bytes",
                    ),
                ),
            ),
            Row(
                "a card through the application: computed / again, out of Redis",
                (
                    (),
                    (
                        f"{_BEYOND}, Spark engine: a card through the application, computed",
                        f"{_BEYOND}, Spark engine: the same card again, out of Redis",
                    ),
                ),
                "master, workers, driver and application share two cores",
            ),
        ),
        ("DuckDB, 2 GB", "Spark, a master and two workers"),
        "`python -m tests.benchmarks --only duckdb,spark`: 30 million lines.",
    ),
)
_KINDS = {"parquet": "Parquet", "csv": "CSV"}
_SIZES = ("1 M lines", "10 M lines", "30 M lines", "100 M lines")


def _growing(text: str, *names: str, why: str = "") -> Row:
    return Row(text, tuple(tuple(f"{size}{name}" for name in names) for size in _SIZES), why)


TABLES += (
    Table(
        "Growth",
        (
            *(
                _growing(
                    f"lines a second from {name}",
                    f": ingest from {kind}",
                    why="the process starts within it, half of it at a million lines; beyond that, texts, fingerprints "
                    "and sums keep two cores busy",
                )
                for kind, name in _KINDS.items()
            ),
            *(
                _growing(
                    f"processor time of a million lines from {name}", f": processor time of {kind}, a million lines"
                )
                for kind, name in _KINDS.items()
            ),
            *(
                _growing(
                    f"memory of loading from {name}",
                    f": memory of ingest from {kind}",
                    why="times, numbers and customers of all orders are in memory at once",
                )
                for kind, name in _KINDS.items()
            ),
            _growing(
                "store", ": store", why="a quarter of it are the ids of orders, which are kept as they are written"
            ),
            _growing("the store opens in", ": open"),
            *(
                _growing(
                    f"a page of twelve aggregations, {what}, no filter / wide / narrow",
                    *(f", {selection}: {name}, growth" for selection in ("none", "wide", "narrow")),
                    why="selected lines are read at the speed of memory, or of the disk where they do not fit into it; "
                    "customers cannot be added up",
                )
                for what, name in (
                    ("with joint cubes", "cold page"),
                    ("the first time, out of rows", "page out of rows"),
                )
            ),
            _growing(
                "two workers: start to ready",
                ": start to ready, growth",
                why="most of it is the import of libraries, which is the same at any size; from 1 to 30 M lines other "
                "processes kept the cores busy",
            ),
            _growing(
                "one chart answer, 1 client, all selections different, median / 95 %",
                ": chart answer, p50",
                ": chart answer, p95",
            ),
            _growing(
                "PSS of two workers, at rest / under load",
                ", growth: PSS of 2 workers, at rest",
                ", growth: PSS of 2 workers, under load",
                why="rows of the store that were read stay in the memory of the machine, and count as the workers'",
            ),
            _growing(
                "a day's 100,000 lines added",
                ": a day's 100,000 lines added",
                why="other processes had most of the cores and of the disk",
            ),
            _growing("processor time of that", ": processor time of a day's lines"),
        ),
        _SIZES,
        "`make bench-large`: 500 products, 60 cities, 0.17 customers a line. Targets: ingest from Parquet ≥ 1 M and "
        "from CSV ≥ 0.5 M lines a second, in ≤ 1 GB and a tenth of the file.",
    ),
)

_SHAPES = ("many products", "many customers", "many cities", "one large order", "many data sets")


def _by_shape(text: str, step: str, but: tuple[str, ...] = ()) -> Row:
    return Row(
        text,
        tuple(() if s in but else (f"{s}: {step}, times as long for 4 times as many",) for s in _SHAPES),
        "the smaller data still fit into the processor's caches: the best sellers of the large order take 0.05, 0.15, "
        "0.30 and 0.47 s for 200 k, 400 k, 800 k and 1.6 M lines",
    )


TABLES += (
    Table(
        "Four times as much of one thing",
        (
            _by_shape("loading", "loading"),
            _by_shape("all charts", "all charts", but=("many data sets",)),
            _by_shape("the chart that grows most", "the chart that grows most", but=("many data sets",)),
            _by_shape("the list of data sets", "listing", but=_SHAPES[:-1]),
        ),
        _SHAPES,
        "`python -m tests.benchmarks.shapes`, a part of `make bench-large`: how many times the processor time of four "
        "times the lines is. About 4 where a step is linear, 16 where it is quadratic. A product for 5 lines, a "
        "customer for nearly each order, a city for 10 lines, an order with half of all lines; 5 and 20 data sets.",
    ),
)

NAMES = frozenset().union(*(table.names for table in TABLES))
