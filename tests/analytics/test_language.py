"""Words by language: places, forms by number, messages that are written when they are shown, and the catalogue."""

from __future__ import annotations

import copy
from io import BytesIO

import numpy as np
import orjson
import pytest
from babel.messages.pofile import read_po as babel_reads

from analytics.language import (
    ENGLISH,
    FOLDER,
    LANGUAGES,
    N_,
    Counted,
    Message,
    Numbers,
    _,
    english,
    fill,
    in_language,
    language,
    number_text,
    numbers_as,
    plural,
    read_po,
    several,
    supported,
)

GERMAN = {
    "Revenue": "Umsatz",
    "{orders:order|orders} of {who}": "{orders:Bestellung|Bestellungen} von {who}",
    "by {metric}": "nach {metric}",
    "missed by {missed}%, in 80% of all cases": "um {missed}\u00a0% daneben, in 80\u00a0% der Fälle, 80-%-Band",
}


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.language.catalogue", lambda code: GERMAN if code == "de" else {})


def test_a_text_is_written_in_the_language_of_the_viewer(german: None) -> None:
    assert _("Revenue") == "Revenue"
    with in_language("de"):
        assert _("Revenue") == "Umsatz"
        assert _("{orders:order|orders} of {who}", orders=1, who="Ann") == "1 Bestellung von Ann"
        assert _("{orders:order|orders} of {who}", orders=1200, who="{x}") == "1.200 Bestellungen von {x}"
        assert _("not in the catalogue") == "not in the catalogue"
    assert language() == ENGLISH


def test_a_message_is_kept_in_no_language(german: None) -> None:
    label = N_("Revenue")
    note = N_("by {metric}", metric=label)
    assert (label, note) == ("Revenue", "by Revenue")  # as data: keys, comparisons and files
    with in_language("de"):
        assert (str(label), f"{note}!", "{}".format(note), _(note)) == (  # noqa: UP032 - each way of writing
            "Umsatz",
            "nach Umsatz!",
            "nach Umsatz",
            "nach Umsatz",
        )
        assert label == "Revenue"
        assert N_("by {metric}", metric=label) == "by Revenue"
    assert (str(label), str(note)) == ("Revenue", "by Revenue")


def test_a_message_survives_being_stored(german: None) -> None:
    note = N_("{orders:order|orders} of {who}", orders=Counted(1200, "1 200"), who=N_("Revenue"))
    for again in (Message.read(note.data()), copy.deepcopy(note)):
        assert isinstance(again, Message)
        with in_language("de"):
            assert str(again) == "1 200 Bestellungen von Umsatz"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", ["orders", "order", "orders", "orders", "orders"]),
        ("de", ["orders", "order", "orders", "orders", "orders"]),
        ("fr", ["order", "order", "orders", "order", "order"]),
    ],
)
def test_forms_follow_the_number_as_each_language_counts(code: str, said: list[str]) -> None:
    assert [plural(n, ["order", "orders"], code) for n in (0, 1, 2, -1, 1.5)] == said


def test_numbers_of_arrays_are_stored_as_numbers() -> None:
    message = N_("{rows:row|rows} of {all}", rows=np.int64(3), all=Counted(np.float64(4.5), "4.5"))
    assert Message.read(orjson.loads(orjson.dumps(message.data()))) == "3 rows of 4.5"


def test_forms_may_stand_alone() -> None:
    assert fill("{n:order|orders} {n:?was|were} late", {"n": 2}) == "2 orders were late"


def test_a_place_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        _("{a} and {b}", a=1)


def test_plain_numbers_are_written_as_the_language_does() -> None:
    assert [number_text(-1234.5, code) for code in LANGUAGES] == ["−1,234.5", "−1.234,5", "−1\u202f234,5"]


def test_numbers_of_a_note_are_written_as_those_of_its_chart(german: None) -> None:
    note = N_("{orders:order|orders} of {who}", orders=1200, who="Ann")
    with in_language("de"), numbers_as(Numbers(lambda number: f"{number:_.0f}", "%")):
        assert str(note) == "1_200 Bestellungen von Ann"
    assert str(note) == "1,200 orders of Ann"


def test_percentages_of_sentences_are_written_as_the_numbers_of_the_page(german: None) -> None:
    """A German who reads figures in an English format meets '11.9%' in sentences too, and the other way round."""
    missed = N_("missed by {missed}%, in 80% of all cases", missed=11.9)
    with numbers_as(Numbers(str, "%")):
        with in_language("de"):
            assert str(missed) == "um 11.9% daneben, in 80% der Fälle, 80-%-Band"
        assert str(missed) == "missed by 11.9%, in 80% of all cases"
    with numbers_as(Numbers(str, "\u202f%")):
        assert str(missed) == "missed by 11.9\u202f%, in 80\u202f% of all cases"
        assert N_("missed by {missed}%, in 80% of all cases", missed=11.9) == english(missed), "as it is kept"
        assert _("format = %d/%m/%Y") == "format = %d/%m/%Y"
    with in_language("de"):
        assert str(missed) == "um 11,9\u00a0% daneben, in 80\u00a0% der Fälle, 80-%-Band"


def test_only_our_languages_are_chosen() -> None:
    assert [supported(code) for code in ("de", "de-AT", "FR_ca", "pt_BR", "", "../de")] == [
        "de",
        "de",
        "fr",
        "",
        "",
        "",
    ]
    with in_language("pt_BR"):
        assert language() == ENGLISH


def test_a_label_within_a_sentence_begins_small_but_for_german_nouns(german: None) -> None:
    assert [N_(label).lower() for label in ("Order value", "RFM segment", "")] == ["order value", "RFM segment", ""]
    note = N_("by {metric}", metric=N_("Revenue").lower())
    assert note == "by revenue"
    with in_language("de"):
        assert (str(Message.read(note.data())), str(N_("Revenue").lower())) == ("nach Umsatz", "Umsatz")
    with in_language("fr"):
        assert str(N_("Revenue").lower()) == "revenue"


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != ENGLISH])
def test_the_catalogue_is_read_as_gettext_reads_it(code: str) -> None:
    raw = (FOLDER / f"{code}.po").read_bytes()
    mine = {entry.text: entry.translation for entry in read_po(raw.decode())}
    assert mine == {message.id: message.string for message in babel_reads(BytesIO(raw)) if message.id}


def test_texts_in_a_row_are_parted_as_the_language_does() -> None:
    assert several([]) == ""
    assert several(iter(["City: Boston"])) == "City: Boston"
    assert several(["A: {b}", "C: d", "E: f"]) == "A: {b}; C: d; E: f"
    with in_language("fr"):
        assert several(["A", "B"]) == "A\u202f; B"
