"""Two instances on one PostgreSQL while one of them is stopped and started; and what people who sign in cost: memory,
and processor time of a click.

    python -m tests.benchmarks.instances [--seconds 180]

People of two groups sign in once and send each request to either instance, as behind a load balancer: they open pages,
take figures and save views, and their programs ask with tokens. Whoever meets an instance that is away goes to the
other."""

from __future__ import annotations

import argparse
import http.client
import os
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from analytics import store
from analytics.loading import catalog, dataset
from dashboard.company import api_tokens, sessions, users, views
from dashboard.company.state import State, open_state
from dashboard.login.guard import PLAIN_COOKIE
from dashboard.pages import BY_PATH, PAGES
from dashboard.settings import Settings
from tests.benchmarks.page_workload import CITIES, Tables, made, words
from tests.benchmarks.results import Result, found, table
from tests.benchmarks.serving import BYTRONIX, CHARTS, at_rest, processor_seconds
from tests.calls import ROUTE, page_of, render_call
from tests.processes import ROOT, AppServer, PostgresServer

LINES = 50_000
SEEN = dict(zip(("north", "south"), map(str, words("City", CITIES)[:2]), strict=True))  # the city of each group
PEOPLE, RATE = 4, 60
FIGURES = "/data/kpis.csv?data=bench&range=all"
PAGE = "/overview?data=bench&range=all"
STANDING = (
    "/views",
    "/tokens",
    "/account",
    "/people",
    "/policies",
    "/audit",
    "/notes",
    "/targets",
    "/alerts",
    "/digests",
)
SECRET = "a secret of the benchmark, long enough"


@dataclass
class Outcome:
    """What became of the requests."""

    answers: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.answers[what] += 1


@dataclass
class Person:
    """Somebody with a session and a token; `figures`: what their group sees, as the first answer said."""

    name: str
    group: str
    cookie: str
    token: str
    figures: bytes = b""
    saved: int = 0
    unsure: int = 0  # views of which no answer came


