"""Geography: the published figures on the real data, a slow company beside, and names that are easily mistaken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from babel import localedata

from analytics import gazetteer as places
from analytics import store as stores
from analytics.engines.base import Engine
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotEnoughData, NotInData
from analytics.questions import geography
from analytics.questions.overview import ranked
from analytics.selection import Clause, Resolved, Selection
from tests.analytics import companies

Real = Callable[[str], Engine]


@pytest.fixture(scope="module")
def demo(store: Path) -> Engine:
    """The demonstration company, which has groups of regions."""
    return ColumnarEngine(stores.open(store, "demo"))


def engine_of(tables: companies.Tables) -> ColumnarEngine:
    return ColumnarEngine(stores.in_memory(tables))


def all_of(engine: Engine, *clauses: Clause, span: str = "all", compare: str = "none") -> Resolved:
    return engine.resolve(Selection(engine.name, span, compare, clauses=clauses))


def company(*rows: tuple[str, str, tuple[str, str, str], float], **more: list) -> companies.Tables:
    """A company of single-line orders: (order, day, (country, region, city), amount), and further columns."""
    lines = [
        {"order_id": o, "ordered_at": at, "product": "Lamp", "quantity": 1, "amount": amount, "customer": f"c{o}"}
        | dict(zip(("country", "region", "city"), place, strict=True))
        | {name: values[i] for name, values in more.items()}
        for i, (o, at, place, amount) in enumerate(rows)
    ]
    return companies.Tables(companies.frame(lines))


US_OR, US_ME, DE_BY = ("US", "OR", "Portland"), ("US", "ME", "Portland"), ("DE", "BY", "München")

# --- groups of regions ----------------------------------------------------------------------------------------------


def test_a_group_of_regions_is_the_sum_of_its_regions_and_a_filter(demo: Engine) -> None:
    groups = demo.profile.region_groups
    group_of = {region: name for name, regions in groups.items() for region in regions}
    regions = geography.revenue_by(demo, all_of(demo), {"by": "region"}, level="region").frame
    slow = regions.groupby(regions["region"].map(lambda r: group_of.get(r, r)))["revenue"].sum()
    found = geography.revenue_by(demo, all_of(demo), {"by": "region_group"}, level="region").frame
    assert found.set_index("region_group")["revenue"].to_dict() == pytest.approx(slow.to_dict())
    assert set(groups) < set(slow.index)
    west = all_of(demo, Clause("region_group", ("West",)))
    assert set(demo.aggregate(["region"], ["lines"], west)["region"]) <= set(groups["West"])


# --- report 1, Bytronix ---------------------------------------------------------------------------------------------

REVENUE_BY_CITY = {
    "US/CA/San Francisco": 8_254_743.55,
    "US/CA/Los Angeles": 5_448_304.28,
    "US/NY/New York City": 4_661_867.14,
    "US/MA/Boston": 3_658_627.65,
    "US/GA/Atlanta": 2_794_199.07,
    "US/TX/Dallas": 2_765_373.96,
    "US/WA/Seattle": 2_745_046.02,
    "US/OR/Portland": 1_870_010.56,
    "US/TX/Austin": 1_818_044.33,
    "US/ME/Portland": 449_321.38,
}
AOV_BY_NAME = {
    "Atlanta": 196.0429,
    "New York City": 195.4825,
    "Seattle": 194.4221,
    "Dallas": 194.1976,
    "Portland": 193.6003,
    "San Francisco": 192.4272,
    "Boston": 191.6315,
    "Austin": 191.1920,
    "Los Angeles": 191.1820,
}


def test_revenue_by_city_keeps_the_portlands_apart(real: Real) -> None:
    engine = real("bytronix")
    answer = geography.revenue_by(engine, all_of(engine), {}, level="city")
    assert list(answer.frame["place"]) == list(REVENUE_BY_CITY)
    assert answer.frame["revenue"].round(2).tolist() == list(REVENUE_BY_CITY.values())
    assert answer.notes == ("Same-named cities shown separately: Portland (2).",)


def test_by_its_name_portland_is_one(real: Real) -> None:
    engine = real("bytronix")
    frame = geography.revenue_by(engine, all_of(engine), {"by": "city"}, level="city").frame.set_index("city")
    assert len(frame) == 9
    assert frame.loc["Portland", "revenue"] == pytest.approx(2_319_331.94, abs=0.005)
    assert frame.loc["Portland", "aov"] == pytest.approx(193.6003, abs=5e-5)


def test_order_value_by_city(real: Real) -> None:
    engine = real("bytronix")
    answer = geography.aov_by(engine, all_of(engine), {"by": "city"}, level="city")
    frame = answer.frame
    assert dict(zip(frame["city"], frame["aov"].round(4), strict=True)) == AOV_BY_NAME
    assert list(frame["city"]) == list(AOV_BY_NAME)
    assert answer.more["average"]["average"].iloc[0] == pytest.approx(193.15, abs=0.005)
    by_path = geography.aov_by(engine, all_of(engine), {}, level="city").frame
    assert len(by_path) == 10
    assert by_path.set_index("place").loc["US/ME/Portland", "aov"] < 193.6003 < by_path["aov"].iloc[2]


def test_the_map_of_an_american_company_shows_its_states(real: Real) -> None:
    engine = real("bytronix")
    answer = geography.revenue_map(engine, all_of(engine), {})
    assert answer.more["map"].iloc[0].to_dict() == {"level": "region", "marks": "states", "scope": "usa"}
    assert list(answer.frame["shape"]) == [f"US-{s}" for s in ("CA", "NY", "TX", "MA", "GA", "WA", "OR", "ME")]
    assert answer.frame["revenue"].sum() == pytest.approx(34_465_537.94, abs=0.005)
    assert answer.notes == ()
    city = geography.revenue_map(engine, all_of(engine), {"level": "city"})
    assert city.notes == ("Bytronix has no coordinates: cities are not on the map.",)
    pd.testing.assert_frame_equal(city.frame, answer.frame)


# --- report 5, Classic Models; report 3, AtliQ -----------------------------------------------------------------------


def test_top_countries(real: Real) -> None:
    engine = real("classic_models")
    frame = ranked(engine, all_of(engine), {}, by="country").frame
    assert frame["country"].head(3).tolist() == ["USA", "Spain", "France"]
    assert frame["revenue"].head(3).round(2).tolist() == [3_627_982.83, 1_215_686.92, 1_110_916.52]


def test_every_country_of_classic_models_has_a_shape(real: Real) -> None:
    engine = real("classic_models")
    answer = geography.revenue_map(engine, all_of(engine), {})
    shapes = answer.frame.set_index("place")["shape"]
    assert (len(shapes), shapes["USA"], shapes["UK"], (shapes != "").all()) == (19, "US", "GB", True)
    assert answer.more["map"].iloc[0].to_dict() == {"level": "country", "marks": "countries", "scope": "world"}
    one = geography.revenue_map(engine, all_of(engine, Clause("country", ("USA",))), {})
    assert one.more["map"]["marks"].iloc[0] == "states"
    assert one.notes == ("1 of 1 place is not on the map (100.0% of revenue): NA (USA).",), "a territory is no state"


def test_sales_territories_are_said_to_hold_countries(real: Real) -> None:
    engine = real("classic_models")
    answer = geography.revenue_by(engine, all_of(engine), {}, level="region")
    assert answer.notes == ("Regions here are sales territories: 4 for 19 countries.",)
    named = geography.revenue_by(engine, all_of(engine), {"by": "region"}, level="region").frame
    assert sorted(named["region"]) == ["APAC", "EMEA", "Japan", "NA"]
    assert named["revenue"].sum() == pytest.approx(10_032_628.85, abs=0.005)


def test_a_company_in_one_other_country_stays_on_its_continent(real: Real) -> None:
    engine = real("atliq")
    answer = geography.revenue_map(engine, all_of(engine), {"level": "region"})
    assert answer.more["map"].iloc[0].to_dict() == {"level": "country", "marks": "countries", "scope": "asia"}
    assert answer.notes == ("AtliQ Hardware has no coordinates: regions outside the United States are not on the map.",)


# --- the map, made up ------------------------------------------------------------------------------------------------


def test_what_matches_no_shape_is_counted_and_named() -> None:
    engine = engine_of(
        company(
            ("1", "2020-01-01", US_OR, 50.0),
            ("2", "2020-01-02", ("Atlantis", "", ""), 30.0),
            ("3", "2020-01-03", DE_BY, 10.0),
            ("4", "2020-01-04", ("", "", ""), 10.0),
        )
    )
    answer = geography.revenue_map(engine, all_of(engine), {})
    assert list(answer.frame["place"]) == ["US", "Atlantis", "", "DE"]
    assert list(answer.frame["shape"]) == ["US", "", "", "DE"]
    assert answer.notes == ("2 of 4 places are not on the map (40.0% of revenue): Atlantis, (not given).",)


def test_coordinates_make_bubbles_and_bad_ones_are_left_out() -> None:
    rows = [(str(i), "2020-01-01", ("FR", "IDF", f"City {i}"), 10.0 * (i + 1)) for i in range(4)]
    engine = engine_of(company(*rows, latitude=[48.8, None, 91.0, 45.7], longitude=[2.3, None, 2.0, 4.8]))
    answer = geography.revenue_map(engine, all_of(engine), {})
    assert answer.more["map"].iloc[0].to_dict() == {"level": "city", "marks": "bubbles", "scope": "europe"}
    assert answer.frame["latitude"].isna().sum() == 1
    assert answer.notes[-1].startswith("2 of 4 places are not on the map (50.0% of revenue):")
    region = geography.revenue_map(engine, all_of(engine), {"level": "region"})
    assert region.frame["place"].tolist() == ["FR/IDF"]
    assert region.frame["latitude"].iloc[0] == pytest.approx(np.median([48.8, 91.0, 45.7]))


def test_states_without_a_country_are_found_by_their_codes() -> None:
    tables = company(("1", "2020-01-01", US_OR, 5.0), ("2", "2020-01-01", ("US", "Québec", "Laval"), 3.0))
    engine = engine_of(companies.Tables(tables.lines.drop(columns="country")))
    answer = geography.revenue_map(engine, all_of(engine), {})
    assert answer.frame[["place", "shape"]].to_numpy().tolist() == [["OR", "US-OR"], ["Québec", ""]]


def test_a_map_without_anything_to_draw_is_refused() -> None:
    tables = company(("1", "2020-01-01", US_OR, 5.0))
    engine = engine_of(companies.Tables(tables.lines.drop(columns=["country", "region"])))
    with pytest.raises(NotInData, match="needs countries, U\\.S\\. states or coordinates"):
        geography.revenue_map(engine, all_of(engine), {})


# --- rankings, order value, growth, ratings --------------------------------------------------------------------------


def test_the_nasty_company_against_plain_pandas() -> None:
    tables = companies.nasty()
    engine = engine_of(tables)
    lines = tables.lines
    path = lines["country"].str.replace("/", "~1") + "|" + lines["region"] + "|" + lines["city"]
    frame = geography.revenue_by(engine, all_of(engine), {}, level="city").frame
    assert len(frame) == path.nunique()
    assert sorted(frame["revenue"].round(6)) == sorted(lines.groupby(path)["amount"].sum().round(6))
    assert "" in set(frame["place"]), "what has no place is one row, as filters know it"
    sales = lines[lines["sale"]]
    aov = geography.aov_by(engine, all_of(engine), {"least": "1", "by": "region"}, level="region")
    for row in aov.frame.itertuples():
        mine, sold = lines[lines["region"] == row.region], sales[sales["region"] == row.region]
        assert row.orders == sold["order_id"].nunique()
        assert row.aov == pytest.approx(mine["amount"].sum() / sold["order_id"].nunique())
    average = lines["amount"].sum() / sales["order_id"].nunique()
    assert aov.more["average"]["average"].iloc[0] == pytest.approx(average)
    assert (aov.frame["difference"] - (aov.frame["aov"] - average)).abs().max() < 1e-9
    assert aov.notes == ("1 place with fewer than 1 order is left out.",), "Salem's region has only a refund"


def test_the_usual_least_keeps_half_of_the_places() -> None:
    sizes = {"A": 12, "B": 10, "C": 2, "D": 1}
    rows = [(f"{city}{i}", "2020-01-01", ("US", "OR", city), 5.0) for city, n in sizes.items() for i in range(n)]
    engine = engine_of(company(*rows))
    answer = geography.aov_by(engine, all_of(engine), {}, level="city")
    assert sorted(answer.frame["place"]) == ["US/OR/A", "US/OR/B"]
    assert answer.notes == ("2 places with fewer than 10 orders are left out.",)
    assert len(geography.aov_by(engine, all_of(engine), {"least": "1"}, level="city").frame) == 4


def test_growth_by_place_against_the_comparison() -> None:
    engine = engine_of(
        company(
            ("1", "2020-01-10", US_OR, 100.0),
            ("2", "2020-01-11", DE_BY, 50.0),
            ("3", "2020-02-10", US_OR, 150.0),
            ("4", "2020-02-11", US_ME, 20.0),
            ("5", "2020-02-29", DE_BY, -10.0),
        )
    )
    now = all_of(engine, span="2020-02-01..2020-03-01", compare="previous")
    assert now.base is None, "January is not whole in the data"
    with pytest.raises(NotEnoughData, match="no earlier time"):
        geography.place_growth(engine, now, {})
    answer = geography.place_growth(engine, all_of(engine, span="2020-02-10..2020-03-01", compare="previous"), {})
    frame = answer.frame.set_index("place")
    assert frame.index.tolist() == ["US/OR/Portland", "US/ME/Portland", "DE/BY/München"]
    assert frame["base_revenue"].tolist() == [0.0, 0.0, 0.0]
    assert frame["growth"].isna().all()
    assert answer.notes == ("2 places have no earlier sales to compare with, and no growth rate.",)


def test_growth_compares_paths_at_the_level_asked_for() -> None:
    days = pd.date_range("2019-12-01", "2020-02-29").strftime("%Y-%m-%d")
    rows = [(f"a{d}", d, US_OR if i % 2 else US_ME, 10.0 + i) for i, d in enumerate(days)]
    rows += [("g1", "2020-01-05", DE_BY, 200.0), ("g2", "2020-02-05", DE_BY, 150.0)]
    tables = company(*rows)
    engine = engine_of(tables)
    now = all_of(engine, span="2020-02-01..2020-03-01", compare="previous")
    assert str(now.base) == "2020-01-01..2020-02-01"
    lines = tables.lines
    month = lines["ordered_at"].dt.month
    slow = {c: [lines[(month == m) & (lines["country"] == c)]["amount"].sum() for m in (2, 1)] for c in ("US", "DE")}
    frame = geography.place_growth(engine, now, {"level": "country"}).frame.set_index("place")
    for country, (after, before) in slow.items():
        assert frame.loc[country].tolist() == pytest.approx([after, before, after - before, (after / before - 1) * 100])
    assert frame["gain"].is_monotonic_decreasing
    city = geography.place_growth(engine, now, {}).frame
    assert sorted(city["place"]) == ["DE/BY/München", "US/ME/Portland", "US/OR/Portland"]
    assert city["gain"].sum() == pytest.approx(frame["gain"].sum())


def test_high_sales_and_low_ratings_are_listed() -> None:
    cities = {"Big sad": (100.0, 2), "Big glad": (90.0, 5), "Small sad": (5.0, 1), "Small glad": (6.0, 5)}
    rows = [(f"{c}{i}", "2020-01-01", ("US", "OR", c), amount) for c, (amount, _) in cities.items() for i in range(3)]
    rows.append(("lone", "2020-01-01", ("US", "OR", "Lone"), 900.0))
    ratings = [r for _, r in cities.values() for _ in range(3)] + [1]
    engine = engine_of(company(*rows, rating=ratings))
    answer = geography.sales_and_rating_by_city(engine, all_of(engine), {"least": "2"})
    quadrants = {p.split("/")[-1]: q for p, q in zip(answer.frame["place"], answer.frame["quadrant"], strict=True)}
    assert quadrants == {
        "Big sad": "high sales, low rating",
        "Big glad": "high sales, high rating",
        "Small sad": "low sales, low rating",
        "Small glad": "low sales, high rating",
    }
    assert answer.notes[0] == "High sales, low rating: Big sad 2.00."
    assert answer.notes[1].startswith("1 place with fewer than 2 rated order lines is left out")
    assert answer.more["middle"]["rating"].iloc[0] == pytest.approx(np.mean(ratings)), "of every rated line"
    with pytest.raises(NotInData):
        geography.sales_and_rating_by_city(engine_of(company(rows[0])), all_of(engine), {})


def test_nothing_selected_gives_no_rows() -> None:
    engine = engine_of(companies.nasty())
    nothing = all_of(engine, Clause("product", ("no such thing",)))
    for question in (
        geography.revenue_map,
        lambda *a: geography.revenue_by(*a, level="city"),
        lambda *a: geography.aov_by(*a, level="region"),
        geography.sales_and_rating_by_city,
    ):
        assert question(engine, nothing, {}).empty
    late = all_of(engine, Clause("product", ("no such thing",)), span="2020-03-01..2020-03-06", compare="previous")
    assert geography.place_growth(engine, late, {}).empty


def test_one_row() -> None:
    engine = engine_of(companies.one_row())
    answer = geography.revenue_map(engine, all_of(engine), {})
    assert answer.frame.drop(columns="customers").iloc[0].tolist() == ["US/OR", 700.0, 1, 700.0, 100.0, "US-OR"]
    assert geography.aov_by(engine, all_of(engine), {}, level="city").frame["difference"].tolist() == [0.0]


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("USA", "US"),
        ("U.S.", "US"),
        ("the united states of america", "US"),
        ("Vereinigte Staaten", "US"),
        ("UK", "GB"),
        ("England", "GB"),
        ("GBR", "GB"),
        ("Côte d’Ivoire", "CI"),
        ("IVORY COAST", "CI"),
        ("Korea, Republic of", "KR"),
        ("日本", "JP"),
        ("Holland", "NL"),
        ("Bosnia and Herzegovina", "BA"),
        ("Trinidad & Tobago", "TT"),
        ("Georgia", "GE"),
        ("Hungary", "HU"),
        ("Atlantis", ""),
        ("Réunion", ""),
        ("EMEA", ""),
        ("", ""),
    ],
)
def test_a_country_by_any_name(name: str, shape: str) -> None:
    assert places.country_shape(name) == shape


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("OR", "US-OR"),
        ("oregon", "US-OR"),
        ("Washington, D.C.", "US-DC"),
        ("Washington", "US-WA"),
        ("NA", ""),
        ("", ""),
    ],
)
def test_a_state_by_name_or_postal_code(name: str, shape: str) -> None:
    assert places.state_shape(name) == shape


def test_every_code_of_the_table_finds_itself() -> None:
    for codes in places.ISO_CODES.values():
        words = codes.split()
        for two, three in zip(words[::2], words[1::2], strict=True):
            assert (places.country_shape(two), places.country_shape(three)) == (two, two)
            assert (len(two), len(three)) == (2, 3)


def test_english_names_of_countries_are_not_mistaken() -> None:
    from babel import Locale

    names = Locale.parse("en").territories
    assert [c for c in places.CONTINENTS if c in names and places.country_shape(names[c]) != c] == []


def test_a_continent_holds_all_or_none() -> None:
    assert places.continent_of(["DE", "FR"]) == "europe"
    assert places.continent_of(["DE", "US"]) == places.continent_of([]) == ""


def test_the_names_of_countries_keep_nothing_else_of_twenty_languages() -> None:
    kept = set(localedata._cache)  # type: ignore[attr-defined]
    places._countries.cache_clear()
    assert places.country_shape("Norge") == places.country_shape("Norwegen") == "NO"
    assert set(localedata._cache) == kept  # type: ignore[attr-defined]
