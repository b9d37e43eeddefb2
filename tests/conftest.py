"""Fixtures for every test."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dashboard.company import state
from tests.https_site import Site
from tests.processes import ROOT, AppServer, PostgresServer, RedisServer, postgres_programs
from tests.samples import examples, one_of

DATA = ROOT / "data"
REAL_DATA_SETS = ("bytronix", "atliq", "classic_models")
DEMO_SCALE = 0.02
FIXTURE_MARKS = {
    "postgres_server": "slow",
    "serve": "slow",
    "redis_server": "redis",
    "dash_br": "browser",
    "second_browser": "browser",
    "open_browser": "browser",
}
# No example fails because the machine is slow. A test's own settings need to name only the number of examples.
SLOW_MACHINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile(
    "storesight", max_examples=examples(100), deadline=None, suppress_health_check=SLOW_MACHINE, print_blob=True
)
settings.load_profile("storesight")

# When a test runs, by the first of these marks that it has; before all of them if it has none.
TURNS = {"browser": 3, "redis": 1, "slow": 2}
# How long one with the first of these marks takes, in quick tests, about. Where each of several processes takes a file,
# those that take longest come first, so that none is left waiting for another at the end of a run.
WEIGHTS = {"long": 0, "browser": 100, "slow": 10}
# Of the tests with this mark every third of a file measures the coverage, of the others each: measuring takes longer
# than running, and most of their lines are those of others too. So what is told is the least that is covered.
MEASURED = {"slow": 3}

SPARK_LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs Spark unless it is asked for, mark what needs Redis or a browser, choose the tests that
    measure the coverage, and run quick tests first; where several processes run them, long files."""
    if "spark" not in config.option.markexpr:
        on_spark = [item for item in items if item.get_closest_marker("spark")]
        items[:] = [item for item in items if item not in on_spark]
        config.stash[SPARK_LEFT_OUT] = len(on_spark)
        config.hook.pytest_deselected(items=on_spark)
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for mark in {mark for fixture, mark in FIXTURE_MARKS.items() if fixture in fixtures}:
            item.add_marker(mark)
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("drawn")
        if "sources" in fixtures or item.get_closest_marker("drawn") or item.get_closest_marker("long"):
            item.add_marker("no_cover")
    _leave_cases_out(items)
    _choose_what_measures([item for item in items if item.get_closest_marker("no_cover") is None])
    weights: Counter[Path] = Counter()
    if hasattr(config, "workerinput"):
        for item in items:
            weights[item.path] += _first(item, WEIGHTS, 1)
    items.sort(key=lambda item: (-weights[item.path], _first(item, TURNS, 0)))


def _leave_cases_out(items: list[pytest.Item]) -> None:
    """Of the cases of a test with the mark `sampled(n)` that are not `long`, make all but every n-th `long`."""
    cases: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("sampled")
        if mark is not None and item.get_closest_marker("long") is None:
            test = item.nodeid.partition("[")[0]
            if cases[test] % mark.args[0]:
                item.add_marker("long")
            cases[test] += 1


def _choose_what_measures(items: list[pytest.Item]) -> None:
    """Of the cases of a test the first one measures the coverage, of the tests of a file those that MEASURED says."""
    seen: set[str] = set()
    tests: Counter[Path] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if test in seen or tests[item.path] % _first(item, MEASURED, 1):
            item.add_marker("no_cover")
        tests[item.path] += test not in seen
        seen.add(test)


def _first(item: pytest.Item, numbers: dict[str, int], otherwise: int) -> int:
    """The number of the first of these marks that a test has."""
    return next((number for mark, number in numbers.items() if item.get_closest_marker(mark)), otherwise)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(SPARK_LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(f"{left_out} Spark tests left out, since they start a cluster: make test-spark")


def pytest_collection_finish() -> None:
    """What was imported stays until the end: the collector need not look at it again with every round."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # the rest of the tests' time is worth more than their memory


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Leave out of the coverage what prepares a test that is left out of it.

    `no_cover` is of pytest-cov, which leaves out the test alone. Tests that walk all charts or shapes have it, and so
    have those that draw examples, those on real data, which a clone may lack, every case of a test but its first, and
    the tests that MEASURED leaves out.
    """
    measuring = item.config.pluginmanager.get_plugin("_cov") if item.get_closest_marker("no_cover") else None
    if measuring is None:
        return (yield)
    measuring.cov_controller.pause()
    try:
        return (yield)
    finally:
        measuring.cov_controller.resume()


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Spark cluster of a master and two workers on loopback, for this session."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or later, and there is no java")
    pytest.importorskip("pyspark", reason="Spark is not installed: pip install -r requirements-spark.txt")
    from tests.spark.cluster import Cluster

    cluster = Cluster(tmp_path_factory.mktemp("spark"))
    cluster.start()
    yield cluster.master
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()
    cluster.stop()


