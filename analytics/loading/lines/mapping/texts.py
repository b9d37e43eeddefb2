"""Texts as a rule of the TOML rewrites them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.lines.text_bytes import has_byte
from analytics.loading.lines.values import coded_column
from analytics.loading.spec import Rule

CASES: dict[str, Callable[[pa.Array], pa.Array]] = {
    "upper": pc.utf8_upper,
    "lower": pc.utf8_lower,
    "title": pc.utf8_title,
    "capitalize": pc.utf8_capitalize,
}


def rewritten(texts: pa.Array, rule: Rule) -> pa.Array:
    """The texts after the rule's replacements, map, case and default; the same array where it has none of them."""
    for pattern, text in rule.replace:
        texts = pc.replace_substring_regex(texts, pattern, text)
    if rule.map:
        texts = _replaced(texts, rule.map)
    if rule.case:
        texts = CASES[rule.case](texts)
    if rule.default is not None:
        texts = pc.if_else(pc.equal(texts, ""), rule.default, texts)
    return texts


def one_spelling(ids: pa.Array) -> pa.Array:
    """Ids in one spelling: 17850.0, as tools write a number next to an empty cell, is 17850; e-mail addresses are in
    small letters."""
    if has_byte(ids, "."):
        ids = pc.replace_substring_regex(ids, r"^(\d+)\.0+$", r"\1")
    if not has_byte(ids, "@"):
        return ids
    is_address = pc.match_substring_regex(ids, r"^[^@\s]+@[^@\s]+$")
    return pc.if_else(is_address, pc.utf8_lower(ids), ids) if pc.any(is_address).as_py() else ids


def after(prefix: str, values: pa.DictionaryArray) -> pa.DictionaryArray:
    """Texts with a prefix before each that is not empty."""
    if not prefix:
        return values
    texts = values.dictionary
    longer = pc.binary_join_element_wise(prefix, texts, "")
    return coded_column(np.asarray(values.indices), pc.if_else(pc.equal(texts, ""), texts, longer))


def _replaced(texts: pa.Array, pairs: tuple[tuple[str, str], ...]) -> pa.Array:
    found = pc.index_in(texts, pa.array([k for k, _ in pairs], pa.string()))
    replacements = pa.array([v for _, v in pairs], pa.string()).take(found)
    return pc.coalesce(replacements, texts)
