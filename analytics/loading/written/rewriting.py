"""Texts written in another way: one pattern after the other."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc


def rewritten(texts: pa.Array, patterns: Iterable[tuple[str, str]]) -> pa.Array:
    """The texts with each pattern replaced, in this order.

    A pattern is compiled at every call. That of a long list of names, or of the letters of all languages, takes a
    thousand times as long as one of a few signs: ask first whether any text needs it.
    """
    for pattern, replacement in patterns:
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    return texts


def any_has(texts: pa.Array, pattern: str) -> bool:
    """Whether a text holds the pattern."""
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())
