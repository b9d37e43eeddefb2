"""Errors are written in the language of whoever reads them, when they do; kept and compared, they are English."""

from __future__ import annotations

import pickle

import pytest

from analytics.errors import DataError, RequestError, StoresightError, UnknownName, capital
from analytics.language import N_, in_language
from analytics.loading.lines.cleaning import COPIES_KEPT
from analytics.quality import Quality


def test_an_error_is_in_the_language_of_its_reader() -> None:
    """Raised by one person's request, it may be read by another, or in the log."""
    fault = RequestError(
        N_("there is no account {number}.", number="7"), where="account", hint=N_("Ask an administrator.")
    )
    with in_language("de"):
        assert str(fault) == "account: es gibt kein Konto 7. Fragen Sie einen Administrator."
        assert (fault.message, fault.hint) == ("es gibt kein Konto 7.", "Fragen Sie einen Administrator.")
    with in_language("fr"):
        assert str(fault) == "account\u202f: il n’y a pas de compte 7. Adressez-vous à un administrateur."
    assert str(fault) == "account: there is no account 7. Ask an administrator."
    assert (fault.text, fault.advice) == ("there is no account 7.", "Ask an administrator.")


def test_an_error_inside_an_error_is_in_the_same_language() -> None:
    inner = RequestError(N_("this is not the address of a page."))
    outer = RequestError(N_("this view cannot be saved: {reason}", reason=inner.sentence))
    with in_language("de"):
        assert str(outer) == "diese Ansicht kann nicht gespeichert werden: das ist nicht die Adresse einer Seite."


def test_plain_texts_stay_as_they_are() -> None:
    """Messages for who writes settings and TOML are English."""
    with in_language("de"):
        assert (
            str(StoresightError("no such key.", where="a.toml", hint="Remove it.")) == "a.toml: no such key. Remove it."
        )


def test_examples_follow_the_problem_and_are_not_for_everybody() -> None:
    fault = DataError(N_("the file has no rows."), where="a.csv")
    rows = DataError(
        N_("{rows:row repeats|rows repeat} a key", rows=2), examples=["a.csv:3: Ann"], places=["a.csv:3"], where="x"
    )
    assert str(fault) == "a.csv: the file has no rows."
    assert str(rows) == "x: 2 rows repeat a key: a.csv:3: Ann."
    with in_language("de"):
        assert rows.public == "x: 2 Zeilen wiederholen einen Schlüssel: a.csv:3."
        assert str(DataError("plain.", examples=["b"])) == "plain: b."


def test_an_unknown_name_says_its_kind_and_what_is_near() -> None:
    fault = UnknownName("metric", "revenu", ["revenue", "orders"])
    assert str(fault) == "unknown metric 'revenu'. Did you mean 'revenue'?"
    with in_language("de"):
        assert str(fault) == "unbekannt: Kennzahl 'revenu'. Meinten Sie 'revenue'?"


def test_an_error_survives_being_stored() -> None:
    fault = pickle.loads(pickle.dumps(RequestError(N_("enter at most {most} characters.", most=20))))
    with in_language("de"):
        assert str(fault) == "geben Sie höchstens 20 Zeichen ein."


def test_what_a_load_found_is_kept_in_no_language() -> None:
    """The load has no reader: who opens the report has."""
    quality = Quality()
    quality.add("exact_duplicate", COPIES_KEPT, "noticed", 3)
    (finding,) = Quality.from_dict(quality.kept()).findings
    with in_language("de"):
        assert str(finding.label) == "genaue Kopien einer früheren Zeile, beibehalten"
    assert quality.to_dict()["findings"][0]["label"] == "exact copies of an earlier row, kept"
    (plain,) = Quality.from_dict(quality.to_dict()).findings
    assert plain.label == "exact copies of an earlier row, kept", "as earlier versions kept it"


@pytest.mark.parametrize(("text", "shown"), [("", ""), ("é.", "É."), ("“x” is empty.", "“x” is empty.")])
def test_a_sentence_begins_with_a_capital(text: str, shown: str) -> None:
    assert capital(text) == shown
