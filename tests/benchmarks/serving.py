"""The application under gunicorn with two workers: time to readiness, chart answers per second, memory.

    python -m tests.benchmarks.serving [--lines 186000]

Every request is for one chart on the page where it stands, as a browser sends it, with a selection that was not
requested before. The clients are threads of this process on the same machine. PSS is summed over the workers."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analytics import store
from analytics.loading import catalog, dataset
from dashboard.answers.last_used import COOKIE
from dashboard.background.memory import AFTER_SECONDS
from dashboard.page.shell import POLL, POLL_SECONDS, VERSIONS
from dashboard.pages import BY_PATH, PAGES
from tests.benchmarks.page_workload import CITIES, DAYS, START, filled, words
from tests.benchmarks.results import Result, found, table
from tests.calls import ROUTE, page_of, render_call
from tests.processes import ROOT, AppServer, RedisServer

LEAST_BYTES = 300  # of an answer that has a card in it, compressed
CHARTS = ("kpis", "revenue_over_time", "top_products", "top_places", "revenue_by_weekday_hour")
STANDS = {name: next(s.path for s in BY_PATH.values() if name in [c.name for c in s.charts]) for name in CHARTS}
BYTRONIX = "bytronix"
BENCH = "bench"  # the generated lines
OVERVIEW = PAGES[0].path
CALLBACKS = "/_dash-update-component"
PAGES_OPEN = 1000
# What Chromium sends, where the last data set is known.
HEADERS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
    "Cookie": f"{COOKIE}={BENCH}",
}


def selections(seed: int, name: str = BENCH) -> Iterator[str]:
    """Different addresses of the Overview of a data set: a range, and in half of them a city."""
    draw, cities, seen = random.Random(seed), words("City", CITIES), set()
    while True:
        first = draw.randrange(DAYS - 40)
        last = draw.randrange(first + 30, DAYS)
        city = draw.choice(cities) if draw.random() < 0.5 else ""
        if (first, last, city) not in seen:
            seen.add((first, last, city))
            start, end = (START + np.timedelta64(d, "D") for d in (first, last))
            more = f"&city={city.replace(' ', '+')}" if city else ""
            yield f"{OVERVIEW}?data={name}&range={start}..{end}&compare=previous{more}"


def answer_times(server: AppServer, clients: int, seconds: float, seed: int, name: str = BENCH) -> list[float]:
    """Seconds that each chart answer took, with clients that each send the next request at once."""
    keys = {
        path: page_of(lambda body: server.post(ROUTE, body)[1], f"{server.url}{path}?data={name}")
        for path in set(STANDS.values())
    }
    asked, lock, times = selections(seed, name), threading.Lock(), list[float]()
    end = time.perf_counter() + seconds
    failures: list[str] = []

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        turn = number
        while time.perf_counter() < end and not failures:
            with lock:
                query = next(asked).partition("?")[2]
            chart = CHARTS[turn % len(CHARTS)]
            href = f"{server.url}{STANDS[chart]}?{query}"
            body = render_call(href, chart, page=keys[STANDS[chart]])
            turn += 1
            begun = time.perf_counter()
            connection.request("POST", ROUTE, body, HEADERS)
            answer = connection.getresponse()
            told = answer.read()
            times.append(time.perf_counter() - begun)
            if answer.status != 200 or len(told) < LEAST_BYTES:
                failures.append(f"{answer.status} for {href}")
        connection.close()

    threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    return times


def workers_of(server: AppServer) -> list[int]:
    """Process ids of the workers."""
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(p) == server.pid]


def pss(server: AppServer) -> tuple[float, float]:
    """Megabytes of all workers, and of the workers and the master."""
    workers = sum(map(_pss, workers_of(server)))
    return workers, workers + _pss(server.pid)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return -1


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def processor_seconds(server: AppServer) -> float:
    """What the workers have used until now."""
    ticks = 0
    for pid in workers_of(server):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def poll_milliseconds(server: AppServer, polls: int = 500) -> float:
    """Processor time of the workers for one poll of an open page whose data did not change, on a connection of its own:
    polls are further apart than connections are kept open."""
    known = json.loads(server.post(CALLBACKS, _poll(""))[1])["response"][VERSIONS]["data"]
    body = _poll(known)
    server.post(CALLBACKS, body)
    begun = processor_seconds(server)
    for _ in range(polls):
        status = server.post(CALLBACKS, body)[0]
        if status != 204:
            raise RuntimeError(f"a poll was answered with {status}")
    return 1000 * (processor_seconds(server) - begun) / polls


def _poll(known: str) -> bytes:
    inputs = [{"id": POLL, "property": "n_intervals", "value": 1}]
    state = [{"id": VERSIONS, "property": "data", "value": known}]
    outputs = {"id": VERSIONS, "property": "data"}
    about = {"output": f"{VERSIONS}.data", "changedPropIds": [f"{POLL}.n_intervals"]}
    return json.dumps({**about, "outputs": outputs, "inputs": inputs, "state": state}).encode()


def start_seconds(server: AppServer) -> float:
    """Seconds from the command until /readyz first answers 200."""
    begun = time.perf_counter()
    server.start()
    while server.get("/readyz")[0] != 200:
        time.sleep(0.01)
    return time.perf_counter() - begun


def measure(lines: int, *, seconds: float = 8, redis: bool = True) -> list[Result]:
    """Start, chart answers and memory with this number of generated lines."""
    few = lines < 1_000_000
    size = f"{lines / 1e6:g} M lines" if not few else f"{lines // 1000} k lines"
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = filled(folder, lines)
        cache = RedisServer(folder)
        for with_redis in (False, True) if redis else (False,):
            settings = {}
            if with_redis:
                cache.start()
                settings["REDIS_URL"] = cache.url
            server = AppServer(root, folder, **settings)
            started = start_seconds(server)
            try:
                beside = "Redis" if with_redis else "files"
                if not with_redis:
                    results.append(found(f"{size}: start to ready", started, "s", at_most=2))
                for clients in (1, 8):
                    times = 1_000 * np.array(answer_times(server, clients, seconds, seed=clients + 10 * with_redis))
                    what = f"{size}: chart answers, {clients} client{'s' if clients > 1 else ''}, {beside}"
                    asked = few and clients == 8
                    results += [
                        found(f"{what}, a second", len(times) / seconds, "/s", at_least=300 if asked else None),
                        found(f"{what}, p50", float(np.percentile(times, 50)), "ms"),
                        found(f"{what}, p95", float(np.percentile(times, 95)), "ms", at_most=60 if asked else None),
                    ]
                if not with_redis and few:
                    share = PAGES_OPEN * poll_milliseconds(server) / POLL_SECONDS / 10
                    results.append(found("1,000 open pages that poll: share of a core", share, "%", at_most=3))
                if not with_redis:
                    results += at_rest(server, size, None if few else 800)
            finally:
                server.stop()
                cache.stop()
    return results


def at_rest(server: AppServer, what: str, most: float | None, under_load_too: bool = False) -> list[Result]:
    """Memory under load, and after freed memory has been returned. `under_load_too`: the target is for both."""
    under_load = pss(server)[0]
    time.sleep(2 * AFTER_SECONDS)
    workers, together = pss(server)
    return [
        found(f"{what}: PSS of 2 workers, at rest", workers, "MB", at_most=most),
        found(f"{what}: PSS with the master, at rest", together, "MB"),
        found(f"{what}: PSS of 2 workers, under load", under_load, "MB", at_most=most if under_load_too else None),
    ]


def measure_bytronix(sources: Path) -> list[Result]:
    """Memory with the real data set of 186 k lines, after every chart of every page was requested once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store.write(folder / "store", dataset.read(catalog.load(ROOT / "data" / f"{BYTRONIX}.toml"), sources))
        server = AppServer(folder / "store", folder)
        server.start()
        try:
            for screen in BY_PATH.values():
                href = f"{server.url}{screen.path}?data={BYTRONIX}&range=all"
                key = page_of(lambda body: server.post(ROUTE, body)[1], href)
                for chart in screen.charts:
                    server.post(ROUTE, render_call(href, chart.name, page=key))
            return at_rest(server, "bytronix, every chart asked", 400)
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=186_000)
    parser.add_argument("--seconds", type=float, default=8)
    given = parser.parse_args()
    print(table(measure(given.lines, seconds=given.seconds)))


if __name__ == "__main__":
    main()
