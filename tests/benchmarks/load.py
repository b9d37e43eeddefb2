"""Many users on all pages while a worker is killed, Redis is killed and then hangs, and the data are replaced.

    python -m tests.benchmarks.load [--seconds 180] [--users 12] [--write]

Each user opens a page with a different selection, requests every chart of it as a browser does, and begins again (a
closed loop: the next request is sent when the last response has come). Between pages each user requests one of a few
known charts, whose answers were computed beforehand for both states of the data: the response must equal the answer for
the version that it names. A request may fail only if a killed worker was serving it."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analytics import store
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR
from dashboard.background.memory import AFTER_SECONDS
from dashboard.pages import BY_PATH, CHARTS
from tests.benchmarks import document
from tests.benchmarks.page_workload import Tables, made
from tests.benchmarks.results import Result, found, table
from tests.benchmarks.serving import pss, selections, workers_of
from tests.calls import ROUTE, page_of, render_call
from tests.processes import PATIENCE, AppServer, RedisServer, wait_until

KNOWN = ("top_places", "top_products", "revenue_over_time", "kpis", "orders_by_hour", "revenue_by_category")
KILLED = "a worker is killed"
SCREENS = list(BY_PATH.values())


@dataclass
class Outcome:
    """What the users saw. `late`: seconds that each response took; `broken`: requests without one, each as (second at
    which its connection was opened, what); `events`: the second at which each fault had happened."""

    requests: int = 0
    known: int = 0
    versions: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[tuple[float, str]] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    events: dict[str, float] = field(default_factory=dict)
    early_pss: float = 0.0
    last_pss: float = 0.0
    stuck: int = 0

    @property
    def unexcused(self) -> list[tuple[float, str]]:
        """Requests without a response whose connection was opened after the worker was killed, so that no killed worker
        explains them. (A connection is opened again after it failed.)"""
        return [(opened, what) for opened, what in self.broken if opened > self.events.get(KILLED, -1.0)]


class Plain:
    """A cache that stores nothing."""

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        return compute(), False

    def keeps(self, key: str) -> bool:
        return False


def answers(root: Path, queries: list[str]) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """The data's version, and the rows of each known question."""
    from dashboard.web.data_urls import rows

    service = Service(root, Plain()).for_viewer(OPERATOR)
    told, version = {}, ""
    for query in queries:
        chart, _, selection = query.partition("?")
        asked, engine, _ = service.select(selection, strict=True)
        now = engine.resolve(asked)
        told[query] = json.loads(json.dumps(rows(service.answer(CHARTS[chart], now, {}, engine).frame), default=str))
        version = engine.version
    return version, told


