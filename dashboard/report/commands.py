"""The command that writes a report or a deck:

python -m dashboard report NAME [--range …] [--compare …] [--filter city=Boston …] [--query …] [--out report.html]
    [--language de]                 of the words; by default that of the data set's locale
    [--appendix]                    every other chart of every page behind the sheets
    [--format pptx] [--template company.pptx] [--refresh deck.pptx]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from analytics.errors import RequestError
from analytics.language import LANGUAGES, in_language

if TYPE_CHECKING:
    from analytics.selection import Selection
    from dashboard.answers.service import ViewerService
    from dashboard.report.content import Report

DECK = ".pptx"


def add_to(commands: Any, operator: Callable[[], tuple[ViewerService, str]]) -> None:
    """Add the command to the parser of `python -m dashboard`. `operator`: what it sees, and where the application is
    reached."""
    command = commands.add_parser("report", help="write a data set's report as a printable HTML file, or as a deck")
    command.set_defaults(run=report, operator=operator)
    add = command.add_argument
    add("name", metavar="NAME", help="data set")
    add("--range", help="all, last_12m, 2019-03-01..2019-06-01 (the end not included), … (default: the data set's)")
    add("--compare", help="previous, year or none")
    add("--filter", action="append", default=[], metavar="FIELD=VALUE", help="city=Boston, city=!Boston; repeatable")
    add("--query", help="what follows the ? in a page's address, instead of the data set's default view")
    add("--appendix", action="store_true", help="every other chart of every page behind the sheets for the board")
    add("--format", choices=("html", "pptx"), help="html or pptx (default: what --out ends in)")
    add("--template", metavar="FILE", help="a presentation whose layouts and placeholders the deck uses")
    add("--refresh", metavar="FILE", help="a deck to bring up to date; what its author changed stays")
    add(
        "--language",
        choices=tuple(LANGUAGES),
        help="of the words (default: that of the deck refreshed, or of the data set's locale)",
    )
    add("--out", help="file to write (default: report.html, report.pptx, or the deck that is refreshed)")


def report(arguments: argparse.Namespace) -> None:
    """Write the report that the arguments describe."""
    from analytics.runtime.heap import without_looking_for_garbage

    _refuse_mixed(arguments)
    with without_looking_for_garbage():
        _write(arguments)


def _write(arguments: argparse.Namespace) -> None:
    from analytics.selection import filterable
    from dashboard.report.content import collect
    from dashboard.text.formats import numbers_of

    out = _out(arguments)
    service, base = arguments.operator()
    engine = service.engine(arguments.name)
    selection = selection_of(arguments, _view(arguments, service), filterable(engine.schema))
    with in_language(_language(arguments) or engine.profile.locale), numbers_of(engine.profile):
        found = collect(service, selection, progress, appendix=arguments.appendix, copied=arguments.appendix)
        written = _deck(arguments, found, base) if _is_deck(arguments) else _page(found)
    try:
        out.write_bytes(written)
    except OSError as fault:
        raise RequestError(f"{str(out)!r} cannot be written: {fault.strerror}.", where="--out") from fault
    sys.stderr.write(f"{out}: {len(written) / 1e6:.1f} MB\n")


def _refuse_mixed(arguments: argparse.Namespace) -> None:
    """RequestError for arguments that do not go together, before anything is computed."""
    if not _is_deck(arguments):
        for name in ("template", "refresh"):
            if getattr(arguments, name):
                raise RequestError(f"--{name} is for a deck.", where=f"--{name}", hint="Add --format pptx.")
        return
    if arguments.appendix:
        raise RequestError("a deck has no appendix.", where="--appendix", hint="Leave it out, or write html.")
    if arguments.template and arguments.refresh:
        hint = "A deck that is refreshed keeps its own layouts."
        raise RequestError("--template and --refresh do not go together.", where="--template", hint=hint)
    for name in ("template", "refresh"):
        given = getattr(arguments, name)
        if given and not Path(given).is_file():
            raise RequestError(f"{given!r} is no file.", where=f"--{name}")


def _is_deck(arguments: argparse.Namespace) -> bool:
    if arguments.format is not None:
        return bool(arguments.format == "pptx")
    return arguments.refresh is not None or str(arguments.out or "").endswith(DECK)


def _out(arguments: argparse.Namespace) -> Path:
    """The file to write. RequestError for one that cannot be."""
    deck = _is_deck(arguments)
    named = arguments.out or (arguments.refresh if deck else None) or ("report.pptx" if deck else "report.html")
    out = Path(named)
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise RequestError(f"{named!r} cannot be a file.", where="--out", hint="Name a file in a folder.")
    return out


def _view(arguments: argparse.Namespace, service: ViewerService) -> str:
    """The query to begin with: that of the deck that is refreshed, or the data set's default view."""
    if arguments.refresh and arguments.query is None:
        from dashboard.report.deck.refresh import view_of

        return view_of(Path(arguments.refresh)) or service.default_view(arguments.name)
    return service.default_view(arguments.name)


def _language(arguments: argparse.Namespace) -> str:
    """The language that is asked for, or that of the deck that is refreshed; "" where neither is given."""
    if arguments.refresh and not arguments.language:
        from dashboard.report.deck.refresh import language_of

        return language_of(Path(arguments.refresh))
    return arguments.language or ""


def _page(found: Report) -> bytes:
    from dashboard.report.page import write
    from dashboard.web.outlines import outlines

    return write(found, outlines).encode()


def _deck(arguments: argparse.Namespace, found: Report, base: str) -> bytes:
    """The deck, new or brought up to date; what became of the old one is told."""
    if arguments.refresh:
        from dashboard.report.deck.refresh import refresh

        written, told = refresh(Path(arguments.refresh), found, base)
        sys.stderr.write("".join(f"{line}\n" for line in told.lines()))
        return written
    from dashboard.report.deck.writing import deck

    return deck(found, base, Path(arguments.template) if arguments.template else None)


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
