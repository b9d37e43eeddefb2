"""Files compressed as small as it goes, which takes too long for a server: before it starts, and named by their
content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import brotli

from dashboard.bundles import plotly
from dashboard.bundles.whole_files import write_whole

ENCODING = "br"


def packed(raw: bytes, folder: Path | None = None) -> bytes | None:
    """The file compressed with Brotli, or None where that was not done before."""
    try:
        return _file(raw, folder).read_bytes()
    except FileNotFoundError:
        return None


def pack(raw: bytes, folder: Path | None = None) -> None:
    """Compress a file, unless that was done before. It appears only when it is complete."""
    target = _file(raw, folder)
    if target.is_file():
        return
    write_whole(target, brotli.compress(raw, quality=11))


def _file(raw: bytes, folder: Path | None) -> Path:
    return (folder or plotly.FOLDER) / f"{hashlib.blake2b(raw, digest_size=16).hexdigest()}.{ENCODING}"
