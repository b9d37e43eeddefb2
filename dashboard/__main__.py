"""The command line: python -m dashboard report (dashboard/report/commands.py), mcp, embed, and the commands of the
state store (dashboard/administration/commands.py).

It reads the settings of the application (docs/deployment.md), of which only the store and the folder of caches matter
here.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if __name__ == "__main__":
    gc.disable()  # what is imported stays, and looking through it takes a sixth of the start

from analytics.errors import StoresightError
from dashboard.administration.commands import add_to as add_state_commands
from dashboard.answers.kept import Kept
from dashboard.report.commands import add_to as add_report
from dashboard.sharing.commands import add_to as add_embedding

if TYPE_CHECKING:
    from dashboard.answers.service import ViewerService

EXTRAS = "people and tokens need `pip install -r requirements-company.txt` too, decks `-r requirements-deck.txt`."
WRONG = 2  # as argparse says of arguments that it refuses


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
        sys.stderr.write(f"{fault}. Use the installation's Python, `.venv/bin/python -m dashboard …`; {EXTRAS}\n")
        return WRONG
    return 0


def operator() -> tuple[ViewerService, str]:
    """What the operator sees, which is everything, and where the application is reached ("" where that is not set)."""
    from dashboard import settings, targets
    from dashboard.answers.service import Service
    from dashboard.answers.viewers import OPERATOR

    chosen = settings.from_env(os.environ)
    shared = Service(chosen.store, Kept())
    targets.know(shared, chosen)
    return shared.for_viewer(OPERATOR), chosen.url


def fill_tour(_: argparse.Namespace) -> None:
    """Write what the people of the demo company keep into a new state store of the one person of this machine."""
    from dashboard import settings
    from dashboard.answers.service import Service
    from dashboard.tour import seeding

    chosen = settings.from_env(os.environ)
    if told := seeding.run(chosen, Service(chosen.store, Kept())):
        sys.stdout.write(f"{told}\n")


def converse(_: argparse.Namespace) -> None:
    """Answer the messages of an agent, one a line, until its input ends. It sees all data: it runs as the operator."""
    import json

    from dashboard.mcp.protocol import LARGEST_MESSAGE, answered

    service, url = operator()
    while line := sys.stdin.buffer.readline(LARGEST_MESSAGE + 2):
        found = answered(service, line.strip(), url) if line.strip() else None
        if found is not None:
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Storesight without a browser.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_state_commands(commands)
    add_embedding(commands)
    agents = commands.add_parser("mcp", help="answer an agent of this machine over standard input and output")
    agents.set_defaults(run=converse)
    add_report(commands, operator)
    told = "fill a new state store with what the people of the demo company keep (with STORESIGHT_LOGIN=me)"
    commands.add_parser("tour", help=told).set_defaults(run=fill_tour)
    return parser


if __name__ == "__main__":
    # Before numpy is loaded: its products here are short, and threads that wait for one another cost twice their time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.freeze()
    gc.enable()
    sys.exit(main())
