"""Outlines from our own address: complete, wound the right way round, light, and kept; and the map drawn over them."""

from __future__ import annotations

import gzip
import json
import struct
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics import store
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import StoreError
from analytics.gazetteer import CONTINENTS, OTHER_LAND, STATES
from analytics.questions import geography
from analytics.selection import Clause, Selection
from dashboard.context import Context
from dashboard.figures.base import DIM
from dashboard.figures.marks.map import SHAPES, address, release, revenue_map
from dashboard.text.formats import formats
from dashboard.web import outlines as shapes
from dashboard.web import server as manners
from data import outlines as script
from tests.analytics import companies

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shapes") / "new"
    script.write(made)
    return made


@pytest.fixture(scope="module")
def client(folder: Path) -> FlaskClient:
    server = Flask("tested")
    shapes.install(server, folder)
    return server.test_client()


@pytest.fixture(scope="module")
def features(client: FlaskClient) -> Any:
    """`features("countries")`: polygons by id."""

    @cache
    def read(name: str) -> dict[str, list[list[list[list[float]]]]]:
        found = client.get(address(name)).get_json()["features"]
        assert {f["geometry"]["type"] for f in found} == {"MultiPolygon"}
        return {f["id"]: f["geometry"]["coordinates"] for f in found}

    return read


def signed(ring: list[list[float]]) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) / 2


def test_every_name_of_a_place_has_its_shape(features: Any) -> None:
    assert set(features("countries")) == {*CONTINENTS, OTHER_LAND}
    assert set(features("us-states")) == set(STATES)
    assert len(STATES) == 51


@pytest.mark.parametrize("name", SHAPES)
def test_no_ring_fills_the_globe(features: Any, name: str) -> None:
    for place, polygons in features(name).items():
        for outer, *holes in polygons:
            assert signed(outer) < 0, f"{place}: the outer ring goes clockwise"
            assert all(signed(hole) > 0 for hole in holes), f"{place}: holes go the other way"
            for ring in (outer, *holes):
                assert ring[0] == ring[-1], place
                assert len(ring) >= 4, place
                points = np.array(ring)
                assert np.abs(points[:, 0]).max() <= 180.05, place
                assert np.abs(points[:, 1]).max() <= 90, place


def test_places_lie_where_they_lie(features: Any) -> None:
    world, states = features("countries"), features("us-states")
    cities = {"HU": (19.04, 47.5), "SG": (103.82, 1.35), "ZA": (28.05, -26.2), "LS": (28.2, -29.6), "TW": (121.0, 23.8)}
    cities |= {"FR": (2.35, 48.86), "NO": (10.0, 60.5), "US-CA": (-121.5, 38.6), "US-OR": (-122.68, 45.52)}
    for shape, (x, y) in cities.items():
        polygons = states if shape.startswith("US-") else world
        assert any(inside(x, y, p) for p in polygons[shape]), shape
    assert not any(inside(28.2, -29.6, p) for p in world["ZA"]), "Lesotho is a hole in South Africa"
    assert not any(inside(28.05, -26.2, p) for p in world["LS"])


