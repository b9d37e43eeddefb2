"""The Selection: a URL and back, one key for one meaning, and nothing that a URL may say breaks it."""

from __future__ import annotations

from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.calendar import GRAINS, Calendar
from analytics.errors import RequestError, TooLarge, UnknownName
from analytics.ranges import COMPARISONS, PRESETS
from analytics.selection import DIMENSIONS, MAX_VALUE, Bounds, Clause, Selection, query
from analytics.selection.query import MAX_QUERY, MAX_VALUES

D = np.datetime64
BOUNDS = Bounds(D("2018-11-05"), D("2020-01-02"), D("2020-01-01"))

text = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=40)
values = text | st.sampled_from(["!", "!!a", "\\", "\\!a", "a/b", "", "a:b", "&=", "+", "%21"])
days = st.dates(min_value=np.datetime64("1900-01-01").item(), max_value=np.datetime64("2100-01-01").item())


@st.composite
def spans(draw: st.DrawFn) -> str:
    a, b = sorted((draw(days), draw(days)))
    return f"{a}..{b}" if a < b else "all"


clauses = st.builds(
    Clause,
    st.sampled_from(sorted(DIMENSIONS)),
    st.lists(values, max_size=4).map(tuple),
    st.lists(values, max_size=4).map(tuple),
    st.booleans(),
)
options = st.dictionaries(st.from_regex(r"[a-z_]{1,20}\.[a-z_]{1,20}", fullmatch=True), values, max_size=4).map(
    lambda d: tuple(d.items())
)
selections = st.builds(
    Selection,
    st.from_regex(r"[a-z0-9_\-]{0,20}", fullmatch=True),
    st.sampled_from(sorted(PRESETS)) | spans(),
    st.sampled_from(sorted(COMPARISONS)),
    st.sampled_from(("auto", *GRAINS)),
    st.lists(clauses, max_size=5).map(tuple),
    options,
    st.sampled_from(["", *sorted(DIMENSIONS)]),
)


@pytest.mark.long
@given(selections)
def test_a_url_and_back(selection: Selection) -> None:
    query = selection.to_query()
    if len(query) <= MAX_QUERY:
        assert Selection.from_query(query, strict=True) == (selection, ())
        assert Selection.from_query("?" + query)[0].to_query() == query


@given(selections, st.randoms(use_true_random=False))
def test_the_same_meaning_has_the_same_key(selection: Selection, chance: object) -> None:
    shuffled = list(selection.clauses)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    split = [Clause(c.field, c.include[i::2], c.exclude[i::2], c.whole_orders) for c in shuffled for i in (1, 0)]
    twin = Selection(selection.data, selection.range, selection.compare, selection.grain, tuple(split), (("a.b", "c"),))
    assert twin.resolve(BOUNDS).key == selection.resolve(BOUNDS).key


@given(selections, selections)
def test_another_meaning_has_another_key(one: Selection, other: Selection) -> None:
    a, b = one.resolve(BOUNDS), other.resolve(BOUNDS)
    same = (a.data, a.span, a.base, a.grain, a.clauses) == (b.data, b.span, b.base, b.grain, b.clauses)
    assert (a.key == b.key) == same


def test_keys_tell_near_ones_apart() -> None:
    near = [
        Selection("x", clauses=c)
        for c in (
            (),
            (Clause("city", ("a",)),),
            (Clause("city", ("a", "b")),),
            (Clause("city", ("a', 'b",)),),
            (Clause("city", (), ("a",)),),
            (Clause("product", ("a",)),),
            (Clause("product", ("a",), (), True),),
            (Clause("city", ("",)),),
        )
    ]
    near += [
        Selection("y"),
        Selection("x", "ytd"),
        Selection("x", grain="day"),
        Selection("x", "last_30d", compare="none"),
        Selection("x", "last_30d"),
    ]
    assert len({s.resolve(BOUNDS).key for s in near}) == len(near)
    dates = Selection("x", "2019-12-01..2020-01-01").resolve(BOUNDS)
    assert dates.key == Selection("x", "last_month").resolve(BOUNDS).key, "a word and its dates are one"
    assert (
        dates.key
        != Selection("x", "2019-12-01..2020-01-01")
        .resolve(Bounds(D("2018-11-05"), D("2020-01-02"), D("2019-12-31")))
        .key
    )


