"""Dates and times as people and platforms write them, rewritten in the few ways that formats describe.

Month names of many languages become English ones, zones become offsets, a comma before the time and a T within go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc
from babel import Locale

from analytics.loading.written.rewriting import any_has, rewritten

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ro", "hu", "ru", "uk")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_QUARTERS = tuple(
    pair
    for quarter, month in (("1", "01"), ("2", "04"), ("3", "07"), ("4", "10"))
    for pair in (
        (rf"^(\d{{4}})[-/ ]?Q{quarter}$", rf"\1-{month}"),
        (rf"^Q{quarter}[-/ ]?(\d{{4}})$", rf"\1-{month}"),
    )
)
# What abbreviations of zones usually mean; those of the data set's own zone come first.
OFFSETS = {
    "Z": "+0000", "UTC": "+0000", "GMT": "+0000", "WET": "+0000", "WEST": "+0100", "BST": "+0100", "CET": "+0100",
    "CEST": "+0200", "MEZ": "+0100", "MESZ": "+0200", "EET": "+0200", "EEST": "+0300", "MSK": "+0300",
    "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800",
    "PDT": "-0700", "AKST": "-0900", "AKDT": "-0800", "HST": "-1000", "AST": "-0400", "ADT": "-0300", "BRT": "-0300",
    "IST": "+0530", "JST": "+0900", "KST": "+0900", "SGT": "+0800", "HKT": "+0800", "AWST": "+0800", "ACST": "+0930",
    "ACDT": "+1030", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
# Names of zones that Rails, and so Square and Shopify, write beside a time.
NAMED_ZONES = {
    "Eastern Time (US & Canada)": "America/New_York",
    "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Atlantic Time (Canada)": "America/Halifax",
    "Alaska": "America/Juneau",
    "Hawaii": "Pacific/Honolulu",
    "Arizona": "America/Phoenix",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "London": "Europe/London",
    "Dublin": "Europe/Dublin",
    "Paris": "Europe/Paris",
    "Berlin": "Europe/Berlin",
    "Madrid": "Europe/Madrid",
    "Sydney": "Australia/Sydney",
    "Melbourne": "Australia/Melbourne",
    "Brisbane": "Australia/Brisbane",
    "Adelaide": "Australia/Adelaide",
    "Perth": "Australia/Perth",
    "Tokyo": "Asia/Tokyo",
    "Osaka": "Asia/Tokyo",
    "UTC": "UTC",
}
_CLOCK = r"(:\d{2}(?: [AP]M)?)"  # the end of a time, after which a zone may stand

_MONTH = "|".join(MONTHS)
_BEFORE_MONTHS = (
    (r"[\x{00A0}\x{2007}\x{2009}\x{202F}]", " "),
    (r"^ +| +$", ""),
    (r"^(\d{4})年(\d{1,2})月(\d{1,2})日", r"\1-\2-\3"),
    (r"^(\d{4}-\d{2}-\d{2})T(\d)", r"\1 \2"),
    (r"(\d)(?:,| at| um| à| kl\.?)? +(\d{1,2}:\d{2})", r"\1 \2"),
    (r"(:\d{2}) Uhr$", r"\1"),
    (r"(:\d{2}:\d{2})[.,]\d+", r"\1"),
    (r"(\d) ?[aA]\.? ?[mM]\.?( |$)", r"\1 AM\2"),
    (r"(\d) ?[pP]\.? ?[mM]\.?( |$)", r"\1 PM\2"),
    (rf"{_CLOCK} ?(?:UTC|GMT)?([+-]\d{{2}}):?(\d{{2}})$", r"\1 \2\3"),
)
_AFTER_MONTHS = (  # the last one is of the day of the week
    (r"^(\d{1,2})(?:\.|er|st|nd|rd|th) (?:de )?", r"\1 "),
    (rf"^({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)", r"\1 \2"),
    (r" de ", " "),
    (rf"^[LETTERS]+\.?(?:, +| +)((?:\d{{1,2}} )?(?:{_MONTH}) )", r"\1"),
)


def usual(texts: pa.Array, time_zone: str) -> pa.Array:
    """Each text in a usual way of writing it. `time_zone` decides what an abbreviation such as EST means.

    >>> usual(pa.array(["16-Dec-2023 02:44 AM EST", "05-oct.-26", "3 janvier 2024", "2014-Q2"]), "UTC").to_pylist()
    ['16-Dec-2023 02:44 AM -0500', '05-Oct-26', '3 Jan 2024', '2014-04']
    """
    texts = rewritten(texts, _BEFORE_MONTHS)
    letters = _letters(texts)
    if not letters:
        return texts
    words = pc.unique(pc.list_flatten(pc.split_pattern_regex(texts, f"[^{letters}]+"))).to_pylist()
    if not any(words):
        return texts
    patterns = (*_month_patterns(words), *_AFTER_MONTHS)
    texts = rewritten(texts, ((pattern.replace("LETTERS", letters), to) for pattern, to in patterns))
    texts = _with_offsets(texts, time_zone)
    return rewritten(texts, _QUARTERS) if any(word.startswith("Q") for word in words) else texts


def _letters(texts: pa.Array) -> str:
    """Which letters the texts have, as patterns name them: those of English, or any; "" where they have none."""
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        return r"\p{L}"
    return "A-Za-z" if any_has(texts, "[A-Za-z]") else ""


def _month_patterns(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """For each of these words that names a month in another way than formats do, a pattern and what replaces it."""
    for word in words:
        month = _month_names().get(word.lower())
        if month and MONTHS[month - 1] != word:
            yield rf"(^|[^LETTERS]){re.escape(word)}\.?([^LETTERS]|$)", rf"\1{MONTHS[month - 1]}\2"
        elif month:
            yield rf"(^|[^LETTERS]){word}\.", rf"\1{word}"


@cache
def _month_names() -> dict[str, int]:
    """The number of the month that a word names. A name of several months ("lis" is October or November) is taken as
    the one that most languages mean."""
    votes: dict[str, Counter[int]] = {"sept": Counter({9: 1})}
    for language in LANGUAGES:
        months = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    plain = name.lower().rstrip(".")
                    if len(plain) > 2 and not plain[0].isdigit():
                        votes.setdefault(plain, Counter())[number] += 1
    return {name: counted.most_common(1)[0][0] for name, counted in votes.items()}


def _with_offsets(texts: pa.Array, time_zone: str) -> pa.Array:
    """The texts with an offset in place of the abbreviation of a zone at their end."""
    found = pc.extract_regex(texts, r":\d{2}(?: [AP]M)? ?\(?(?P<zone>[A-Z]{1,5})\)?$")
    own = _abbreviations(time_zone)
    for name in pc.unique(pc.struct_field(found, ["zone"])).to_pylist():
        offset = own.get(name) or OFFSETS.get(name)
        if name and offset and name not in ("AM", "PM"):
            texts = pc.replace_substring_regex(texts, rf"{_CLOCK} ?\(?{name}\)?$", rf"\1 {offset}")
    return texts


@cache
def _abbreviations(time_zone: str) -> dict[str, str]:
    """What a zone calls its own times: in Sydney AEST is +1000 and AEDT is +1100."""
    days = [datetime(2024, month, 15, tzinfo=ZoneInfo(time_zone)) for month in (1, 7)]
    return {day.tzname() or "": day.strftime("%z") for day in days if (day.tzname() or "").isalpha()}


def zone_named(name: str) -> str:
    """The IANA zone that a text means: a name of IANA's own, or one that Rails writes; "" where none is meant."""
    name = name.strip()
    if name in NAMED_ZONES:
        return NAMED_ZONES[name]
    try:
        return ZoneInfo(name).key if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
