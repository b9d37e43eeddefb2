"""Write the outlines of countries and U.S. states that maps are drawn over: `python -m data.outlines [--out DIR]`.

They come from data files of two installed packages, found by path and never imported: Natural Earth's countries
(geo-intel-offline) and the Census Bureau's states (bokeh-sampledata), far finer than a card can show. Here they are
thinned to about a third of a pixel of the world map and written as GeoJSON, one file for each release of a package.
A file that exists is not written again.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import math
import re
import sqlite3
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from analytics.gazetteer import OTHER_LAND
from dashboard.bundles.whole_files import write_whole
from dashboard.web.outlines import FOLDER, file_of

Point = tuple[int, int]  # longitude and latitude in steps of the grid
Ring = list[Point]
Polygon = list[Ring]  # the outer ring first, then its holes
Shapes = dict[str, list[Polygon]]  # by id

# Natural Earth gives these no ISO code of two letters.
ISO_OF = {"France": "FR", "Norway": "NO", "Kosovo": "XK", "Taiwan": "TW"}
LEFT_OUT = {"AQ"}
_KEY = re.compile(r'"(\d+)"\s*:\s*')  # those of countries are numbers, those inside them are words


def write(out: Path = FOLDER) -> list[Path]:
    """Thin the outlines that `out` does not hold yet, which takes seconds; returns the paths written.

    A file appears only when it is complete."""
    written = []
    for name, (source, step, tolerance, smallest) in SOURCES.items():
        file = file_of(name, out)
        if file.is_file():
            continue
        write_whole(file, geojson(thinned(source(step), tolerance, smallest), step))
        written.append(file)
    return written


def geojson(shapes: Shapes, step: float) -> bytes:
    """Features by id. d3 takes the land to lie on a ring's right: outer rings go clockwise and holes the other way, or
    they fill the globe."""
    digits = max(0, math.ceil(-math.log10(step)))

    def degrees(ring: Ring) -> list[list[float]]:
        return [[round(x * step, digits), round(y * step, digits)] for x, y in ring]

    def geometry(polygons: list[Polygon]) -> dict[str, object]:
        coordinates = [[degrees(wound(r, clockwise=i == 0)) for i, r in enumerate(polygon)] for polygon in polygons]
        return {"type": "MultiPolygon", "coordinates": coordinates}

    features = [
        {"type": "Feature", "id": name, "properties": {}, "geometry": geometry(polygons)}
        for name, polygons in sorted(shapes.items())
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def area(ring: Ring) -> float:
    """Signed area in squared steps; negative for a clockwise ring."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) / 2


def wound(ring: Ring, *, clockwise: bool) -> Ring:
    return ring if (area(ring) < 0) == clockwise else ring[::-1]


# --- thinning
def thinned(shapes: Shapes, tolerance: float, smallest: float) -> Shapes:
    """The same shapes with fewer points: no line moved by more than `tolerance` steps. Polygons and holes smaller than
    `smallest` squared steps are dropped, but every shape keeps its largest polygon."""
    return {
        name: [[_thin(ring, tolerance) for ring in polygon] for polygon in _large(polygons, smallest)]
        for name, polygons in shapes.items()
    }


def _large(polygons: list[Polygon], smallest: float) -> list[Polygon]:
    ordered = sorted(polygons, key=lambda p: -abs(area(p[0])))
    kept = ordered[:1] + [p for p in ordered[1:] if abs(area(p[0])) >= smallest]
    return [[p[0], *(hole for hole in p[1:] if abs(area(hole)) >= smallest)] for p in kept]


def _thin(ring: Ring, tolerance: float) -> Ring:
    """The ring cut at two far points and both halves thinned; as it was where too little would be left of it."""
    points = ring[:-1]
    start = points.index(min(points))
    turned = points[start:] + points[: start + 1]
    far = max(range(len(points)), key=lambda i: _squared(turned[i], turned[0]))
    result = _line(turned[: far + 1], tolerance) + _line(turned[far:], tolerance)[1:]
    return result if len(result) > 3 else ring


