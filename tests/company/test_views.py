"""Saved views: whose they are, who sees them, their order, and what one starts with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.errors import NotAllowed, RequestError
from dashboard.answers.viewers import EVERYTHING, Viewer
from dashboard.company import views
from dashboard.company.state import State

ANN = Viewer("ann", EVERYTHING, title="Ann", groups=("leeds", "managers"), rights=frozenset({"view"}))
BEA = Viewer("bea", EVERYTHING, title="Bea", groups=("leeds",), rights=frozenset({"view"}))
ROOT = Viewer("root", EVERYTHING, title="Root", groups=("administrators",))


def titles(state: State, viewer: Viewer) -> list[str]:
    return [v.title for v in views.seen_by(state, viewer)]


def test_a_view_is_its_owners_until_it_is_shared(state: State) -> None:
    monday = views.save(state, ANN, "  The  Monday view ", "/overview?data=shop&range=last_7d")
    assert titles(state, ANN) == ["The Monday view"]
    assert titles(state, BEA) == []
    views.share(state, ANN, monday, "leeds")
    assert [(v.title, v.owner, v.address) for v in views.seen_by(state, BEA)] == [
        ("The Monday view", "ann", "/overview?data=shop&range=last_7d")
    ]
    assert titles(state, ROOT) == []
    views.share(state, ANN, monday, views.ONLY_ME)
    assert titles(state, BEA) == []


def test_a_view_is_shared_only_with_ones_own_groups(state: State) -> None:
    monday = views.save(state, BEA, "Mine", "/overview")
    for audience in ("managers", views.EVERYBODY, "no such group"):
        with pytest.raises(NotAllowed):
            views.share(state, BEA, monday, audience)
    company = views.save(state, ROOT, "Ours", "/overview")
    with pytest.raises(NotAllowed):  # a group of that name is not everybody
        views.share(state, replace(BEA, groups=(views.EVERYBODY,)), monday, views.EVERYBODY)
    views.share(state, ROOT, company, views.EVERYBODY)
    assert titles(state, BEA) == ["Mine", "Ours"]


@pytest.mark.parametrize("what", ["rename", "share", "move_up", "delete"])
def test_nobody_changes_the_view_of_another(state: State, what: str) -> None:
    monday = views.save(state, ANN, "Mine", "/overview")
    views.share(state, ANN, monday, "leeds")
    more = {"rename": ("Yours",), "share": ("leeds",)}.get(what, ())
    with pytest.raises(RequestError, match="you have no view"):
        getattr(views, what)(state, BEA, monday, *more)
    with pytest.raises(RequestError, match="you have no view"):
        getattr(views, what)(state, ANN, 10**9, *more)
    assert titles(state, ANN) == ["Mine"]


def test_order_names_and_deletion(state: State) -> None:
    one, two, three = (views.save(state, ANN, name, "/overview") for name in ("one", "two", "three"))
    views.move_up(state, ANN, three)
    assert titles(state, ANN) == ["one", "three", "two"]
    views.move_up(state, ANN, three)
    views.move_up(state, ANN, three)
    assert titles(state, ANN) == ["three", "one", "two"]
    views.rename(state, ANN, one, "eins")
    views.delete(state, ANN, two)
    assert titles(state, ANN) == ["three", "eins"]
    views.save(state, ANN, "last", "/overview")
    assert titles(state, ANN) == ["three", "eins", "last"]


def test_what_one_starts_with(state: State) -> None:
    mine = views.save(state, ANN, "mine", "/trends")
    assert views.start_of(state, ANN) is None
    views.start_with(state, ANN, mine)
    assert views.start_of(state, ANN) == views.seen_by(state, ANN)[0]
    assert views.start_of(state, BEA) is None
    views.start_with(state, ANN, mine)
    assert views.start_of(state, ANN) is None, "choosing it again takes it back"
    views.share(state, ANN, mine, "leeds")
    views.start_with(state, BEA, mine)
    views.share(state, ANN, mine, views.ONLY_ME)
    assert views.start_of(state, BEA) is None, "it is no longer shown to her"
    views.start_with(state, ANN, mine)
    views.delete(state, ANN, mine)
    assert views.start_of(state, ANN) is None
    with pytest.raises(RequestError, match="no view"):
        views.start_with(state, BEA, mine)


def test_what_everybody_starts_with(state: State) -> None:
    ours = views.save(state, ROOT, "ours", "/overview")
    with pytest.raises(NotAllowed, match="that everybody sees"):
        views.start_with(state, ROOT, ours, everybody=True)
    views.share(state, ROOT, ours, views.EVERYBODY)
    with pytest.raises(NotAllowed):
        views.start_with(state, ANN, ours, everybody=True)
    views.start_with(state, ROOT, ours, everybody=True)
    found = views.start_of(state, BEA, everybody=True)
    assert found is not None
    assert found.title == "ours"


@pytest.mark.parametrize("title", ["", "  ", "x" * 81, "a\x00b", "a\u202eb"])
def test_a_view_has_a_name(state: State, title: str) -> None:
    with pytest.raises(RequestError, match="enter a name"):
        views.save(state, ANN, title, "/overview")


def test_a_tab_of_a_page_can_be_saved(state: State) -> None:
    views.save(state, ANN, "At risk", "/customers/at-risk?data=shop")
    assert "/customers/at-risk?data=shop" in {view.address for view in views.seen_by(state, ANN)}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "overview",
        "https://evil.example/",
        "//evil.example",
        "/\\evil",
        "javascript:x",
        "/a b",
        "/x?" + "y" * 16_000,
    ],
)
def test_an_address_is_one_of_this_application(state: State, address: str) -> None:
    with pytest.raises(RequestError, match="not the address of a page"):
        views.save(state, ANN, "x", address)


def test_there_is_an_end_to_views(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_VIEWS", 2)
    for name in ("a", "b"):
        views.save(state, ANN, name, "/overview")
    with pytest.raises(RequestError, match="the most"):
        views.save(state, ANN, "c", "/overview")
    views.save(state, BEA, "c", "/overview")
