"""Freed memory goes back to the system, seldom and in the end."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from flask import Flask

from dashboard.background import memory
from tests.processes import ROOT, clean_environment, wait_until

FREED = """
import ctypes, sys
from pathlib import Path
from analytics.runtime.heap import tidy_up
if not hasattr(ctypes.CDLL(None), "malloc_trim"):
    sys.exit("no malloc_trim")
status = lambda: Path("/proc/self/status").read_text().splitlines()
own = lambda: next(int(line.split()[1]) for line in status() if line.startswith("RssAnon"))
kept = [bytearray(2_000) for _ in range(50_000)]
kept.append(kept)  # a cycle, as of rows and what is grouped by them
last = bytearray(2_000)
del kept
before = own()
tidy_up()
print(before - own())
"""


def test_what_was_freed_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=False)
    if "no malloc_trim" in done.stderr:
        pytest.skip("this C library has no malloc_trim")
    assert int(done.stdout) > 50_000, done.stderr


def test_many_requests_give_back_once_and_the_last_is_not_forgotten() -> None:
    server, given = Flask("tested"), list[float]()
    memory.install(server, lambda: given.append(time.monotonic()), seconds=0.2)
    server.add_url_rule("/", view_func=lambda: "")
    client = server.test_client()
    for _ in range(20):
        client.get("/", buffered=True)
    wait_until(lambda: len(given) == 1, "memory given back")
    client.get("/", buffered=True)
    wait_until(lambda: len(given) == 2, "memory given back again")


def test_a_start_does_not_look_for_garbage_and_workers_do() -> None:
    code = (
        "import gc, runpy, types\n"
        "conf = runpy.run_path('gunicorn.conf.py')\n"
        "before = gc.isenabled()\n"
        "conf['post_worker_init'](types.SimpleNamespace(wsgi=None))\n"
        "print(before, gc.isenabled())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["False", "True"]
