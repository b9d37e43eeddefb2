"""What the command palette finds, and for whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from dashboard.pages import BY_PATH, CHARTS
from dashboard.palette import routes
from dashboard.palette.synonyms import OF_CHARTS

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


def test_what_begins_as_typed_comes_before_pages_that_only_contain_the_words(web: FlaskClient) -> None:
    title = CHARTS["rfm_segments"].title
    found = groups(web, title.lower())
    assert next(iter(found.values()))[0]["label"] == title
    assert "Pages" in found, "the tab is offered too"


def test_charts_are_found_by_other_words_too(web: FlaskClient) -> None:
    assert set(OF_CHARTS) <= set(CHARTS)
    for typed, chart in (("lapsed", "churn_risk"), ("dead stock", "slow_movers"), ("AOV", "aov_over_time")):
        assert CHARTS[chart].title in labels(web, typed, "Charts"), typed


def test_months_and_years_are_found_by_name_the_latest_first(web: FlaskClient) -> None:
    found = groups(web, "june")["Dates"]
    years = [entry["label"].split()[1] for entry in found]
    assert {entry["label"].split()[0] for entry in found} == {"June"}
    assert years == sorted(years, reverse=True)
    year = int(years[0])
    assert found[0]["action"] == {"kind": "range", "value": f"{year}-06-01..{year}-07-01"}
    assert labels(web, f"june {year}", "Dates") == [f"June {year}"]
    assert str(year) in labels(web, str(year), "Dates")[:1]


def test_names_are_found_whatever_the_filters_and_those_that_begin_so_come_first(web: FlaskClient) -> None:
    found = groups(web, "bos")["Places"]
    assert found[0]["label"].startswith("Boston")
    assert found[0]["action"] == {"kind": "only", "field": "place", "value": "US/MA/Boston"}
    assert labels(web, "k", "Products") == [], "two characters at least"
    products = labels(web, "ke", "Products")
    assert products[0].lower().startswith("ke")
    assert all("ke" in name.lower() for name in products)


def test_names_say_how_often_they_were_bought_in_the_viewers_language(web: FlaskClient) -> None:
    address = f"/find?{urlencode({'at': HERE, 'search': 'ke'})}"
    found = web.get(address, headers={"Accept-Language": "de"}).get_json()["groups"]
    hints = [
        e["hint"] for group in found for e in group["entries"] if (e.get("action") or {}).get("field") == "product"
    ]
    assert hints
    assert all(hint.endswith(("Bestellung", "Bestellungen")) for hint in hints)


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


def test_searches_are_limited_for_each_address(web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_SEARCHES", 3)
    address = f"/find?{urlencode({'at': HERE, 'search': 'ke'})}"
    told = [web.get(address, environ_overrides={"REMOTE_ADDR": "192.0.2.9"}) for _ in range(4)]
    assert [answer.status_code for answer in told] == [200, 200, 200, 429]
    assert 1 <= int(told[3].headers["Retry-After"]) <= 11
    assert web.get(address, environ_overrides={"REMOTE_ADDR": "192.0.2.10"}).status_code == 200
