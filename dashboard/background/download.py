"""Source files behind an https address → a folder: an archive unpacked, one file, or the files that a page lists.

What is fetched is bounded in bytes and files, stays inside the folder, and replaces it only when it is complete.
"""

from __future__ import annotations

import base64
import filecmp
import re
import shutil
import ssl
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException, HTTPMessage
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from analytics.errors import SourceError, TooLarge

TIMEOUT_SECONDS = 30
MOST_FILES = 10_000
LISTED = (".csv", ".csv.gz", ".txt", ".tsv", ".xlsx", ".parquet", ".pq")
CHUNK = 1 << 20


@dataclass
class Budget:
    """What may still be written."""

    bytes: int
    files: int = MOST_FILES
    where: str = field(default="")

    def spend(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise TooLarge(
                "the sources are larger than allowed.", where=self.where, hint="Raise STORESIGHT_DOWNLOAD_MB."
            )

    def open_file(self) -> None:
        self.files -= 1
        if self.files < 0:
            raise TooLarge(f"the sources have more than {MOST_FILES:,} files.", where=self.where)


class HttpsOnly(HTTPRedirectHandler):
    """A redirection may not leave https."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme != "https":
            raise SourceError("the address redirects to one that is not https.", where=shown(req.full_url))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(address: str, folder: Path, limit: int, tag: str = "", context: ssl.SSLContext | None = None) -> str:
    """Make `folder` hold what is behind the address, at most `limit` bytes, packed and unpacked alike.

    `tag` is what the last fetch gave: where the server says that nothing changed since, the folder stays as it is. The
    new tag is returned. A file with the same content keeps its time of change. SourceError and TooLarge name host and
    path, never what else the address holds.
    """
    opener = build_opener(HttpsOnly, HTTPSHandler(context=context or ssl.create_default_context()))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder.parent) as aside:
        new = Path(aside) / "sources"
        new.mkdir()
        known = tag if folder.is_dir() else ""
        found = _fetch_into(new, address, opener, limit, known)
        if found is None:
            return tag
        old = Path(aside) / "old"
        if folder.exists():
            _keep_times(folder, new)
            folder.rename(old)
        new.rename(folder)
    return found


def _keep_times(old: Path, new: Path) -> None:
    for path in new.rglob("*"):
        before = old / path.relative_to(new)
        if path.is_file() and before.is_file() and filecmp.cmp(before, path, shallow=False):
            shutil.copystat(before, path)


def shown(address: str) -> str:
    """Host and path of an address: the rest may hold a password."""
    parts = urlsplit(address)
    return f"{parts.hostname}{parts.path}"


def _fetch_into(new: Path, address: str, opener: OpenerDirector, limit: int, tag: str) -> str | None:
    where = shown(address)
    with _asked(address, opener, tag) as answer:
        if answer is None:
            return None
        body = new.parent / "body"
        _copy(answer, body, Budget(limit, where=where))
        kind, found = answer.headers.get_content_type(), answer.headers.get("ETag", "")
    budget = Budget(limit, where=where)
    if zipfile.is_zipfile(body):
        _unzip(body, new, budget)
    elif tarfile.is_tarfile(body):
        _untar(body, new, budget)
    elif kind == "text/html" and urlsplit(address).path.endswith("/"):
        for link in _links(body.read_text("utf-8", "replace"), address):
            with _asked(link, opener, "", credentials_of=address) as answer:
                if answer is not None:
                    _copy(answer, _inside(new, unquote(urlsplit(link).path).rsplit("/", 1)[1], budget), budget)
        found = ""  # of the page, which need not change when a file does
    elif kind == "text/html":
        raise SourceError("found a web page, expected an archive or a file.", where=where)
    else:
        shutil.move(body, _inside(new, unquote(urlsplit(address).path).rsplit("/", 1)[-1] or "source", budget))
    if not any(new.iterdir()):
        raise SourceError("found no files.", where=where, hint="An archive or a page that lists files is expected.")
    return str(found)


@contextmanager
def _asked(address: str, opener: OpenerDirector, tag: str, credentials_of: str = "") -> Iterator[Any]:
    """The answer to a GET, or None where nothing changed since `tag`."""
    parts, where = urlsplit(address), shown(address)
    known = urlsplit(credentials_of or address)
    request = Request(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
    if known.username is not None:
        secret = f"{unquote(known.username)}:{unquote(known.password or '')}"
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")
    if tag:
        request.add_header("If-None-Match", tag)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            yield answer
    except HTTPError as refused:
        refused.close()
        if refused.code != 304:
            raise SourceError(f"the server answers {refused.code} {refused.reason}.", where=where) from None
        yield None
    except (OSError, HTTPException) as fault:
        raise SourceError(f"cannot be fetched: {fault}.", where=where, hint="Is the address right, and up?") from fault


def _copy(source: IO[bytes], path: Path, budget: Budget) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        while chunk := source.read(CHUNK):
            budget.spend(len(chunk))
            file.write(chunk)


def _inside(folder: Path, name: str, budget: Budget) -> Path:
    """Where a file of this name goes; a name that leads elsewhere is refused."""
    budget.open_file()
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or re.search(r"[\\\0:]", name) or len(name) > 500:
        raise SourceError(f"a file is named {name[:80]!r}, which leaves the folder.", where=budget.where)
    return folder.joinpath(*path.parts)


def _unzip(body: Path, folder: Path, budget: Budget) -> None:
    try:
        with zipfile.ZipFile(body) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with archive.open(member) as file:
                        _copy(file, _inside(folder, member.filename, budget), budget)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as fault:
        raise SourceError(f"the zip archive cannot be unpacked: {fault}.", where=budget.where) from fault


def _untar(body: Path, folder: Path, budget: Budget) -> None:
    """Plain files only: links and devices are left out."""
    try:
        with tarfile.open(body) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                if file is not None:
                    with file:
                        _copy(file, _inside(folder, member.name, budget), budget)
    except (tarfile.TarError, EOFError, ValueError) as fault:
        raise SourceError(f"the tar archive cannot be unpacked: {fault}.", where=budget.where) from fault


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _links(page: str, address: str) -> list[str]:
    """Addresses of the data files that a page lists right below itself, each once."""
    parser = _Anchors()
    parser.feed(page)
    base = urlunsplit(urlsplit(address)._replace(query="", fragment=""))
    found = [urljoin(base, href).partition("#")[0] for href in parser.found]
    below = [
        link
        for link in found
        if link.startswith(base) and "/" not in urlsplit(link).path.removeprefix(urlsplit(base).path)
    ]
    return [link for link in dict.fromkeys(below) if urlsplit(link).path.lower().endswith(LISTED)]
