"""The command line: python -m analytics guess FILE… | ingest NAME | ingest --all | quality NAME.

STORESIGHT_CATALOG      more folders of TOML files, besides data/
STORESIGHT_SOURCES      folder of the source files (data/sources), or an https address of them
STORESIGHT_STORE        folder of the loaded data (store)
STORESIGHT_DOWNLOAD_MB  megabytes that sources behind an https address may have (1024)
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analytics.errors import CatalogError, ConfigError, StoresightError, UnknownName
from analytics.loading.spec import Spec
from analytics.quality import Quality

if TYPE_CHECKING:
    from analytics.loading.dataset import Tables

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Folders:
    """Where TOML files, source files and the store are. `address` is where the sources are downloaded from; empty where
    they are a folder of this machine."""

    catalog: tuple[Path, ...]
    sources: Path
    store: Path
    address: str = ""
    download_mb: int = 1024


def folders(environ: dict[str, str] | None = None, catalog: str = "") -> Folders:
    """The folders that the environment names. ConfigError says which setting is wrong."""
    env = dict(os.environ) if environ is None else environ
    extra = catalog or env.get("STORESIGHT_CATALOG", "")
    found = [HERE / "data", *(Path(p) for p in extra.split(os.pathsep) if p)]
    for folder in found:
        if not folder.is_dir():
            raise ConfigError(
                f"{str(folder)!r} is not a folder.", where="STORESIGHT_CATALOG", hint="Make it, or correct the setting."
            )
    store = Path(env.get("STORESIGHT_STORE") or "store")
    if store.exists() and not store.is_dir():
        raise ConfigError(f"{str(store)!r} is not a folder.", where="STORESIGHT_STORE", hint="Name a folder.")
    given = env.get("STORESIGHT_SOURCES", "")
    if "://" in given:
        return Folders(tuple(found), store / ".sources", store, _address(given), _megabytes(env))
    sources = Path(given or HERE / "data" / "sources")
    if given and not sources.is_dir():
        raise ConfigError(
            f"{str(sources)!r} is not a folder.", where="STORESIGHT_SOURCES", hint="Make it, or correct the setting."
        )
    return Folders(tuple(found), sources, store)


def _address(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme != "https" or not parts.hostname:
        raise ConfigError(
            "expected a folder or an address that begins with https://.",  # not shown: it may hold a password
            where="STORESIGHT_SOURCES",
            hint="For example https://files.example/shop.zip.",
        )
    return given


def _megabytes(env: dict[str, str]) -> int:
    text = env.get("STORESIGHT_DOWNLOAD_MB") or str(Folders.download_mb)
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 6 and int(text)):
        raise ConfigError(
            f"expected a whole number from 1 to 999999, found {text[:20]!r}.", where="STORESIGHT_DOWNLOAD_MB"
        )
    return int(text)


def _download(places: Folders) -> None:
    """Fetch the sources where they are behind an address."""
    if places.address:
        from analytics.loading.reading.download import fetch, shown

        print(f"downloading the sources from {shown(places.address)}", file=sys.stderr)
        fetch(places.address, places.sources, places.download_mb * 1024 * 1024)


class Bar:
    """A progress bar on standard error; plain lines where that is not a terminal."""

    def __init__(self, name: str) -> None:
        self.name, self.terminal, self.last = name, sys.stderr.isatty(), ""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show what is being done, and how many of how many steps are done."""
        if self.terminal:
            filled = round(20 * done / max(1, total))
            sys.stderr.write(f"\r\x1b[K{self.name} [{'#' * filled}{' ' * (20 - filled)}] {what[:50]}")
            sys.stderr.flush()
        elif what.split()[0] != self.last:
            self.last = what.split()[0]
            sys.stderr.write(f"{self.name}: {what}\n")

    def close(self) -> None:
        """Remove the bar."""
        if self.terminal:
            sys.stderr.write("\r\x1b[K")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "guess":
            return _guess(given.files)
        places = folders(catalog=getattr(given, "catalog", "") or "")
        if given.command == "ingest":
            return _ingest(given.names, given.all, places, given.reload)
        return _quality(given.name, places)
    except StoresightError as fault:
        print(fault, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analytics", description="Bring a company's order lines into Storesight."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    guess = commands.add_parser("guess", help="write a commented TOML for files of order lines")
    guess.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, or a folder for all files in it")
    ingest = commands.add_parser("ingest", help="read declared data sets into the store")
    ingest.add_argument("names", nargs="*", metavar="NAME")
    ingest.add_argument("--all", action="store_true", help="every data set whose sources are there")
    ingest.add_argument(
        "--reload", action="store_true", help="read all rows of a database, not only those beyond the high-water mark"
    )
    quality = commands.add_parser("quality", help="what was left out of a data set, and why")
    quality.add_argument("name", metavar="NAME")
    for command in (ingest, quality):
        command.add_argument("--catalog", default="", help="further folders of TOMLs instead of STORESIGHT_CATALOG")
    return parser


def _guess(paths: list[Path]) -> int:
    from analytics.loading.guessing.guess import guess

    sources = Path(os.environ.get("STORESIGHT_SOURCES") or HERE / "data" / "sources")
    packs = [Path(p) for p in os.environ.get("STORESIGHT_CATALOG", "").split(os.pathsep) if p]
    print(guess(paths, sources if sources.is_dir() else None, [HERE / "data", *packs]), end="")
    return 0


def _ingest(names: list[str], every: bool, places: Folders, reload: bool = False) -> int:
    """Ingest each data set. One that fails is reported and does not stop the others."""
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "500")  # ms; does for Arrow, not yet imported, what keep_freed does
    from analytics.loading.catalog import find
    from analytics.runtime.heap import keep_freed

    keep_freed()
    found = find(places.catalog)
    if not names and not every:
        raise ConfigError(
            "name a data set, or give --all.", where="ingest", hint=f"There are: {', '.join(sorted(found))}."
        )
    for name in names:
        if name not in found:
            raise UnknownName("data set", name, found)
    _download(places)
    failed = 0
    for name in names or sorted(found):
        spec = found[name]
        if isinstance(spec, CatalogError):
            failed += 1
            print(f"{name}: failed. {spec}", file=sys.stderr)
            continue
        absent = "" if names else _absent(spec, places)
        if absent:
            print(f"{name}: skipped. {absent}", file=sys.stderr)
            continue
        try:
            _one(spec, places, reload)
        except StoresightError as fault:
            failed += 1
            print(f"{name}: failed. {fault}", file=sys.stderr)
    return 1 if failed else 0


