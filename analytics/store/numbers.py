"""Numbers as small integers: exact sums, fewer bytes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SCALES = (1, 10, 100, 1_000, 10_000)
LARGEST_SUM = 2**53  # up to here float64 holds every integer exactly, so sums do not depend on their order
PROBES = 5_000  # values a scale is tested on before it is tested on all
CHUNK = 1 << 20  # values processed at a time, to avoid a second array of full size


def scaled(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Values as multiples of 1/scale, and the smallest scale that holds them all; NaN stays NaN.

    [9.5, 0.25] gives [950, 25] and 100. Values that no scale up to 10,000 holds, or whose sum may exceed LARGEST_SUM,
    come back unchanged with the scale 0."""
    blank = np.isnan(values)
    known = values[~blank] if blank.any() else values
    probe = known[:: max(1, len(known) // PROBES)]
    for scale in SCALES:
        if _holds(probe, scale) and all(_holds(part, scale) for part in _chunks(known)):
            stored = values * scale
            np.rint(stored, out=stored)
            stored += 0.0  # turns −0 into 0
            total = sum(float(np.nansum(np.abs(part))) for part in _chunks(stored))
            return (stored, scale) if total < LARGEST_SUM else (values, 0)
    return values, 0


def narrow(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the smallest integer type that holds them; others unchanged."""
    if not len(values) or any((~np.isfinite(part) | (part != np.rint(part))).any() for part in _chunks(values)):
        return values
    low, high = values.min(), values.max()
    for kind in ("int8", "int16", "int32"):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values


def code_type(size: int) -> str:
    """The smallest integer type for codes below `size`."""
    if size <= 1 << 8:
        return "uint8"
    return "uint16" if size <= 1 << 16 else "int32"


def _holds(values: np.ndarray, scale: int) -> bool:
    """Whether all values are multiples of 1/scale, but for the rounding of their binary form."""
    multiples = values * scale
    rounding = 1e-13 * scale * np.maximum(1.0, np.abs(values))
    return bool((np.abs(np.rint(multiples) - multiples) <= rounding).all())


def _chunks(values: np.ndarray) -> Iterator[np.ndarray]:
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
