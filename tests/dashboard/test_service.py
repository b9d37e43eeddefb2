"""The one way to an answer: what a key is made of, answers as bytes, data sets that come, change and fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import store as stores
from analytics.answer import Answer
from analytics.engines.columnar.engine import ColumnarEngine
from analytics.errors import NotInData, RequestError, StoreError, StoresightError, UnknownName
from analytics.profile import Profile
from analytics.selection import Clause, Selection
from dashboard.answers.codec import decode, encode
from dashboard.answers.service import Service
from dashboard.answers.viewers import OPERATOR, Viewer
from dashboard.pages import CHARTS
from tests.analytics import companies
from tests.dashboard.conftest import Memory
from tests.samples import examples

PLACES = CHARTS["top_places"]


@pytest.fixture
def cache() -> Memory:
    return Memory()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store of one small company, "toy"."""
    stores.write(tmp_path, companies.nasty())
    return tmp_path


@pytest.fixture
def service(root: Path, cache: Memory) -> Service:
    return Service(root, cache)


def asked(service: Service, query: str, chart: str = "top_places", viewer: Viewer = OPERATOR) -> Answer:
    """What the page and the data URLs do."""
    answers = service.for_viewer(viewer)
    selection, engine, _ = answers.select(query)
    return answers.answer(CHARTS[chart], engine.resolve(selection), selection.options_of(chart), engine)


def key(service: Service, cache: Memory, query: str, chart: str = "top_places", viewer: Viewer = OPERATOR) -> str:
    asked(service, query, chart, viewer)
    return cache.keys[-1]


# --- keys
@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("data=toy&product=TV&product=iPhone", "data=toy&product=iPhone&product=TV&product=TV"),
        ("data=toy&channel=web&city=Salem", "city=Salem&data=toy&channel=web"),
        ("data=toy&range=all", "data=toy&range=2000-01-01..2030-01-01"),
        ("data=toy&range=all", "data=toy&grain=month"),  # what "automatic" comes to here
        ("data=toy&range=all", "data=toy&top_places.metric=revenue"),  # the default spelled out
        ("data=toy&range=all", "data=toy&place=US/OR/Portland"),  # its own filter is left out
        ("data=toy&range=all", "data=toy&revenue_by_weekday_hour.metric=orders"),  # another chart's option
        ("data=toy", ""),
        ("data=toy&compare=year", "data=toy&compare=none"),  # no base in the data either way
    ],
)
def test_the_same_meaning_has_the_same_key(service: Service, cache: Memory, one: str, other: str) -> None:
    assert key(service, cache, one) == key(service, cache, other)
    assert len(cache.kept) == 1, "the second was remembered"


def test_different_meanings_have_different_keys(service: Service, cache: Memory) -> None:
    queries = [
        "data=toy", "data=toy&product=TV", "data=toy&product=!TV", "data=toy&with=product:TV", "data=toy&category=TV",
        "data=toy&product=TV&product=iPhone", "data=toy&product=TV&channel=", "data=toy&range=2020-02-01..2020-03-01",
        "data=toy&range=2020-02-01..2020-03-02", "data=toy&grain=week", "data=toy&top_places.metric=orders",
        "data=toy&top_places.level=country", "data=toy&range=2020-02-01..2020-03-01&compare=none",
    ]  # fmt: skip
    keys = {key(service, cache, q) for q in queries}
    keys |= {
        key(service, cache, "data=toy", "top_products"),
        key(service, cache, "data=toy", viewer=Viewer("limited", (Clause("channel", ("web",)),))),
    }
    keys |= {key(service, cache, "data=toy", viewer=Viewer("limited", (Clause("channel", ("shop",)),)))}
    assert len(keys) == len(queries) + 3


