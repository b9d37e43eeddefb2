"""How a deck knows again what Storesight wrote: each shape is named after what it shows and the digest of what was
written there. Where the digest no longer fits, somebody has edited the shape.

Programs keep the names of shapes, wherever these are moved or copied to; LibreOffice takes those of placeholders away,
so that the names of these stand in the notes too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from dashboard.web.csv_text import safe_text
from dashboard.web.workbook import xml_text

_NAME = re.compile(r"Storesight ([a-z0-9_.-]{1,100}) #([0-9a-f]{12})")
_LISTED = "Marks: "
LONGEST_TEXT = 2_000  # characters of a paragraph
LONGEST_CELL = 120
MOST_LISTED = 20


def name_of(key: str, content: Iterable[str]) -> str:
    """The name of a shape that shows `key` and holds this content."""
    return f"Storesight {key} #{digest(content)}"


def read_name(name: str) -> tuple[str, str] | None:
    """The key and the digest in a shape's name; None where Storesight did not write the shape."""
    found = _NAME.fullmatch(name)
    return (found[1], found[2]) if found else None


def listed(names: Iterable[str]) -> str:
    """The names of shapes as a line of the notes: 'Marks: cover.title #3f9a0c1d2b4e; foot #…'."""
    found = [known for known in map(read_name, names) if known]
    return _LISTED + "; ".join(f"{key} #{written}" for key, written in found)


def read_listed(line: str) -> dict[str, str]:
    """The digests of a line of the notes, by key; none where it is another line."""
    if not line.startswith(_LISTED):
        return {}
    parts = [f"Storesight {part.strip()}" for part in line.removeprefix(_LISTED).split(";")[:MOST_LISTED]]
    return dict(known for known in map(read_name, parts) if known)


def digest(content: Iterable[str]) -> str:
    """Of texts, whatever blanks stand between their words, and whatever line breaks between them."""
    words = "\x1f".join(" ".join(text.split()) for text in content)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:12]


def plain(value: Any, longest: int = LONGEST_TEXT) -> str:
    """A text for a slide: on one line, without control characters, cut to `longest` characters."""
    text = " ".join(xml_text(value).split())
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def cell(value: Any) -> str:
    """A text for a workbook behind a chart, where it could be taken for a formula or an address."""
    text = str(safe_text(plain(value, LONGEST_CELL)))
    return f"'{text}" if re.match(r"(?i)(https?|ftp|file|mailto|internal|external):", text) else text