def _squared(a: Point, b: Point) -> int:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _line(line: Ring, tolerance: float) -> Ring:
    """Douglas and Peucker 1973: keep the point farthest from the chord while it is farther than the tolerance."""
    if len(line) < 3:
        return line
    points = np.array(line, dtype="float64")
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    open_parts = [(0, len(line) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        if last - first < 2:
            continue
        chord = points[last] - points[first]
        away = points[first + 1 : last] - points[first]
        length = float(np.hypot(*chord))
        across = np.abs(away[:, 0] * chord[1] - away[:, 1] * chord[0])
        distance = across / length if length else np.hypot(away[:, 0], away[:, 1])
        farthest = int(distance.argmax())
        if distance[farthest] > tolerance:
            middle = first + 1 + farthest
            keep[middle] = True
            open_parts += [(first, middle), (middle, last)]
    return [p for p, kept in zip(line, keep, strict=True) if kept]


def snapped(longitudes: np.ndarray, latitudes: np.ndarray, step: float) -> Ring:
    """A closed ring on the grid without repeated points; a ring smaller than the grid becomes a small square."""
    grid = np.rint(np.column_stack([longitudes, latitudes]) / step).astype(int)
    grid = grid[np.r_[True, (np.diff(grid, axis=0) != 0).any(axis=1)]]
    ring: Ring = list(map(tuple, grid.tolist()))
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    if len(ring) < 4:
        x, y = ring[0]
        ring = [(x, y), (x, y + 1), (x + 1, y + 1), (x + 1, y), (x, y)]
    return ring


# --- sources
def _file(package: str, *path: str) -> Path:
    """A data file of an installed package, which is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed; requirements.txt names it")
    return Path(spec.origin).parent.joinpath(*path)


def countries(step: float) -> Shapes:
    """Countries by ISO code of two letters; land that has none under one id."""
    names = json.loads(_unpacked("metadata.json.gz"))
    found: Shapes = defaultdict(list)
    for key, country in _entries(_unpacked("polygons.json.gz")):
        code = ISO_OF.get(names[key]["name"], names[key]["iso2"])
        if code in LEFT_OUT:
            continue
        polygons = [[_swapped(ring, step)] for ring in country.get("exteriors") or [country["exterior"]]]
        for hole in (_swapped(ring, step) for ring in country["holes"]):
            _around(hole, polygons).append(hole)
        found[code if len(code) == 2 else OTHER_LAND] += polygons
    return dict(found)


def _unpacked(file: str) -> str:
    return gzip.decompress(_file("geo_intel_offline", "data", file).read_bytes()).decode()


def _entries(text: str) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """Keys and values of the object, one at a time: as Python objects the whole takes a hundred megabytes."""
    keys = list(_KEY.finditer(text))
    ends = [*(key.start() for key in keys[1:]), text.rindex("}")]
    for key, end in zip(keys, ends, strict=True):
        yield key[1], orjson.loads(text[key.end() : end].rstrip(", \r\n\t"))


def _swapped(ring: list[list[float]], step: float) -> Ring:
    points = np.array(ring)
    return snapped(points[:, 1], points[:, 0], step)


def _around(hole: Ring, polygons: list[Polygon]) -> Polygon:
    """The smallest polygon that holds the hole; the largest of all where none does."""
    holding = [p for p in polygons if _within(hole[0], p[0])]
    return min(holding, key=lambda p: abs(area(p[0]))) if holding else max(polygons, key=lambda p: abs(area(p[0])))


def _within(point: Point, ring: Ring) -> bool:
    """Whether a ray to the right of the point crosses the ring an odd number of times."""
    x, y = point
    edges = [(a, b) for a, b in pairwise(ring) if (a[1] > y) != (b[1] > y)]
    return sum(x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] for a, b in edges) % 2 == 1


def us_states(step: float) -> Shapes:
    """U.S. states and the District of Columbia by "US-" and their postal code."""
    file = _file("bokeh_sampledata", "_data", "geographic_boundaries.db")
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        rows = connection.execute("SELECT id, geometry FROM us_states").fetchall()
    return {
        f"US-{code}": [[snapped(ring[:, 0], ring[:, 1], step) for ring in polygon] for polygon in polygons(blob)]
        for code, blob in rows
    }


def polygons(blob: bytes) -> list[list[np.ndarray]]:
    """Rings of a polygon or multipolygon in well-known binary (OGC 06-103r4, section 8), longitude and latitude."""
    return _polygons(blob, 0)[0]


def _polygons(blob: bytes, at: int) -> tuple[list[list[np.ndarray]], int]:
    order = "<" if blob[at] else ">"
    kind, count = struct.unpack_from(f"{order}II", blob, at + 1)
    at += 9
    if kind == 3:
        rings = []
        for _ in range(count):
            (size,) = struct.unpack_from(f"{order}I", blob, at)
            rings.append(np.frombuffer(blob, f"{order}f8", size * 2, at + 4).reshape(-1, 2))
            at += 4 + size * 16
        return [rings], at
    if kind != 6:
        raise ValueError(f"a polygon or multipolygon was expected, geometry type {kind} came")
    found: list[list[np.ndarray]] = []
    for _ in range(count):
        part, at = _polygons(blob, at)
        found += part
    return found, at


# name → reader, grid in degrees, how far a line may move and the smallest island, in steps of the grid
SOURCES: dict[str, tuple[Callable[[float], Shapes], float, float, float]] = {
    "countries": (countries, 0.05, 2.0, 40.0),
    "us-states": (us_states, 0.01, 2.0, 30.0),
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m data.outlines", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help=f"folder to write to (default: {FOLDER.name})")
    for file in write(parser.parse_args().out):
        print(f"{file}: {file.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