def _absent(spec: Spec, places: Folders) -> str:
    """Why the order lines of a data set are absent; empty where they are present. (Other files that are absent are an
    error.)"""
    from analytics.loading.reading.sources import why_absent

    found = (why_absent(part.source, places.sources, spec.path.parent) for part in spec.parts)
    return next(filter(None, found), "")


def _one(spec: Spec, places: Folders, reload: bool = False) -> None:
    from analytics.loading.ingest import ingest

    began = time.monotonic()
    bar = Bar(spec.name)
    try:
        found = ingest(spec, places.sources, places.store, bar, reload)
    finally:
        bar.close()
    quality = found.quality
    print(
        f"{spec.name}: {quality.rows_kept:,} of {quality.rows_read:,} rows, {quality.rows_left_out:,} left out, "
        f"version {found.version}, {time.monotonic() - began:.1f} s"
    )


def _quality(name: str, places: Folders) -> int:
    """Print the quality report stored with the data, and what its lines give reason to doubt; of a data set that is not
    loaded, the report that its sources give."""
    from analytics import store
    from analytics.doubts import doubts
    from analytics.engines import open_engine
    from analytics.loading.catalog import find

    if name in store.names(places.store):
        stored = store.open(places.store, name).quality
        both = [*stored.findings, *doubts(open_engine(places.store, name))]
        print(report(name, replace(stored, findings=both)), end="")
        return 0
    found = find(places.catalog)
    if name not in found:
        raise UnknownName("data set", name, found)
    spec = found[name]
    if isinstance(spec, CatalogError):
        raise spec
    _download(places)
    print(report(name, _read(spec, places).quality), end="")
    return 0


def _read(spec: Spec, places: Folders) -> Tables:
    from analytics.loading.dataset import read

    bar = Bar(spec.name)
    try:
        return read(spec, places.sources, bar)
    finally:
        bar.close()


def report(name: str, quality: Quality) -> str:
    """The quality report as text."""
    files = "1 file" if len(quality.files) == 1 else f"{len(quality.files)} files"
    text = f"{name}: {quality.rows_read:,} rows read from {files}, {quality.rows_kept:,} kept\n"
    for finding in quality.findings:
        text += f"\n{finding.rows:>10,}  {finding.effect}: {finding.label}\n"
        text += "".join(f"{'':12}{example}\n" for example in finding.examples)
    return text


if __name__ == "__main__":
    sys.exit(main())
