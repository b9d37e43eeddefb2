"""The sentences of insights as data: each reads well with no, one, two and less than nothing."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import analytics.insights
from analytics.gazetteer import CountryName
from analytics.insights import claim
from analytics.insights.claim import Value, count, text, write
from analytics.insights.english import SENTENCES
from analytics.language import N_, in_language, plural

ROOM = Path(analytics.insights.__file__).parent
PERIODS = ("base_span", "part", "before")


def places(name: str) -> list[tuple[str, str]]:
    """The places of a sentence with the forms that they name."""
    return [(field, forms or "") for _, field, forms, _ in Formatter().parse(SENTENCES[name]) if field]


@pytest.mark.parametrize("number", [0, 1, 2, -1])
def test_every_sentence_is_whole_with_any_number(number: int) -> None:
    faults = [(name, fault) for name in SENTENCES if (fault := _fault(name, number))]
    assert faults == []


def _fault(name: str, number: int) -> str:
    """What is wrong with a sentence all of whose numbers are this one; empty where nothing is."""
    said = write(name, {field: count(number) for field, _ in places(name)})
    if name.endswith(".why") and not SENTENCES[name]:
        return "" if SENTENCES[name.removesuffix(".why")] else "what it explains has no sentence either"
    if set("{}|") & set(said) or "  " in said:
        return f"a place is not filled: {said}"
    if not re.search(r"[.!?]$", said) and not SENTENCES[name].endswith("}"):
        return f"it has no end: {said}"
    for one, many in (forms.removeprefix("?").split("|") for _, forms in places(name) if forms):
        if one == many:
            return f"one form for one and many: {one}"
        if not re.search(rf"\b{re.escape(one if number == 1 else many)}\b", said):
            return f"the wrong form: {said}"
    if number == 1 and re.search(r"(?<![\d.,−])1 (orders|customers|products|days|lines|visits|months)\b", said):
        return f"one of many: {said}"
    return ""


def test_no_sentence_is_empty_advice() -> None:
    hollow = ("find out what worked", "keep what caused it", "look there first", "before treating them alike")
    assert [name for name in SENTENCES if any(phrase in SENTENCES[name].lower() for phrase in hollow)] == []


def test_no_sentence_tells_a_probability_of_statistics() -> None:
    assert [name for name in SENTENCES if {"q", "p"} & {field for field, _ in places(name)}] == []


def test_no_sentence_stands_twice() -> None:
    told = [said for said in SENTENCES.values() if said and said != "{why}"]  # what a method says is told as it is
    assert len(set(told)) == len(told)


def test_every_sentence_is_used() -> None:
    source = "\n".join(path.read_text("utf-8") for path in ROOM.rglob("*.py") if path.name != "english.py")
    unused = [
        name
        for name in (each.removesuffix(".why").removesuffix(".also") for each in SENTENCES)
        if f'"{name}"' not in source and not _composed(name, source)
    ]
    assert unused == []


def _composed(name: str, source: str) -> bool:
    """Whether the name may be put together from its beginning and a computed end, f"alert.{…}", or from a computed
    beginning and its end, f"{said}.do"."""
    stem, _, end = name.rpartition(".")
    if f'}}.{end}"' in source and (f'"{stem}"' in source or _composed(stem, source)):
        return True
    return any(f'f"{name[:cut]}{{' in source for cut in range(1, len(name)))


def test_words_follow_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = ["order", "orders"]
    assert [plural(n, forms, "en") for n in (0, 1, 2, -1, 1.5)] == ["orders", "order", "orders", "orders", "orders"]
    evidence = {"n": count(1), "name": Value("{n}", "text")}
    monkeypatch.setattr(claim, "SENTENCES", {"odd": "{n:order|orders} {n:?was|were} {name}."})
    assert write("odd", evidence) == "1 order was {n}."
    with pytest.raises(KeyError):
        write("no such sentence", evidence)


def test_a_country_is_called_as_on_the_screens_of_whoever_reads() -> None:
    evidence = {"name": text(CountryName("US")), "next": text(CountryName("Germany"))} | dict.fromkeys(
        ("revenue", "share", "next_share", "groups", "what"), count(3)
    )
    assert write("leading", evidence) == "3 of revenue comes from the United States, 3 from Germany."
    assert write("leading.also", evidence) == "The United States is first of 3 3: 3."
    assert evidence["name"].data()["value"] == "US", "files hold what the data hold"
    with in_language("de"):
        assert write("leading", evidence) == "Vereinigte Staaten: 3 des Umsatzes, Deutschland: 3."
        assert str(N_("{name} in {place}", name="iPhone", place=CountryName("US"))) == "iPhone (Vereinigte Staaten)"