names = (
    st.sampled_from(
        ["data", "range", "compare", "grain", "versus", "with", "city", "place", "nonsense", "a.b", "A.B", "!", ""]
    )
    | text
)
garbage = st.lists(st.tuples(names, st.text(max_size=60) | spans()), max_size=12).map(
    lambda p: urlencode([(a.encode("utf-8", "replace"), b.encode("utf-8", "replace")) for a, b in p])
)


@given(garbage | st.text(max_size=300))
def test_garbage_is_dropped_and_named_or_refused(query: str) -> None:
    selection, dropped = Selection.from_query(query)
    assert Selection.from_query(selection.to_query(), strict=True) == (selection, ())
    selection.resolve(BOUNDS)
    if dropped:
        with pytest.raises(RequestError):
            Selection.from_query(query, strict=True)
    else:
        assert Selection.from_query(query, strict=True)[0] == selection


def test_a_url_never_grows_without_bound() -> None:
    assert Selection.from_query("city=a&" * MAX_QUERY)[0] == Selection()
    with pytest.raises(TooLarge):
        Selection.from_query("city=" + "a" * (MAX_VALUE + 1), strict=True)
    assert Selection.from_query("city=" + "a" * MAX_VALUE, strict=True)[0].clauses == (
        Clause("city", ("a" * MAX_VALUE,)),
    )
    many = Selection.from_query("&".join(f"city={i}" for i in range(1_500)))[0]
    assert len(many.clauses[0].include) <= MAX_VALUES + 60


@pytest.mark.parametrize(
    ("query", "said", "on_page"),
    [
        ("citty=Boston", "'city'", "“city”"),
        ("range=2019-13-01..2019-14-01", "does not exist", "does not exist"),
        ("range=2019-02-01..2019-01-01", "ends before", "ends before"),
        ("range=someday", "Expected", "'someday' is not a range."),
        ("present=2", "seconds from 5 to 3,600", "seconds from 5 to 3,600"),
        ("compare=previus", "'previous'", "“previous”"),
        ("grain=moth", "'month'", "“month”"),
        ("data=../etc", "data set", "data set"),
        ("with=iPhone", "unknown field", "a filter that does not exist: “iPhone”"),
        ("city=a%00b", "zero byte", "zero byte"),
    ],
)
def test_errors_say_what_was_meant(query: str, said: str, on_page: str) -> None:
    with pytest.raises(RequestError, match=said.replace(".", r"\.")):
        Selection.from_query(query, strict=True)
    (told,) = Selection.from_query(query)[1]
    assert on_page in told
    assert "URL" not in told


def test_an_unknown_field_is_refused_by_its_own_error() -> None:
    with pytest.raises(UnknownName):
        Selection.from_query("city=Boston", fields=("product",), strict=True)


def test_clicks() -> None:
    clicked = Selection().only_value({"city": "Boston"})
    assert clicked.clauses == (Clause("city", ("Boston",)),)
    assert clicked.only_value({"city": "Boston"}) == Selection()
    assert clicked.only_value({"city": "Austin"}).clauses == (Clause("city", ("Austin",)),)
    cell = Selection().only_value({"weekday": "0", "hour": "13"})
    assert len(cell.clauses) == 2
    assert cell.only_value({"weekday": "0", "hour": "13"}) == Selection()
    both = clicked.toggled("city", "Dallas")
    assert both.clauses[0].include == ("Boston", "Dallas")
    assert both.toggled("city", "Boston").clauses[0].include == ("Dallas",)
    turned = clicked.toggled("city", "Boston", exclude=True)
    assert turned.clauses == (Clause("city", (), ("Boston",)),)
    assert clicked.with_option("top", "n", "5").with_option("top", "n", "") == clicked


