"""Dates whose parts stand at the same places in every text, such as 2026-02-15 00:07:15 -0500: read all at once."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WIDTH = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "z": 5}  # characters of a part
LEAST = {"Y": 1, "m": 1, "d": 1, "H": 0, "M": 0, "S": 0}
MOST = {"Y": 9999, "m": 12, "d": 31, "H": 23, "M": 59, "S": 59}
SIGNS = {ord("+"): 1, ord("-"): -1}
NEVER = np.datetime64("NaT", "us")


def read(texts: pa.Array, fmt: str) -> np.ndarray:
    """The time that each text names by a format of strptime: datetime64[us], in UTC where the format has an offset.

    NaT for a text that does not have every part in full width, so that another way of reading must judge it, and for
    all where the format has parts of other kinds. No text is read otherwise than strptime reads it.

    >>> read(pa.array(["2026-02-15 00:07 -0500", "2026-2-15 00:07 -0500"]), "%Y-%m-%d %H:%M %z").astype(str).tolist()
    ['2026-02-15T05:07:00.000000', 'NaT']
    """
    result = np.full(len(texts), NEVER)
    pieces = re.split("%(.)", fmt)
    codes = pieces[1::2]
    if not {"Y", "m", "d"} <= set(codes) <= set(WIDTH) or len(set(codes)) < len(codes) or not fmt.isascii():
        return result
    width = sum(len(piece) for piece in pieces[::2]) + sum(WIDTH[code] for code in codes)
    fits = np.asarray(pc.fill_null(pc.equal(pc.binary_length(texts), width), False))
    rows = np.flatnonzero(fits)
    if len(rows):
        characters = _characters(texts if fits.all() else texts.filter(pa.array(fits)), width)
        result[rows] = _times(characters, pieces)
    return result


def _characters(texts: pa.Array, width: int) -> np.ndarray:
    """The bytes of texts of one length, a row for each."""
    binary = pa.concat_arrays([texts.cast(pa.large_binary())])
    _, offsets, content = binary.buffers()
    first = int(np.frombuffer(offsets, "int64")[binary.offset])
    used = np.frombuffer(content, "uint8")[first : first + len(texts) * width]
    return np.asarray(used.reshape(len(texts), width))


def _times(characters: np.ndarray, pieces: list[str]) -> np.ndarray:
    known = np.ones(len(characters), bool)
    zero = np.zeros(len(characters), "int64")
    value = dict.fromkeys("YmdHMSz", zero)
    at = 0
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            for sign in piece.encode():
                known &= characters[:, at] == sign
                at += 1
        elif piece == "z":
            value["z"] = _offset(characters[:, at : at + 5], known)
            at += 5
        else:
            value[piece] = _number(characters[:, at : at + WIDTH[piece]], known)
            known &= (value[piece] >= LEAST[piece]) & (value[piece] <= MOST[piece])
            at += WIDTH[piece]
    month = ((value["Y"] - 1970) * 12 + value["m"] - 1).astype("datetime64[M]")
    day = month.astype("datetime64[D]") + (value["d"] - 1)
    known &= day.astype("datetime64[M]") == month
    seconds = value["H"] * 3600 + value["M"] * 60 + value["S"] - value["z"] * 60
    times = day.astype("datetime64[us]") + (seconds * 1_000_000).astype("timedelta64[us]")
    return np.where(known, times, NEVER)


def _number(digits: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The numbers that rows of digits write; rows with anything else are no longer `known`."""
    found = np.zeros(len(digits), "int64")
    for column in digits.T:
        digit = column - np.uint8(ord("0"))
        known &= digit <= 9
        found = found * 10 + digit
    return found


def _offset(characters: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The minutes that +0130 and the like write."""
    sign = np.zeros(len(characters), "int64")
    for written, meant in SIGNS.items():
        sign[characters[:, 0] == written] = meant
    hours, minutes = (_number(characters[:, at : at + 2], known) for at in (1, 3))
    known &= (sign != 0) & (hours <= 23) & (minutes <= 59)
    return np.asarray(sign * (hours * 60 + minutes))
