"""Numbers as small integers: exact sums, fewer bytes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SCALES = (1, 10, 100, 1_000, 10_000)
LARGEST_SUM = 2**53  # up to here float64 holds every integer exactly, so sums do not depend on their order
PROBES = 5_000  # values a scale is tested on before it is tested on all
SECOND = 1_000_000  # microseconds
CHUNK = 1 << 20  # values processed at a time, to avoid a second array of full size


def scaled(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Values as multiples of 1/scale, and the smallest scale that holds them all; NaN stays NaN.

    [9.5, 0.25] gives [950, 25] and 100. Values that no scale up to 10,000 holds, or whose sum may exceed LARGEST_SUM,
    come back unchanged with the scale 0."""
    scale = _scale(values)
    if not scale:
        return values, 0
    stored = values * scale
    np.rint(stored, out=stored)
    stored += 0.0  # turns −0 into 0
    return stored, scale


def _scale(values: np.ndarray) -> int:
    """The smallest scale that holds all values; 0 where none does, or where their sum may exceed LARGEST_SUM."""
    probe = values[:: max(1, len(values) // PROBES)]
    probe = probe[~np.isnan(probe)]
    for scale in SCALES:
        if _holds(probe, scale) and all(_holds(part[~np.isnan(part)], scale) for part in _chunks(values)):
            total = sum(float(np.nansum(np.abs(np.rint(part * scale)))) for part in _chunks(values))
            return scale if total < LARGEST_SUM else 0
    return 0


def units(values: np.ndarray) -> tuple[np.ndarray, int]:
    """What `narrow` makes of `scaled` values, and the scale, without a second array of eight bytes a value."""
    scale = _scale(values)
    blank = any(np.isnan(part).any() for part in _chunks(values))
    if not scale or blank or not len(values):
        return narrow(scaled(values)[0]), scale
    low, high = (float(np.rint(end * scale)) for end in (values.min(), values.max()))
    stored = np.empty(len(values), _kind(low, high) or "float64")
    for at in range(0, len(values), CHUNK):
        stored[at : at + CHUNK] = np.rint(values[at : at + CHUNK] * scale) + 0.0
    return stored, scale


def taken(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The values at these positions: `values[at]`, for which numpy makes an index of eight bytes a position. Here it
    does so for some at a time."""
    found = np.empty(len(at), values.dtype)
    for begin in range(0, len(at), CHUNK):
        found[begin : begin + CHUNK] = values[at[begin : begin + CHUNK]]
    return found


def narrow(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the smallest integer type that holds them; others unchanged."""
    if not len(values) or any((~np.isfinite(part) | (part != np.rint(part))).any() for part in _chunks(values)):
        return values
    kind = _kind(values.min(), values.max())
    return values.astype(kind) if kind else values


def _kind(low: float, high: float) -> str:
    """The smallest integer type that holds both; "" where none of four bytes does."""
    kinds = (k for k in ("int8", "int16", "int32") if np.iinfo(k).min <= low and high <= np.iinfo(k).max)
    return next(kinds, "")


def code_type(size: int) -> str:
    """The smallest integer type for codes below `size`."""
    if size <= 1 << 8:
        return "uint8"
    return "uint16" if size <= 1 << 16 else "int32"


def row_type(count: int) -> str:
    """The integer type for row numbers up to `count`."""
    return "int32" if count <= np.iinfo("int32").max else "int64"


def small_times(times: np.ndarray) -> np.ndarray:
    """Microseconds since 1970 as seconds in four bytes, where all are whole seconds that fit; else unchanged."""
    if not all(((part % SECOND == 0) & (part >= 0) & (part < SECOND << 32)).all() for part in _chunks(times)):
        return times
    found = np.empty(len(times), "uint32")
    np.floor_divide(times, SECOND, out=found, casting="unsafe")
    return found


def times_of(stored: np.ndarray) -> np.ndarray:
    """Such numbers as datetime64[us]."""
    if stored.dtype == np.uint32:
        return stored.astype("int64").view("datetime64[s]").astype("datetime64[us]")
    return np.asarray(stored.astype("datetime64[us]"))


def _holds(values: np.ndarray, scale: int) -> bool:
    """Whether all values are multiples of 1/scale, but for the rounding of their binary form."""
    multiples = values * scale
    rounding = 1e-13 * scale * np.maximum(1.0, np.abs(values))
    return bool((np.abs(np.rint(multiples) - multiples) <= rounding).all())


def _chunks(values: np.ndarray) -> Iterator[np.ndarray]:
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
