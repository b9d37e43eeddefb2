"""Results of benchmarks with their targets: rows of one table and one JSON file."""

from __future__ import annotations

import math
import os
import platform
import subprocess
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.processes import chromium

Result = dict[str, Any]  # name, value, unit, target (in words, "" without one), met (None without one)


def found(name: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None) -> Result:
    """One result. `at_most`, `at_least` or both together are its target; a value that is no number misses it."""
    low = -math.inf if at_least is None else at_least
    high = math.inf if at_most is None else at_most
    target = {
        (False, False): "",
        (True, False): f"≥ {low:,.9g}",
        (False, True): f"≤ {high:,.9g}",
        (True, True): f"{low:,.9g} to {high:,.9g}",
    }[at_least is not None, at_most is not None]
    value = float(value)
    met = low <= value <= high if target else None
    return {"name": name, "value": round(value, 3), "unit": unit, "target": target, "met": met}


def table(results: Iterable[Result]) -> str:
    """The rows as a Markdown table."""
    said = {None: "", True: "met", False: "**missed**"}
    lines = ["| | measured | target | |", "|---|---|---|---|"]
    lines += [f"| {r['name']} | {shown(r['value'])} {r['unit']} | {r['target']} | {said[r['met']]} |" for r in results]
    return "\n".join(lines)


def shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def peak_mb() -> float:
    """The peak resident MB of this process. (wait4 would include the memory of the parent process.)"""
    about = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines())
    return int(about["VmHWM"].split()[0]) / 1024


def machine() -> str:
    """The machine in one line."""
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "")
    with open("/proc/meminfo", encoding="utf-8") as file:  # noqa: PTH123
        memory = int(file.readline().split()[1]) / 2**20
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {system}"


def pace() -> float:
    """Seconds of processor time that a loop of Python with ten million additions takes: the best of three. The same
    machine can be half as fast an hour later."""
    taken = []
    for _ in range(3):
        began, total = time.process_time(), 0
        for number in range(10_000_000):
            total += number
        taken.append(time.process_time() - began)
    return min(taken)


RIVALS = {"pandas": "pandas", "DuckDB": "duckdb", "Polars": "polars", "Dash": "dash", "plotly": "plotly"}


def versions() -> str:
    """What is compared or measured besides this application, with versions; what is not installed is left out."""
    found = []
    for name, package in RIVALS.items():
        try:
            found.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    if browser := chromium():
        said = subprocess.run([browser, "--version"], capture_output=True, text=True, check=False).stdout.split()
        found += [f"Chromium {word.split('.')[0]}" for word in said if word[:1].isdigit()][:1]
    return ", ".join(found)
