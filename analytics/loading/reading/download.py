"""Source files from an https address: an archive, one file, or the files that a web page lists.

A download is bounded in bytes, files and time. It stays inside its folder, and it replaces the previous
download's files only when it is complete.
"""

from __future__ import annotations

import base64
import bz2
import filecmp
import gzip
import lzma
import re
import shutil
import ssl
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path, PurePosixPath
from tarfile import EOFHeaderError, HeaderError, ReadError  # type: ignore[attr-defined]  # the first is undocumented
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from analytics.errors import SourceError, TooLarge

SILENCE_SECONDS = 30  # without any data, after which the server is given up
LONGEST_SECONDS = 3600  # for a whole download
MOST_FILES = 10_000
LISTED = (".csv", ".csv.gz", ".txt", ".tsv", ".xlsx", ".parquet", ".pq")
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
CHUNK = 1 << 20  # bytes

_PACKED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}

# Exceptions that reading a damaged archive may raise, whatever its compression.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,  # bz2
    ValueError,
    RuntimeError,  # a password is needed
    NotImplementedError,  # a compression method that Python does not support
)


@dataclass
class Budget:
    """What a download may still take: bytes and files written, and time."""

    bytes: int
    files: int = field(default_factory=lambda: MOST_FILES)
    where: str = ""
    ends: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)

    def spend(self, size: int) -> None:
        """Count bytes. TooLarge where too many were written, SourceError where the time is up."""
        self.bytes -= size
        if self.bytes < 0:
            raise TooLarge(
                "the sources are larger than allowed.", where=self.where, hint="Raise STORESIGHT_DOWNLOAD_MB."
            )
        if time.monotonic() > self.ends:
            raise SourceError(
                f"the download takes longer than {LONGEST_SECONDS // 60} minutes.",
                where=self.where,
                hint="Offer fewer or smaller files, or a faster server.",
            )

    def open_file(self) -> None:
        """Count a file. Raises TooLarge if there are too many."""
        self.files -= 1
        if self.files < 0:
            raise TooLarge(f"the sources have more than {MOST_FILES:,} files.", where=self.where)


class HttpsOnly(HTTPRedirectHandler):
    """Follows redirections to https addresses only."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """The request that follows a redirection. SourceError where it leads away from https."""
        if urlsplit(newurl).scheme != "https":
            raise SourceError("the address redirects to one that is not https.", where=shown(req.full_url))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(address: str, folder: Path, limit: int, tag: str = "", context: ssl.SSLContext | None = None) -> str:
    """Download what is behind the address into `folder`: at most `limit` bytes, packed and unpacked alike.

    `tag` is what the last download returned: where the server says that nothing has changed since, the folder stays as
    it is. Returns the new tag. A file whose content did not change keeps its time of modification. SourceError and
    TooLarge name host and path, never the rest of the address, which may hold a password; the folder is then unchanged.
    """
    opener = build_opener(HttpsOnly, HTTPSHandler(context=context or ssl.create_default_context()))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder.parent) as temporary:
        new = Path(temporary) / "sources"
        new.mkdir()
        known = tag if folder.is_dir() else ""
        found = _fetch_into(new, address, opener, limit, known)
        if found is None:
            return tag
        if folder.exists():
            _keep_times(folder, new)
            folder.rename(Path(temporary) / "old")
        new.rename(folder)
    return found


def _keep_times(old: Path, new: Path) -> None:
    for path in new.rglob("*"):
        before = old / path.relative_to(new)
        if path.is_file() and before.is_file() and filecmp.cmp(before, path, shallow=False):
            shutil.copystat(before, path)


def shown(address: str) -> str:
    """Host and path of an address, for messages: the rest may hold a password."""
    parts = urlsplit(address)
    return f"{parts.hostname}{parts.path}"


def _fetch_into(new: Path, address: str, opener: OpenerDirector, limit: int, tag: str) -> str | None:
    """Download into a folder. Returns the tag, or None where nothing has changed since `tag`."""
    where = shown(address)
    with _answer(address, opener, tag) as answer:
        if answer is None:
            return None
        body = new.parent / "body"
        received = Budget(limit, where=where)
        _copy(answer, body, received)
        complete = _is_complete(answer, body, where)
        kind = answer.headers.get_content_type()
        found = answer.headers.get("ETag", "")
    budget = Budget(limit, where=where, ends=received.ends)
    name = unquote(urlsplit(address).path).rsplit("/", 1)[-1]
    if _unpacked(body, new, budget):
        pass  # unpacking has shown that the archive is complete
    elif kind != "text/html" and _should_be_archive(body, name):
        raise SourceError("the archive is damaged: its end is missing.", where=where)
    elif not complete:
        raise SourceError(
            "the server does not say how long the file is, so it cannot be known whether it is complete.",
            where=where,
            hint="Let it send Content-Length, or offer a zip archive.",
        )
    elif kind == "text/html" and urlsplit(address).path.endswith("/"):
        _fetch_listed(body.read_text("utf-8", "replace"), address, opener, new, budget)
        found = ""  # the tag is the page's, which need not change when a file does
    elif kind == "text/html":
        raise SourceError("found a web page, expected an archive or a file.", where=where)
    else:
        shutil.move(body, _inside(new, name or "source", budget))
    if not any(new.iterdir()):
        raise SourceError("found no files.", where=where, hint="An archive or a page that lists files is expected.")
    return str(found)


def _fetch_listed(page: str, address: str, opener: OpenerDirector, new: Path, budget: Budget) -> None:
    for link in _links(page, address):
        with _answer(link, opener, "", credentials_of=address) as answer:
            if answer is not None:
                path = _inside(new, unquote(urlsplit(link).path).rsplit("/", 1)[1], budget)
                _copy(answer, path, budget)
                if not _is_complete(answer, path, shown(link)):
                    raise SourceError("the server does not say how long the file is.", where=shown(link))


@contextmanager
def _answer(address: str, opener: OpenerDirector, tag: str, credentials_of: str = "") -> Iterator[HTTPResponse | None]:
    """The answer to a GET, or None where nothing has changed since `tag`."""
    parts = urlsplit(address)
    where = shown(address)
    known = urlsplit(credentials_of or address)
    request = Request(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
    if known.username is not None:
        secret = f"{unquote(known.username)}:{unquote(known.password or '')}"
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")
    if tag:
        request.add_header("If-None-Match", tag)
    try:
        with opener.open(request, timeout=SILENCE_SECONDS) as answer:
            yield answer
    except HTTPError as refused:
        refused.close()
        if refused.code != 304:
            raise SourceError(f"the server answers {refused.code} {refused.reason}.", where=where) from None
        yield None
    except (OSError, HTTPException) as fault:
        raise SourceError(
            f"cannot be downloaded: {fault}.", where=where, hint="Check the address and the server."
        ) from fault


def _is_complete(answer: HTTPResponse, body: Path, where: str) -> bool:
    """Whether all of an answer arrived; False where the server does not say how long it is. SourceError where it was
    cut. (A cut chunked answer has raised an error before.)"""
    declared = answer.headers.get("Content-Length", "")
    size = body.stat().st_size
    if not declared.isdigit():
        return answer.chunked
    if size != int(declared):
        raise SourceError(
            f"the download was cut: {size:,} of {int(declared):,} bytes arrived.", where=where, hint="Try again."
        )
    return True


def _copy(source: IO[bytes] | HTTPResponse, path: Path, budget: Budget) -> None:
    """Write what comes. `read1` returns with each packet, so that the budget's time holds for a slow server too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        while chunk := source.read1(CHUNK):  # type: ignore[union-attr]  # members of archives have it as well
            budget.spend(len(chunk))
            file.write(chunk)


