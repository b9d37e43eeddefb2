"""The glossary: every metric and dimension has an entry, and every link leads to one."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from analytics.language import in_language
from analytics.metrics import METRICS
from analytics.schema import FIELDS
from dashboard import glossary
from dashboard.answers import viewers
from dashboard.answers.viewers import ANONYMOUS
from dashboard.page.dialog import MOST_TERMS, _terms
from dashboard.pages import CHARTS
from dashboard.text.glossary import GROUPS, TERMS


def test_every_metric_and_every_dimension_has_an_entry() -> None:
    assert set(METRICS) <= set(TERMS)
    assert {name for name, field in FIELDS.items() if field.dimension} <= set(TERMS)
    assert {n: TERMS[n].label for n in METRICS} == {n: METRICS[n].label for n in METRICS}


def test_no_word_has_two_entries() -> None:
    names = [term.name for _title, terms in GROUPS for term in terms]
    assert len(set(names)) == len(names), "two entries would have one address"
    labels = [str(term.label).casefold() for term in TERMS.values()]
    assert len(set(labels)) == len(labels)


def test_an_entry_is_short_and_whole() -> None:
    said = {term.name: str(term.meaning) for term in TERMS.values()}
    assert [name for name, text in said.items() if len(text) > 160 or not text.endswith(".")] == []


@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_the_page_has_every_entry_at_its_address(code: str) -> None:
    server = Flask("tested")
    viewers.install(server, lambda: ANONYMOUS)
    glossary.install(server)
    with in_language(code):
        text = unescape(server.test_client().get("/glossary").get_data(as_text=True))
        assert set(re.findall(r'<dt id="([^"]+)"', text)) == set(TERMS)
        assert [name for name, term in TERMS.items() if str(term.meaning) not in text] == []


def test_a_chart_leads_to_what_it_shows() -> None:
    shown = CHARTS["revenue_by_product"]
    told = str(_terms(shown, linked=False))
    links = re.findall(r"/glossary#(\w+)", told)
    assert links[:2] == ["product", "revenue"]
    assert len(links) <= MOST_TERMS
    assert set(links) <= set(TERMS)
    assert _terms(shown, linked=True) == [], "a shared link leads nowhere else"
