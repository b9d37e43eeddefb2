"""A TOML is untrusted: it becomes a Spec or one clear CatalogError, never anything else."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import CatalogError
from analytics.keys import toml_fault
from analytics.language import in_language
from analytics.loading.catalog import find, load
from analytics.loading.formula import parse
from analytics.loading.spec import Spec
from analytics.profile import Profile
from tests.analytics.shop import FIELDS, declared, toml
from tests.samples import examples

DATA = Path(__file__).parents[2] / "data"


def test_every_committed_toml_is_valid() -> None:
    found = find([DATA])
    assert {"bytronix", "atliq", "classic_models"} <= set(found)
    assert {n: str(s) for n, s in found.items() if isinstance(s, CatalogError)} == {}


def test_all_that_a_profile_says(tmp_path: Path) -> None:
    top = """
description = "Things"
currency = "EUR"
locale = "de-DE"
time_zone = "Europe/Berlin"
week_start = "sunday"
fiscal_year_start = "april"
data_until = 2024-02-29
default_view = "?range=last_12m&compare=year"
active_days = 90
rfm_rule = "report"
refresh = "15m"
value_tiers = { Low = "below", Gold = 500, Silver = 100.5 }
region_groups = { North = ["Kiel", "Bremen"] }
"""
    p = load(declared(tmp_path, toml(top=top, fields=FIELDS + 'region = "r"\n'))).profile
    assert (p.name, p.title, p.currency, p.locale, p.time_zone) == ("shop", "Shop", "EUR", "de-DE", "Europe/Berlin")
    assert (p.week_start, p.fiscal_start, p.data_until, p.active_days) == (6, 4, "2024-02-29", 90)
    assert p.default_view == "range=last_12m&compare=year"
    assert p.value_tiers == (("Gold", 500.0), ("Silver", 100.5), ("Low", float("-inf")))
    assert p.region_groups == {"North": ("Kiel", "Bremen")}
    assert (p.rfm_rule, p.refresh) == ("report", "15m")


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "title: is missing"),
        ("title = 5", "title: expected a text, found 5"),
        ('title = "Shop"', "source.files: is missing"),
        ("title = ", "not valid TOML"),
        (toml(top='curency = "EUR"'), "curency: no such key. Did you mean 'currency'?"),
        (toml(top='currency = "Euro"'), "currency: expected something like"),
        (toml(top='time_zone = "Europe/Berln"'), "Did you mean 'Europe/Berlin'"),
        (toml(top='week_start = "mon"'), "week_start: expected one of"),
        (toml(top="active_days = true"), "active_days: expected a whole number"),
        (toml(top="active_days = 0"), "active_days: expected a whole number"),
        (toml(top='data_until = "2023-02-29"'), "data_until: expected a day"),
        (toml(top="data_until = 9202-12-31"), "data_until: expected a day of the years 1900 to 2199"),
        (toml(top='data_from = "0204-01-01"'), "data_from: expected a day of the years 1900 to 2199"),
        (toml(top="value_tiers = { High = 10 }"), "value_tiers: each tier"),
        (toml(top="value_tiers = { High = nan }"), "value_tiers.High: expected a number"),
        (toml(top='region_groups = { North = ["Kiel"], South = ["Bonn", "Kiel"] }'), "South: 'Kiel' is in"),
        (toml(top="region_groups = { North = [] }"), "region_groups.North: expected a text or a list of texts"),
        (toml(top='region_groups = { " " = ["Kiel"] }'), "a group needs a name"),
        (toml(top='region_groups = { North = ["Kiel"] }'), "there is no field 'region' to group"),
        (
            toml(top='region_groups = { N = ["a"] }', fields=FIELDS + 'region = "r"\nregion_group = "g"\n'),
            "'region_group' is in [fields] too",
        ),
        (toml(top='refresh = "soon"'), "refresh: expected something like"),
        (toml(source='files = "/etc/passwd"'), "leaves the sources folder"),
        (toml(source='files = "../secret.csv"'), "leaves the sources folder"),
        (toml(source="files = []"), "source.files: expected"),
        (toml(source='files = "a.csv"\nencoding = "utf-9"'), "unknown encoding"),
        (toml(source='files = "a.csv"\nseparator = ";;"'), "source.separator: expected one character"),
        (toml(source='files = "a.csv"\ndecimal = ","\nthousands = ","'), "source.thousands: is the same"),
        (toml(source='files = "a.csv"\nkind = "cvs"'), "source.kind: expected one of"),
        (toml(fields='[fields]\norder_id = "o"'), "fields.ordered_at: is missing"),
        (toml(fields=FIELDS + 'produkt = "x"'), "fields.produkt: no such field. Did you mean 'product'"),
        (toml(fields=FIELDS + 'hour = "x"'), "fields.hour: no such field"),
        (toml(fields=FIELDS + "city = 3"), "fields.city: expected a column's name or a table"),
        (toml(fields=FIELDS + "city = {}"), "fields.city: says nothing"),
        (toml(fields=FIELDS + 'city = { column = "a", constant = "b" }'), "says column and constant"),
        (toml(fields=FIELDS + 'city = { column = "a", regx = "b" }'), "Did you mean 'regex'"),
        (toml(fields=FIELDS + 'city = { column = "a", regex = "(" }'), "fields.city.regex: cannot be used"),
        (toml(fields=FIELDS + 'city = { column = "a", regex = "x" }'), "has no named group"),
        (toml(fields=FIELDS + 'city = { column = "a", regex = "(?P<a>x)(?P<b>y)" }'), "several groups"),
        (toml(fields=FIELDS + 'city = { compute = "a * b" }'), "city is not a number"),
        (toml(fields=FIELDS + 'cost = { compute = "a * " }'), "fields.cost.compute: the formula ends"),
        (toml(fields=FIELDS + "cost = { compute = \"__import__('os')\" }"), "fields.cost.compute"),
        (toml(fields=FIELDS + 'cost = { constant = "free" }'), "fields.cost.constant: expected a number"),
        (toml(fields=FIELDS + "city = { row = true }"), "city is not an identity"),
        (toml(fields=FIELDS + 'city = { column = "a", format = "%Y" }'), "city is not a time"),
        (toml("[rates]\nUSD = 0"), "rates.USD: expected a number"),
        (toml("[rates]\ndollar = 2"), "expected a currency code"),
        (toml('[join.a]\nfiles = "a.csv"'), "join.a.on: is missing"),
        (toml('[join."A B"]\nfiles = "a.csv"\non = "a"'), "small letters"),
        (toml('[tables.stok]\nfiles = "a.csv"'), "Did you mean 'stock'"),
        (
            toml('[tables.stock]\nfiles = "a.csv"\n[tables.stock.fields]\nproduct = "p"'),
            "tables.stock.fields.date: is missing",
        ),
        (toml('[cleaning]\nexact_duplicates = "yes"'), "cleaning.exact_duplicates: expected one of"),
        (toml('[refunds]\nvalues = ["x"]'), "refunds.column: is missing"),
    ],
)
def test_a_wrong_toml_names_file_key_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CatalogError) as fault:
        load(declared(tmp_path, text))
    assert "shop.toml" in str(fault.value)
    assert said in str(fault.value)


def test_what_is_wrong_with_a_key_is_told_in_the_readers_language(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as fault:
        load(declared(tmp_path, toml(top="active_days = 0")))
    with in_language("de"):
        assert "erwartet: eine ganze Zahl von 1 bis 3650; gefunden: 0." in str(fault.value)
    with in_language("fr"):
        assert "attendu\u202f: un nombre entier de 1 à 3650\u202f; trouvé\u202f: 0." in str(fault.value)


def test_find_keeps_the_good_beside_the_bad(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    declared(tmp_path, toml())
    declared(other, toml())
    (other / "broken.toml").write_text("title = [")
    (other / "Bad Name.toml").write_text(toml())
    found = find([tmp_path, other])
    assert isinstance(found["broken"], CatalogError)
    assert "named by its file" in str(found["Bad Name"])
    assert "a second data set is named 'shop'" in str(found["shop"])
    with pytest.raises(CatalogError, match="no such folder"):
        find([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (toml(fields=FIELDS.replace('"day"', '{ column = "day", format = "%s" }')), "ordered_at.format: '%s' cannot"),
        (toml(fields=FIELDS.replace('"day"', '{ column = "day", format = "%" }')), "ordered_at.format: '%' cannot"),
        (toml(fields=FIELDS.replace('"day"', '{ column = "day", format = "%Y %Y" }')), "ordered_at.format: '%Y %Y'"),
        (toml(fields=FIELDS + 'cost = { compute = "" }'), "fields.cost.compute: the formula ends"),
        (toml(top="active_days = " + "9" * 5000), "not valid TOML: a number in it is too long"),
        (toml("[rates]\nUSD = " + "9" * 4000), "rates.USD: expected a number"),
        (toml(fields=FIELDS + "cost = { constant = 1" + "0" * 400 + " }"), "cost.constant: expected a number"),
        (toml(top=".".join("a" * 15_000) + " = 1"), "has more than 10 parts"),
        (toml(top="[" + " . ".join('"a"' for _ in range(15_000)) + "]"), "has more than 10 parts"),
        (toml(top='x = { p = """a"""", ' + "a." * 15_000 + 'a = 1, q = "b" }'), "has more than 10 parts"),
        (toml(top="a = " + "[" * 5000 + "]" * 5000), "not valid TOML"),
    ],
)
def test_a_toml_that_could_stop_the_loader_is_an_error_of_its_own(tmp_path: Path, text: str, said: str) -> None:
    declared(tmp_path, toml())
    (tmp_path / "odd.toml").write_text(text)
    found = find([tmp_path])
    assert isinstance(found["shop"], Spec)
    assert said in str(found["odd"])


@pytest.mark.parametrize(
    "text",
    [
        "a", "a =", "a = 1 2", "[a", "[[a", "[[a]", "a = 1\na = 2", "a = 'x", "a = '''x", "a = [1", "a = {b = 1", "= 3",
        'a = "\\q"', 'a = "\\', 'a = "\x01"', "[a]\n[a]", "a = {x = 1}\na.y = 2", "a = {x = 1, x = 2}", 'a = "\\uD800"',
        'a = "\\uZZZZ"', "a = tru", "a.b.c = 1\n[a.b]\n[a.b.c]", 'a = "x\ny"', "[]", "a = 2020-02-30",
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_toml_is_told_in_the_language_of_the_reader(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        tomllib.loads(text)
    fault = toml_fault(refused.value)
    said = str(fault)
    assert re.search(r" \((at the end|line \d+, column \d+)\)$", said)
    for code, place in (("de", "am Ende|Zeile"), ("fr", "à la fin|ligne")):
        with in_language(code):
            other = str(fault)
        assert re.search(rf" \(({place})", other)
        assert other.partition(" (")[0] != said.partition(" (")[0], "the parser's own words"


def test_dots_in_texts_and_comments_are_no_parts_of_a_key(tmp_path: Path) -> None:
    dots = "a." * 30
    top = f'description = """\n{dots} \\" \'\'\' """ # {dots}\nregion_groups = {{ "{dots}" = [\'{dots}\'] }}'
    spec = load(declared(tmp_path, toml(top=top, fields=FIELDS + 'region = "r"\n')))
    assert spec.profile.region_groups == {dots: (dots,)}


