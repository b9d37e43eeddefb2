"""The names of data sets that were added in the browser: people write a title, and the name is made of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from analytics.errors import RequestError
from analytics.language import N_

NAME = r"[a-z][a-z0-9_]{0,39}"
LONGEST_NAME = 40
LONGEST_TITLE = 80
UNNAMED = "data"  # begins the name of a title that has no Latin letter to begin with


def checked_title(text: str) -> str:
    """A title with single blanks. RequestError where there is none, or where it is too long or not one line."""
    title = " ".join(text.split())
    if not title:
        raise RequestError(N_("enter a title, such as “My shop”."))
    if len(title) > LONGEST_TITLE:
        raise RequestError(
            N_("a title has at most {most} characters; this one has {count}.", most=LONGEST_TITLE, count=len(title))
        )
    if not title.isprintable():
        raise RequestError(N_("a title may have visible characters only."))
    return title


def name_of(title: str, taken: Collection[str]) -> str:
    """The name of a data set in addresses and folders: the title in small letters without accents, with underscores for
    all else, and a number where another data set has that name. For example "Läden 2025" is laden_2025."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not name[:1].isalpha():
        name = f"{UNNAMED}_{name}".strip("_")
    name = name[:LONGEST_NAME].strip("_")
    found, n = name, 2
    while found in taken:
        ending = f"_{n}"
        found, n = name[: LONGEST_NAME - len(ending)].strip("_") + ending, n + 1
    return found
