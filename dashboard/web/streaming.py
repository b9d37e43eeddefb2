"""HTML sent a part at a time, so that a browser fetches the files that the first part names while the next is made."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from flask import Response, request, stream_with_context

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ENCODINGS: Final = ("zstd", "gzip")  # in the order of preference
LEVEL: Final = 3


def streamed_html(parts: Iterator[str]) -> Response:
    """The parts as one answer; each is compressed so far that it can be read when it arrives."""
    encoding = next((e for e in ENCODINGS if request.accept_encodings[e]), "")
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
        zstd_compressor = zstd.ZstdCompressor(LEVEL)
        return lambda part: zstd_compressor.compress(part, zstd_compressor.FLUSH_BLOCK), zstd_compressor.flush
    if encoding == "gzip":
        gzip_compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        return (
            lambda part: gzip_compressor.compress(part) + gzip_compressor.flush(zlib.Z_SYNC_FLUSH),
            gzip_compressor.flush,
        )
    return lambda part: part, lambda: b""