def send(
    server: AppServer, method: str, path: str, headers: dict[str, str], body: str = ""
) -> tuple[int, bytes] | None:
    """Status and body; None where the instance is away, or went away before it answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def as_person(person: Person) -> dict[str, str]:
    return {"Cookie": f"{PLAIN_COOKIE}={person.cookie}", "Sec-Fetch-Site": "same-origin"}


def step(person: Person, servers: list[AppServer], pick: random.Random, outcome: Outcome) -> None:
    """One request of a person or their program, and whether its answer is right."""
    what = pick.choice(("page", "figures", "view", "token", "token"))
    first, other = pick.sample(servers, 2)
    signed = as_person(person)
    form = signed | {"Content-Type": "application/x-www-form-urlencoded"}
    requests = {
        "page": ("GET", PAGE, signed, ""),
        "figures": ("GET", FIGURES, signed, ""),
        "token": ("GET", FIGURES, {"Authorization": f"Bearer {person.token}"}, ""),
        "view": ("POST", "/views", form, urlencode({"title": "A view", "address": PAGE})),
    }
    answer = send(first, *requests[what])
    if answer is None:
        outcome.count("sent again to the other instance")
        person.unsure += what == "view"
        answer = send(other, *requests[what])
    if answer is None:
        outcome.count("not answered by either instance")
        person.unsure += what == "view"
        return
    status, body = answer
    outcome.count("answered")
    outcome.count(f"{what} {status}")
    person.saved += what == "view" and status == 303
    others = next(city for group, city in SEEN.items() if group != person.group).encode()
    if status == 200 and (others in body or (what in ("figures", "token") and body != person.figures)):
        outcome.count("wrong")
    if status >= 500:
        outcome.count("5xx")


def filled(folder: Path) -> Path:
    """A store with the data set `bench`."""
    root = folder / "store"
    store.write(root, Tables(made(LINES)))
    return root


def company(state: State, server: AppServer) -> list[Person]:
    """People of both groups, with a session and a token each."""
    found_people = []
    for number in range(PEOPLE):
        group = sorted(SEEN)[number % len(SEEN)]
        user = users.add(state, f"person-{number}", groups=[group])
        cookie = sessions.begin(state, user.name, user.name, [group], "local", user_id=user.id)
        token = api_tokens.create(state, user.name, "a program", 1, user_id=user.id)
        person = Person(user.name, group, cookie, token)
        answer = send(server, "GET", FIGURES, as_person(person))
        assert answer is not None
        assert answer[0] == 200, answer[1][:300]
        person.figures = answer[1]
        found_people.append(person)
    assert len({person.figures for person in found_people}) == len(SEEN), "each group has figures of its own"
    return found_people


def measure(seconds: float = 180) -> list[Result]:
    """Two instances, one of which is stopped after a third of the time and started again."""
    postgres = PostgresServer()
    postgres.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root, policies = filled(folder), folder / "policies.toml"
        groups = (f'[groups.{g}]\nonly = {{ city = ["{c}"] }}\nrights = ["view", "export"]\n' for g, c in SEEN.items())
        policies.write_text("".join(groups))
        settings = {
            "DATABASE_URL": postgres.url, "STORESIGHT_LOGIN": "local", "STORESIGHT_POLICIES": str(policies),
            "STORESIGHT_SECRET": SECRET, "STORESIGHT_TOKEN_RATE": str(RATE),
        }  # fmt: skip
        servers = [AppServer(root, folder, **settings) for _ in range(2)]
        starting = [threading.Thread(target=server.start) for server in servers]  # both migrate at once
        try:
            for thread in starting:
                thread.start()
            for thread in starting:
                thread.join()
            state = open_state(Settings(database_url=postgres.url))
            assert state is not None
            people, outcome = company(state, servers[0]), Outcome()
            _run(people, servers, outcome, seconds)
            return _results(state, people, outcome, seconds)
        finally:
            for server in servers:
                server.stop()
            postgres.stop()


def _run(people: list[Person], servers: list[AppServer], outcome: Outcome, seconds: float) -> None:
    end = time.monotonic() + seconds

    def act(person: Person, seed: int) -> None:
        pick = random.Random(seed)
        while time.monotonic() < end:
            step(person, servers, pick, outcome)

    threads = [threading.Thread(target=act, args=(p, n)) for n, p in enumerate(people)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 3)
    servers[1].stop()
    time.sleep(seconds / 6)
    servers[1].start()
    for thread in threads:
        thread.join()


def _results(state: State, people: list[Person], outcome: Outcome, seconds: float) -> list[Result]:
    answers, name = outcome.answers, "two instances on one store"
    from dashboard.answers.viewers import EVERYTHING, Viewer

    lost = doubled = 0
    for person in people:
        kept = len(views.seen_by(state, Viewer(person.name, EVERYTHING, groups=(person.group,))))
        lost += max(0, person.saved - kept)
        doubled += max(0, kept - person.saved - person.unsure)
    asked = answers["token 200"]
    most = len(people) * RATE * (seconds // 60 + 2)
    return [
        found(f"{name}: seconds", seconds, "s"),
        found(f"{name}: requests answered", answers["answered"], ""),
        found(f"{name}: wrong figures, or somebody else's", answers["wrong"], "", at_most=0),
        found(f"{name}: answers 5xx", answers["5xx"], "", at_most=0),
        found(f"{name}: sent again to the other instance", answers["sent again to the other instance"], ""),
        found(f"{name}: answered by neither", answers["not answered by either instance"], "", at_most=0),
        found(f"{name}: saved views that are lost", lost, "", at_most=0),
        found(f"{name}: saved views that are there twice", doubled, "", at_most=0),
        found(f"{name}: answers to tokens", asked, "", at_most=most),
        found(f"{name}: refused with 429", answers["token 429"], ""),
    ]


# --- what signing in costs
def measure_cost(sources: Path) -> list[Result]:
    """Memory with everything of a company on, after every chart of bytronix and every page of the company were opened;
    and what a click costs more than without a login."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root, policies = folder / "store", folder / "policies.toml"
        store.write(root, dataset.read(catalog.load(ROOT / "data" / f"{BYTRONIX}.toml"), sources))
        policies.write_text('[groups.north]\nonly = { region = ["CA"] }\nrights = ["view", "export"]\n')
        settings = {
            "STORESIGHT_STATE": str(folder / "state.db"), "STORESIGHT_LOGIN": "local", "STORESIGHT_SECRET": SECRET,
            "STORESIGHT_POLICIES": str(policies), "STORESIGHT_TOKEN_RATE": "100000",
        }  # fmt: skip
        open_server, server = AppServer(root, folder), AppServer(root, folder, **settings)
        server.start()
        try:
            state = open_state(Settings(state=folder / "state.db"))
            assert state is not None
            cookies = [
                sessions.begin(state, who, who, [group], "local", user_id=users.add(state, who, groups=[group]).id)
                for who, group in (("root", "administrators"), ("nora", "north"))
            ]
            results = []
            for cookie, groups in zip(cookies, ("a group", "two groups"), strict=True):
                _walk(server, {"Cookie": f"{PLAIN_COOKIE}={cookie}", "Sec-Fetch-Site": "same-origin"})
                results += at_rest(
                    server,
                    f"bytronix and all of a company, all charts and pages asked by {groups}",
                    420,
                    under_load_too=True,
                )
            open_server.start()
            return [*results, *_click(open_server, server, cookies[0])]
        finally:
            server.stop()
            open_server.stop()


