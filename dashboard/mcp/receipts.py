"""Receipts: what was asked, of which version of the data, and a hash of the figures that were answered.

A receipt proves nothing by itself, and whoever has one learns nothing from it that they may not ask: `verify` asks the
question again, for the viewer who sends the receipt, and compares.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from analytics.errors import RequestError

LONGEST = 8000


@dataclass(frozen=True)
class Receipt:
    """One answer that can be checked. `figures`: the hash of its rows."""

    tool: str
    arguments: dict[str, Any]
    version: str
    figures: str

    def text(self) -> str:
        """The receipt as agents pass it on."""
        held = {"t": self.tool, "a": self.arguments, "v": self.version, "h": self.figures}
        return base64.urlsafe_b64encode(_canonical(held)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Receipt:
        """The receipt of a text. RequestError where it is none."""
        try:
            padded = text[:LONGEST] + "=" * (-len(text[:LONGEST]) % 4)
            held = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
            found = cls(held["t"], held["a"], held["v"], held["h"])
        except (ValueError, KeyError, TypeError, RecursionError):
            hint = "Pass the text of an answer on as it is."
            raise RequestError("this is no receipt.", where="receipt", hint=hint) from None
        texts = (found.tool, found.version, found.figures)
        if not all(isinstance(t, str) for t in texts) or not isinstance(found.arguments, dict):
            raise RequestError("this is no receipt.", where="receipt")
        return found


def hash_of(rows: Any) -> str:
    """The hash of an answer's figures: equal for equal figures, whatever order their keys stand in."""
    return hashlib.sha256(_canonical(rows)).hexdigest()[:32]


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(
        "utf-8", "replace"
    )
