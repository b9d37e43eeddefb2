"""The text of a note for people: plain text, whose web addresses are links."""

from __future__ import annotations

import re

_LINK = re.compile(r"https?://[^\s<>\"']{3,500}")
_AFTER = ".,;:!?)]}"  # ends a sentence or a bracket, not the address


def parts_of(text: str) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it is a web address (http or https, nothing else)."""
    found: list[tuple[str, bool]] = []
    at = 0
    for match in _LINK.finditer(text):
        link = match[0].rstrip(_AFTER)
        found += [(text[at : match.start()], False), (link, True)]
        at = match.start() + len(link)
    return [(part, link) for part, link in (*found, (text[at:], False)) if part]
