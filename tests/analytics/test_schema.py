"""Canonical fields: one place defines each, everything else derives from it or is held against it here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import language
from analytics.loading.guessing.synonyms import SYNONYMS
from analytics.schema import (
    EXTRA_TABLES,
    FIELDS,
    FILTERS,
    GROUPS,
    HIERARCHIES,
    NO_FILTER,
    VALUE_LABELS,
    Field,
    PlaceNames,
    Schema,
    place_label,
    place_parts,
    place_path,
    value_label,
)

BY_RULE = {"region_group"}  # given by rules of a TOML, never by a column of its own


def test_every_field_of_a_source_has_synonyms() -> None:
    assert set(SYNONYMS) == {f.name for f in FIELDS.values() if not f.derived} - BY_RULE


def test_a_field_is_kept_under_its_name_with_a_label() -> None:
    for name, field in FIELDS.items():
        assert field.name == name
        assert field.label[0].isupper()
        assert field.plural == field.plural.lower()
        assert name not in EXTRA_TABLES


def test_hierarchies_and_labels_are_of_dimensions() -> None:
    for name in (*VALUE_LABELS, *HIERARCHIES, *(level for levels in HIERARCHIES.values() for level in levels)):
        assert FIELDS[name].dimension
    assert all(len({FIELDS[level].level for level in levels}) == 1 for levels in HIERARCHIES.values())


def test_a_new_dimension_is_a_filter_after_the_ranked_ones_and_no_group() -> None:
    field = Field("store", "category", "order", "Store")
    assert (field.plural, field.dimension) == ("stores", True)
    assert all(FIELDS[n].filter_rank <= field.filter_rank for n in FILTERS)
    assert field.group_rank == 0
    assert all(FIELDS[n].dimension for n in (*FILTERS, *GROUPS))


def test_dimensions_without_a_filter_are_ids_and_what_is_filtered_by_its_parts() -> None:
    without = {f.name for f in FIELDS.values() if f.dimension and f.filter_rank == NO_FILTER}
    assert without == {
        "order_id",
        "customer",
        "currency",
        "place",
        "posted_day",
        "product_name",
        "customer_name",
    }


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_place_path_can_be_taken_apart_again(names: list[str]) -> None:
    assert place_parts(place_path(names)) == tuple(names)


@pytest.mark.parametrize(
    ("names", "path", "label"),
    [
        (("US", "OR", "Portland"), "US/OR/Portland", "Portland (OR)"),
        (("US", "O/R", "Port~land"), "US/O~1R/Port~0land", "Port~land (O/R)"),
        (("US", "", "Portland"), "US//Portland", "Portland (US)"),
        (("Spain", "CA"), "Spain/CA", "CA (Spain)"),
        (("Salem",), "Salem", "Salem"),
        (("", "", ""), "//", "(not given)"),
    ],
)
def test_places_are_written_with_escapes_and_shown_without(names: tuple[str, ...], path: str, label: str) -> None:
    assert place_path(names) == path
    assert place_label(path) == value_label("place", path) == label


def _called(*paths: str, levels: tuple[str, ...] = ("country", "region", "city")) -> dict[str, str]:
    """What places are called in data that have only these."""
    names = PlaceNames.of(paths, levels)
    schema = Schema(tuple(FIELDS[level] for level in levels), places=lambda: names)
    return {path: schema.label("place", path) for path in paths}


def test_a_place_says_in_what_it_lies_only_where_another_one_is_called_the_same() -> None:
    assert _called("US/OR/Portland", "US/ME/Portland", "US/MA/Boston", "Canada/ON/London") == {
        "US/OR/Portland": "Portland (Oregon)",
        "US/ME/Portland": "Portland (Maine)",
        "US/MA/Boston": "Boston",
        "Canada/ON/London": "London",
    }
    assert _called("US/WA", "US/DC/Washington", "US//Portland", "USA/NA", "Canada/Ontario", "/") == {
        "US/WA": "Washington (United States)",
        "US/DC/Washington": "Washington (District of Columbia)",
        "US//Portland": "Portland",
        "USA/NA": "NA",
        "Canada/Ontario": "Ontario",
        "/": "(not given)",
    }
    assert _called("Germany/Berlin", "Germany/Berlin/Berlin", "Japan/Tōkyō") == {
        "Germany/Berlin": "Berlin",
        "Germany/Berlin/Berlin": "Berlin",
        "Japan/Tōkyō": "Tōkyō",
    }
    assert Schema((FIELDS["country"],)).label("place", "US/OR") == "Oregon (United States)", (
        "nothing is known of others"
    )


def test_where_all_is_in_one_country_it_is_not_named() -> None:
    assert _called("US/WA", "US/DC/Washington", "US", "US/", "US//", "//") == {
        "US/WA": "Washington",
        "US/DC/Washington": "Washington (District of Columbia)",
        "US": "United States",
        "US/": "(not given)",
        "US//": "(not given)",
        "//": "(not given)",
    }


def test_regions_are_called_by_their_names_where_the_data_have_codes() -> None:
    names = PlaceNames.of(
        ("US/OR/Portland", "US/CA/Anaheim", "Spain/CA/Cádiz", "Spain/Sevilla"), ("country", "region", "city")
    )
    schema = Schema((FIELDS["country"], FIELDS["region"]), places=lambda: names)
    told = {region: schema.label("region", region) for region in ("OR", "CA", "Sevilla", "")}
    assert told == {"OR": "Oregon", "CA": "CA", "Sevilla": "Sevilla", "": "(not given)"}
    elsewhere = PlaceNames.of(("OR/Portland", "ME/Portland"), ("region", "city"))
    alone = Schema((FIELDS["region"],), places=lambda: elsewhere)
    assert alone.label("region", "OR") == "OR", "nothing says of which country it is"
    assert alone.label("place", "OR/Portland") == "Portland (OR)"


def test_a_country_has_its_name_where_the_data_have_its_code() -> None:
    schema = Schema((FIELDS["country"], FIELDS["region"]))
    told = [schema.label(name, "US") for name in ("country", "place", "region")]
    assert told == ["United States", "United States", "US"]
    assert [schema.label("country", value) for value in ("USA", "")] == ["USA", "(not given)"], "as the data say it"
    assert Schema((FIELDS["region"],)).label("place", "CA") == "CA", "no country but a state"
    with language.in_language("fr"):
        told = [schema.label("country", name) for name in ("US", "Germany", "Deutschland")]
        assert told == ["États-Unis", "Allemagne", "Deutschland"], "in one language, but as the data say it where not"


def test_values_have_labels() -> None:
    assert value_label("weekday", 0) == "Monday"
    assert value_label("month", "12") == "December"
    assert value_label("channel", "") == "(not given)"
    assert value_label("channel", "web") == "web"


def test_a_value_is_called_as_the_reader_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "catalogue", {"de": {"Monday": "Montag", "(not given)": "(ohne)"}}.__getitem__)
    with language.in_language("de"):
        told = [value_label("weekday", 0), value_label("channel", ""), value_label("place", "")]
    assert "|".join(told) == "Montag|(ohne)|(ohne)", "texts that are joined as they are"


def test_what_a_schema_lacks_is_named_in_order() -> None:
    schema = Schema((FIELDS["city"], FIELDS["amount"]), ("stock",))
    assert schema.missing(("sessions", "amount", "stock", "customer")) == ("sessions", "customer")
    assert schema.place_levels() == schema.place_levels("region") == ("city",)
    assert [f.name for f in schema.dimensions] == ["city"]