@pytest.mark.long
def test_an_unclosed_text_is_looked_at_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="not valid TOML"):  # took minutes when each quote began a search of its own
        load(declared(tmp_path, '"\\' * 125_000))


@pytest.mark.long
@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("%YymdHMSfzpbBjUsGVu -/:.", max_size=12))
def test_a_declared_format_is_refused_or_reads_dates(tmp_path: Path, fmt: str) -> None:
    from analytics.loading.written import dates

    text = toml(fields=FIELDS.replace('"day"', f'{{ column = "day", format = "{fmt}" }}'))
    with suppress(CatalogError):
        load(declared(tmp_path, text))
        dates.parse(["2024-02-29", "1", "", "x"], [fmt], "Europe/Berlin")


def test_a_huge_or_undecodable_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="over 256 kB"):
        load(declared(tmp_path, "#" * 300_000))
    (tmp_path / "shop.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(CatalogError, match="not valid TOML"):
        load(tmp_path / "shop.toml")


@pytest.mark.parametrize(
    ("currency", "locale", "words"),
    [
        ("USD", "en-US", "$1,234.50"),
        ("EUR", "de-DE", "1.234,50\xa0€"),
        ("EUR", "de-XX", "1.234,50\xa0€"),
        ("GBP", "zz-ZZ", "£1,234.50"),
    ],
)
def test_amounts_are_written_in_the_currency_and_locale_that_are_declared(
    currency: str, locale: str, words: str
) -> None:
    profile = Profile("shop", "Shop", currency, locale)
    assert profile.amount(1234.5) == words
    assert profile.amount(1234.2, whole=True) == words.replace(".50", "").replace(",50", "")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_keys = st.sampled_from(
    [
        "title",
        "currency",
        "locale",
        "time_zone",
        "week_start",
        "fiscal_year_start",
        "data_until",
        "default_view",
        "value_tiers",
        "region_groups",
        "rfm_rule",
        "active_days",
        "refresh",
        "source",
        "fields",
        "join",
        "tables",
        "rates",
        "refunds",
        "cleaning",
        "files",
        "on",
        "order_id",
        "amount",
        "city",
        "column",
        "regex",
    ]
)


@pytest.mark.long
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    extra=st.dictionaries(
        _keys | st.text(max_size=6), _values | st.dictionaries(_keys, _values, max_size=4), max_size=4
    )
)
def test_any_value_under_any_key_is_a_spec_or_a_catalog_error(tmp_path: Path, extra: dict[str, object]) -> None:
    from analytics.keys import Keys
    from analytics.loading.catalog import _spec

    good = {
        "title": "T",
        "source": {"files": "a.csv"},
        "fields": dict.fromkeys(("order_id", "ordered_at", "product", "quantity", "amount"), "c"),
    }
    with suppress(CatalogError):
        assert isinstance(_spec(Keys(good | extra, "shop.toml"), tmp_path / "shop.toml"), Spec)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(alphabet="ab1.*/+-()[] ,_'é", max_size=60))
