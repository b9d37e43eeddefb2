"""How a deck knows again what Storesight wrote: each shape is named after what it shows and the digest of what was
written there. Where the digest no longer fits, somebody has edited the shape.

PowerPoint, LibreOffice and others keep the names of shapes, wherever these are moved or copied to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from dashboard.web.csv_text import safe_text
from dashboard.web.workbook import xml_text

_NAME = re.compile(r"Storesight ([a-z0-9_.-]{1,100}) #([0-9a-f]{12})")
LONGEST_TEXT = 2_000  # characters of a paragraph
LONGEST_CELL = 120


def name_of(key: str, content: Iterable[str]) -> str:
    """The name of a shape that shows `key` and holds this content."""
    return f"Storesight {key} #{digest(content)}"


def read_name(name: str) -> tuple[str, str] | None:
    """The key and the digest in a shape's name; None where Storesight did not write the shape."""
    found = _NAME.fullmatch(name)
    return (found[1], found[2]) if found else None


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
