"""Files that never change while the server runs, compressed once, or before it starts (dashboard/bundles): assets,
Dash's own bundles, Bootstrap.

Where a URL carries a fingerprint the browser keeps the file for good; elsewhere it asks again with an ETag.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import brotli
import werkzeug
from dash.exceptions import DependencyException
from dash.fingerprint import build_fingerprint, check_fingerprint
from flask import Blueprint, Flask, Response, redirect, request, send_from_directory, stream_with_context
from werkzeug.security import safe_join

from analytics.runtime.lru import LruCache
from dashboard.bundles import plotly, styles
from dashboard.bundles.packed import ENCODING as PACKED
from dashboard.bundles.packed import packed

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BOOTSTRAP = "/vendor/bs"
SCRIPTS = "/scripts"  # parts of installed packages (dashboard/bundles); the name of a file tells its release
SUITES = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
KEPT_BYTES = 24 * 1024 * 1024  # of one process: raw files are not kept, their compressed forms are
LEAST_BYTES = 500
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "application/geo+json", "image/svg+xml")
STREAM_ENCODINGS = ("zstd", "gzip")  # in the order of preference
STREAM_LEVEL = 3
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
# The application's own files are the same for everybody. A page in a frame that another site has put into a sandbox is
# of no origin, and may load files only where they say so.
FOR_ANY_FRAME = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}

# In the order of preference; levels that take about as long as one uncompressed download of the file.
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: zstd.compress(data, 9),
    "br": lambda data: brotli.compress(data, quality=6),
    "gzip": lambda data: gzip.compress(data, 6, mtime=0),
}


def bootstrap_url(path: str) -> str:
    """Address of a file of Bootstrap ("css/bootstrap.min.css") that a browser may keep for good."""
    return f"{BOOTSTRAP}/{path}?v={version('bootstrap-flask')}"


def style_url(folder: Path) -> str:
    """Address of the one style sheet of all pages, with the application's own of this folder, that a browser may keep
    for good."""
    return f"/styles/{styles.release(folder)}.css"


def asset_url(folder: Path, name: str) -> str:
    """Address of one of the application's assets that a browser may keep for good, as Dash writes it."""
    return f"/assets/{name}?m={(folder / name).stat().st_mtime}"


def module_url(folder: Path, name: str) -> str:
    """Address of one of the client's modules that a browser may keep for good. The release of all of them is a folder
    in it, so that the modules that they import have it too."""
    return f"/client/{_release_of(folder)}/{name}"


def _release_of(folder: Path) -> str:
    changed = sorted((f.name, f.stat().st_mtime_ns) for f in folder.glob("*.js"))
    return hashlib.blake2b(repr(changed).encode(), digest_size=8).hexdigest()


def suite_url(package: str, path: str) -> str:
    """Address of a file of a package of components that a browser may keep for good."""
    module = importlib.import_module(package)
    changed = int((Path(str(module.__file__)).parent / path).stat().st_mtime)
    return f"/_dash-component-suites/{package}/{build_fingerprint(path, version(package), changed)}"


def plotly_url() -> str:
    """Address of plotly.js that a browser may keep for good: of the part that is used, once it is written."""
    return f"{SCRIPTS}/{plotly.file().name}" if plotly.made() else suite_url("plotly", "package_data/plotly.min.js")


def install(server: Flask) -> None:
    """Serve Bootstrap from the installed package, and every static file compressed once.

    To be called when Dash has made its routes: after Dash(server=…).
    """
    server.register_blueprint(Blueprint("bs", __name__, static_folder=styles.package(), static_url_path=BOOTSTRAP))
    server.register_error_handler(DependencyException, lambda _: ("There is no such file.", 404))
    _serve_modules(server)
    _serve_styles(server)
    server.add_url_rule(f"{SCRIPTS}/<name>.js", "scripts", _script)
    kept: LruCache[bytes] = LruCache(most_bytes=KEPT_BYTES, size=len)
    for endpoint, fingerprint in (
        ("bs.static", _release),
        ("_dash_assets.static", _time_of_change(server)),
        (SUITES, _of_dash),
        ("client", _of_modules(server)),
        ("styles", _of_styles(server)),
        ("scripts", lambda _: ("", True)),
    ):
        if endpoint in server.view_functions:
            view = server.view_functions[endpoint]
            server.view_functions[endpoint] = _compressed_once(view, fingerprint, kept)


def _assets(server: Flask) -> Path:
    return Path(str(server.blueprints["_dash_assets"].static_folder))


def _serve_styles(server: Flask) -> None:
    @server.get("/styles/<release>.css", endpoint="styles")
    def style(release: str) -> werkzeug.Response:
        if release != styles.release(_assets(server)):  # of a page from before an update
            return redirect(style_url(_assets(server)))
        return Response(styles.sheet(_assets(server)), mimetype="text/css")


def _of_styles(server: Flask) -> Fingerprint:
    def fingerprint(path: dict[str, str]) -> tuple[str, bool]:
        release = styles.release(_assets(server))
        return release, path["release"] == release

    return fingerprint


def _modules(server: Flask) -> Path:
    return _assets(server) / "js"


def _script(name: str) -> Response:
    return send_from_directory(plotly.FOLDER, f"{name}.js", mimetype="text/javascript")


def _serve_modules(server: Flask) -> None:
    @server.get("/client/<release>/<name>.js", endpoint="client")
    def module(release: str, name: str) -> Response:
        return send_from_directory(_modules(server), f"{name}.js", mimetype="text/javascript")


