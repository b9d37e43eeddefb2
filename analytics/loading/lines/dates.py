"""Dates written as text: parsed by a declared format, or by the one format that fits all values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pandas as pd

from analytics.loading.spec import FIRST_YEAR, LAST_YEAR

NEVER = np.datetime64("NaT", "us")
EARLIEST, LATEST = np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{LAST_YEAR + 1}-01-01")

_DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y", "%m.%d.%Y",
    "%m/%d/%y", "%d/%m/%y", "%m-%d-%y", "%d-%m-%y", "%d.%m.%y", "%y-%m-%d",
    "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
)  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S.%f")
_ISO_TIMES = ("T%H:%M:%S", "T%H:%M", "T%H:%M:%S.%f", "T%H:%M:%S%z", "T%H:%M:%S.%f%z", " %H:%M:%S%z", " %H:%M%z")
FORMATS = tuple(d + t for d in _DAYS for t in _TIMES) + tuple("%Y-%m-%d" + t for t in _ISO_TIMES)


def parse(texts: Sequence[str] | np.ndarray | pd.Index, formats: Iterable[str], time_zone: str) -> np.ndarray:
    """Each text by the first format that fits it: datetime64[us] without a zone, in `time_zone`; NaT where none fits.

    A text with an offset (%z) is moved to `time_zone`. Days before 1900 or after 2199 are NaT: such a year is a typing
    error.
    """
    values = pd.Series(texts, dtype="str")
    result = np.full(len(values), NEVER)
    for fmt in formats:
        unread = np.isnat(result) & (values != "").to_numpy()
        if not unread.any():
            break
        result[unread] = _by_format(values[unread], fmt, time_zone)
    result[(result < EARLIEST) | (result >= LATEST)] = NEVER
    return result


def _by_format(values: pd.Series, fmt: str, time_zone: str) -> np.ndarray:
    zoned = "%z" in fmt
    found = pd.to_datetime(values, format=fmt, errors="coerce", utc=zoned)
    if zoned:
        found = found.dt.tz_convert(time_zone).dt.tz_localize(None)
    return found.to_numpy().astype("datetime64[us]")


_SHAPES = {"Y": r"\d{4}", "y": r"\d{2}", "f": r"\d{1,9}", "z": ".+", "b": r"[^\W\d]+\.?", "B": r"[^\W\d]+", "p": r"\w+"}


@cache
def _shape(fmt: str) -> re.Pattern[str]:
    """A pattern that every text of this format matches; testing it is cheaper than parsing."""
    parts = re.split("%(.)", fmt)
    codes = (_SHAPES.get(code, r"\d{1,2}") if at % 2 else re.escape(code) for at, code in enumerate(parts))
    return re.compile("".join(codes))


def fitting(texts: Sequence[str] | np.ndarray, time_zone: str = "UTC", known: Iterable[str] = FORMATS) -> list[str]:
    """The formats that fit all texts that are not empty; more than one only where the texts allow different readings.

    Of formats that read the same dates from these texts the first is returned.
    """
    return [formats[0] for formats in readings(texts, time_zone, known)]


def readings(
    texts: Sequence[str] | np.ndarray, time_zone: str = "UTC", known: Iterable[str] = FORMATS
) -> list[tuple[str, ...]]:
    """The formats that fit all texts that are not empty, grouped by the dates that they read from them.

    "03/04/2024" alone gives two groups; with "31/12/2024" there is one, with the day first.
    """
    values = pd.Series(pd.unique(pd.Series([t for t in texts if t], dtype="str")), dtype="str")
    if values.empty:
        return []
    sample = values.iloc[:20].to_numpy()
    found: dict[bytes, list[str]] = {}  # formats by the dates they read
    for fmt in known:
        if not _shape(fmt).fullmatch(sample[0].strip()) or np.isnat(parse(sample, [fmt], time_zone)).any():
            continue
        times = parse(values.to_numpy(), [fmt], time_zone)
        if not np.isnat(times).any():
            found.setdefault(times.tobytes(), []).append(fmt)
    return [tuple(formats) for formats in found.values()]