def _inside(folder: Path, name: str, budget: Budget) -> Path:
    """The path of a file of this name in the folder. SourceError where the name leads out of it."""
    budget.open_file()
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or re.search(r"[\\\0:]", name) or len(name) > 500:
        raise SourceError(f"a file is named {name[:80]!r}, which leaves the folder.", where=budget.where)
    return folder.joinpath(*path.parts)


def _unpacked(body: Path, folder: Path, budget: Budget) -> bool:
    """Unpack an archive; False where the body is none, and where it is a workbook. SourceError where it is damaged, or
    a packed single file is."""
    try:
        if zipfile.is_zipfile(body):
            if _is_workbook(body):
                return False
            _unzip(body, folder, budget)
            return True
        if tarfile.is_tarfile(body):
            _untar(body, folder, budget)
            return True
        _check_packing(body, budget)
    except SourceError:
        raise
    except _DAMAGE as fault:
        raise SourceError(
            f"the packed file is damaged: {fault or type(fault).__name__}.", where=budget.where
        ) from fault
    return False


def _should_be_archive(body: Path, name: str) -> bool:
    """Whether a file that cannot be read as an archive or workbook claims to be one, by its name or first bytes."""
    if name.lower().endswith(ARCHIVES):
        return True
    with body.open("rb") as file:
        return file.read(4) == b"PK\x03\x04" and not zipfile.is_zipfile(body)


def _is_workbook(body: Path) -> bool:
    """Whether a zip file is an Excel workbook, which is a file and no archive of files."""
    with zipfile.ZipFile(body) as archive:
        return "[Content_Types].xml" in archive.namelist()


def _unzip(body: Path, folder: Path, budget: Budget) -> None:
    with zipfile.ZipFile(body) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as file:
                    _copy(file, _inside(folder, member.filename, budget), budget)


class _StrictHeader(tarfile.TarInfo):
    """A header that may be missing only where zeros end the archive: tarfile takes a cut or damaged one for the end."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> _StrictHeader:
        try:
            return super().fromtarfile(tarfile)
        except EOFHeaderError:
            raise
        except HeaderError as fault:
            raise ReadError(f"{fault} at byte {tarfile.offset:,}") from fault


def _untar(body: Path, folder: Path, budget: Budget) -> None:
    """Plain files only: links and devices are left out."""
    with tarfile.open(body, tarinfo=_StrictHeader) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            if file is not None:
                with file:
                    _copy(file, _inside(folder, member.name, budget), budget)
        _read_to_the_end(archive.fileobj, budget)


def _check_packing(body: Path, budget: Budget) -> None:
    """Unpack a packed single file, such as orders.csv.gz, without keeping the result: it raises where it is damaged."""
    with body.open("rb") as file:
        first = file.read(8)
    for magic, opened in _PACKED.items():
        if first.startswith(magic):
            with opened(body) as unpacked:
                _read_to_the_end(unpacked, budget)


def _read_to_the_end(file: Any, budget: Budget) -> None:
    """Read to the end of a packed file, where its checksum is."""
    while chunk := file.read(CHUNK):
        budget.spend(len(chunk))


class _Anchors(HTMLParser):
    """The targets of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _links(page: str, address: str) -> list[str]:
    """Addresses of the data files that a page lists directly below itself, each once."""
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