def test_another_release_has_another_key(service: Service, cache: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = service.for_viewer(OPERATOR)
    selection, engine, _ = answers.select("data=toy")
    for release in ("one", "two"):
        monkeypatch.setattr("dashboard.answers.service.code_version", lambda release=release: release)
        answers.answer(PLACES, engine.resolve(selection), {}, engine)
    assert len(set(cache.keys)) == 2


def test_new_data_have_another_key(service: Service, cache: Memory, root: Path) -> None:
    before = key(service, cache, "data=toy")
    fewer = companies.nasty()
    fewer.lines = fewer.lines[fewer.lines["order_id"] != "9"]
    stores.write(root, fewer)
    assert key(service, cache, "data=toy") != before


# Two selections share a key only if they compute the same, whatever they are.
@settings(
    max_examples=examples(80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(companies.selections(), companies.selections())
def test_one_key_never_stands_for_two_answers(toy: ColumnarEngine, one: Selection, other: Selection) -> None:
    a, b = toy.resolve(one), toy.resolve(other)
    if a.key == b.key:
        assert (a.span, a.base, a.grain, a.clauses) == (b.span, b.base, b.grain, b.clauses)
    else:
        assert (a.span, a.base, a.grain, a.clauses) != (b.span, b.base, b.grain, b.clauses)


def test_a_policy_is_never_left(service: Service) -> None:
    web = Viewer("limited", (Clause("channel", ("web",)),))
    inside = asked(service, "data=toy&range=all", viewer=web).frame
    assert inside["revenue"].sum() == asked(service, "data=toy&channel=web").frame["revenue"].sum()
    assert asked(service, "data=toy&channel=", viewer=web).frame.empty, "a filter cannot widen it"


# --- answers as bytes
FRAMES = {
    "empty": pd.DataFrame({"product": pd.Series([], dtype="str"), "revenue": pd.Series([], dtype="float64")}),
    "no columns": pd.DataFrame(),
    "blanks": pd.DataFrame({"period": ["2020-01", "2020-02"], "growth": [np.nan, -0.0], "orders": [1, 2**53]}),
    "letters": pd.DataFrame({"place": ["DE/BY/München", "名前", "", 'a,b\n"c"'], "share": [np.inf, 1e-300, 0.1, 2.0]}),
    "integers": pd.DataFrame(
        {"hour": np.arange(2, dtype="int8"), "n": np.array([1, 2], "uint32"), "yes": [True, False]}
    ),
    "times": pd.DataFrame({"at": pd.to_datetime(["2020-02-29 12:00", None]).astype("datetime64[us]")}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_an_answer_comes_back_as_it_went(name: str) -> None:
    answer = Answer(
        FRAMES[name],
        ("2020-01: 1 of 31 days.", "名前"),
        {"trend": FRAMES["blanks"], "empty": FRAMES["empty"]},
        "No 名前.",
    )
    again = decode(encode(answer))
    pd.testing.assert_frame_equal(again.frame, answer.frame, check_index_type=False, check_column_type=False)
    assert (again.notes, again.why) == (answer.notes, answer.why)
    assert list(again.more) == ["trend", "empty"]
    pd.testing.assert_frame_equal(again.more["trend"], FRAMES["blanks"], check_column_type=False)
    assert again.empty == answer.empty


@pytest.mark.sampled(56)
@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, c in CHARTS.items() if not c.models])
def test_a_chart_answers_the_same_from_the_cache(demo: ColumnarEngine, name: str) -> None:
    """Whoever computes an answer uses it as it is; the next one reads it from its bytes."""
    chart, now = CHARTS[name], demo.resolve(Selection(range="2025-03-01..2025-09-15", compare="year"))
    answer = chart.compute(demo, now, chart.read_options({}))
    again = decode(encode(answer))
    pd.testing.assert_frame_equal(again.frame, answer.frame, check_column_type=False)
    assert (again.notes, again.why, list(again.more)) == (answer.notes, answer.why, list(answer.more))
    for part, frame in answer.more.items():
        pd.testing.assert_frame_equal(again.more[part], frame, check_column_type=False)


@settings(max_examples=examples(50), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8"), max_size=8),
            st.floats(allow_nan=True),
            st.integers(-(2**63), 2**63 - 1),
        ),
        max_size=6,
    )
)
def test_any_rows_come_back(rows: list[tuple[str, float, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["product", "revenue", "orders"]).astype(
        {"product": "str", "revenue": "float64", "orders": "int64"}
    )
    again = decode(encode(Answer(frame))).frame
    pd.testing.assert_frame_equal(again, frame, check_index_type=False, check_column_type=False)


def test_a_remembered_answer_may_be_changed_by_who_got_it(service: Service) -> None:
    first = asked(service, "data=toy").frame
    expected = first.copy()
    first["revenue"] = 0.0
    first.loc[:, "place"] = "x"
    pd.testing.assert_frame_equal(asked(service, "data=toy").frame, expected, check_column_type=False)


# --- data sets
def test_a_new_version_is_taken_up_without_a_restart(service: Service, root: Path) -> None:
    versions = service.for_viewer(OPERATOR).versions()
    assert asked(service, "data=toy&range=all", "kpis").frame.set_index("metric").loc["orders", "value"] == 7
    fewer = companies.nasty()
    fewer.lines = fewer.lines[fewer.lines["order_id"] != "9"]
    stores.write(root, fewer)
    assert asked(service, "data=toy&range=all", "kpis").frame.set_index("metric").loc["orders", "value"] == 6
    assert service.for_viewer(OPERATOR).versions() != versions


def test_a_new_data_set_is_listed_at_once(service: Service, root: Path) -> None:
    other = companies.one_row()
    other.profile = Profile("other", "Other")
    stores.write(root, other)
    assert [d.name for d in service.for_viewer(OPERATOR).datasets()] == ["other", "toy"]
    assert service.for_viewer(OPERATOR).select("data=other")[1].name == "other"


def test_failures_are_listed_with_their_reason(root: Path, cache: Memory) -> None:
    service = Service(root, cache, lambda: {"shop": "shop.toml: no such column.", "toy": "the newest file is damaged."})
    listed = {d.name: d for d in service.for_viewer(OPERATOR).datasets()}
    assert listed["shop"].error == "shop.toml: no such column."
    assert not listed["toy"].error, "its older data are still served"
    assert service.for_viewer(OPERATOR).default_dataset() == "toy"


def test_a_damaged_data_set_is_listed_and_spares_the_others(service: Service, root: Path) -> None:
    other = companies.one_row()
    other.profile = Profile("broken", "Broken")
    stores.write(root, other)
    for file in (root / "broken").rglob("*"):
        if file.is_file() and file.name != "CURRENT":
            file.write_bytes(b"")
    listed = {d.name: d.error for d in service.for_viewer(OPERATOR).datasets()}
    assert listed["broken"]
    assert not listed["toy"]
    assert service.for_viewer(OPERATOR).default_dataset() == "toy"
    assert "toy=" in service.for_viewer(OPERATOR).versions()
    assert len(asked(service, "data=toy").frame)
    with pytest.raises(StoresightError):
        service.for_viewer(OPERATOR).select("data=broken", strict=True)


def test_without_data_the_reason_is_said(tmp_path: Path, cache: Memory) -> None:
    service = Service(tmp_path, cache)
    assert service.for_viewer(OPERATOR).datasets() == []
    assert service.for_viewer(OPERATOR).versions() == ""
    with pytest.raises(StoreError, match="no data set has been loaded yet"):
        service.for_viewer(OPERATOR).select("")


# --- queries
def test_what_is_not_understood_is_dropped_on_a_page_and_refused_by_a_data_url(service: Service) -> None:
    for query, word in (
        ("data=nope", "nope"),
        ("data=toy&planet=Mars", "planet"),
        ("data=toy&range=soon", "soon"),
        ("data=toy&brand=x", "brand"),
    ):
        selection, engine, dropped = service.for_viewer(OPERATOR).select(query)
        assert selection.data == engine.name == "toy"
        assert not selection.clauses
        assert word in dropped[0].lower()
        with pytest.raises(RequestError, match=word):
            service.for_viewer(OPERATOR).select(query, strict=True)


def test_the_known_part_of_a_query_holds(service: Service) -> None:
    selection, _, dropped = service.for_viewer(OPERATOR).select("data=toy&brand=x&city=Salem&with=brand:y&grain=week")
    assert selection == Selection("toy", grain="week", clauses=(Clause("city", ("Salem",)),))
    assert len(dropped) == 2


def test_half_a_character_matches_nothing(service: Service) -> None:
    selection, engine, _ = service.for_viewer(OPERATOR).select("data=toy&product=\ud800")
    assert selection.clauses == (Clause("product", ("?",)),)
    assert engine.unknown_values(engine.resolve(selection)) == (("product", "?"),)


def test_an_empty_query_is_the_default_view_of_a_page_and_everything_of_a_data_url(store: Path, cache: Memory) -> None:
    service = Service(store, cache)
    first = service.for_viewer(OPERATOR).default_dataset()
    assert service.for_viewer(OPERATOR).select("")[0].to_query() == service.for_viewer(OPERATOR).default_view(first)
    assert service.for_viewer(OPERATOR).select("", strict=True)[0] == Selection(first)


def test_an_absent_field_is_said(service: Service, root: Path) -> None:
    bare = companies.bare()
    bare.profile = Profile("bare", "Bare")
    stores.write(root, bare)
    with pytest.raises(NotInData, match="Top places needs Place, which Bare does not have"):
        asked(service, "data=bare")


def test_wrong_options_are_refused(service: Service) -> None:
    for query in ("data=toy&top_places.metric=revenues", "data=toy&top_places.metrics=orders"):
        with pytest.raises(UnknownName, match="Did you mean"):
            asked(service, query)