def run(seconds: float, users: int, lines: int = 186_000) -> Outcome:
    """One run with every fault in it."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, after, root = Tables(made(lines)), Tables(made(lines)), folder / "store"
        after.lines["amount"] *= 3
        asked = selections(99)
        queries = [f"{KNOWN[i % len(KNOWN)]}?{next(asked).partition('?')[2]}" for i in range(24)]
        store.write(folder / "later", after)
        store.write(root, before)
        truth = dict(answers(place, queries) for place in (folder / "later", root))
        redis = RedisServer(folder)
        redis.start()
        server = AppServer(root, folder, REDIS_URL=redis.url, LOG_LEVEL="warning")
        server.start()
        try:
            Load(server, truth, queries, seconds, outcome).run(
                users,
                [
                    (0.15, KILLED, lambda: os.kill(workers_of(server)[0], signal.SIGKILL)),
                    (0.30, "Redis is killed", redis.stop),
                    (1 / 3, "memory is read", lambda: setattr(outcome, "early_pss", pss(server)[0])),
                    (0.45, "Redis is back, empty", redis.start),
                    (0.55, "Redis hangs", redis.hang),
                    (0.65, "Redis goes on", redis.resume),
                    (0.70, "the data are replaced", lambda: store.write(root, after)),
                ],
            )
            wait_until(lambda: server.get("/healthz")[0] == 200, "an answer after the load")
            time.sleep(AFTER_SECONDS + 1)  # by then, freed memory has been returned
            outcome.last_pss = pss(server)[0]
        finally:
            server.stop()
            redis.stop()
    return outcome


@dataclass
class Load:
    """A server under load: what its users request, which faults happen, and what came of both."""

    server: AppServer
    truth: dict[str, Any]  # rows of the known questions by version
    queries: list[str]  # the known questions
    seconds: float
    outcome: Outcome

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.addresses = selections(5)
        possible = {chart["name"] for chart in json.loads(self.server.get("/data/")[1])}
        self.charts = [[c.name for c in s.charts if c.name in possible] for s in SCREENS]
        self.keys = [page_of(self._post, f"{self.server.url}{s.path}?data=bench") for s in SCREENS]
        self.began = time.perf_counter()

    def _post(self, body: bytes) -> bytes:
        return self.server.post(ROUTE, body)[1]

    def since(self) -> float:
        """Seconds since the load began."""
        return time.perf_counter() - self.began

    @property
    def over(self) -> bool:
        """Whether the time is over and, unless that never comes, an answer from the replaced data was seen."""
        late = self.since() - self.seconds
        return late >= 0 and (len(self.outcome.versions) > 1 or late > PATIENCE)

    def run(self, users: int, faults: Sequence[tuple[float, str, Callable[[], object]]]) -> None:
        """Let users request pages while each fault happens at its share of the time."""
        threads = [threading.Thread(target=User(self, n).run, daemon=True) for n in range(users)]
        for thread in threads:
            thread.start()
        for share, what, act in faults:
            time.sleep(max(0.0, share * self.seconds - self.since()))
            act()
            self.outcome.events[what] = self.since()
        for thread in threads:
            thread.join(self.seconds + 2 * PATIENCE)
        self.outcome.stuck = sum(thread.is_alive() for thread in threads)


class User:
    """One user on a connection of their own."""

    def __init__(self, load: Load, number: int) -> None:
        self._load, self._outcome = load, load.outcome
        self._draw = random.Random(number)
        self._connection = http.client.HTTPConnection("127.0.0.1", load.server.port, timeout=PATIENCE)
        self._opened = 0.0

    def run(self) -> None:
        """Open page after page, with a known question between, until the load is over."""
        while not self._load.over:
            self._open_a_page()
            self._ask_a_known_question()
        self._connection.close()

    def _open_a_page(self) -> None:
        load = self._load
        at = self._draw.randrange(len(SCREENS))
        with load.lock:
            query = next(load.addresses).partition("?")[2]
        href = f"{load.server.url}{SCREENS[at].path}?{query}"
        charts = load.charts[at]
        for first in range(0, len(charts), 3):
            if load.over:
                break
            self._request("POST", ROUTE, render_call(href, *charts[first : first + 3], page=load.keys[at]))

    def _ask_a_known_question(self) -> None:
        query = self._draw.choice(self._load.queries)
        chart, _, selection = query.partition("?")
        body = self._request("GET", f"/data/{chart}.json?{selection}")
        if body is None:
            return
        told = json.loads(body)
        with self._load.lock:
            self._outcome.known += 1
            self._outcome.versions.add(told["version"])
            if told["rows"] != self._load.truth.get(told["version"], {}).get(query):
                self._outcome.wrong.append(f"{query} at version {told['version']}")

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes | None:
        """The body of a response of 200; None for any other, which the outcome notes."""
        start = time.perf_counter()
        if self._connection.sock is None:
            self._opened = self._load.since()
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            response = self._connection.getresponse()
            status, text = response.status, response.read()
        except (OSError, http.client.HTTPException) as fault:
            self._connection.close()
            with self._load.lock:
                self._outcome.broken.append((self._opened, f"{path[:80]}: {fault!r}"))
            return None
        with self._load.lock:
            self._outcome.requests += 1
            self._outcome.late.append(time.perf_counter() - start)
            if status >= 500:
                self._outcome.refused.append(f"{status} {path[:120]} {text[:200]!r}")
        return text if status == 200 else None


def measure(seconds: float = 180, users: int = 12) -> list[Result]:
    """Run the load and compare its outcome with the targets."""
    outcome = run(seconds, users)
    late = 1_000 * np.array(outcome.late)
    print(f"{users} users over all pages for {seconds:g} s: {outcome.requests:,} requests, {outcome.known:,} compared")
    for what in (*outcome.wrong[:5], *outcome.refused[:5], *outcome.unexcused[:5]):
        print(what)
    return [
        found("load: users", users, ""),
        found("load: seconds", seconds, "s"),
        found("load: answers a second", outcome.requests / seconds, "/s"),
        found("load: p50", float(np.percentile(late, 50)), "ms"),
        found("load: p95", float(np.percentile(late, 95)), "ms"),
        found("load: numbers compared", outcome.known, ""),
        found("load: wrong numbers", len(outcome.wrong), "", at_most=0),
        found("load: answers of 500 and more", len(outcome.refused), "", at_most=0),
        found("load: users that were not answered in the end", outcome.stuck, "", at_most=0),
        found("load: requests lost, beyond those of the killed worker", len(outcome.unexcused), "", at_most=0),
        found("load: requests lost with the killed worker", len(outcome.broken) - len(outcome.unexcused), ""),
        found("load: PSS of 2 workers after a third", outcome.early_pss, "MB"),
        found("load: PSS afterwards, of that after a third", 100 * outcome.last_pss / outcome.early_pss, "%", at_most=110),  # noqa: E501
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--users", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    given = parser.parse_args()
    results = measure(given.seconds, given.users)
    print(table(results))
    if given.write:
        document.write_results(results)


if __name__ == "__main__":
    main()
