"""The tone of what people read, as data: phrases that nobody says to a shop manager."""

from __future__ import annotations

from analytics.insights.english import SENTENCES
from analytics.language import entries

FORBIDDEN = (  # in any text of the screens; statistics belong under Details, in sentences named ….but
    "what stands out", "show me", "of it +", "is foreseen", "foresaw", "holds stock or can go", "treating them alike",
    "look there first", "chance alone gives", "money at stake", "dear products", "went along with", "fires still",
    "no base to compare", "who goes with whom", "days left has to bring", "pointed to", "typically off by",
    "come round again", "as if it were", "would hold both", "2 times", "so many", "anew", "beforehand", "p <",
    "simpson's",
)  # fmt: skip
ONLY_UNDER_DETAILS = ("q-value", "gini", "hhi", "mase", "correlation", "confidence interval", "significan", "lift")


def test_no_text_of_the_screens_has_a_phrase_that_nobody_says() -> None:
    texts = {*SENTENCES.values(), *(entry.text for entry in entries("de"))}
    assert [(p, text) for text in texts for p in FORBIDDEN if p in text.lower()] == []


def test_sentences_of_insights_leave_statistics_to_the_details() -> None:
    face = [(name, said) for name, said in SENTENCES.items() if not name.endswith(".but")]
    assert [(name, p) for name, said in face for p in ONLY_UNDER_DETAILS if p in said.lower()] == []


def test_every_headline_is_one_sentence() -> None:
    """What explains it stands in a sentence of its own, so that a list of headlines can be read alone."""
    ends = (".do", ".but", ".also", ".why")
    heads = {name: said for name, said in SENTENCES.items() if not name.endswith(ends) and said}
    assert [name for name, said in heads.items() if ". " in said] == []