@pytest.mark.parametrize(
    ("word", "span"),
    [
        ("all", "2018-11-05..2020-01-02"),
        ("last_7d", "2019-12-25..2020-01-01"),
        ("last_12m", "2019-01-01..2020-01-01"),
        ("mtd", "2019-12-01..2020-01-01"),
        ("ytd", "2019-01-01..2020-01-01"),
        ("last_month", "2019-12-01..2020-01-01"),
        ("last_quarter", "2019-10-01..2020-01-01"),
        ("last_year", "2019-01-01..2020-01-01"),
        ("2019-12-30..2030-01-01", "2019-12-30..2020-01-02"),
    ],
)
def test_words_become_dates_of_complete_days(word: str, span: str) -> None:
    assert str(Selection("x", word).resolve(BOUNDS).span) == span


def test_a_month_under_way_is_not_the_last_month() -> None:
    bounds = Bounds(D("2019-01-01"), D("2019-06-16"), D("2019-06-16"))
    assert str(Selection("x", "last_month").resolve(bounds).span) == "2019-05-01..2019-06-01"
    assert str(Selection("x", "mtd").resolve(bounds).span) == "2019-06-01..2019-06-16"
    assert str(Selection("x", "last_year").resolve(bounds, Calendar(fiscal_start=4)).span) == "2019-01-01..2019-04-01"


@pytest.mark.parametrize(
    ("word", "compare", "base", "kind"),
    [
        ("2019-12-01..2020-01-01", "previous", "2019-11-01..2019-12-01", "previous"),
        ("2019-12-01..2020-01-01", "year", "2018-12-01..2019-01-01", "year"),
        ("2019-03-05..2019-03-12", "previous", "2019-02-26..2019-03-05", "previous"),
        ("2019-03-05..2019-03-12", "year", "2019-02-26..2019-03-05", "previous"),  # no base a year ago
        ("2018-11-05..2018-11-12", "previous", None, "none"),
        ("all", "previous", None, "none"),
        ("2019-12-01..2020-01-01", "none", None, "none"),
    ],
)
def test_comparison_over_equal_time(word: str, compare: str, base: str | None, kind: str) -> None:
    found = Selection("x", word, compare).resolve(BOUNDS)
    assert (None if found.base is None else str(found.base), found.comparison) == (base, kind)
    if found.before:
        assert found.before.base is None
        assert found.before.clauses == found.clauses


@pytest.mark.parametrize(
    ("word", "until", "base"),
    [
        ("mtd", "2019-12-13", "2019-11-01..2019-11-13"),
        ("mtd", "2019-04-01", "2019-02-01..2019-03-01"),  # all of March: all of February
        ("mtd", "2019-03-31", "2019-02-01..2019-03-01"),  # 30 days of March: February has no more than 28
        ("qtd", "2019-12-01", "2019-07-01..2019-08-31"),
        ("ytd", "2020-03-02", "2019-01-01..2019-03-03"),
        ("ytd", "2021-01-01", "2019-01-01..2020-01-01"),
    ],
)
def test_a_period_to_date_is_compared_with_the_same_days_of_the_one_before(word: str, until: str, base: str) -> None:
    bounds = Bounds(D("2018-01-01"), D(until), D(until))
    assert str(Selection("x", word, "previous").resolve(bounds).base) == base


@given(selections)
def test_the_base_lies_in_the_data_and_the_span_too(selection: Selection) -> None:
    found = selection.resolve(BOUNDS)
    assert found.span.within(BOUNDS.span) or found.span.days == 0
    assert found.base is None or found.base.within(BOUNDS.span)
    assert found.grain in GRAINS


def test_parameters_beyond_the_bound_are_named_and_refused_where_strict() -> None:
    query = "&".join(f"city=c{i}" for i in range(500))
    selection, dropped = Selection.from_query(query)
    assert len(selection.clause("city").include) == 460
    assert any("500 parameters" in text for text in dropped)
    with pytest.raises(TooLarge):
        Selection.from_query(query, strict=True)


def test_an_address_is_read_once_and_its_faults_are_new_each_time() -> None:
    known = frozenset({"city"})
    assert query.parsed("city=Boston&range=all", known) is query.parsed("city=Boston&range=all", known)
    assert query.parsed("city=Boston", known) != query.parsed("city=Boston", frozenset())
    first, again = query.parsed("grain=eon", known), query.parsed("grain=eon", known)
    assert first.dropped[0] is not again.dropped[0], "an error that is raised again and again would hold more each time"
