"""A form that is refused says why and points at the field that is wrong, at that one alone, and at one of its own."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow

PAGE = "/overview?data=shop&range=all"
TOKEN = {"title": "Sheet", "days": "90", "scope": "read"}
NOTE = {"address": PAGE, "text": "New shelf", "first": "2024-05-01", "kind": "decision", "audience": "me"}
EFFECT = {"metric": "revenue", "direction": "up", "percent": "5", "check": "2024-06-01"}
ALERT = {
    "do": "try",
    "title": "Weak",
    "query": "data=shop",
    "kind": "below",
    "metric": "revenue",
    "grain": "day",
    "number": "20",
}
DIGEST = {"do": "save", "title": "Figures", "address": PAGE, "rhythm": "weekly", "hour": "7", "for": "group:readers"}
TARGET = {"do": "add", "metric": "revenue", "period": "2024-05", "value": "5000"}
SHARE = {"address": PAGE, "title": "For Ann", "days": "30", "who": "people"}

REFUSED = [
    ("/people", {"name": "not a name!", "title": "Ann"}, "name"),
    ("/people", {"name": "root", "title": "Root"}, "name"),
    ("/tokens", TOKEN | {"title": " "}, "title"),
    ("/tokens", TOKEN | {"days": "soon"}, "days"),
    ("/tokens", TOKEN | {"scope": ""}, "scope"),
    ("/tokens", TOKEN | {"conditions": "north"}, "conditions"),
    ("/notes", NOTE | EFFECT | {"text": " "}, "text"),
    ("/notes", NOTE | EFFECT | {"first": "May"}, "first"),
    ("/notes", NOTE | EFFECT | {"last": "June"}, "last"),
    ("/notes", NOTE | EFFECT | {"percent": "a lot"}, "percent"),
    ("/notes", NOTE | EFFECT | {"check": "2024-04-01"}, "check"),
    ("/alerts", ALERT | {"title": " "}, "title"),
    ("/alerts", ALERT | {"number": "a lot"}, "number"),
    ("/alerts", ALERT | {"quiet": "at night"}, "quiet"),
    ("/digests", DIGEST | {"title": " "}, "title"),
    ("/targets?data=shop", TARGET | {"value": "a lot"}, "value"),
    ("/targets?data=shop", TARGET | {"name": "=1+1"}, "name"),
    ("/targets?data=shop", TARGET | {"first_day": "May", "last_day": "2024-05-31"}, "first_day"),
    ("/targets?data=shop", TARGET | {"first_day": "2024-05-01", "last_day": "June"}, "last_day"),
    ("/targets?data=shop", TARGET | {"first_day": "2024-05-31", "last_day": "2024-05-30"}, "last_day"),
    ("/targets?data=shop", TARGET | {"first_day": "today", "last_day": "2024-05-31"}, "first_day"),
    ("/targets?data=shop", TARGET | {"first_day": "NaT", "last_day": "2024-05-31"}, "first_day"),
    ("/shares", SHARE | {"title": " "}, "title"),
    ("/shares", SHARE | {"days": "0"}, "days"),
    ("/account", {"do": "password", "before": "several words together", "password": "short"}, "password"),
    ("/account", {"do": "password", "before": "wrong", "password": "several other words"}, "before"),
    ("/account", {"do": "on", "key": "A" * 32, "code": "12", "current": "several words together"}, "code"),
    ("/account", {"do": "on", "key": "A" * 32, "code": "12", "current": "wrong"}, "current"),
]


class Form(HTMLParser):
    """Names of fields that can be seen, of the forms that are sent to one address."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self._path, self._inside = path, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "form":
            self._inside = (about.get("action") or "").partition("?")[0] == self._path
        elif self._inside and tag in ("input", "select", "textarea") and about.get("type") != "hidden":
            self.names.append(about.get("name") or "")


@pytest.fixture(scope="module")
def root(company: Company) -> FlaskClient:
    return company.signed_in("root")


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("path", "sent", "wrong"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_refused_form_points_at_the_field_that_is_wrong(
    root: FlaskClient, path: str, sent: dict[str, str], wrong: str
) -> None:
    answer = root.post(path, data=sent, headers=OWN_PAGE)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    found = re.findall(r'class="fault" role="alert" data-field="(\w*)">([^<]+)<', text)
    assert [field for field, _told in found] == [wrong], text[-3000:]
    assert not found[0][1][0].islower()
    form = Form(path.partition("?")[0])
    form.feed(text)
    assert wrong in form.names


def test_what_is_wrong_with_no_single_field_points_at_none(company: Company) -> None:
    answer = company.browser().post("/login", data={"name": "root", "password": "x" * 12}, headers=OWN_PAGE)
    assert re.findall(r'class="fault" role="alert" data-field="(\w*)"', answer.get_data(as_text=True)) == [""]
