"""Outlines of countries and U.S. states as GeoJSON from our own address, so that a map fetches nothing from outside.

`python -m data.outlines` makes them, before the application starts or, where that was left out, while it starts
(gunicorn.conf.py); here they are read and kept compressed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from analytics.errors import StoreError
from analytics.language import N_, _
from dashboard.figures.marks.map import SHAPES, release
from dashboard.web.static import ASK_AGAIN, ENCODERS, FOR_ANY_FRAME, FOR_GOOD

FOLDER = Path(__file__).resolve().parents[2] / "build" / "outlines"


def file_of(name: str, folder: Path = FOLDER) -> Path:
    """The file of these outlines; each release of the package that they come from has its own."""
    return folder / f"{name}-{release(name)}.json"


def made(folder: Path = FOLDER) -> bool:
    """Whether the files of all outlines are there."""
    return all(file_of(name, folder).is_file() for name in SHAPES)


def outlines(name: str, folder: Path = FOLDER) -> bytes:
    """The GeoJSON of these outlines. StoreError where it was not made."""
    try:
        return file_of(name, folder).read_bytes()
    except OSError as fault:
        raise StoreError(
            N_("the outlines of maps have not been made."), where=name, hint=N_("Run `python -m data.outlines`.")
        ) from fault


def install(server: Flask, folder: Path = FOLDER) -> None:
    """Add /shapes/<name>.json; a browser may keep an address with the package's release for good."""

    @lru_cache(maxsize=8)
    def packed(name: str, encoding: str) -> bytes:
        return ENCODERS[encoding](packed(name, "")) if encoding else outlines(name, folder)

    @server.get("/shapes/<name>.json")
    def shapes(name: str) -> Response | tuple[str, int]:
        if name not in SHAPES:
            return _("There are no such shapes."), 404
        encoding = next((e for e in ENCODERS if request.accept_encodings[e]), "")
        response = Response(packed(name, encoding), mimetype="application/geo+json")
        if encoding:
            response.headers["Content-Encoding"] = encoding
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = FOR_GOOD if request.args.get("v") == release(name) else ASK_AGAIN
        response.headers.update(FOR_ANY_FRAME)
        response.set_etag(f"{name}-{release(name)}-{encoding}")
        response.make_conditional(request)
        return response
