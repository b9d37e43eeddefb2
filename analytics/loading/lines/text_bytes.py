"""What the bytes of texts tell of all of them at once, where a pattern would look at one text after another."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

ASCII = 0x80  # below it each byte is a character
SPACE, DELETE = 0x20, 0x7F  # between them stand the characters of ASCII that print


def has_byte(texts: pa.Array, character: str) -> bool:
    """Whether a character of ASCII is in any of the texts."""
    return bool((_bounds_and_bytes(texts)[1] == ord(character)).any())


def is_ascii(texts: pa.Array) -> bool:
    """Whether all texts are ASCII."""
    return bool((_bounds_and_bytes(texts)[1] < ASCII).all())


def print_at_both_ends(texts: pa.Array) -> bool:
    """Whether every text that is not empty begins and ends with a character of ASCII that prints, so that there is
    nothing to trim.

    >>> [print_at_both_ends(pa.array([text])) for text in ("a b", " a", "a\\t", "")]
    [True, False, False, True]
    """
    bounds, content = _bounds_and_bytes(texts)
    begins, ends = bounds[:-1], bounds[1:]
    if not (begins < ends).all():
        filled = begins < ends
        begins, ends = begins[filled], ends[filled]
    return all(((at > SPACE) & (at < DELETE)).all() for at in (content[begins], content[ends - 1]))


def _bounds_and_bytes(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Where the texts begin and end among the bytes, and these bytes."""
    _, offsets, content = texts.buffers()
    if not len(texts) or content is None or not content.size:
        return np.zeros(1, "int32"), np.zeros(0, "uint8")
    kind = "int64" if pa.types.is_large_string(texts.type) else "int32"
    bounds = np.frombuffer(offsets, kind)[texts.offset : texts.offset + len(texts) + 1]
    return bounds - bounds[0], np.frombuffer(content, "uint8")[bounds[0] : bounds[-1]]
