"""Many users on all pages while a worker is killed, Redis is killed and then hangs, and the data are replaced.

    python -m tests.benchmarks.load [--seconds 180] [--users 12]

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
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analytics import store
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR
from dashboard.background.memory import AFTER_SECONDS
from dashboard.pages import CHARTS, PAGES
from tests.benchmarks.page_workload import Tables, made
from tests.benchmarks.results import Result, found, table
from tests.benchmarks.serving import pss, selections, workers_of
from tests.calls import ROUTE, page_of, render_call
from tests.processes import AppServer, RedisServer, wait_until

KNOWN = ("top_places", "top_products", "revenue_over_time", "kpis", "orders_by_hour", "revenue_by_category")
GRACE = 3.0  # seconds after a worker was killed within which its requests may fail


@dataclass
class Outcome:
    """What the users saw. `late`: seconds that each response took; `broken`: (second, what) of requests without one."""

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
        """Requests without a response that no killed worker explains."""
        kills = [at for what, at in self.events.items() if what == "a worker is killed"]
        return [(at, what) for at, what in self.broken if not any(0 <= at - kill <= GRACE for kill in kills)]


class Plain:
    """A cache that stores nothing."""

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        return compute(), False


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
            _drive(server, redis, truth, queries, seconds, users, outcome, lambda: store.write(root, after))
        finally:
            server.stop()
            redis.stop()
    return outcome


def _drive(
    server: AppServer, redis: RedisServer, truth: dict[str, Any], queries: list[str], seconds: float, users: int,
    outcome: Outcome, swap: Callable[[], object],
) -> None:  # fmt: skip
    began = time.perf_counter()
    since = lambda: time.perf_counter() - began  # noqa: E731
    lock = threading.Lock()
    asked = selections(5)
    missing = json.loads(server.get("/data/")[1])
    pages = [[c.name for c in p.charts if c.name in {m["name"] for m in missing}] for p in PAGES]
    post = lambda body: server.post(ROUTE, body)[1]  # noqa: E731
    keys = [page_of(post, f"{server.url}{p.path}?data=bench") for p in PAGES]

    def user(number: int) -> None:
        draw = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

        def ask(method: str, path: str, body: bytes | None = None) -> tuple[int, bytes] | None:
            start = time.perf_counter()
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
                answer = connection.getresponse()
                status, text = answer.status, answer.read()
            except (OSError, http.client.HTTPException) as fault:
                connection.close()
                with lock:
                    outcome.broken.append((since(), f"{path[:80]}: {fault!r}"))
                return None
            with lock:
                outcome.requests += 1
                outcome.late.append(time.perf_counter() - start)
                if status >= 500:
                    outcome.refused.append(f"{status} {path[:120]} {text[:200]!r}")
            return status, text

        while since() < seconds:
            at = draw.randrange(len(PAGES))
            with lock:
                query = next(asked).partition("?")[2]
            href = f"{server.url}{PAGES[at].path}?{query}"
            for first in range(0, len(pages[at]), 3):
                if since() > seconds:
                    break
                ask("POST", ROUTE, render_call(href, *pages[at][first : first + 3], page=keys[at]))
            query = draw.choice(queries)
            chart, _, selection = query.partition("?")
            got = ask("GET", f"/data/{chart}.json?{selection}")
            if got is not None and got[0] == 200:
                told = json.loads(got[1])
                with lock:
                    outcome.known += 1
                    outcome.versions.add(told["version"])
                    if told["rows"] != truth.get(told["version"], {}).get(query):
                        outcome.wrong.append(f"{query} at version {told['version']}")
        connection.close()

    threads = [threading.Thread(target=user, args=(n,), daemon=True) for n in range(users)]
    for thread in threads:
        thread.start()

    def then(share: float, what: str, act: Callable[[], object]) -> None:
        time.sleep(max(0.0, share * seconds - since()))
        outcome.events[what] = since()
        act()

    def end_a_worker() -> None:
        os.kill(workers_of(server)[0], signal.SIGKILL)

    then(0.15, "a worker is killed", end_a_worker)
    then(0.30, "Redis is killed", redis.stop)
    then(1 / 3, "memory is read", lambda: setattr(outcome, "early_pss", pss(server)[0]))
    then(0.45, "Redis is back, empty", redis.start)
    then(0.55, "Redis hangs", redis.hang)
    then(0.65, "Redis goes on", redis.resume)
    then(0.70, "the data are swapped", swap)
    for thread in threads:
        thread.join(seconds + 90 - since())
    outcome.stuck = sum(thread.is_alive() for thread in threads)
    wait_until(lambda: server.get("/healthz")[0] == 200, "an answer after the load")
    time.sleep(AFTER_SECONDS + 1)  # by then, freed memory has been returned
    outcome.last_pss = pss(server)[0]


def measure(seconds: float = 180, users: int = 12) -> list[Result]:
    """Run the load and compare its outcome with the targets."""
    outcome = run(seconds, users)
    late = 1_000 * np.array(outcome.late)
    name = f"load, {users} users over all pages for {seconds:g} s with faults"
    for what in (*outcome.wrong[:5], *outcome.refused[:5], *outcome.unexcused[:5]):
        print(what)
    return [
        found(f"{name}: answers", outcome.requests / seconds, "/s"),
        found(f"{name}: p50", float(np.percentile(late, 50)), "ms"),
        found(f"{name}: p95", float(np.percentile(late, 95)), "ms"),
        found(f"{name}: wrong numbers of {outcome.known:,} compared", len(outcome.wrong), "", at_most=0),
        found(f"{name}: answers of 500 and more", len(outcome.refused), "", at_most=0),
        found(f"{name}: requests lost, but those of the killed worker", len(outcome.unexcused), "", at_most=0),
        found(f"{name}: requests lost with the killed worker", len(outcome.broken) - len(outcome.unexcused), ""),
        found(f"{name}: PSS of 2 workers after a third", outcome.early_pss, "MB"),
        found(f"{name}: PSS afterwards, of that after a third", 100 * outcome.last_pss / outcome.early_pss, "%", at_most=110),  # noqa: E501
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--users", type=int, default=12)
    given = parser.parse_args()
    print(table(measure(given.seconds, given.users)))


if __name__ == "__main__":
    main()