def _of_modules(server: Flask) -> Fingerprint:
    def fingerprint(path: dict[str, str]) -> tuple[str, bool]:
        release = _release_of(_modules(server))
        return release, path["release"] == release

    return fingerprint


def warm(server: Flask) -> None:
    """Compress what a page's first visitor asks for, as a browser would."""
    for _ in _first(server, "gzip, deflate, br, zstd"):
        pass


def first_files(server: Flask) -> Iterator[bytes]:
    """What a page's first visitor asks for, each file as it is."""
    for response in _first(server, ""):
        if response.status_code == 200 and _compressible(response):
            yield response.get_data()


def _first(server: Flask, encodings: str) -> Iterator[werkzeug.Response]:
    client = server.test_client()
    page = client.get("/").get_data(as_text=True)
    for address in re.findall(r'<(?:script|link)[^>]* (?:src|href)="(/[^"]+)"', page):
        with client.get(address, headers={"Accept-Encoding": encodings}) as response:
            yield response


Fingerprint = Callable[[dict[str, str]], tuple[str, bool]]  # what tells the file's version, and whether the URL does


def _release(_: dict[str, str]) -> tuple[str, bool]:
    release = version("bootstrap-flask")
    return release, request.args.get("v") == release


def _time_of_change(server: Flask) -> Fingerprint:
    """Dash writes an asset's time of change into its URL; an asset may be edited while the server runs."""

    def fingerprint(path: dict[str, str]) -> tuple[str, bool]:
        folder = server.blueprints["_dash_assets"].static_folder
        file = safe_join(str(folder), path["filename"])
        if file is None or not Path(file).is_file():
            return "", False
        changed = Path(file).stat().st_mtime
        return str(changed), request.args.get("m") == str(changed)

    return fingerprint


def _of_dash(path: dict[str, str]) -> tuple[str, bool]:
    return "", check_fingerprint(path["fingerprinted_path"])[1]


def _compressed_once(
    view: Callable[..., Any], fingerprint: Fingerprint, kept: LruCache[bytes]
) -> Callable[..., Response]:
    """The view, called when a file is first asked for in an encoding; after that its compressed bytes are at hand."""

    def serve(**path: str) -> Response:
        of_file, for_good = fingerprint(path)
        encoding = next((e for e in ENCODERS if request.accept_encodings[e]), "")
        small = bool(request.accept_encodings[PACKED])
        key = f"{encoding} {small} {of_file} {request.path}"
        stored = kept.get(key)
        if stored is None:
            response = _fresh(view, path)
            if response.status_code != 200:
                return response
            raw = response.get_data()
            before = packed(raw) if small else None
            if before is not None:
                encoding, body = PACKED, before
            elif encoding and _compressible(response):
                body = ENCODERS[encoding](raw)
            else:
                encoding, body = "", raw
            stored = _stored(response.content_type, encoding, body)
            kept.put(key, stored)
        return _answer(stored, FOR_GOOD if for_good else ASK_AGAIN)

    return serve


def _fresh(view: Callable[..., Any], path: dict[str, str]) -> Response:
    """The view's whole answer, whatever part or condition the browser asks for."""
    conditions = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE")
    taken = {name: request.environ.pop(name) for name in conditions if name in request.environ}
    try:
        response: Response = view(**path)
        response.direct_passthrough = False
    finally:
        request.environ.update(taken)
    return response


def _compressible(response: werkzeug.Response) -> bool:
    size = response.content_length or 0
    return size >= LEAST_BYTES and (response.mimetype or "").startswith(COMPRESSIBLE)


def _stored(content_type: str, encoding: str, body: bytes) -> bytes:
    return f"{content_type}\n{encoding}\n{hashlib.blake2b(body, digest_size=12).hexdigest()}\n".encode() + body


def _answer(stored: bytes, caching: str) -> Response:
    content_type, encoding, tag, body = stored.split(b"\n", 3)
    response = Response(body, content_type=content_type.decode())
    if encoding:
        response.headers["Content-Encoding"] = encoding.decode()
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = caching
    response.headers.update(FOR_ANY_FRAME)
    response.set_etag(tag.decode())
    response.make_conditional(request)
    return response


# --- pages sent a part at a time


def streamed_html(parts: Iterator[str]) -> Response:
    """The parts as one answer; each is compressed so far that it can be read when it arrives."""
    encoding = next((e for e in STREAM_ENCODINGS if request.accept_encodings[e]), "")
    response = Response(stream_with_context(_encoded(parts, encoding)), mimetype="text/html")
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def _encoded(parts: Iterator[str], encoding: str) -> Iterator[bytes]:
    flushed, end = _compressor(encoding)
    for part in parts:
        yield flushed(part.encode("utf-8", "replace"))
    if last := end():
        yield last


def _compressor(encoding: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    """A function that compresses a part, and one that ends the whole."""
    if encoding == "zstd":
        zstd_compressor = zstd.ZstdCompressor(STREAM_LEVEL)
        return lambda part: zstd_compressor.compress(part, zstd_compressor.FLUSH_BLOCK), zstd_compressor.flush
    if encoding == "gzip":
        gzip_compressor = zlib.compressobj(STREAM_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        return (
            lambda part: gzip_compressor.compress(part) + gzip_compressor.flush(zlib.Z_SYNC_FLUSH),
            gzip_compressor.flush,
        )
    return lambda part: part, lambda: b""
