"""What the command palette finds, and for whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask.testing import FlaskClient

from dashboard.pages import BY_PATH, CHARTS

HERE = "/products?data=demo&range=last_12m&category=Audio"


def groups(web: FlaskClient, search: str, at: str = HERE) -> dict[str, list[dict[str, Any]]]:
    answer = web.get(f"/find?{urlencode({'at': at, 'search': search})}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return {group["title"]: group["entries"] for group in answer.get_json()["groups"]}


def labels(web: FlaskClient, search: str, title: str) -> list[str]:
    return [entry["label"] for entry in groups(web, search).get(title, [])]


def test_nothing_typed_gives_pages_and_actions_and_no_name_of_the_data(web: FlaskClient) -> None:
    found = groups(web, "")
    assert list(found) == ["Pages", "Actions", *(["Data sets"] if "Data sets" in found else [])]
    page = found["Pages"][0]
    assert (page["label"], page["page"]) == ("Overview", True)
    assert urlsplit(page["href"]).path == "/overview"
    assert "category=Audio" in page["href"], "the filters stay"


def test_tabs_are_found_once_something_is_typed(web: FlaskClient) -> None:
    assert len({urlsplit(e["href"]).path.split("/")[1] for e in groups(web, "")["Pages"]}) == 6, "pages alone"
    tabs = {urlsplit(e["href"]).path for e in groups(web, "products")["Pages"]}
    assert tabs >= {s.path for s in BY_PATH["/products"].page.screens[:4]}


def test_charts_are_found_by_their_words_in_any_order_and_lead_to_their_card(web: FlaskClient) -> None:
    title = CHARTS["stock_cover"].title
    typed = " ".join(reversed(title.upper().split()))
    entry = next(e for e in groups(web, typed)["Charts"] if e["label"] == title)
    assert entry["hint"] == "Products · Stock"
    address = urlsplit(entry["href"])
    assert address.path.startswith("/products")
    assert address.fragment == "stock_cover"


def test_names_are_found_whatever_the_filters_and_those_that_begin_so_come_first(web: FlaskClient) -> None:
    found = groups(web, "bos")["Places"]
    assert found[0]["label"].startswith("Boston")
    assert found[0]["action"] == {"kind": "only", "field": "place", "value": "US/MA/Boston"}
    assert labels(web, "k", "Products") == [], "two characters at least"
    products = labels(web, "ke", "Products")
    assert products[0].lower().startswith("ke")
    assert all("ke" in name.lower() for name in products)


def test_actions_fit_the_view(web: FlaskClient) -> None:
    assert labels(web, "clear", "Actions") == ["Clear all filters"]
    assert [e["label"] for e in groups(web, "clear", "/overview?data=demo").get("Actions", [])] == []
    excel = groups(web, "excel")["Actions"][0]
    assert excel["href"].startswith("/export/page-products-sales.xlsx?")
    assert not excel["page"], "a file, not a page to turn to"
    assert labels(web, "dark", "Actions") == ["Dark colours"]


def test_every_group_is_bounded_and_nonsense_is_refused_in_words(web: FlaskClient) -> None:
    assert all(len(entries) <= 6 for entries in groups(web, "e" * 2).values())
    assert groups(web, "x" * 5000) == {}
    assert web.get("/find?at=//[").status_code == 400
