"""Alerts told once while processes are killed: several on one state store, one of them killed at a random moment of
each round, as new data make rules fire.

    python -m tests.benchmarks.alerts [--rounds 30] [--processes 3]

A lease lasts three seconds here instead of ten minutes, so that a dead process is noticed within a round.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from dashboard.company.state import State, open_state
from dashboard.delivery import deliveries, jobs
from dashboard.settings import Settings
from tests.alerts.conftest import FIRST, LOW, MAIL, Shop
from tests.benchmarks.results import Result, found, table
from tests.company.conftest import Clock
from tests.delivery.sinks import MailSink
from tests.processes import ROOT, wait_until

LEASE_SECONDS = 3
RULES = 5  # each told in a message of its own: they have channels of their own


def shop_at(folder: Path, smtp: str) -> Shop:
    """The shop of a folder, as each process sees it."""
    jobs.LEASE_SECONDS = LEASE_SECONDS
    jobs.BACK_OFF = (1,) * len(jobs.BACK_OFF)
    settings = Settings(state=folder / "state.db", smtp=smtp, mail_from="a@example.org")
    state = open_state(settings)
    assert isinstance(state, State)
    return Shop(folder / "store", Clock(), state, settings)


def process(folder: Path, smtp: str) -> None:
    """What one process does until it is killed."""
    runner, _ = shop_at(folder, smtp).instance()
    while True:
        runner.tick()
        time.sleep(0.02)


def measure(rounds: int, processes: int) -> Iterator[Result]:
    """How many messages were lost, told in two messages, and sent again with the same Message-ID."""
    with tempfile.TemporaryDirectory() as place:
        folder, sink = Path(place), MailSink()
        shop = shop_at(folder, sink.address)
        shop.load()
        for number in range(RULES):
            named = replace(LOW, name=f"Rule {number}")
            shop.add(named, channels=(MAIL.replace("ann", f"ann{number}"),))
        command = [sys.executable, "-m", "tests.benchmarks.alerts", "--in", str(folder), "--smtp", sink.address]
        running = [subprocess.Popen(command, cwd=ROOT) for _ in range(processes)]
        killed = 0
        try:
            for number in range(rounds):
                shop.days += [1000.0, 400.0]
                shop.load()
                time.sleep(0.4 * random.Random(number).random())
                victim = number % processes
                running[victim].send_signal(signal.SIGKILL)
                running[victim].wait()
                killed += 1
                running[victim] = subprocess.Popen(command, cwd=ROOT)
                wait_until(partial(told, shop, last_day(shop)), f"round {number}")
        finally:
            for one in running:
                one.kill()
                one.wait()
        yield from _counted(shop, sink, rounds, killed)


def last_day(shop: Shop) -> str:
    """The last day of the data."""
    return str(FIRST + np.timedelta64(len(shop.days) - 1, "D"))


def told(shop: Shop, day: str) -> bool:
    """Whether every rule was told of a day."""
    newest = deliveries.newest(shop.state, limit=4 * RULES)
    return sum(d.period == day and d.state == "done" for d in newest) == RULES


def _counted(shop: Shop, sink: MailSink, rounds: int, killed: int) -> Iterator[Result]:
    idents = Counter(mail["Message-ID"] for mail in sink.mails)
    fired = Counter(_firings(sink))
    wanted = rounds * RULES
    yield found("processes killed", killed, "")
    yield found("alerts to be told", wanted, "")
    yield found("alerts that were not told", wanted - len(fired), "", at_most=0)
    yield found("alerts told in two messages", sum(n > 1 for n in fired.values()), "", at_most=0)
    yield found("messages sent again, with the same Message-ID", sum(n - 1 for n in idents.values()), "")


def _firings(sink: MailSink) -> Iterator[tuple[str, str]]:
    """To whom and about which day, of the mails about a firing, each Message-ID once."""
    seen = set()
    for mail in sink.mails:
        part = mail.get_body(("plain",))
        if part is not None and mail["Message-ID"] not in seen:
            seen.add(mail["Message-ID"])
            days = re.findall(r"was \$400\.00 on (\d+ \w+ \d+)", part.get_content())
            yield from ((mail["To"], day) for day in days)


def main() -> None:
    """Print the results; as `--in`, be one of the processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--in", dest="folder", type=Path)
    parser.add_argument("--smtp", default="")
    given = parser.parse_args()
    if given.folder:
        process(given.folder, given.smtp)
    print(table(measure(given.rounds, given.processes)))


if __name__ == "__main__":
    main()