def test_any_formula_parses_or_says_why(text: str) -> None:
    with suppress(ValueError):
        assert parse(text).steps


def test_deep_formulas_are_refused() -> None:
    with pytest.raises(ValueError, match="parentheses"):
        parse("(" * 100 + "a" + ")" * 100)
    with pytest.raises(ValueError, match="characters"):
        parse("a+" * 200 + "a")


@pytest.mark.parametrize(
    ("code", "fields", "told"),
    [
        ("de", 'colour = "c"\n', "fields.colour: dieses Feld gibt es nicht."),
        ("fr", 'channel = ""\n', "fields.channel\u202f: ne nomme aucune colonne."),
        ("de", 'channel = { column = "c", regex = "x" }\n', "hat keine benannte Gruppe. Benennen Sie, was Sie wollen:"),
        ("de", 'unit_price = { compute = "(2" }\n', "eine Klammer ist nicht geschlossen. Erlaubt sind + - * / ( )"),
    ],
)
def test_what_is_wrong_is_told_in_the_language_of_whoever_looks(
    tmp_path: Path, code: str, fields: str, told: str
) -> None:
    with pytest.raises(CatalogError) as wrong:
        load(declared(tmp_path, toml(fields=FIELDS + fields)))
    with in_language(code):
        assert told in str(wrong.value)
