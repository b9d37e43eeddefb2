"""Sentences that are kept, and that people of several languages read later: each language has its own text."""

from __future__ import annotations

import json
from collections.abc import Callable

from analytics.language import ENGLISH, LANGUAGES, in_language, language


def in_each(write: Callable[[], str]) -> str:
    """What `write` says, in every language, as one text for a store; "" where it says nothing."""
    told = {}
    for code in LANGUAGES:
        with in_language(code):
            told[code] = str(write())
    return json.dumps(told, ensure_ascii=False) if any(told.values()) else ""


def said(kept: str) -> str:
    """A kept text in the language of the viewer; a plain text, as earlier releases kept it, as it is."""
    if not kept.startswith("{"):
        return kept
    try:
        told = json.loads(kept)
        return str(told.get(language()) or told.get(ENGLISH) or "")
    except (ValueError, AttributeError):  # a text that only looks like one
        return kept
