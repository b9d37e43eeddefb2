"""The encoding of text that does not say which it has."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import Any

SAMPLE_BYTES = 1 << 20
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

# Encodings of scripts, and what a word of theirs is made of.
_LATIN = r"(?=.*[A-Za-z])(?!.*[^A-Za-z]{3})[A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸ]+"
_JAPANESE = r"[\u3040-\u30ff\u4e00-\u9faf々ー]+"
_CYRILLIC = r"[А-ЯЁІЇЄҐ]?[а-яёіїєґ]+|[А-ЯЁІЇЄҐ]+"
_SCRIPTS = {
    "cp1255": r"[א-ת]+",  # in small Cyrillic letters these bytes are words too, but names have capitals
    "cp1251": _CYRILLIC,
    "koi8-r": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1253": r"[Α-ΩΆΈΉΊΌΎΏ]?[α-ωάέήίόύώς]+|[Α-ΩΆΈΉΊΌΎΏ]+",
    "cp1256": r"[ء-ي]+",
    "cp932": _JAPANESE,
    "euc-jp": _JAPANESE,
    "euc-kr": r"[가-힣]+",
    "gb18030": r"[\u4e00-\u9fa5]+",
    "big5": r"[\u4e00-\u9fa5]+",
    "cp850": _LATIN,  # of DOS and old tills
}
_SIGNS = re.compile(r"[€£©®°’·×½µ§\xa0]|(?<![^\W\d_])[–—„“”‘…]|[–—„“”‘…](?![^\W\d_])")  # a quote is not within a word
LONGEST_WORD = 100
LEAST_ZEROS = 0.2  # share of the high bytes: separators and digits have none else in UTF-16
LEAST_PLAUSIBLE = 0.8  # share of the characters beyond ASCII


def encoding_of(raw: bytes) -> str:
    """The encoding of a file's bytes: by its mark, by zeros between letters, as UTF-8, or by which script makes words
    of the bytes. Where none does, cp1252 or, with bytes that it lacks, latin-1."""
    if raw[:2] in UTF_16_MARKS:
        return "utf-16"
    sample = raw[:SAMPLE_BYTES]
    for encoding, high, low in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if high.count(0) > LEAST_ZEROS * len(high) and not low.count(0) and _is_text(raw, encoding):
            return encoding
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _by_script(raw)
    return "utf-8"


def _is_text(raw: bytes, encoding: str) -> bool:
    """Whether bytes are lines of letters, digits and signs in an encoding."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return "\n" in text and all(c.isprintable() or c.isspace() for c in text[:10_000])


def _by_script(raw: bytes) -> str:
    fallback = "cp1252" if not set(raw) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1"
    scores = {fallback: _plausible(raw, fallback, _LATIN)}
    if scores[fallback] < LEAST_PLAUSIBLE:
        scores |= {encoding: _plausible(raw, encoding, word) for encoding, word in _SCRIPTS.items()}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] >= LEAST_PLAUSIBLE else fallback


def _plausible(raw: bytes, encoding: str, word: str) -> float:
    """The share of the characters beyond ASCII that stand in words of a script; 0 where the bytes are not of the
    encoding."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    text = raw[:SAMPLE_BYTES].decode(encoding, "ignore")
    beyond = sum(1 for c in text if c > "\x7f")
    if word == _JAPANESE and not re.search(r"[\u3040-\u30ff]{2}", text):
        return 0.0  # every Chinese text is made of its characters
    found = len(_SIGNS.findall(text))
    pattern = re.compile(word)
    for written, times in Counter(re.findall(r"[^\W\d_]+", text)).items():
        if not written.isascii() and len(written) <= LONGEST_WORD and pattern.fullmatch(written):
            found += times * sum(1 for c in written if c > "\x7f")
    return found / beyond if beyond else 0.0


def is_utf8(head: bytes, rest: Any) -> bool:
    """Whether the bytes of a file are UTF-8: those of its head, and those that are still to be read."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            if decoder.getstate()[0] or not chunk.isascii():
                decoder.decode(chunk)
            chunk = bytes(rest.read(SAMPLE_BYTES))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