def inside(x: float, y: float, polygon: list[list[list[float]]]) -> bool:
    """Even-odd over all rings, so that a hole is outside."""
    crossed = 0
    for ring in polygon:
        for (x0, y0), (x1, y1) in pairwise(ring):
            crossed += (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
    return crossed % 2 == 1


@pytest.mark.parametrize(("name", "most"), [("countries", 130_000), ("us-states", 25_000)])
def test_they_are_light_and_may_be_kept_for_good(client: FlaskClient, name: str, most: int) -> None:
    packed = client.get(address(name), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < most
    assert json.loads(gzip.decompress(packed.data)) == client.get(address(name)).get_json()
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.mimetype == "application/geo+json"
    again = client.get(address(name), headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"/shapes/{name}.json").headers["Cache-Control"] == "no-cache"
    assert client.get(f"/shapes/{name}.json?v=0").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["atlantis", "..%2f..%2fpyproject", "countries.json"])
def test_other_names_are_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/shapes/{name}.json").status_code == 404


def test_thinning_is_done_once_a_release(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(f.name for f in folder.iterdir()) == sorted(f"{name}-{release(name)}.json" for name in SHAPES)
    monkeypatch.setattr(script, "thinned", lambda *_: pytest.fail("thinned again"))
    assert script.write(folder) == []


def test_outlines_that_were_not_made_name_the_command_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"python -m data\.outlines"):
        shapes.outlines("countries", tmp_path)
    server = Flask("tested")
    manners.install_errors(server)
    shapes.install(server, tmp_path)
    assert server.test_client().get(address("countries")).status_code == 503


def test_thinning_moves_no_line_farther_than_the_tolerance() -> None:
    rng = np.random.default_rng(7)
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    radius = 1000 + rng.normal(0, 12, 400)
    ring = script.snapped(radius * np.cos(angle), radius * np.sin(angle), 1.0)
    thin = script.thinned({"X": [[ring]]}, 15.0, 0.0)["X"][0][0]
    assert 4 <= len(thin) < len(ring) / 2
    assert thin[0] == thin[-1]
    corners = np.array(thin, dtype=float)
    for point in np.array(ring, dtype=float):
        a, b = corners[:-1], corners[1:]
        along = (((point - a) * (b - a)).sum(1) / ((b - a) ** 2).sum(1)).clip(0, 1)
        assert np.hypot(*(a + along[:, None] * (b - a) - point).T).min() <= 15.0 + 1e-9


def test_small_islands_go_but_no_country_does() -> None:
    square = lambda x, size: [(x, 0), (x, size), (x + size, size), (x + size, 0), (x, 0)]  # noqa: E731
    large, small = square(0, 10), square(50, 2)
    assert script.thinned({"X": [[large], [small]]}, 0.5, 40)["X"] == [[large]]
    assert script.thinned({"X": [[small]]}, 0.5, 40)["X"] == [[small]]
    assert script.snapped(np.array([7.421, 7.422]), np.array([43.73, 43.731]), 0.05)[0] == (148, 875)
    assert len(script.snapped(np.array([7.421, 7.422]), np.array([43.73, 43.731]), 0.05)) == 5


def test_well_known_binary_in_either_byte_order() -> None:
    points = [(1.0, 2.0), (3.0, 4.0), (5.0, 0.0), (1.0, 2.0)]

    def polygon(order: str) -> bytes:
        head = struct.pack(f"{order}BIII", order == "<", 3, 1, len(points))
        return head + b"".join(struct.pack(f"{order}dd", *p) for p in points)

    for order in "<>":
        both = struct.pack(f"{order}BII", order == "<", 6, 2) + polygon("<") + polygon(">")
        assert [[r.tolist() for r in p] for p in script.polygons(both)] == [[[list(p) for p in points]]] * 2
    with pytest.raises(ValueError, match="geometry type 1"):
        script.polygons(struct.pack("<BIIdd", 1, 1, 0, 0, 0))


# --- the map over them


def picture(rows: list[tuple[str, str, float]], *clauses: Clause, **columns: list[float]) -> dict[str, Any]:
    """The map of a company of (country, region, amount) orders."""
    lines = [
        {"order_id": f"{i}", "ordered_at": "2020-01-01", "product": "Lamp", "quantity": 1, "amount": amount}
        | {"country": country, "region": region, "customer": "Ana"}
        | {name: values[i] for name, values in columns.items()}
        for i, (country, region, amount) in enumerate(rows)
    ]
    engine = ColumnarEngine(store.in_memory(companies.Tables(companies.frame(lines))))
    now = engine.resolve(Selection("toy", clauses=clauses))
    options = {"metric": "revenue", "level": "country"}
    answer = geography.revenue_map(engine, now.without("place"), options)
    return revenue_map(answer, Context("Map", now, options, formats("USD", "en_US"), engine.schema, ("place",)))


def test_countries_are_coloured_over_all_land_and_can_be_clicked() -> None:
    land, marks = picture([("USA", "OR", 9.0), ("Spain", "", 4.0), ("Nowhere", "", 1.0)])["data"]
    assert land["geojson"] == marks["geojson"] == address("countries")
    assert land["hoverinfo"] == "skip"
    assert "customdata" not in land
    assert set(marks["locations"]) == {"US", "ES"} < set(land["locations"])
    assert marks["customdata"] == [["USA"], ["Spain"]]
    assert marks["zmin"] < min(marks["z"]), "the lowest is not the colour of bare land"
    assert "64.29% of the total" in marks["hovertext"][0]


def test_what_is_not_selected_is_dimmed() -> None:
    rows = [("USA", "OR", 9.0), ("Spain", "", 4.0), ("France", "", 1.0)]
    _, bright, dim = picture(rows, Clause("place", ("Spain",)))["data"]
    assert (bright["locations"], bright["marker"]["opacity"]) == (["ES"], 1.0)
    assert (dim["locations"], dim["marker"]["opacity"], dim["showscale"]) == (["US", "FR"], DIM, False)
    assert (bright["zmin"], bright["zmax"]) == (dim["zmin"], dim["zmax"]), "one scale for both"


def test_two_spellings_of_a_country_are_one_shape_that_cannot_be_clicked() -> None:
    marks = picture([("USA", "", 9.0), ("United States", "", 5.0), ("Spain", "", 4.0)])["data"][1]
    assert marks["locations"] == ["US", "ES"]
    assert marks["z"] == [14.0, 4.0]
    assert marks["customdata"] == [None, ["Spain"]]


def test_one_place_far_ahead_makes_the_colours_logarithmic() -> None:
    rows = [("USA", "", 90_000.0), ("Spain", "", 400.0), ("France", "", 100.0), ("Italy", "", 90.0)]
    marks = picture(rows)["data"][1]
    assert marks["z"] == pytest.approx(np.log10([90_000, 400, 100, 90]).tolist())
    assert "$10,000" in marks["colorbar"]["ticktext"] or "$10K" in marks["colorbar"]["ticktext"]


def test_bubbles_have_areas_as_their_metric_and_a_window_around_them() -> None:
    rows = [("France", "A", 400.0), ("France", "B", 100.0), ("France", "C", -5.0)]
    drawn = picture(rows, latitude=[48.9, 43.3, 45.8], longitude=[2.4, 5.4, 4.8])
    _, bubbles = drawn["data"]
    assert bubbles["marker"]["size"][0] == pytest.approx(2 * bubbles["marker"]["size"][1])
    assert bubbles["customdata"] == [["France/A"], ["France/B"], ["France/C"]]
    for axis, values in (("lonaxis", bubbles["lon"]), ("lataxis", bubbles["lat"])):
        low, high = drawn["layout"]["geo"][axis]["range"]
        assert low < min(values)
        assert max(values) < high


def test_a_map_of_nothing_that_has_a_shape_is_land() -> None:
    drawn = picture([("Nowhere", "", 1.0), ("Elsewhere", "", 2.0)])
    assert [t["type"] for t in drawn["data"]] == ["choropleth"]
