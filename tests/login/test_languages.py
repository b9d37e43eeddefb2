"""In which language somebody reads, and that nobody reads what was written for others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from analytics import language as words
from analytics.language import ENGLISH, LANGUAGES, language
from dashboard.company.tables import VISITORS
from dashboard.languages import COOKIE, kept
from tests.calls import page_request
from tests.login.conftest import OWN_PAGE, Company

pytestmark = pytest.mark.slow
GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
FRENCH = {"Accept-Language": "pt-BR,fr;q=0.8"}
ODD = {"Accept-Language": "tlh;q=9,*"}


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """A thread that answered in a language does other work in English."""
    yield
    assert language() == ENGLISH


def spoken(web: FlaskClient, address: str = "/account", **headers: str) -> str:
    """The language of a page."""
    found = re.search(r'<html lang="(\w+)"', web.get(address, headers=headers).get_data(as_text=True))
    assert found is not None
    return found[1]


def choose(web: FlaskClient, code: str) -> int:
    return web.post("/language", data={"language": code}, headers=OWN_PAGE).status_code


def test_the_browser_is_asked_where_nobody_is_known(company: Company) -> None:
    web = company.browser()
    heard = [spoken(web, "/login", **each) for each in ({}, GERMAN, FRENCH, ODD)]
    assert heard == ["en", "de", "fr", "en"]
    web.set_cookie(COOKIE, "fr")
    assert spoken(web, "/login", **GERMAN) == "fr"
    web.set_cookie(COOKIE, "../../etc")  # any other value counts for nothing
    assert spoken(web, "/login", **GERMAN) == "de"


def test_an_account_keeps_its_language_in_every_browser(company: Company) -> None:
    one, other = company.signed_in("rita"), company.signed_in("rita")
    assert spoken(one, **GERMAN) == "de"
    assert choose(one, "fr") == 204
    assert [spoken(web, **GERMAN) for web in (one, other)] == ["fr", "fr"]
    assert spoken(company.signed_in("wendy"), **GERMAN) == "de"
    assert choose(other, "en") == 204
    assert [spoken(web, **GERMAN) for web in (one, other)] == ["en", "en"]


def test_a_choice_is_undone_and_the_browser_is_asked_again(company: Company) -> None:
    one, other = company.signed_in("rita"), company.signed_in("rita")
    assert choose(one, "fr") == 204
    assert choose(one, "browser") == 204
    assert [spoken(web, **GERMAN) for web in (one, other)] == ["de", "de"]
    assert COOKIE not in {cookie.key for cookie in one._cookies.values()}


def test_what_is_painted_with_the_page_is_in_the_language_of_the_page(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer within the index page is made after its head was sent, when the request has ended."""
    monkeypatch.setattr(words, "catalogue", lambda code: {"Orders": "Bestellungen"} if code == "de" else {})
    web = company.signed_in("wendy")
    assert "Bestellungen" in web.get("/overview", headers=GERMAN).get_data(as_text=True)


@pytest.mark.parametrize("code", ["", "pt", "EN", "de' or 1=1", "en\x00"])
def test_only_our_languages_can_be_chosen(company: Company, code: str) -> None:
    assert choose(company.signed_in("wendy"), code) == 400


def test_the_page_of_the_account_has_the_choice(company: Company) -> None:
    web = company.signed_in("pia")
    unchosen = '<option value="browser" lang="en" selected>Language as the browser asks</option>'
    assert unchosen in web.get("/account").get_data(as_text=True)
    form = {"language": "de", "next": "/account"}
    answer = web.post("/language", data=form, headers=OWN_PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert '<option value="de" lang="de" selected>Deutsch</option>' in web.get("/account").get_data(as_text=True)
    web.post("/language", data={**form, "language": "browser"}, headers=OWN_PAGE)
    assert unchosen in web.get("/account").get_data(as_text=True)
    assert web.post("/language", data={**form, "next": "//evil.example"}, headers=OWN_PAGE).status_code == 204


def test_another_site_chooses_nothing(company: Company) -> None:
    web = company.signed_in("wendy")
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert web.post("/language", data={"language": "de"}, headers=foreign).status_code == 403
    assert COOKIE not in {cookie.key for cookie in web._cookies.values()}


class Marked(dict[str, str]):
    """A catalogue in which every text says of which language it is."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def get(self, text: str, default: object = None) -> str:  # type: ignore[override]
        """As of any catalogue."""
        return f"<{self.code}>{text}"


def test_cached_cards_with_words_inside_are_in_the_language_of_their_viewer(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One cache, three people one after the other, each twice: nobody gets what was written for another."""
    monkeypatch.setattr("analytics.language.catalogue", lambda code: {} if code == ENGLISH else Marked(code))
    for code in (*LANGUAGES, *LANGUAGES):
        web = company.signed_in("root")
        request = page_request("/overview?data=shop", "needs_action", "kpis")
        told = web.post("/page", json=request, headers={**OWN_PAGE, "Accept-Language": code}).get_data(as_text=True)
        foreign = [
            other for other in LANGUAGES if other != code and (f"<{other}>" in told or f"&lt;{other}&gt;" in told)
        ]
        assert foreign == []
        assert (f"&lt;{code}&gt;" in told) == (code != ENGLISH)


def test_what_programs_read_is_english(company: Company) -> None:
    web = company.signed_in("root")
    assert choose(web, "de") == 204
    try:
        answer = web.get("/data/no_such_chart.json?data=shop", headers=GERMAN).get_json()
        assert "unknown chart" in answer["error"]
    finally:
        assert choose(web, "en") == 204


def test_recipients_are_grouped_by_their_language(company: Company) -> None:
    kept.keep(company.state, "ann@example.org", "de")
    kept.keep(company.state, "ann@example.org", "fr")
    assert kept.by_mail(company.state, ("bob@example.org", "ann@example.org"), "en") == {
        "en": ("bob@example.org",),
        "fr": ("ann@example.org",),
    }


def test_a_mail_is_in_the_language_of_whoever_signed_in_with_its_address(company: Company) -> None:
    """An identity provider calls people by a name of its own."""
    row = {"subject": "provider|17", "mail": "Cleo@example.org", "groups": "[]", "confirmed_at": 0}
    with company.state.write() as connection:
        connection.execute(VISITORS.insert().values(row))
    kept.keep(company.state, "provider|17", "de")
    assert kept.by_mail(company.state, ("cleo@example.org",), "en") == {"de": ("cleo@example.org",)}
