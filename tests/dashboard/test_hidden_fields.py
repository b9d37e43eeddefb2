"""Fields that are hidden from a viewer: everything is as for a company that never had them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from analytics import store as stores
from analytics.selection import Clause, Selection
from dashboard.answers.service import Service
from dashboard.answers.viewers import ANONYMOUS, EVERYTHING, Viewer
from dashboard.pages import CHARTS
from tests.analytics import companies
from tests.dashboard.conftest import NoCache, routes
from tests.dashboard.test_viewers import QUERY, SECRET, shop

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

LINES = f"/lines.csv?{QUERY}"
EVERY_CHART = [f"/data/{c}.csv?{QUERY}" for c in CHARTS]
NAMES_OF_CUSTOMERS = [f"/data/{c}.csv?{QUERY}" for c in CHARTS if "customer" in CHARTS[c].columns]
HIDDEN = [(("cost", "payment_method", "city", "customer"), EVERY_CHART), (("customer_name",), NAMES_OF_CUSTOMERS)]


def bare(*fields: str) -> companies.Tables:
    """The shop without these fields."""
    whole = shop(hidden=False)
    return replace(whole, lines=whole.lines.drop(columns=list(fields)))


@pytest.mark.long
@pytest.mark.parametrize(("fields", "addresses"), HIDDEN, ids=["many fields", "names of customers"])
def test_hidden_fields_are_as_if_they_had_never_been_loaded(
    tmp_path: Path, fields: tuple[str, ...], addresses: list[str]
) -> None:
    stores.write(tmp_path / "whole", shop(hidden=False))
    stores.write(tmp_path / "bare", bare(*fields))
    viewer = Viewer("limited", EVERYTHING, hidden=frozenset(fields))
    inside = routes(Service(tmp_path / "whole", NoCache()), viewer).test_client()
    alone = routes(Service(tmp_path / "bare", NoCache()), ANONYMOUS).test_client()
    assert addresses
    for address in (*addresses, LINES):
        told, expected = inside.get(address), alone.get(address)
        assert told.status_code == expected.status_code, (address, told.get_data(as_text=True))
        assert told.get_data(as_text=True) == expected.get_data(as_text=True), address
    assert inside.get("/quality/shop.json").status_code == 404, "the report of the loading names all columns"


def test_a_hidden_field_can_neither_be_shown_nor_filtered_nor_found(tmp_path: Path) -> None:
    stores.write(tmp_path, shop(hidden=False))
    service = Service(tmp_path, NoCache())
    web = routes(service, Viewer("limited", EVERYTHING, hidden=frozenset({"city", "cost"}))).test_client()
    assert web.get(f"/data/kpis.csv?{QUERY}&city=Town+1").status_code == 400
    assert "cost" not in web.get("/lines.csv?data=shop").get_data(as_text=True).splitlines()[0].split(",")
    everybody = routes(service, ANONYMOUS).test_client()
    assert "cost" in everybody.get("/lines.csv?data=shop").get_data(as_text=True).splitlines()[0].split(",")


def test_a_workbook_without_cost_has_no_sheet_and_no_column_of_profit_or_margin(tmp_path: Path) -> None:
    stores.write(tmp_path, shop(hidden=False))
    service = Service(tmp_path, NoCache())
    named: dict[bool, str] = {}
    for hidden in (False, True):
        viewer = Viewer("x", EVERYTHING, hidden=frozenset({"cost"} if hidden else ()))
        body = routes(service, viewer).test_client().get(f"/export/page-overview.xlsx?{QUERY}").get_data()
        book = load_workbook(io.BytesIO(body))
        heads = [cell for sheet in book.worksheets for cell in next(sheet.iter_rows(values_only=True), ())]
        about = [row[0] for row in book["About"].iter_rows(values_only=True)]
        cells = [row[0] for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
        named[hidden] = " ".join(map(str, [*book.sheetnames, *heads, *about, *cells])).lower()
    assert re.search("profit|margin", named[False]), "whoever may see cost is told of profit"
    assert not re.search("profit|margin", named[True])


def test_answers_of_viewers_with_other_hidden_fields_are_kept_apart(tmp_path: Path) -> None:
    stores.write(tmp_path, shop(hidden=False))
    cache = NoCache()
    service = Service(tmp_path, cache)
    for hidden in (frozenset(), frozenset({"cost"}), frozenset({"city"}), frozenset({"cost", "city"})):
        routes(service, Viewer("x", EVERYTHING, hidden=hidden)).test_client().get(f"/data/monthly.csv?{QUERY}")
        routes(service, Viewer("x", EVERYTHING, hidden=hidden)).test_client().get(f"/data/kpis.csv?{QUERY}")
    assert len(set(cache.keys)) == len(cache.keys)


def test_rows_and_fields_may_both_be_limited(tmp_path: Path) -> None:
    stores.write(tmp_path / "whole", shop(hidden=True))
    stores.write(tmp_path / "bare", bare("cost", "city"))
    both = Viewer("both", (Clause("channel", ("web",)),), hidden=frozenset({"cost", "city"}))
    inside = routes(Service(tmp_path / "whole", NoCache()), both).test_client()
    alone = routes(Service(tmp_path / "bare", NoCache()), ANONYMOUS).test_client()
    for chart in ("kpis", "top_products", "top_places", "insights_overview"):
        address = f"/data/{chart}.csv?{QUERY}"
        assert inside.get(address).get_data(as_text=True) == alone.get(address).get_data(as_text=True), chart


@pytest.mark.sampled(3)
@pytest.mark.parametrize("fields", [("region",), ("country", "city"), ("country", "region", "city")])
def test_places_are_made_of_the_parts_that_are_not_hidden(tmp_path: Path, fields: tuple[str, ...]) -> None:
    def write(folder: Path, hidden: tuple[str, ...]) -> Service:
        tables = bare(*hidden)
        lines = tables.lines.assign(rating=4.0)
        named = np.where(np.arange(len(lines)) % 7 == 0, "", "OR/West")
        for name in {"country", "region", "city"} & set(lines):
            lines[name] = pd.Series(named if name == "region" else lines[name], index=lines.index, dtype=object)
        stores.write(folder, replace(tables, lines=lines))
        return Service(folder, NoCache())

    inside = write(tmp_path / "whole", ()).for_viewer(Viewer("x", EVERYTHING, hidden=frozenset(fields)))
    alone = write(tmp_path / "bare", fields).for_viewer(ANONYMOUS)
    if len(fields) == 3:
        assert "place" not in inside.engine("shop").schema
        return
    now = inside.engine("shop").resolve(Selection(range="all"))
    for ask in (
        lambda engine: engine.values("place", "", now, 50)[0],
        lambda engine: engine.aggregate(["place"], ["revenue", "orders"], now),
        lambda engine: engine.aggregate(["place", "product"], ["units"], now.without("place")),
    ):
        pd.testing.assert_frame_equal(ask(inside.engine("shop")), ask(alone.engine("shop")))
    some = inside.engine("shop").aggregate(["place"], ["revenue"], now)["place"].iloc[-1]
    query = urlencode({"data": "shop", "range": "all", "place": some})
    for chart in ("kpis", "revenue_map", "top_places", "sales_and_rating_by_city"):
        told = [
            routes(s._service, s.viewer).test_client().get(f"/data/{chart}.csv?{query}").get_data(as_text=True)
            for s in (inside, alone)
        ]
        assert told[0] == told[1], chart


def test_the_view_that_opens_first_and_the_version_name_nothing_hidden(tmp_path: Path) -> None:
    tables = shop(hidden=False)
    profile = replace(tables.profile, default_view="range=all&channel=web&region=OR")
    stores.write(tmp_path, replace(tables, profile=profile))
    service = Service(tmp_path, NoCache())
    limited = service.for_viewer(Viewer("x", EVERYTHING, hidden=frozenset({"region", "cost"})))
    assert "region" not in limited.default_view("shop")
    assert "channel=web" in limited.default_view("shop")
    assert not {"region", "cost"} & set(re.split(r"\W", limited.engine("shop").version))
    other = service.for_viewer(Viewer("y", EVERYTHING, hidden=frozenset({"region"})))
    assert len({s.engine("shop").version for s in (limited, other, service.for_viewer(ANONYMOUS))}) == 3


def test_the_view_that_opens_first_names_no_value_of_hidden_rows(tmp_path: Path) -> None:
    tables = shop(hidden=True)
    view = f"range=all&channel={SECRET}+shops&country=US"
    stores.write(tmp_path, replace(tables, profile=replace(tables.profile, default_view=view)))
    service = Service(tmp_path, NoCache())
    limited = service.for_viewer(Viewer("x", (Clause("channel", ("web",)),)))
    assert SECRET not in limited.default_view("shop")
    assert "country=US" in limited.default_view("shop")
    assert SECRET in service.for_viewer(ANONYMOUS).default_view("shop")


def test_alerts_on_hidden_fields_are_not_there_and_the_others_are(tmp_path: Path) -> None:
    tables = shop(hidden=False)
    rules = [
        {"name": name, "metric": metric, "grain": "month", "when": "change", "falls_by": 20.0}
        for name, metric in (("Margins fall", "margin"), ("Revenue falls", "revenue"))
    ]
    stores.write(tmp_path, replace(tables, profile=replace(tables.profile, alerts=tuple(rules))))
    service = Service(tmp_path, NoCache())
    web = routes(service, Viewer("x", EVERYTHING, hidden=frozenset({"cost"}))).test_client()
    told = web.get(f"/data/alerts.csv?{QUERY}").get_data(as_text=True)
    assert "Margins fall" not in told
    assert "Revenue falls" in told
    everybody = routes(service, ANONYMOUS).test_client().get(f"/data/alerts.csv?{QUERY}").get_data(as_text=True)
    assert "Margins fall" in everybody


def test_a_data_set_that_is_not_for_a_viewer_does_not_exist(tmp_path: Path) -> None:
    stores.write(tmp_path, shop(hidden=False))
    other = companies.bare()
    stores.write(tmp_path, replace(other, profile=replace(other.profile, name="other", title="Other")))
    service = Service(tmp_path, NoCache())
    one = Viewer("one", EVERYTHING, datasets=frozenset({"shop"}))
    assert [d.name for d in service.for_viewer(one).datasets()] == ["shop"]
    assert "other" not in service.for_viewer(one).versions()
    answer = routes(service, one).test_client().get("/data/kpis.csv?data=other")
    assert answer.status_code == 400
    assert "Known: shop." in answer.get_json()["error"]
    nobody = Viewer("nobody", EVERYTHING, datasets=frozenset())
    assert service.for_viewer(nobody).datasets() == []


def test_what_all_data_need_cannot_be_hidden(tmp_path: Path) -> None:
    stores.write(tmp_path, shop(hidden=False))
    with pytest.raises(ValueError, match="amount cannot be hidden"):
        stores.open(tmp_path, "shop").without(["amount"])
