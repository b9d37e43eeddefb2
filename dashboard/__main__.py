"""The command line: python -m dashboard report NAME [--range …] [--compare …] [--filter city=Boston …] [--query …]
[--out report.html]; and the commands of the state store (dashboard/company/commands.py).

It reads the settings of the application (docs/deployment.md), of which only the store and the folder of caches matter
here.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from analytics.errors import RequestError, StoresightError
from dashboard.company.commands import add_to as add_state_commands
from dashboard.sharing.commands import add_to as add_embedding

if TYPE_CHECKING:
    from analytics.selection import Selection

COMPANY = "people and tokens also need `pip install -r requirements-company.txt`."
WRONG = 2  # as argparse says of arguments that it refuses


class Kept:
    """The answers of one run: a chart on two pages is computed once."""

    def __init__(self) -> None:
        self._answers: dict[str, bytes] = {}

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        """As the cache of the application."""
        hit = key in self._answers
        if not hit:
            self._answers[key] = compute()
        return self._answers[key], hit


def main(given: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 2 with a sentence on standard error when not."""
    arguments = _parser().parse_args(given)
    try:
        arguments.run(arguments)
    except StoresightError as fault:
        sys.stderr.write(f"{fault}\n")
        return WRONG
    except BrokenPipeError:  # `head`, say, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ModuleNotFoundError as fault:
        sys.stderr.write(f"{fault}. Use the installation's Python, `.venv/bin/python -m dashboard …`; {COMPANY}\n")
        return WRONG
    return 0


def report(arguments: argparse.Namespace) -> None:
    """Write the report that the arguments describe."""
    from analytics.selection import filterable
    from dashboard import settings, targets
    from dashboard.answers.service import Service
    from dashboard.answers.viewers import OPERATOR
    from dashboard.report import collect, write
    from dashboard.web.outlines import outlines

    chosen = settings.from_env(os.environ)
    out = Path(arguments.out)
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise RequestError(f"{arguments.out!r} cannot be a file.", where="--out", hint="Name a file in a folder.")
    shared = Service(chosen.store, Kept())
    targets.know(shared, chosen)
    service = shared.for_viewer(OPERATOR)
    known = filterable(service.engine(arguments.name).schema)
    selection = selection_of(arguments, service.default_view(arguments.name), known)
    text = write(collect(service, selection, progress), outlines)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise RequestError(f"{arguments.out!r} cannot be written: {fault.strerror}.", where="--out") from fault
    sys.stderr.write(f"{out}: {len(text.encode()) / 1e6:.1f} MB\n")


def converse(_: argparse.Namespace) -> None:
    """Answer the messages of an agent, one a line, until its input ends. It sees all data: it runs as the operator."""
    import json

    from dashboard import settings, targets
    from dashboard.answers.service import Service
    from dashboard.answers.viewers import OPERATOR
    from dashboard.mcp.protocol import LARGEST_MESSAGE, answered

    chosen = settings.from_env(os.environ)
    shared = Service(chosen.store, Kept())
    targets.know(shared, chosen)
    service = shared.for_viewer(OPERATOR)
    while line := sys.stdin.buffer.readline(LARGEST_MESSAGE + 2):
        found = answered(service, line.strip(), chosen.url) if line.strip() else None
        if found is not None:
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


def selection_of(arguments: argparse.Namespace, default_view: str, fields: frozenset[str]) -> Selection:
    """The data set's default view, or --query, changed by the other arguments. `fields`: those that may be
    filtered."""
    from analytics.selection import Selection

    filters = []
    for pair in arguments.filter:
        name, equals, value = pair.partition("=")
        if not equals:
            hint = "Write city=Boston, or city=!Boston to leave out."
            raise RequestError(f"{pair[:80]!r} is not a field and a value.", where="--filter", hint=hint)
        filters.append((name, value))
    named = [(name, value) for name, value in (("range", arguments.range), ("compare", arguments.compare)) if value]
    view = arguments.query if arguments.query is not None else default_view
    query = "&".join(part for part in (view.lstrip("?"), urlencode([*named, *filters])) if part)
    return replace(Selection.from_query(query, fields, strict=True)[0], data=arguments.name)


def progress(done: int, total: int, title: str) -> None:
    """One line that changes on a terminal; elsewhere a line every ten."""
    last = done == total
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{done} of {total} {title[:50]}{chr(10) if last else ''}")
        sys.stderr.flush()
    elif done % 10 == 0 or last:
        sys.stderr.write(f"{done} of {total}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Storesight without a browser.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_state_commands(commands)
    add_embedding(commands)
    agents = commands.add_parser("mcp", help="answer an agent of this machine over standard input and output")
    agents.set_defaults(run=converse)
    command = commands.add_parser("report", help="write a data set's whole report as one printable HTML file")
    command.set_defaults(run=report)
    add = command.add_argument
    add("name", metavar="NAME", help="data set")
    add("--range", help="all, last_12m, 2019-03-01..2019-06-01 (the end not included), … (default: the data set's)")
    add("--compare", help="previous, year or none")
    add("--filter", action="append", default=[], metavar="FIELD=VALUE", help="city=Boston, city=!Boston; repeatable")
    add("--query", help="what follows the ? in a page's address, instead of the data set's default view")
    add("--out", default="report.html", help="file to write (default: report.html)")
    return parser


if __name__ == "__main__":
    # Before numpy is loaded: its products here are short, and threads that wait for one another cost twice their time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main())