def _walk(server: AppServer, headers: dict[str, str]) -> None:
    """Every chart of every page, and every page without data."""
    sent = headers | {"Content-Type": "application/json"}

    def post(body: bytes) -> bytes:
        answer = send(server, "POST", ROUTE, sent, body.decode())
        assert answer is not None
        assert answer[0] == 200, answer[1][:300]
        return answer[1]

    for screen in BY_PATH.values():
        href = f"{server.url}{screen.path}?data={BYTRONIX}&range=all"
        key = page_of(post, href)
        for chart in screen.charts:
            post(render_call(href, chart.name, page=key))
    for path in STANDING:
        answer = send(server, "GET", path, headers)
        assert answer is not None
        assert answer[0] in (200, 403, 404), (path, answer[0])


def _click(without: AppServer, with_login: AppServer, cookie: str, clicks: int = 300) -> list[Result]:
    """Processor time of a click whose answer is known, in milliseconds, sent to either in turn. Time on the clock would
    tell of what else the machine does."""
    signed = {False: {}, True: {"Cookie": f"{PLAIN_COOKIE}={cookie}"}}
    servers, used = {False: without, True: with_login}, dict[bool, float]()
    for login, server in servers.items():
        headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"} | signed[login]

        def post(body: bytes, server: AppServer = server, headers: dict[str, str] = headers) -> bytes:
            answer = send(server, "POST", ROUTE, headers, body.decode())
            assert answer is not None
            assert answer[0] == 200
            return answer[1]

        href = f"{server.url}{PAGES[0].path}?data={BYTRONIX}&range=all"
        body = render_call(href, *CHARTS, page=page_of(post, href))
        for _ in range(clicks // 4):
            post(body)
        begun = processor_seconds(server)
        for _ in range(clicks):
            post(body)
        used[login] = 1000 * (processor_seconds(server) - begun) / clicks
    return [
        found("processor time of a click without a login", used[False], "ms"),
        found("what it takes longer for somebody who is signed in", used[True] - used[False], "ms", at_most=5),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180)
    given = parser.parse_args()
    results = measure(given.seconds) if given.seconds else []
    sources = Path(os.environ.get("STORESIGHT_SOURCES", ""))
    if (sources / BYTRONIX).is_dir():
        results += measure_cost(sources)
    print(table(results))


if __name__ == "__main__":
    main()