@pytest.fixture(scope="session")
def sources() -> Path:
    """Folder of the real data sets (STORESIGHT_SOURCES); tests that need it skip, saying so, where it is absent."""
    folder = os.environ.get("STORESIGHT_SOURCES", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"real data are absent: STORESIGHT_SOURCES={folder!r} is not a folder")
    return Path(folder)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the real data sets whose sources are there, and a small draw of the demo company ("demo").

    Filled by the first process that asks for it, of a run or, where TESTS_SHARE names a folder, of several runs; the
    others wait. Do not write to it.
    """
    own = tmp_path_factory.getbasetemp()
    of_this_run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    shared = Path(os.environ.get("TESTS_SHARE") or of_this_run)
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / "store.lock").open("a+") as filled:
        fcntl.flock(filled, fcntl.LOCK_EX)
        filled.seek(0)
        if not filled.read():
            _fill(shared / "store", tmp_path_factory.mktemp("catalog"))
            filled.write("filled")
    return shared / "store"


def _fill(root: Path, catalog_folder: Path) -> None:
    from analytics import store as stores
    from analytics.loading import catalog, dataset
    from data import demo_company

    given = os.environ.get("STORESIGHT_SOURCES", "")
    for name in REAL_DATA_SETS:
        if given and (Path(given) / name).is_dir():
            stores.write(root, dataset.read(catalog.load(DATA / f"{name}.toml"), Path(given)))
    shutil.copy(DATA / "demo.toml", catalog_folder)
    (catalog_folder / "generated" / "demo").mkdir(parents=True)
    for name, frame in demo_company.generate(scale=DEMO_SCALE).items():
        frame.to_parquet(catalog_folder / "generated" / "demo" / f"{name}.parquet", index=False)
    stores.write(root, dataset.read(catalog.load(catalog_folder / "demo.toml"), catalog_folder))


@pytest.fixture(scope="module", params=("demo", *one_of(3, reversed(REAL_DATA_SETS))))
def data_set(request: pytest.FixtureRequest, store: Path) -> str:
    """The name of each data set in `store`: what holds of all data is tested on the demo company and on real ones, of
    which make test takes the smallest."""
    if not (store / request.param).is_dir():
        pytest.skip(f"real data are absent: {request.param}")
    return str(request.param)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A redis-server for the tests: .url, .client, .stop(), .start(), .hang(), .resume(). Leave it running."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed; make test installs it where it can")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session", autouse=True)
def patient_writers() -> Iterator[None]:
    """Nobody gives up because a busy machine lets another writer of SQLite take long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "WAIT_MS", 60_000)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL for the tests: .url, .password, .run(statement), .copy(table, text), .drop_connections()."""
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed; make test installs it where it can")
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., AppServer]]:
    """`serve(store, REDIS_URL=…)` starts the application with these settings; every server stops with the session."""
    started: list[AppServer] = []

    def start(store: Path, **settings: str) -> AppServer:
        server = AppServer(store, tmp_path_factory.mktemp("server"), **settings)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def app_server(store: Path, serve: Callable[..., AppServer]) -> AppServer:
    """The application under gunicorn, two workers, files for cache, against `store`: .url, .get(path), .log. What one
    server of a run has computed, those of its other processes read."""
    return serve(store, STORESIGHT_CACHE_DIR=str(store.with_name("answers")))


@pytest.fixture(scope="session")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    yield made
    made.stop()


@pytest.fixture
def site(_site: Site) -> Site:
    """An https server that offers nothing yet and has been asked for nothing."""
    _site.routes.clear()
    _site.seen.clear()
    return _site
